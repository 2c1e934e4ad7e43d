"""A cart with everything it costs: computed for each request from the facts of its offers, and stored nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.cart.gifts import gift_lines
from domain.cart.model import Capped, Cart, CartLine
from domain.pricing.context import RequestContext
from domain.pricing.coupons.model import PromoCodeState
from domain.pricing.discounts import DiscountAllocation
from domain.pricing.facts import OfferFacts
from domain.pricing.manual import discounted_by_hand
from domain.pricing.model import Market, TaxRate, Territory, rates_at
from domain.pricing.promoting.discounting import NOTHING_OFF, Discounted, PricedGoods
from domain.pricing.promoting.offering import NO_OFFERING, Offering
from domain.pricing.promotions.engine import Gift
from domain.pricing.promotions.situation import ANYBODY, Buyer
from domain.pricing.promotions.units import Run
from domain.pricing.quote import Quote, QuotedFee, QuotedLine, QuoteLine, QuoteRequest, Totals, quote
from domain.pricing.tax import displayed_price
from domain.pricing.taxation.territory import place_of
from domain.pricing.tiers import UnitPrices
from domain.pricing.wrapping.model import GiftWrap, WrapOffer, wrap_fee
from domain.shared.errors import ErrorCode
from domain.shared.ids import CartId, CartLineId, CustomerId, OfferId, VendorId
from domain.shared.money import AmountOutOfRangeError, Money, TaxedMoney, sum_taxed


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line at the present price; without prices if it cannot be bought now, which `problems` tell."""

    id: CartLineId
    offer_id: OfferId
    vendor_id: VendorId | None
    quantity: int
    unit_price: TaxedMoney | None
    total: TaxedMoney | None
    discounts: tuple[DiscountAllocation, ...]
    gift_message: str | None
    custom_fields: Mapping[str, Any] | None
    problems: tuple["CartProblem", ...]
    gift_wrap: GiftWrap | None = None
    gift_wrap_offer: WrapOffer | None = None
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class CartProblem:
    """What stands between the cart and a purchase."""

    code: ErrorCode
    message: str
    line_id: CartLineId | None = None


@dataclass(frozen=True, slots=True)
class CartGroup:
    """Lines that one vendor sends; `subtotal` is of goods alone."""

    vendor_id: VendorId
    lines: tuple[PricedLine, ...]
    subtotal: TaxedMoney


@dataclass(frozen=True, slots=True)
class PricedCart:
    """Totals leave out the lines that cannot be bought. Shipping is not known before a checkout."""

    id: CartId
    version: int
    cart: Cart
    context: RequestContext
    priced_lines: tuple[PricedLine, ...]
    groups: tuple[CartGroup, ...]
    totals: Totals
    problems: tuple[CartProblem, ...]
    promo_codes: tuple[PromoCodeState, ...] = ()
    gifts: tuple[Gift, ...] = ()

    @property
    def customer_id(self) -> CustomerId | None:
        return self.cart.customer_id

    @property
    def is_draft(self) -> bool:
        return self.cart.draft is not None

    @property
    def note(self) -> str | None:
        return self.cart.note


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
    wraps: Mapping[CartLineId, WrapOffer] = {}
    gifts = gift_lines(cart, [offered.promotion for offered in offering.offers], facts, now=now)
    whole = replace(cart, lines=(*cart.lines, *gifts)) if gifts else cart
    prices = _unit_prices(whole, facts, now)
    try:
        quoted, taken, wraps = _quote(whole, facts, prices, market, tax_rates, now, offering, buyer)
    except AmountOutOfRangeError:
        quoted, taken = _empty(market, cart.currency), NOTHING_OFF
        too_much = (CartProblem(ErrorCode.QUANTITY_LIMIT, "The total is more than an amount can hold."),)
    by_line, fees = {line.key: line for line in quoted.lines}, quoted.fees_by_line
    lines = tuple(
        _priced(
            line,
            facts.get(line.offer_id),
            by_line.get(line.id),
            _problems(line, facts.get(line.offer_id), is_sold=line.id in prices),
            fees.get(line.id),
            wraps.get(line.id),
        )
        for line in _with_gifts_given(whole, taken)
    )
    return PricedCart(
        id=cart.id,
        version=cart.version,
        cart=cart,
        context=RequestContext(market, cart.country, cart.language, cart.currency),
        priced_lines=lines,
        groups=_groups(lines, cart.currency),
        totals=quoted.totals,
        problems=too_much + _company_problems(cart) + tuple(problem for line in lines for problem in line.problems),
        promo_codes=taken.codes,
        gifts=taken.gifts,
    )


