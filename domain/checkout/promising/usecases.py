"""What a checkout is promised of promotions, and what its order uses up, each within the transaction of its caller."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.cart.model import Cart
from domain.checkout.gifts import lost_gifts, without_lines
from domain.checkout.model import Checkout
from domain.checkout.ports import UnitOfWork
from domain.checkout.priced import PricedCheckout
from domain.checkout.pricing import price_checkout
from domain.checkout.promised import PromisedPrices
from domain.pricing.coupons.model import customer_key, folded
from domain.pricing.coupons.usage import PromotionUse, UnitsWanted, exhausted
from domain.pricing.facts import OfferFacts
from domain.pricing.promoting.offering import offering, to_count
from domain.pricing.promotions.model import Promotion
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.ids import OfferId, OrderId, PromotionId
from domain.shared.making import replace


async def with_promised_prices(
    uow: UnitOfWork,
    checkout: Checkout,
    earlier: Checkout | None,
    cart: Cart,
    facts: Mapping[OfferId, OfferFacts],
    *,
    now: datetime,
) -> Checkout:
    """A new checkout with the promotions of this instant, and as many units of capped sales as it may have.

    Those that the `earlier` one holds are its own.
    """
    book = uow.terms.terms(checkout.market_id).promotions
    promised = PromisedPrices(
        revision=book.revision,
        goods={line.cart_line_id: facts[line.offer_id].goods for line in checkout.lines},
        runs=checkout.prices.runs,
        manual=checkout.prices.manual,
        codes=cart.promo_codes,
        counted=tuple(to_count(book, now)),
        customer_key=_key(checkout),
    )
    judged = await _judged(uow, replace(checkout, prices=promised), now=now)
    if earlier is None or earlier.has_expired(now):
        return judged
    own = earlier.prices.units
    units = {key: left + own.get(key, 0) for key, left in judged.prices.units.items()}
    return replace(judged, prices=replace(judged.prices, units=units))


async def hold_promised_units(
    uow: UnitOfWork, checkout: Checkout, earlier: Checkout | None, *, now: datetime
) -> Checkout:
    """The checkout with the units of capped sales that it holds from now on (rule P12); it is stored already.

    Call it after the goods are held. What somebody else was faster at is had at the price without that sale.
    """
    if earlier is None and not checkout.prices.units:
        return checkout
    replacing = earlier.id if earlier is not None and earlier.prices.units else None
    wanted = _wanted(uow, checkout, now) if checkout.prices.units else []
    if not wanted and replacing is None:
        return await _holding(uow, checkout, {})
    key = checkout.prices.customer_key or checkout.cart_id
    short = await uow.promotion_usage.hold_units(
        checkout.id, key, wanted, now=now, until=checkout.expires_at, replacing=replacing
    )
    return await _holding(
        uow, checkout, {item.promotion_id: item.quantity for item in wanted if item.promotion_id not in short}
    )


async def with_codes(uow: UnitOfWork, checkout: Checkout, codes: Sequence[str], *, now: datetime) -> Checkout:
    """The checkout with these codes in the place of those it had; what it was promised beside them stands."""
    return await _judged(uow, replace(checkout, prices=replace(checkout.prices, codes=tuple(codes))), now=now)


async def with_buyer(uow: UnitOfWork, checkout: Checkout, *, now: datetime) -> Checkout:
    """The checkout of a guest whose email has just been told, whom limits count by from now on."""
    key = _key(checkout)
    if key is None or key == checkout.prices.customer_key:
        return checkout
    if any(checkout.prices.units.values()):
        too_many = await uow.promotion_usage.name_holder(checkout.id, key)
        if too_many:
            raise refuse(ErrorCode.QUANTITY_LIMIT, "You have bought as many at this price as one may.", "email")
    return await _judged(uow, replace(checkout, prices=replace(checkout.prices, customer_key=key)), now=now)


async def without_lost_gifts(uow: UnitOfWork, checkout: Checkout, *, now: datetime) -> Checkout:
    """The checkout without the gifts that promotions do not give it any more; what was held for them is still held.

    Call it before the goods are held on.
    """
    if not any(line.gift_of for line in checkout.lines):
        return checkout
    lost = lost_gifts(price_checkout(checkout, (), uow.terms.terms(checkout.market_id), now=now))
    if not lost:
        return checkout
    gone = [line.cart_line_id for line in lost]
    await uow.checkouts.drop_lines(checkout.id, gone)
    return without_lines(checkout, gone)


async def extend_units(uow: UnitOfWork, checkout: Checkout) -> None:
    """Hold the units of capped sales as long as the goods."""
    if any(checkout.prices.units.values()):
        await uow.promotion_usage.extend_units(checkout.id, checkout.expires_at)


async def used_up(uow: UnitOfWork, whole: PricedCheckout) -> Refused | None:
    """Why the order cannot be placed: a code or promotion was used up by others. None leaves its counters locked.

    Stock is locked before, whatever the caller does with it after (rule I4).
    """
    uses = uses_of(whole)
    if not _are_counted(uow, whole, uses):
        return None
    await uow.reservations.extend(whole.id, whole.checkout.expires_at)
    late = await uow.promotion_usage.lock(_holder(whole), uses, currency=whole.checkout.currency)
    return Refused(*exhausted(late, "checkout_id")) if late else None


async def use_promotions(uow: UnitOfWork, whole: PricedCheckout, order_id: OrderId) -> Checkout:
    """Count what the order uses, all or nothing (rules P9, P10); refused with COUPON_EXHAUSTED if others were faster.

    The checkout as it stands for good. The order has been written, and its stock locked.
    """
    checkout, uses = whole.checkout, uses_of(whole)
    if any(checkout.prices.units.values()):
        await uow.promotion_usage.take_units(checkout.id, order_id)
    if uses:
        if _are_counted(uow, whole, uses):
            late = await uow.promotion_usage.lock(_holder(whole), uses, currency=checkout.currency)
            if late:
                raise Refused(*exhausted(late, "checkout_id"))
        await uow.promotion_usage.use(order_id, _holder(whole), uses, currency=checkout.currency)
    return replace(checkout, prices=checkout.prices.settled(checkout.counts))


def uses_of(whole: PricedCheckout) -> list[PromotionUse]:
    """What an order of the checkout uses of its promotions."""
    return [
        PromotionUse(used.promotion_id, folded(used.code) if used.code else None, used.amount.minor)
        for used in whole.promoted.applied
    ]


async def _judged(uow: UnitOfWork, checkout: Checkout, *, now: datetime) -> Checkout:
    """The checkout with what is left of its codes and limited promotions, and what they ask of its buyer."""
    prices, book = checkout.prices, uow.terms.terms(checkout.market_id).promotions
    if prices.are_counted:
        counts = await uow.promotion_usage.counts(prices.folded_codes, prices.counted, prices.customer_key, now=now)
        checkout = replace(checkout, counts=counts)
    offers = offering(
        book, now=checkout.started_at, revision=prices.revision, codes=prices.codes, counts=checkout.counts
    )
    buyer = await uow.buyers.buyer(offers, checkout.customer_id, checkout.email, checkout.company_id)
    capped = {
        offered.promotion.id: offered.units_left or 0 for offered in offers.offers if _is_capped(offered.promotion)
    }
    units = {key: prices.units.get(key, left) for key, left in capped.items()}
    return replace(checkout, prices=replace(prices, buyer=buyer, units=units))


def _wanted(uow: UnitOfWork, checkout: Checkout, now: datetime) -> list[UnitsWanted]:
    """How many units of each capped sale the checkout's price rests on."""
    priced = price_checkout(checkout, (), uow.terms.terms(checkout.market_id), now=now)
    reduced = priced.promoted.units()
    return [UnitsWanted(key, reduced[key]) for key in sorted(checkout.prices.units) if reduced.get(key)]


