"""Signing in and out, what customers see of themselves, and keys for programs."""

from operator import attrgetter

from domain.customers import usecases
from domain.customers.api_keys import usecases as api_keys
from domain.customers.model import ApiKey, Customer, SavedAddress, normalized_email
from domain.shared.actor import Actor
from domain.shared.address import Address
from domain.vendors.model import Vendor
from resolvers.context import Info
from resolvers.relations import relation


async def viewer(info: Info) -> Customer | None:
    customer_id = info.context.actor.customer_id
    return await info.context.loaders.customer.load(customer_id) if customer_id is not None else None


@relation("address_book", attrgetter("id"))
def address_book(_root: Customer, found: list[SavedAddress]) -> list[SavedAddress]:
    return found


async def default_shipping_address(root: Customer, info: Info) -> Address | None:
    book = await info.context.loaders.address_book.load(root.id)
    return next((entry.address for entry in book if entry.is_default_shipping), None)


async def default_billing_address(root: Customer, info: Info) -> Address | None:
    book = await info.context.loaders.address_book.load(root.id)
    return next((entry.address for entry in book if entry.is_default_billing), None)


async def vendors_of_viewer(root: Customer, info: Info) -> list[Vendor]:
    """Those that the customer who asks acts for; nobody is told whom others act for."""
    actor = info.context.actor
    acted_for = sorted(actor.vendor_ids) if root.id == actor.customer_id else []
    return [vendor for vendor in await info.context.loaders.vendor.load_many(acted_for) if vendor is not None]


@relation("vendor", attrgetter("vendor_id"))
def vendor_of_api_key(_root: ApiKey, found: Vendor | None) -> Vendor | None:
    return found


async def register(info: Info, command: usecases.Register) -> usecases.Grant:
    context = info.context
    await context.services.identity.limits.register(context.client_address)
    grant = await usecases.register(context.unit_of_work(), context.services.identity, command, context.now)
    return _signed_in(info, grant)


async def sign_in(info: Info, command: usecases.SignIn) -> usecases.Grant:
    """Every attempt counts until one succeeds, so that guesses sent in parallel count as well."""
    context = info.context
    identity, email = context.services.identity, normalized_email(command.email)
    await identity.limits.sign_in(email, context.client_address)
    grant = await usecases.sign_in(context.unit_of_work(), identity, command, context.now)
    await identity.limits.signed_in(email, context.client_address)
    return _signed_in(info, grant)


async def refresh_session(info: Info, command: usecases.RefreshSession) -> usecases.Grant:
    context = info.context
    identity = context.services.identity
    await identity.limits.refresh(identity.secrets.hash_of(command.refresh_token))
    grant = await usecases.refresh_session(context.unit_of_work(), identity, command, context.now)
    return _signed_in(info, grant)


async def sign_out(info: Info, command: usecases.SignOut) -> int:
    return await usecases.sign_out(info.context.unit_of_work(), command, info.context.now)


async def update_customer(info: Info, command: usecases.UpdateCustomer) -> Customer:
    context = info.context
    return await usecases.update_customer(context.unit_of_work(), context.services.address_book, command)


async def create_api_key(info: Info, command: api_keys.CreateApiKey) -> api_keys.NewApiKey:
    context = info.context
    return await api_keys.create_api_key(context.unit_of_work(), context.services.identity, command, context.now)


async def revoke_api_key(info: Info, command: api_keys.RevokeApiKey) -> ApiKey:
    return await api_keys.revoke_api_key(info.context.unit_of_work(), command, info.context.now)


def _signed_in(info: Info, grant: usecases.Grant) -> usecases.Grant:
    """Let the rest of the request be the customer's, so that the payload may show who signed in."""
    info.context.actor = Actor(customer_id=grant.customer.id, session_family_id=grant.session_family_id)
    return grant