def told_of(cart: PricedCart, capped: Sequence[Capped]) -> PricedCart:
    """The cart with a problem for each line that was capped when it took another in (rule O9)."""
    problems = [
        CartProblem(ErrorCode.QUANTITY_LIMIT, f"{line.kept} of {line.wanted} units are kept.", line.line_id)
        for line in capped
    ]
    return replace(cart, problems=(*cart.problems, *problems))


@dataclass(frozen=True, slots=True)
class TaxesAtHomeAndThere:
    """The taxes that a market's prices are made with, and those of where its goods go, on one day."""

    market: Market
    home: Mapping[str, tuple[TaxRate, ...]]
    there: Mapping[str, tuple[TaxRate, ...]]

    def displayed(self, price: int, tax_class: str) -> int:
        """A stored price as the buyer sees it there (rule T9)."""
        return displayed_price(price, self.market, self.home[tax_class], self.there[tax_class])


def taxes_in(
    market: Market, rates: Sequence[TaxRate], classes: set[str], *, there: Territory, on: datetime
) -> TaxesAtHomeAndThere:
    """The taxes of each class of goods in the market's default country and `there`."""
    home = Territory(market.default_country)
    return TaxesAtHomeAndThere(
        market,
        {name: rates_at(rates, name, home, on) for name in classes},
        {name: rates_at(rates, name, there, on) for name in classes},
    )


def _quote(
    cart: Cart,
    facts: Mapping[OfferId, OfferFacts],
    prices: Mapping[CartLineId, UnitPrices],
    market: Market,
    tax_rates: Sequence[TaxRate],
    now: datetime,
    offering: Offering,
    buyer: Buyer,
) -> tuple[Quote, Discounted, Mapping[CartLineId, WrapOffer]]:
    """What the lines that can be bought cost; of gifts those units that are given."""
    sold = [(line, facts[line.offer_id], prices[line.id]) for line in cart.lines if line.id in prices]
    classes = {offer.tax_class for _, offer, _ in sold}
    taxes = taxes_in(market, tax_rates, classes, there=place_of(cart.country, on=now).territory, on=now)
    goods = [
        PricedGoods(
            line.id,
            offer.goods,
            taxes.displayed(units.average, offer.tax_class),
            line.quantity,
            runs=tuple([Run(taxes.displayed(run.amount, offer.tax_class), run.units) for run in units.unequal]),
            gift_of=line.gift_of,
        )
        for line, offer, units in sold
    ]
    taken = discounted_by_hand(
        cart.manual,
        offering,
        goods,
        market=market,
        currency=cart.currency,
        language=cart.language,
        buyer=buyer,
        codes=cart.promo_codes,
    )
    lines = [
        QuoteLine(
            line.id,
            offer.vendor_id,
            priced.unit_price,
            taken.given[line.id] if line.gift_of else line.quantity,
            offer.tax_class,
            taken.of_line(line.id),
            priced.runs,
        )
        for (line, offer, _), priced in zip(sold, goods, strict=True)
        if not line.gift_of or line.id in taken.given
    ]
    wraps = {
        line.id: WrapOffer(offer.wrap.per, Money(taxes.displayed(offer.wrap.price, offer.tax_class), cart.currency))
        for line, offer, _ in sold
        if offer.wrap is not None and not line.gift_of
    }
    fees = [
        wrap_fee(line.id, offer.wrap, line.quantity, shown=wraps[line.id].price.minor, tax_class=offer.tax_class)
        for line, offer, _ in sold
        if line.gift_wrap and offer.wrap is not None
    ]
    found = quote(
        QuoteRequest(
            market=market,
            currency=cart.currency,
            lines=tuple(lines),
            rates=taxes.there,
            fees=tuple(fees),
            tax_is_estimate=True,
        )
    )
    return found, taken, wraps


def _with_gifts_given(cart: Cart, taken: Discounted) -> Sequence[CartLine]:
    """The lines, of those that promotions may give as many units as they do."""
    return [
        replace(line, quantity=taken.given[line.id]) if line.gift_of else line
        for line in cart.lines
        if not line.gift_of or line.id in taken.given
    ]


def _empty(market: Market, currency: str) -> Quote:
    return quote(QuoteRequest(market=market, currency=currency, lines=(), rates={}, tax_is_estimate=True))


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
