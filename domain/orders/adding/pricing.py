"""What goods cost that are added to an order: by an edit, or in exchange for others (rule O6).

More of what was sold is at the price that it was sold for, anything else at its present price. Their taxes are those of
the sale (rule T7), so goods are added of tax classes that the order has already.
"""

from collections.abc import Sequence
from decimal import Decimal

from domain.orders.model import Order, OrderLine, VendorOrder
from domain.orders.rounding import granularity_of
from domain.pricing.discounts import DiscountAllocation, Funding
from domain.pricing.facts import OfferFacts
from domain.pricing.model import Market, PricePolicy, TaxRate, Territory
from domain.pricing.promotions.selection import Goods
from domain.pricing.promotions.units import Run, amount_of
from domain.pricing.quote import Totals
from domain.pricing.tax import RateGroup, merged, rate_group
from domain.pricing.tiers import UnitPrices
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import OrderLineId, VendorId, VendorOrderId
from domain.shared.making import dataclass, replace
from domain.shared.money import MAX_MINOR, Money, sum_money, sum_taxed


@dataclass(frozen=True, slots=True)
class Coming:
    """Units that come to an order: of what goods, and what they cost before promotions, as the market displays it.

    `sold` says all of the line that it becomes but its amounts, `like` is the line that it is taxed as. `path` is where
    the request asks for them.
    """

    sold: OrderLine
    like: OrderLine
    runs: tuple[Run, ...]
    unit_price: int
    goods: Goods
    path: tuple[str, ...]

    @property
    def quantity(self) -> int:
        return sum(run.units for run in self.runs)

    @property
    def amount(self) -> int:
        return amount_of(self.runs)


def more_of(line: OrderLine, quantity: int, market: Market, goods: Goods) -> Coming:
    """More units of what was sold, at the unit price of the sale."""
    displayed = line.unit_price.gross if market.prices_include_tax else line.unit_price.net
    return Coming(line, line, (Run(displayed.minor, quantity),), displayed.minor, goods, ("set",))


def another(facts: OfferFacts, prices: UnitPrices, like: OrderLine, part: VendorOrderId, *path: str) -> Coming:
    """Units of another offer, taxed `like` a line of its vendor."""
    sold = replace(
        like,
        vendor_order_id=part,
        vendor_id=facts.vendor_id,
        offer_id=facts.offer_id,
        variant_id=facts.variant_id,
        product_id=facts.product_id,
        snapshot=facts.snapshot,
        tax_class=facts.tax_class,
        is_download=facts.is_download,
        gift_message=None,
    )
    return Coming(sold, like, prices.runs, prices.average, facts.goods, path)


def priced(
    coming: Coming,
    off: tuple[DiscountAllocation, ...],
    market: Market,
    *,
    house_vendor_id: VendorId | None,
    line_id: OrderLineId,
    position: int,
) -> OrderLine:
    """The line that comes of it after these discounts, taxed as a sale is: see rule V1 for who lowers what."""
    group, currency = _group(coming.like, market), coming.like.total.currency
    discount = sum_money([taken.amount for taken in off], currency)
    is_house = coming.sold.vendor_id == house_vendor_id
    lowering = sum([taken.amount.minor for taken in off if is_house or taken.funded_by is Funding.VENDOR])
    taxes = group.taxes(coming.amount - lowering)
    return replace(
        coming.sold,
        id=line_id,
        position=position,
        quantity=coming.quantity,
        unit_price=group.taxed(coming.unit_price, currency),
        total=group.with_tax(coming.amount - discount.minor, sum(taxes), currency),
        discount=discount,
        taxes=group.tax_lines(coming.amount - lowering, taxes, currency),
        discounts=off,
        fulfilled=0,
        delivered=0,
        canceled=0,
        backordered=0,
        returned=0,
        return_requested=0,
        refunded=0,
        gift_wrap=None,
        is_gift=False,
    )


def keeps_prices(market: Market, order: Order) -> bool:
    """Whether a price list's price is what a buyer of this order pays, wherever it is taxed."""
    return market.price_policy is PricePolicy.FIXED_GROSS or order.country == market.default_country


def order_grown(order: Order, lines: Sequence[OrderLine], market: Market) -> Order:
    """The order with new lines in its totals, rounded anew; QUANTITY_LIMIT if that is more than an amount can hold."""
    totals = _grown(order.totals, lines).rounded(granularity_of(market, order.currency))
    if totals.total.gross.minor > MAX_MINOR:
        raise refuse(ErrorCode.QUANTITY_LIMIT, "The order would cost more than an amount can hold.", "add")
    return replace(order, totals=totals)


def parts_grown(parts: Sequence[VendorOrder], lines: Sequence[OrderLine], rounding: int) -> list[VendorOrder]:
    """The parts that get new lines, with their new totals; the first has the change of the order's rounding."""
    own = {part.id: [line for line in lines if line.vendor_order_id == part.id] for part in parts}
    grown = [replace(part, totals=_grown(part.totals, own[part.id])) for part in parts if own[part.id]]
    first = grown[0]
    rounded = first.totals.with_rounding(first.totals.rounding.minor + rounding)
    return [replace(first, totals=rounded), *grown[1:]]


def _grown(totals: Totals, lines: Sequence[OrderLine]) -> Totals:
    more = sum_taxed([line.total for line in lines], totals.total.currency)
    total = totals.total + more
    return replace(
        totals,
        lines=totals.lines + more,
        discount=sum_money([totals.discount, *[line.discount for line in lines]], totals.discount.currency),
        taxes=merged([*totals.taxes, *[tax for line in lines for tax in line.taxes]]),
        total=total,
        due=total.gross,
    )


def _group(line: OrderLine, market: Market) -> RateGroup:
    """How the line was taxed: its own rates, each compound if it has earlier taxes in its base."""
    net: Money = line.total.net
    rates = [
        TaxRate(
            Territory(market.default_country),
            line.tax_class,
            tax.name,
            tax.jurisdiction,
            Decimal(tax.rate),
            compound=at > 0 and tax.base > net,
        )
        for at, tax in enumerate(line.taxes)
    ]
    return rate_group(rates, market)
