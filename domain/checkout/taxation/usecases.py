"""What a checkout asks others about its taxes: the books, and an engine."""

import asyncio
from datetime import datetime

from domain.checkout.model import Checkout, CheckoutState
from domain.checkout.ports import UnitOfWork
from domain.checkout.priced import PricedCheckout
from domain.checkout.pricing import price_checkout
from domain.checkout.taxation.ports import Engine
from domain.pricing.taxation.external import ExternalTaxes, TaxRequest
from domain.pricing.taxation.facts import TaxFacts
from domain.pricing.taxation.ports import TaxEngineUnavailable
from domain.pricing.taxation.vat_id import CHECK_LASTS
from domain.shared.actor import Actor
from domain.shared.ids import CheckoutId
from domain.shared.making import replace

ENGINE_SECONDS = 2.0
"""How long a tax engine is waited for (rule T15)."""


async def with_tax_facts(uow: UnitOfWork, checkout: Checkout, earlier: Checkout | None, *, now: datetime) -> Checkout:
    """A new checkout with what is on file of its sellers and its buyer, and the VAT number that was told already.

    Who buys for a company has its certificates and its VAT number, and not their own.
    """
    vendors = sorted({line.vendor_id for line in checkout.lines})
    known = await uow.taxes.facts(vendors, checkout.customer_id, on=now, company_id=checkout.company_id)
    told = earlier.tax.vat_id if earlier else None
    if checkout.company is not None and checkout.company.vat_id is not None:
        told = checkout.company.vat_check
    is_fresh = told is not None and told.checked_at is not None and now - told.checked_at < CHECK_LASTS
    return replace(checkout, tax=replace(known, goods=checkout.tax.goods, vat_id=told if is_fresh else None))


async def at_present_sales(uow: UnitOfWork, whole: PricedCheckout, *, now: datetime) -> PricedCheckout:
    """The checkout at what its sellers have sold by now, which stands until the transaction ends (rule T8)."""
    if not whole.taxed.distance_sales:
        return whole
    checkout = whole.checkout
    present = await uow.taxes.lock_distance_sales(list(whole.taxed.distance_sales), on=now)
    sales = {**checkout.tax.distance_sales, **present}
    current = replace(checkout, tax=replace(checkout.tax, distance_sales=sales))
    if current == checkout:
        return whole
    return price_checkout(current, whole.tenders, uow.terms.terms(checkout.market_id), now=now)


async def count_sales(uow: UnitOfWork, whole: PricedCheckout, *, now: datetime) -> None:
    """Count what is being ordered towards its sellers' limits."""
    if whole.taxed.distance_sales:
        await uow.taxes.count_distance_sales(dict(whole.taxed.distance_sales), on=now)


async def refresh_taxes(uow: UnitOfWork, checkout_id: CheckoutId, engine: Engine | None, *, now: datetime) -> None:
    """Have the checkout's taxes computed by the engine, unless its answer to just this is known (rule T15).

    Asked at most once for a call, and outside of the two short transactions, which read the checkout and keep the
    answer.
    """
    if engine is None:
        return
    async with uow:
        checkout = await uow.checkouts.get(checkout_id)
        if checkout is None or not _is_open_to(uow.actor, checkout):
            return
        request = _request(uow, checkout, engine, now)
    if request is None or _is_answered(checkout, request):
        return
    answer = await _asked(engine, request)
    async with uow:
        current = await uow.checkouts.lock(checkout_id)
        if current is None or current.state is not CheckoutState.OPEN or _request(uow, current, engine, now) != request:
            return
        kept = replace(current, tax=replace(current.tax, external=answer), version=current.version + 1)
        await uow.checkouts.save(kept)
        uow.tell(checkout_id)
        await uow.commit()


def _is_open_to(actor: Actor, checkout: Checkout) -> bool:
    return checkout.state is CheckoutState.OPEN and checkout.is_open_to(actor)


def _request(uow: UnitOfWork, checkout: Checkout, engine: Engine, now: datetime) -> TaxRequest | None:
    """What the engine would be asked of the checkout as it is."""
    asked = checkout if checkout.tax.external else _unanswered(checkout, engine)
    return price_checkout(asked, (), uow.terms.terms(checkout.market_id), now=now).taxed.request


def _unanswered(checkout: Checkout, engine: Engine) -> Checkout:
    facts: TaxFacts = replace(checkout.tax, external=ExternalTaxes("", None, engine.engine.name, blocks=engine.blocks))
    return replace(checkout, tax=facts)


def _is_answered(checkout: Checkout, request: TaxRequest) -> bool:
    external = checkout.tax.external
    return external is not None and external.taxes is not None and external.hash == request.hash


async def _asked(engine: Engine, request: TaxRequest) -> ExternalTaxes:
    name = engine.engine.name
    try:
        async with asyncio.timeout(ENGINE_SECONDS):
            taxes, reference = await engine.engine.assess(request)
    except (TaxEngineUnavailable, TimeoutError):
        return ExternalTaxes(request.hash, None, name, blocks=engine.blocks)
    return ExternalTaxes(request.hash, taxes, name, reference, engine.blocks)
