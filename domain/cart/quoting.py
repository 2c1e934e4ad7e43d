"""What the goods of a cart come to: at their prices of now, less promotions, with wrapping and estimated taxes."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime

from domain.cart.model import Cart, CartLine
from domain.pricing.facts import OfferFacts
from domain.pricing.manual import discounted_by_hand
from domain.pricing.model import Market, TaxRate, Territory, rates_at
from domain.pricing.promoting.discounting import NOTHING_OFF, Discounted, PricedGoods
from domain.pricing.promoting.offering import Offering
from domain.pricing.promotions.situation import Buyer
from domain.pricing.promotions.units import Run
from domain.pricing.quote import Fee, Quote, QuoteLine, QuoteRequest, quote
from domain.pricing.tax import displayed_price
from domain.pricing.tiers import UnitPrices
from domain.pricing.wrapping.model import WrapOffer, wrap_fee
from domain.shared.ids import CartLineId
from domain.shared.making import dataclass
from domain.shared.money import Money


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


type Sold = tuple[CartLine, OfferFacts, UnitPrices]
"""A line that can be bought, with what it is of and what its units cost."""


@dataclass(frozen=True, slots=True)
class QuotedCart:
    """What the lines that can be bought cost; of gifts those units that are given."""

    quote: Quote
    taken: Discounted = NOTHING_OFF
    wraps: Mapping[CartLineId, WrapOffer] = field(default_factory=dict)
    """What wrapping each line costs, where that is offered."""


def quoted(
    cart: Cart, sold: Sequence[Sold], taxes: TaxesAtHomeAndThere, offering: Offering, buyer: Buyer
) -> QuotedCart:
    """Raises AmountOutOfRangeError if no amount can hold what it comes to."""
    goods = [_goods(each, taxes) for each in sold]
    taken = discounted_by_hand(
        cart.manual,
        offering,
        goods,
        market=taxes.market,
        currency=cart.currency,
        language=cart.language,
        buyer=buyer,
        codes=cart.promo_codes,
    )
    wraps = _wraps(sold, taxes, cart.currency)
    request = QuoteRequest(
        market=taxes.market,
        currency=cart.currency,
        lines=_lines(sold, goods, taken),
        rates=taxes.there,
        fees=_fees(sold, wraps),
        tax_is_estimate=True,
    )
    return QuotedCart(quote(request), taken, wraps)


def nothing_quoted(market: Market, currency: str) -> QuotedCart:
    """What a cart comes to of which nothing can be told."""
    return QuotedCart(quote(QuoteRequest(market=market, currency=currency, lines=(), rates={}, tax_is_estimate=True)))


def _goods(sold: Sold, taxes: TaxesAtHomeAndThere) -> PricedGoods:
    line, offer, units = sold
    return PricedGoods(
        line.id,
        offer.goods,
        taxes.displayed(units.average, offer.tax_class),
        line.quantity,
        runs=tuple([Run(taxes.displayed(run.amount, offer.tax_class), run.units) for run in units.unequal]),
        gift_of=line.gift_of,
    )


def _lines(sold: Sequence[Sold], goods: Sequence[PricedGoods], taken: Discounted) -> tuple[QuoteLine, ...]:
    return tuple(
        [
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
    )


def _wraps(sold: Sequence[Sold], taxes: TaxesAtHomeAndThere, currency: str) -> dict[CartLineId, WrapOffer]:
    return {
        line.id: WrapOffer(offer.wrap.per, Money(taxes.displayed(offer.wrap.price, offer.tax_class), currency))
        for line, offer, _ in sold
        if offer.wrap is not None and not line.gift_of
    }


def _fees(sold: Sequence[Sold], wraps: Mapping[CartLineId, WrapOffer]) -> tuple[Fee, ...]:
    return tuple(
        [
            wrap_fee(line.id, offer.wrap, line.quantity, shown=wraps[line.id].price.minor, tax_class=offer.tax_class)
            for line, offer, _ in sold
            if line.gift_wrap and offer.wrap is not None
        ]
    )
