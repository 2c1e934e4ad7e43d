"""Companies of a test's shop, made as staff make them, with members who buy for them."""

from dataclasses import replace
from typing import Any

from domain.companies import usecases
from domain.companies.model import Company, CompanyRole, NetTerms
from domain.customers.grouping.usecases import SetSegments, set_segments
from domain.payments.balances.model import Balance
from domain.payments.balances.usecases import SetCreditLimit, set_credit_limit
from domain.pricing.price_lists.usecases import PriceEntry, SetPrices, UpsertPriceList, set_prices, upsert_price_list
from domain.shared.actor import Actor
from domain.shared.ids import CompanyId, CustomerId, OfferId, PriceListId
from domain.shared.money import Money
from persistence.ids import new_id
from tests.factories.balances import customer
from tests.factories.buying import Buying


async def company(
    shop: Buying, name: str = "Acme GmbH", *, vat_id: str | None = None, terms: NetTerms | None = None
) -> Company:
    command = usecases.CreateCompany(usecases.Description(name, vat_id, terms))
    return await usecases.create_company(shop.unit_of_work(), shop.taxing.register, command, now=shop.now)


async def member(
    shop: Buying,
    company_id: CompanyId,
    *,
    role: CompanyRole = CompanyRole.BUYER,
    limit: Money | None = None,
    customer_id: CustomerId | None = None,
) -> Buying:
    """The shop as a member of the company is in it: a new customer, unless one is named."""
    owner = customer_id or await customer(shop.pool)
    await usecases.set_member(shop.unit_of_work(), usecases.SetMember(company_id, owner, role, limit))
    group = await shop.pool.fetchval("SELECT customer_group FROM customer WHERE id = $1", owner)
    return replace(shop, actor=Actor(customer_id=owner, customer_group=group, company_ids=frozenset({company_id})))


async def dismiss(shop: Buying, company_id: CompanyId, customer_id: CustomerId | None) -> None:
    assert customer_id is not None, "only customers are members"
    await usecases.remove_member(shop.unit_of_work(), usecases.RemoveMember(company_id, customer_id))


async def company_credit(shop: Buying, company_id: CompanyId, limit: Money) -> Balance:
    command = SetCreditLimit(None, limit, None, new_id("key"), company_id)
    return await set_credit_limit(shop.unit_of_work(), command)


async def segments(shop: Buying, customer_id: CustomerId | None, *names: str) -> None:
    assert customer_id is not None, "only customers are in segments"
    await set_segments(shop.unit_of_work(), SetSegments(customer_id, names))


async def listed(shop: Buying, offer: OfferId, minor: int, **whom: Any) -> PriceListId:
    """A price list in euros with this one price; the shop's own process knows of it at once."""
    made = UpsertPriceList(None, None, "A list", "EUR", **whom)
    list_id = await upsert_price_list(shop.unit_of_work(), made)
    entry = PriceEntry(Money(minor, "EUR"), offer)
    await set_prices(shop.unit_of_work(), SetPrices(list_id, (entry,), new_id("key")))
    shop.reference.forget()
    await shop.reference.facts()
    return list_id
