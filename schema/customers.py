"""Customers, their sessions, and keys for programs."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.customers import model, usecases
from domain.customers.api_keys import usecases as api_keys
from domain.shared.ids import AddressId, ApiKeyId, VendorId
from resolvers import balances, customers, orders, payment_methods, wishlists
from resolvers import companies as business
from resolvers.ids import parse_id
from schema.addresses import Address, AddressInput
from schema.balances import CreditTerms
from schema.base import Connection, Node, Payload, mutation, represents, resolve
from schema.companies import CompanyMembership
from schema.money import Money
from schema.payment_methods import StoredPaymentMethod
from schema.scalars import LanguageTag

if TYPE_CHECKING:
    from schema.orders import Order
    from schema.vendors import Vendor
    from schema.wishlists import Wishlist

KEY_MAKERS = [["staff", "integrations:write"]]

# Fields are guarded one by one where a type is a `Node`: what a type asks for, routers ask for on every `Node`.
shown = partial(resolve, authenticated=True, policy=[["self"], ["scope:customers:read"]])
of_key = partial(resolve, requires_scopes=KEY_MAKERS)


@strawberry.type(description="An entry of a customer's address book.")
@represents(model.SavedAddress)
class SavedAddress:
    id: strawberry.ID = resolve(description="Names the entry in `customerUpdate`.")
    address: Address = resolve(description="Where it leads.")
    is_default_shipping: bool = resolve(description="Whether orders are sent there unless the buyer says otherwise.")
    is_default_billing: bool = resolve(description="Whether bills are made out to it unless the buyer says otherwise.")


@strawberry.federation.type(
    keys=["id"], description="Who buys. Seen by themselves, and by those who may read customers."
)
@represents(model.Customer)
class Customer(Node):
    loader = "customer"

    email: str = shown(description="Trimmed and in lower case.")
    first_name: str | None = shown(description="The given name.")
    last_name: str | None = shown(description="The family name.")
    language: LanguageTag | None = shown(description="What they want to be written to in.")
    version: int = shown(description="Grows with each change; give it as `expectedVersion` to change what you saw.")
    addresses: list[SavedAddress] = shown(customers.address_book, description="The address book: 50 at most.")
    default_shipping_address: Address | None = shown(
        customers.default_shipping_address, description="Where orders go unless the buyer says otherwise."
    )
    default_billing_address: Address | None = shown(
        customers.default_billing_address, description="Whom bills are made out to unless the buyer says otherwise."
    )
    payment_methods: list[StoredPaymentMethod] = resolve(
        payment_methods.stored_methods,
        authenticated=True,
        policy=[["self"]],
        description="What gateways keep for them, to be paid with again; the latest first.",
    )
    store_credit: list[Money] = resolve(
        balances.store_credit,
        authenticated=True,
        policy=[["self"], ["scope:customers:read", "scope:balances:read"]],
        description="What they can buy with, one amount a currency.",
    )
    credit_terms: list[CreditTerms] = resolve(
        balances.credit_terms,
        authenticated=True,
        policy=[["self"], ["scope:customers:read", "scope:balances:read"]],
        description="How much they may owe, currency by currency; empty if they cannot buy on invoice.",
    )
    companies: list[CompanyMembership] = resolve(
        business.companies_of_customer,
        policy=[["self"], ["scope:customers:read"]],
        description="The companies that they act for.",
    )
    segments: list[str] = resolve(
        business.segments,
        requires_scopes=[["customers:read"]],
        tags=["admin"],
        description="The named sets that staff put them into, by which promotions choose.",
    )
    group: str | None = resolve(
        business.group,
        requires_scopes=[["customers:read"]],
        tags=["admin"],
        description="The group whose price lists they have.",
    )
    vendors: list[Annotated["Vendor", strawberry.lazy("schema.vendors")]] = resolve(
        customers.vendors_of_viewer, authenticated=True, policy=[["self"]], description="The vendors that they act for."
    )
    wishlists: list[Annotated["Wishlist", strawberry.lazy("schema.wishlists")]] = resolve(
        wishlists.wishlists_of_customer,
        authenticated=True,
        policy=[["self"]],
        description="What they have an eye on: 20 lists at most, the oldest first.",
    )
    orders: Connection[Annotated["Order", strawberry.lazy("schema.orders")]] = resolve(
        orders.orders_of_customer,
        authenticated=True,
        policy=[["self"], ["scope:customers:read", "scope:orders:read"]],
        description="What they bought, newest first.",
    )


@strawberry.federation.type(keys=["id"], description="A program's way in.", tags=["admin"])
@represents(model.ApiKey)
class ApiKey(Node):
    loader = "api_key"

    name: str = of_key(description="What it is for.")
    prefix: str = of_key(description="The readable part of the key, by which to recognize it.")
    scopes: list[str] = of_key(description="What it may do.")
    vendor: Annotated["Vendor", strawberry.lazy("schema.vendors")] | None = of_key(
        customers.vendor_of_api_key, description="The vendor that it acts for; null for a key of the platform."
    )
    created_at: datetime = of_key(description="When it was made.")
    revoked_at: datetime | None = of_key(description="Since when it is refused.")


@strawberry.input(description="A new customer.")
class CustomerRegisterInput:
    email: str
    password: str = strawberry.field(description="8 to 256 characters of any kind.")
    first_name: str | None = None
    last_name: str | None = None
    language: LanguageTag | None = None

    def to_domain(self) -> usecases.Register:
        return usecases.Register(self.email, self.password, self.first_name, self.last_name, self.language)


@strawberry.input(description="The credentials of a customer.")
class SignInInput:
    email: str
    password: str

    def to_domain(self) -> usecases.SignIn:
        return usecases.SignIn(self.email, self.password)


@strawberry.input(description="A refresh token to be exchanged for new tokens.")
class SessionRefreshInput:
    refresh_token: str

    def to_domain(self) -> usecases.RefreshSession:
        return usecases.RefreshSession(self.refresh_token)


@strawberry.input(description="What to sign out of.")
class SignOutInput:
    everywhere: bool = strawberry.field(default=False, description="All of the customer's sessions, not just this one.")

    def to_domain(self) -> usecases.SignOut:
        return usecases.SignOut(self.everywhere)


@strawberry.input(description="An address of the book; without an `id` it is new.")
class SavedAddressInput:
    address: AddressInput
    id: strawberry.ID | None = None
    is_default_shipping: bool = False
    is_default_billing: bool = False

    def to_domain(self) -> usecases.AddressEntry:
        return usecases.AddressEntry(
            self.address.to_domain(),
            None if self.id is None else parse_id(self.id, "address", AddressId),
            self.is_default_shipping,
            self.is_default_billing,
        )


@strawberry.input(description="What to change of oneself; what is left out or null stays, an empty name is removed.")
class CustomerUpdateInput:
    first_name: str | None = None
    last_name: str | None = None
    language: LanguageTag | None = None
    addresses: list[SavedAddressInput] | None = strawberry.field(
        default=None, description="The whole address book as it shall be; what it does not name is forgotten."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The `version` that was seen; refused with VERSION_CONFLICT if it is another by now."
    )

    def to_domain(self) -> usecases.UpdateCustomer:
        entries = None if self.addresses is None else tuple(entry.to_domain() for entry in self.addresses)
        return usecases.UpdateCustomer(self.first_name, self.last_name, self.language, entries, self.expected_version)


@strawberry.input(description="A key for a program: one of the platform has scopes, a vendor's has none.")
class ApiKeyCreateInput:
    name: str
    scopes: list[str] = strawberry.field(default_factory=list, description="Some of the scopes of who makes the key.")
    vendor_id: strawberry.ID | None = strawberry.field(default=None, description="The vendor that it shall act for.")

    def to_domain(self) -> api_keys.CreateApiKey:
        vendor_id = None if self.vendor_id is None else parse_id(self.vendor_id, "vendor", VendorId)
        return api_keys.CreateApiKey(self.name, tuple(self.scopes), vendor_id)


@strawberry.input(description="The key that shall no longer work.")
class ApiKeyRevokeInput:
    api_key_id: strawberry.ID

    def to_domain(self) -> api_keys.RevokeApiKey:
        return api_keys.RevokeApiKey(parse_id(self.api_key_id, "api_key", ApiKeyId))


@strawberry.type(description="A customer, signed in.")
class AuthPayload(Payload):
    customer: Customer | None = resolve(description="Who signed in.")
    access_token: str | None = resolve(description="Send it as `Authorization: Bearer ...`.")
    refresh_token: str | None = resolve(description="Exchange it by `sessionRefresh`, once, within 30 days.")
    expires_at: datetime | None = resolve(description="When the access token ends.")


@strawberry.type(description="A new customer, signed in.")
class CustomerRegisterPayload(AuthPayload): ...


@strawberry.type(description="A new session.")
class SignInPayload(AuthPayload): ...


@strawberry.type(description="A session that goes on.")
class SessionRefreshPayload(AuthPayload): ...


@strawberry.type(description="What was signed out of.")
class SignOutPayload(Payload):
    sessions_ended: int | None = resolve(description="How many sessions ended.")


@strawberry.type(description="The customer as changed.")
class CustomerUpdatePayload(Payload):
    customer: Customer | None = resolve(description="The customer as changed.")


@strawberry.type(description="A new API key.")
class ApiKeyCreatePayload(Payload):
    api_key: ApiKey | None = resolve(description="What is known of the key.")
    key: str | None = resolve(description="The key itself, shown here and never again.")


@strawberry.type(description="The key that was revoked.")
class ApiKeyRevokePayload(Payload):
    api_key: ApiKey | None = resolve(description="The key, refused from now on.")


@strawberry.type
class CustomersQuery:
    viewer: Customer | None = resolve(
        customers.viewer, authenticated=True, description="The customer who asks; null for an API key."
    )


@strawberry.type
class CustomersMutation:
    customer_register: CustomerRegisterPayload | None = mutation(
        customers.register,
        input=CustomerRegisterInput,
        payload=CustomerRegisterPayload,
        description="Become a customer and sign in. Orders placed before as a guest stay the guest's.",
    )
    sign_in: SignInPayload | None = mutation(
        customers.sign_in,
        input=SignInInput,
        payload=SignInPayload,
        description="Begin a session. Attempts are limited: RATE_LIMITED says in `retryAfter` for how many seconds.",
    )
    session_refresh: SessionRefreshPayload | None = mutation(
        customers.refresh_session,
        input=SessionRefreshInput,
        payload=SessionRefreshPayload,
        description="Exchange a refresh token. One that is used again after 10 seconds ends the session.",
    )
    sign_out: SignOutPayload | None = mutation(
        customers.sign_out,
        input=SignOutInput,
        payload=SignOutPayload,
        authenticated=True,
        description="End this session or all; their access tokens are refused at once.",
    )
    customer_update: CustomerUpdatePayload | None = mutation(
        customers.update_customer,
        input=CustomerUpdateInput,
        payload=CustomerUpdatePayload,
        authenticated=True,
        policy=[["self"]],
        description="Change names, language or the address book.",
    )
    api_key_create: ApiKeyCreatePayload | None = mutation(
        customers.create_api_key,
        input=ApiKeyCreateInput,
        payload=ApiKeyCreatePayload,
        requires_scopes=KEY_MAKERS,
        tags=["admin"],
        description="Make a key for a program.",
    )
    api_key_revoke: ApiKeyRevokePayload | None = mutation(
        customers.revoke_api_key,
        input=ApiKeyRevokeInput,
        payload=ApiKeyRevokePayload,
        requires_scopes=KEY_MAKERS,
        tags=["admin"],
        description="End a key.",
    )
