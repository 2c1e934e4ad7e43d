"""Buying for a company: changing for whom a checkout buys, and having the company's VAT number checked in time."""

from collections.abc import Mapping
from datetime import datetime

from domain.cart.model import Cart
from domain.cart.usecases import buying_company
from domain.checkout.holding import repriced
from domain.checkout.model import Checkout, CheckoutState
from domain.checkout.ports import UnitOfWork
from domain.checkout.priced import PricedCheckout
from domain.checkout.pricing import price_checkout
from domain.checkout.promising.usecases import with_promised_prices
from domain.checkout.taxation.usecases import with_tax_facts
from domain.payments.balances.model import BalanceKind
from domain.payments.model import TenderState
from domain.pricing.facts import OfferFacts
from domain.pricing.taxation.ports import VatRegister
from domain.pricing.taxation.usecases import checked_vat_id
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import CompanyId, OfferId
from domain.shared.making import replace


async def for_company(
    uow: UnitOfWork, checkout: Checkout, cart: Cart, company_id: CompanyId | None, *, now: datetime
) -> Checkout:
    """The checkout as if it had been for this company from its start, or for its customer themselves.

    Prices, promotions, taxes and credit are the company's from now on; its cart follows. Both are locked. What was
    offered to be paid on terms is taken back: nobody buys for themselves on a company's credit.
    """
    if checkout.company_id == company_id:
        return checkout
    if cart.customer_id != uow.actor.customer_id:
        raise refuse(ErrorCode.NOT_ALLOWED, "Only a cart of your own can be for a company.", "company_id")
    if cart.version != checkout.cart_version:
        raise refuse(ErrorCode.VERSION_CONFLICT, "The cart has changed; start the checkout again.", "checkout_id")
    company = await buying_company(uow, company_id, uow.actor.customer_id)
    changed = replace(cart, company=company, version=cart.version + 1)
    facts = await _facts(uow, checkout, now)
    priced = repriced(replace(checkout, company=company, cart_version=changed.version), changed, facts)
    taxed = await with_tax_facts(uow, priced, None, now=now)
    entered = replace(changed, promo_codes=checkout.prices.codes)
    promised = await with_promised_prices(uow, taxed, checkout, entered, facts, now=now)
    await uow.carts.save(changed, before=cart)
    await uow.checkouts.save_prices(promised)
    uow.tell(cart.id)
    return await _off_terms(uow, promised)


async def _off_terms(uow: UnitOfWork, checkout: Checkout) -> Checkout:
    """The checkout without what was offered to be paid on terms."""
    tenders = []
    for tender in checkout.tenders:
        is_on_terms = tender.balance is not None and tender.balance.kind is BalanceKind.TERMS
        if is_on_terms and tender.state is TenderState.PENDING:
            await uow.payments.withdraw(tender)
            tenders.append(replace(tender, state=TenderState.RELEASED))
        else:
            tenders.append(tender)
    return replace(checkout, tenders=tuple(tenders))


async def _facts(uow: UnitOfWork, checkout: Checkout, now: datetime) -> Mapping[OfferId, OfferFacts]:
    offers = [line.offer_id for line in checkout.lines]
    return await uow.offers.facts(offers, language=checkout.language, currency=checkout.currency, now=now)


async def with_checked_vat_id(
    uow: UnitOfWork, whole: PricedCheckout, register: VatRegister, *, now: datetime
) -> PricedCheckout:
    """The checkout with the VAT number of its company, if the register was not asked lately (rule T10).

    Most need no more than a look. The register is asked outside of any transaction; a number that the buyer has told
    stands.
    """
    company = whole.checkout.company
    if company is None or company.vat_id is None or whole.checkout.tax.vat_id is not None:
        return whole
    check = await checked_vat_id(register, company.vat_id, now=now)
    async with uow:
        current = await uow.checkouts.lock(whole.id)
        is_same = current is not None and current.company_id == company.id and current.tax.vat_id is None
        if current is None or check is None or not is_same or current.state is not CheckoutState.OPEN:
            return whole
        if check.checked_at is not None:
            await uow.companies.keep_check(company.id, check)
        kept = replace(current, tax=replace(current.tax, vat_id=check), version=current.version + 1)
        await uow.checkouts.save(kept)
        uow.tell(kept.id)
        await uow.commit()
    return price_checkout(kept, kept.tenders, uow.terms.terms(kept.market_id), now=now)
