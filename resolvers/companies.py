"""Companies: what their members see of them, and what staff do with them."""

from collections.abc import Sequence
from operator import attrgetter

from domain.cart.priced import PricedCart
from domain.checkout.priced import PricedCheckout
from domain.companies import usecases
from domain.companies.model import Company, CompanyRole, Membership
from domain.customers.grouping import usecases as grouping
from domain.customers.model import Customer
from domain.orders.model import Order
from domain.payments.balances.model import Balance
from domain.payments.balances.usecases import SetCreditLimit, set_credit_limit
from domain.pricing.model import PriceList
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import CompanyId
from domain.shared.money import Money
from domain.shared.page import Page, PageRequest
from persistence.companies import queries
from resolvers.access import CUSTOMERS_SCOPE, may_see
from resolvers.context import Info
from resolvers.loaded import loaded, search_text
from resolvers.paging import paged
from resolvers.relations import relation


@paged()
async def companies(info: Info, page: PageRequest, query: str | None = None) -> Page[Company]:
    found = await queries.companies(info.context.pool, page, query=search_text(query))
    return await loaded(found, info.context.loaders.company)


@relation("memberships_of_customer", attrgetter("id"))
def companies_of_customer(_root: Customer, found: Sequence[Membership]) -> Sequence[Membership]:
    return found


async def members(root: Company, info: Info) -> Sequence[Membership]:
    """All of them to staff and to the company's admins; to everybody else their own membership."""
    actor = info.context.actor
    found = await info.context.loaders.members_of_company.load(root.id)
    own = [member for member in found if member.customer_id == actor.customer_id]
    sees_all = CUSTOMERS_SCOPE in actor.scopes or any(member.role is CompanyRole.ADMIN for member in own)
    return found if sees_all else own


@relation("company", attrgetter("company_id"))
def company_of_member(_root: Membership, found: Company | None) -> Company:
    assert found is not None, "a membership ends with its company"
    return found


async def customer_of_member(root: Membership, info: Info) -> Customer | None:
    found = await info.context.loaders.customer.load(root.customer_id)
    return found if found is not None and may_see(info.context.actor, found) else None


async def email_of_member(root: Membership, info: Info) -> str:
    found = await info.context.loaders.customer.load(root.customer_id)
    assert found is not None, "a membership ends with its customer"
    return found.email


@relation("credit_of_company", attrgetter("id"))
def credit_terms(_root: Company, found: Sequence[Balance]) -> Sequence[Balance]:
    return found


async def credit_limit(root: Company, info: Info) -> Money | None:
    found = await _credit(root, info)
    return found.granted if found else None


async def credit_available(root: Company, info: Info) -> Money | None:
    found = await _credit(root, info)
    return found.usable(info.context.now) if found else None


async def _credit(root: Company, info: Info) -> Balance | None:
    """What it may owe in the currency of the request."""
    currency = info.context.request.currency
    accounts = await info.context.loaders.credit_of_company.load(root.id)
    return next((found for found in accounts if found.available.currency == currency), None)


async def price_lists(root: Company, info: Info) -> list[PriceList]:
    ids = await info.context.loaders.price_lists_of_company.load(root.id)
    found = await info.context.loaders.price_list.load_many(ids)
    return [item for item in found if item is not None]


async def company_of_cart(root: PricedCart, info: Info) -> Company | None:
    return await _shown(info, root.cart.company.id if root.cart.company else None)


async def company_of_checkout(root: PricedCheckout, info: Info) -> Company | None:
    return await _shown(info, root.checkout.company_id)


async def company_of_order(root: Order, info: Info) -> Company | None:
    return await _shown(info, root.company_id)


async def _shown(info: Info, company_id: CompanyId | None) -> Company | None:
    """The company, to those who may see it."""
    if company_id is None:
        return None
    found = await info.context.loaders.company.load(company_id)
    return found if found is not None and may_see(info.context.actor, found) else None


async def create(info: Info, command: usecases.CreateCompany) -> Company:
    context = info.context
    register = context.services.taxing.register
    return await usecases.create_company(context.unit_of_work(), register, command, now=context.now)


async def update(info: Info, command: usecases.UpdateCompany) -> Company:
    context = info.context
    register = context.services.taxing.register
    return await usecases.update_company(context.unit_of_work(), register, command, now=context.now)


async def set_member(info: Info, command: usecases.SetMember) -> Membership:
    return await usecases.set_member(info.context.unit_of_work(), command)


async def remove_member(info: Info, command: usecases.RemoveMember) -> Company:
    return await usecases.remove_member(info.context.unit_of_work(), command)


async def set_limit(info: Info, command: SetCreditLimit) -> Company:
    balance = await set_credit_limit(info.context.unit_of_work(), command)
    found = await info.context.loaders.company.load(balance.company_id) if balance.company_id else None
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such company.", "company_id")
    return found


@relation("segments_of_customer", attrgetter("id"))
def segments(_root: Customer, found: Sequence[str]) -> Sequence[str]:
    return found


def group(root: Customer) -> str | None:
    return root.customer_group


async def set_segments(info: Info, command: grouping.SetSegments) -> Customer:
    return await grouping.set_segments(info.context.unit_of_work(), command)


async def set_group(info: Info, command: grouping.SetGroup) -> Customer:
    return await grouping.set_group(info.context.unit_of_work(), command)