async def _holding(uow: UnitOfWork, checkout: Checkout, held: Mapping[PromotionId, int]) -> Checkout:
    """The checkout with nothing but the units that it holds."""
    units = {key: held.get(key, 0) for key in checkout.prices.units}
    if units == checkout.prices.units:
        return checkout
    changed = replace(checkout, prices=replace(checkout.prices, units=units))
    await uow.checkouts.save(changed)
    return changed


def _are_counted(uow: UnitOfWork, whole: PricedCheckout, uses: Sequence[PromotionUse]) -> bool:
    """Whether any of them can be used up, by what was promised or by what staff has written since."""
    limited = uow.terms.terms(whole.checkout.market_id).promotions.limited
    return any(use.code is not None or use.promotion_id in limited for use in uses)


def _is_capped(promotion: Promotion) -> bool:
    return promotion.unit_cap.total is not None or promotion.unit_cap.per_customer is not None


def _key(checkout: Checkout) -> str | None:
    """Whom limits count; nobody as long as a guest has not said who they are."""
    if checkout.customer_id is None and checkout.email is None:
        return None
    return customer_key(checkout.customer_id, checkout.email or "")


def _holder(whole: PricedCheckout) -> str:
    key = whole.checkout.prices.customer_key or _key(whole.checkout)
    assert key is not None, "an order is placed when nothing is missing"
    return key
