"""Promotions for staff: reading, changing, and making codes."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

from domain.cart.model import Cart, CartState, LineRequest, check_requests
from domain.cart.usecases import chosen
from domain.companies.model import BuyingCompany, CompanyRole
from domain.pricing.coupons.model import entered
from domain.pricing.discounts import Funding
from domain.pricing.promoting import usecases
from domain.pricing.promoting.ports import StoredPromotion
from domain.pricing.promotions.forms import write_action, write_conditions
from domain.pricing.promotions.model import ReturnRule, Stacking
from domain.pricing.quote import Totals
from domain.shared.errors import ErrorCode, Refused, RequestFault, refuse
from domain.shared.ids import CartId, CartLineId, CompanyId, CustomerId, PromotionId
from domain.shared.making import dataclass
from domain.shared.money import Money
from domain.shared.page import MAX_PAGE_SIZE, Page, PageRequest
from loaders.cart import priced
from persistence.pricing import promotions
from resolvers.cart import BuyBoxes
from resolvers.context import Info
from resolvers.loaded import search_text
from resolvers.paging import paged


async def newest(info: Info, query: str | None = None, starts_before: datetime | None = None) -> list[StoredPromotion]:
    """What is not archived: those whose name contains `query`, and that start before a moment."""
    return await promotions.newest_promotions(
        info.context.pool, query=search_text(query), starts_before=starts_before, limit=MAX_PAGE_SIZE
    )


async def upsert(info: Info, command: usecases.UpsertPromotion) -> StoredPromotion:
    return await _changed(info, await usecases.upsert_promotion(info.context.unit_of_work(), command))


async def archive(info: Info, promotion_id: PromotionId) -> StoredPromotion:
    return await _changed(info, await usecases.archive_promotion(info.context.unit_of_work(), promotion_id))


async def generate_codes(info: Info, command: usecases.GenerateCodes) -> StoredPromotion:
    uow = info.context.unit_of_work()
    return await _changed(info, await usecases.generate_codes(uow, command, choose=secrets.choice))


async def remove_codes(info: Info, command: usecases.RemoveCodes) -> StoredPromotion:
    return await _changed(info, await usecases.remove_codes(info.context.unit_of_work(), command))


async def _changed(info: Info, promotion_id: PromotionId) -> StoredPromotion:
    """The promotion afresh; this process prices by it from now on, others when what they know has grown old."""
    info.context.services.reference.forget()
    info.context.forget_reads()
    found = await info.context.loaders.promotion.load(promotion_id)
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such promotion.", "id")
    return found


@paged(first=100)
async def codes(root: StoredPromotion, info: Info, page: PageRequest) -> Page[str]:
    return await promotions.codes_of(info.context.pool, root.id, page)


async def name(root: StoredPromotion, info: Info) -> str:
    return root.promotion.name_in(info.context.request.language)


async def starts_at(root: StoredPromotion) -> datetime:
    return root.promotion.starts_at


async def ends_at(root: StoredPromotion) -> datetime | None:
    return root.promotion.ends_at


async def priority(root: StoredPromotion) -> int:
    return root.promotion.priority


async def stacking(root: StoredPromotion) -> Stacking:
    return root.promotion.stacking


async def exclusion_group(root: StoredPromotion) -> str | None:
    return root.promotion.exclusion_group


async def conditions(root: StoredPromotion) -> Mapping[str, Any]:
    return write_conditions(root.promotion.selection, root.promotion.conditions)


async def action(root: StoredPromotion) -> Mapping[str, Any]:
    return write_action(root.promotion.action)


async def usage_limit(root: StoredPromotion) -> int | None:
    return root.promotion.usage_limit


async def per_customer_limit(root: StoredPromotion) -> int | None:
    return root.promotion.per_customer_limit


async def budget(root: StoredPromotion) -> Money | None:
    amounts = root.promotion.budget or {}
    return next((Money(minor, currency) for currency, minor in amounts.items()), None)


async def unit_cap(root: StoredPromotion) -> int | None:
    return root.promotion.unit_cap.total


async def unit_cap_per_customer(root: StoredPromotion) -> int | None:
    return root.promotion.unit_cap.per_customer


async def funding(root: StoredPromotion) -> Funding:
    return root.promotion.funding


async def is_public(root: StoredPromotion) -> bool:
    return root.promotion.is_public


async def return_rule(root: StoredPromotion) -> ReturnRule:
    return root.promotion.return_rule


@dataclass(frozen=True, slots=True)
class Simulation:
    """A purchase that nobody makes: in the request's context unless told."""

    lines: tuple[LineRequest, ...]
    at: datetime | None = None
    customer_id: CustomerId | None = None
    promo_codes: tuple[str, ...] = ()
    country: str | None = None
    company_id: CompanyId | None = None


async def simulate(info: Info, asked: Simulation) -> Totals:
    """What it would cost, in stock or not; BAD_USER_INPUT for goods, buyers and countries that there are not."""
    context, at = info.context, asked.at or info.context.now
    try:
        check_requests(asked.lines, field="lines")
        additions = await chosen(BuyBoxes(info), asked.lines, field="lines")
        codes = entered(asked.promo_codes, "promo_codes")
    except Refused as refusal:
        raise RequestFault(str(refusal)) from None
    if asked.country is not None and asked.country not in context.request.market.countries:
        raise RequestFault("This market does not serve that country.")
    empty = Cart(
        id=CartId("cart"),
        version=1,
        state=CartState.ACTIVE,
        market_id=context.request.market.id,
        country=asked.country or context.request.country,
        language=context.request.language,
        currency=context.request.currency,
        customer_id=asked.customer_id,
        promo_codes=codes,
        customer_group=await _group(info, asked.customer_id),
        company=await _company(info, asked.company_id),
    )
    numbers = count(1)
    cart = empty.with_added(additions, lambda: CartLineId(f"line {next(numbers)}"))
    book = (await context.services.reference.facts()).promotions
    priced_cart = await priced(context.loaders, cart, now=at, revision=book.revision_at(at))
    for problem in priced_cart.problems:
        if problem.code is not ErrorCode.INSUFFICIENT_STOCK:
            raise RequestFault(problem.message)
    return priced_cart.totals


async def _group(info: Info, customer_id: CustomerId | None) -> str | None:
    if customer_id is None:
        return None
    found = await info.context.loaders.customer.load(customer_id)
    if found is None:
        raise RequestFault("No such customer.")
    return found.customer_group


async def _company(info: Info, company_id: CompanyId | None) -> BuyingCompany | None:
    """The company as somebody who may buy whatever they like would buy for it."""
    if company_id is None:
        return None
    found = await info.context.loaders.company.load(company_id)
    if found is None:
        raise RequestFault("No such company.")
    return BuyingCompany(found.id, found.name, role=CompanyRole.BUYER)
