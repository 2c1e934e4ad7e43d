"""A cart with everything it costs: computed for each request from the facts of its offers, and stored nowhere."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime

from domain.cart.gifts import gift_lines
from domain.cart.model import Cart, CartLine
from domain.cart.priced import CartGroup, CartProblem, PricedCart, PricedLine
from domain.cart.quoting import QuotedCart, nothing_quoted, quoted, taxes_in
from domain.pricing.context import RequestContext
from domain.pricing.facts import OfferFacts
from domain.pricing.model import Market, TaxRate
from domain.pricing.promoting.discounting import Discounted
from domain.pricing.promoting.offering import NO_OFFERING, Offering
from domain.pricing.promotions.situation import ANYBODY, Buyer
from domain.pricing.quote import QuotedFee, QuotedLine
from domain.pricing.taxation.territory import place_of
from domain.pricing.tiers import UnitPrices
from domain.pricing.wrapping.model import GiftWrap, WrapOffer
from domain.shared.errors import ErrorCode
from domain.shared.ids import CartLineId, OfferId, VendorId
from domain.shared.making import replace
from domain.shared.money import AmountOutOfRangeError, sum_taxed


def price_cart(
    cart: Cart,
    facts: Mapping[OfferId, OfferFacts],
    market: Market,
    tax_rates: Sequence[TaxRate],
    *,
    now: datetime,
    offering: Offering = NO_OFFERING,
    buyer: Buyer = ANYBODY,
) -> PricedCart:
    """What the cart costs at this instant with the promotions on offer, and why it could not be bought as it is.

    A cart that costs more than an amount can hold has no prices, and a problem that says so.
    """
    too_much: tuple[CartProblem, ...] = ()
    gifts = gift_lines(cart, [offered.promotion for offered in offering.offers], facts, now=now)
    whole = replace(cart, lines=(*cart.lines, *gifts)) if gifts else cart
    prices = _unit_prices(whole, facts, now)
    sold = [(line, facts[line.offer_id], prices[line.id]) for line in whole.lines if line.id in prices]
    classes = {offer.tax_class for _, offer, _ in sold}
    taxes = taxes_in(market, tax_rates, classes, there=place_of(cart.country, on=now).territory, on=now)
    try:
        found = quoted(whole, sold, taxes, offering, buyer)
    except AmountOutOfRangeError:
        found = nothing_quoted(market, cart.currency)
        too_much = (CartProblem(ErrorCode.QUANTITY_LIMIT, "The total is more than an amount can hold."),)
    lines = _priced_lines(_with_gifts_given(whole, found.taken), facts, found, prices.keys())
    return PricedCart(
        id=cart.id,
        version=cart.version,
        cart=cart,
        context=RequestContext(market, cart.country, cart.language, cart.currency),
        priced_lines=lines,
        groups=_groups(lines, cart.currency),
        totals=found.quote.totals,
        problems=too_much + _company_problems(cart) + tuple(problem for line in lines for problem in line.problems),
        promo_codes=found.taken.codes,
        gifts=found.taken.gifts,
    )


def _with_gifts_given(cart: Cart, taken: Discounted) -> Sequence[CartLine]:
    """The lines, of those that promotions may give as many units as they do."""
    return [
        replace(line, quantity=taken.given[line.id]) if line.gift_of else line
        for line in cart.lines
        if not line.gift_of or line.id in taken.given
    ]


def _unit_prices(cart: Cart, facts: Mapping[OfferId, OfferFacts], now: datetime) -> dict[CartLineId, UnitPrices]:
    """What the units of each line cost that can be bought."""
    sale, bought = cart.sale(now), cart.bought(facts)
    found = {
        line.id: line.unit_prices(facts[line.offer_id], sale, bought[line.id])
        for line in cart.lines
        if line.id in bought
    }
    return {line_id: units for line_id, units in found.items() if units is not None}


def _company_problems(cart: Cart) -> tuple[CartProblem, ...]:
    if cart.company is None or cart.company.lets_buy:
        return ()
    return (CartProblem(ErrorCode.NOT_ALLOWED, f"You do not buy for {cart.company.name} any more."),)


def _problems(line: CartLine, offer: OfferFacts | None, *, is_sold: bool) -> tuple[CartProblem, ...]:
    if offer is None or not is_sold:
        return (CartProblem(ErrorCode.NOT_PURCHASABLE, "This is not sold any more.", line.id),)
    if not offer.allows(line.quantity):
        around = " or ".join(map(str, offer.nearest(line.quantity)))
        return (CartProblem(ErrorCode.QUANTITY_LIMIT, f"This is sold by {around} units.", line.id),)
    if offer.available < line.quantity:
        return (CartProblem(ErrorCode.INSUFFICIENT_STOCK, f"Only {offer.available} left.", line.id),)
    if line.gift_wrap and offer.wrap is None:
        return (CartProblem(ErrorCode.NOT_PURCHASABLE, "This is not sold with gift wrap any more.", line.id),)
    return ()


def _priced_lines(
    lines: Sequence[CartLine], facts: Mapping[OfferId, OfferFacts], found: QuotedCart, sold: Container[CartLineId]
) -> tuple[PricedLine, ...]:
    by_line, fees = {line.key: line for line in found.quote.lines}, found.quote.fees_by_line
    return tuple(
        [
            _priced(
                line,
                facts.get(line.offer_id),
                by_line.get(line.id),
                _problems(line, facts.get(line.offer_id), is_sold=line.id in sold),
                fees.get(line.id),
                found.wraps.get(line.id),
            )
            for line in lines
        ]
    )


def _priced(
    line: CartLine,
    offer: OfferFacts | None,
    quoted: QuotedLine | None,
    problems: tuple[CartProblem, ...],
    fee: QuotedFee | None,
    wrap: WrapOffer | None,
) -> PricedLine:
    return PricedLine(
        id=line.id,
        offer_id=line.offer_id,
        vendor_id=offer.vendor_id if offer else None,
        quantity=line.quantity,
        unit_price=quoted.unit_price if quoted else None,
        total=quoted.total if quoted else None,
        discounts=quoted.discounts if quoted else (),
        gift_message=line.gift_message,
        custom_fields=line.custom_fields,
        problems=problems,
        gift_wrap=GiftWrap(line.gift_message, wrap.per, fee.price) if fee and wrap else None,
        gift_wrap_offer=wrap,
        is_gift=bool(line.gift_of),
    )


def _groups(lines: Sequence[PricedLine], currency: str) -> tuple[CartGroup, ...]:
    by_vendor: dict[VendorId, list[PricedLine]] = {}
    for line in lines:
        if line.vendor_id is not None:
            by_vendor.setdefault(line.vendor_id, []).append(line)
    return tuple(
        CartGroup(vendor, tuple(members), sum_taxed([line.total for line in members if line.total], currency))
        for vendor, members in by_vendor.items()
    )
