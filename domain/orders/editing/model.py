"""What staff changes of an order before it is sent: units that go, and units that come (rule O6).

What was sold is never rewritten. Units that go are canceled for what they cost; units that come are lines of their own:
more of what was sold at the price that it was sold for, anything else at its present price. The taxes are those of the
sale (rule T7), so goods are added of tax classes that the order has already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.orders.model import Order, OrderLine, VendorOrder
from domain.orders.refunding.model import MAX_LINES, Units
from domain.pricing.facts import OfferFacts
from domain.pricing.model import Market, PricePolicy, TaxRate, Territory
from domain.pricing.quote import Totals
from domain.pricing.tax import RateGroup, merged, rate_group
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import OfferId, OrderLineId
from domain.shared.money import MAX_MINOR, Money, sum_taxed

MAX_QUANTITY = 9_999


@dataclass(frozen=True, slots=True)
class Added:
    """So many units of an offer that the order did not have."""

    offer_id: OfferId
    quantity: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Units of lines that go, and units of lines that come in addition."""

    going: tuple[Units, ...]
    coming: tuple[tuple[OrderLine, int], ...]


def changes_of(lines: Sequence[OrderLine], wanted: Sequence[Units], added: Sequence[Added]) -> Changes:
    """What it takes to bring lines to the wanted quantities. Refuses, with all that is wrong."""
    by_id = {line.id: line for line in lines}
    problems = [*_wanted_problems(wanted, by_id), *_added_problems(added)]
    if problems:
        raise Refused(*problems)
    if not wanted and not added:
        raise refuse(ErrorCode.REQUIRED, "Say what shall change.", "set")
    pairs = [(by_id[item.order_line_id], item.quantity) for item in wanted]
    return Changes(
        tuple(Units(line.id, _live(line) - count) for line, count in pairs if count < _live(line)),
        tuple((line, count - _live(line)) for line, count in pairs if count > _live(line)),
    )


def more_of(line: OrderLine, quantity: int, market: Market, *, line_id: OrderLineId, position: int) -> OrderLine:
    """More units of what was sold, at the unit price of the sale, before the discounts that it was given."""
    displayed = line.unit_price.gross if market.prices_include_tax else line.unit_price.net
    return _priced(line, line, displayed.minor, quantity, market, line_id, position)


def added_line(
    facts: OfferFacts,
    unit_price: int,
    quantity: int,
    like: OrderLine,
    market: Market,
    *,
    line_id: OrderLineId,
    position: int,
) -> OrderLine:
    """Units of another offer, taxed as a line of the order that is taxed `like` it, in that vendor's part."""
    line = replace(
        like,
        vendor_id=facts.vendor_id,
        offer_id=facts.offer_id,
        variant_id=facts.variant_id,
        product_id=facts.product_id,
        snapshot=facts.snapshot,
        tax_class=facts.tax_class,
    )
    return _priced(line, like, unit_price, quantity, market, line_id, position)


def keeps_prices(market: Market, order: Order) -> bool:
    """Whether a price list's price is what a buyer of this order pays, wherever it is taxed."""
    return market.price_policy is PricePolicy.FIXED_GROSS or order.country == market.default_country


def grown(totals: Totals, lines: Sequence[OrderLine]) -> Totals:
    """The totals with new lines in them, all of it due. QUANTITY_LIMIT if that is more than an amount can hold."""
    more = sum_taxed([line.total for line in lines], totals.total.currency)
    total = totals.total + more
    if total.gross.minor > MAX_MINOR:
        raise refuse(ErrorCode.QUANTITY_LIMIT, "The order would cost more than an amount can hold.", "add")
    return replace(
        totals,
        lines=totals.lines + more,
        taxes=merged([*totals.taxes, *[tax for line in lines for tax in line.taxes]]),
        total=total,
        due=total.gross,
    )


def parts_grown(parts: Sequence[VendorOrder], lines: Sequence[OrderLine]) -> list[VendorOrder]:
    """The parts that get new lines, with their new totals."""
    own = {part.id: [line for line in lines if line.vendor_order_id == part.id] for part in parts}
    return [replace(part, totals=grown(part.totals, own[part.id])) for part in parts if own[part.id]]


def _live(line: OrderLine) -> int:
    return line.quantity - line.given_back


def _priced(
    line: OrderLine,
    like: OrderLine,
    unit_price: int,
    quantity: int,
    market: Market,
    line_id: OrderLineId,
    position: int,
) -> OrderLine:
    group, currency = _group(like, market), like.total.currency
    amount = unit_price * quantity
    taxes = group.taxes(amount)
    return replace(
        line,
        id=line_id,
        position=position,
        quantity=quantity,
        unit_price=group.taxed(unit_price, currency),
        total=group.with_tax(amount, sum(taxes), currency),
        discount=Money.zero(currency),
        taxes=group.tax_lines(amount, taxes, currency),
        discounts=(),
        fulfilled=0,
        delivered=0,
        canceled=0,
        backordered=0,
        returned=0,
        refunded=0,
        gift_wrap=None,
        is_gift=False,
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


def _wanted_problems(wanted: Sequence[Units], by_id: Mapping[OrderLineId, OrderLine]) -> list[Problem]:
    if len(wanted) > MAX_LINES:
        return [Problem(ErrorCode.INVALID, f"At most {MAX_LINES} lines at once.", ("set",))]
    problems = []
    seen: set[OrderLineId] = set()
    for at, item in enumerate(wanted):
        line, path = by_id.get(item.order_line_id), ("set", str(at))
        if line is None:
            problems.append(Problem(ErrorCode.NOT_FOUND, "No such line in this order.", (*path, "order_line_id")))
        elif line.id in seen:
            problems.append(Problem(ErrorCode.INVALID, "This line is named twice.", (*path, "order_line_id")))
        elif not line.fulfilled <= item.quantity <= MAX_QUANTITY:
            message = f"Of this line, {line.fulfilled} to {MAX_QUANTITY} units can be wanted."
            problems.append(Problem(ErrorCode.QUANTITY_LIMIT, message, (*path, "quantity")))
        seen.add(item.order_line_id)
    return problems


def _added_problems(added: Sequence[Added]) -> list[Problem]:
    if len(added) > MAX_LINES:
        return [Problem(ErrorCode.INVALID, f"At most {MAX_LINES} lines at once.", ("add",))]
    problems = []
    seen: set[OfferId] = set()
    for at, item in enumerate(added):
        path = ("add", str(at))
        if item.offer_id in seen:
            problems.append(Problem(ErrorCode.INVALID, "This offer is named twice.", (*path, "offer_id")))
        if not 1 <= item.quantity <= MAX_QUANTITY:
            message = f"Quantity must be 1 to {MAX_QUANTITY}."
            problems.append(Problem(ErrorCode.INVALID, message, (*path, "quantity")))
        seen.add(item.offer_id)
    return problems
