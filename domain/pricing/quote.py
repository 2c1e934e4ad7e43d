"""What a cart costs: one pure function from one batch of loaded facts.

The same cart, the same facts, the same numbers, on every request and in the order that comes of it. Every amount is
rounded once and summed from then on: net + tax = gross on each part and in total, and the parts sum to the total.
"""

from collections.abc import Hashable, Mapping, Sequence
from itertools import chain

from domain.pricing.discounts import Discount, DiscountAllocation, Funding, Reductions
from domain.pricing.model import Market, TaxRate
from domain.pricing.promotions.units import Run, amount_of
from domain.pricing.tax import RateGroup, Taxable, TaxLine, merged, rate_group, taxes_of
from domain.pricing.totals import WHOLE, Granularity, Totals
from domain.shared.errors import ErrorCode, PriceChangedProblem
from domain.shared.ids import VendorId
from domain.shared.making import dataclass
from domain.shared.money import (
    MAX_MINOR,
    AmountOutOfRangeError,
    Money,
    TaxedMoney,
    allocate,
    sum_money,
    sum_taxed,
)

__all__ = [
    "DeliveryCharge",
    "Fee",
    "Granularity",
    "Quote",
    "QuoteLine",
    "QuoteRequest",
    "QuotedDelivery",
    "QuotedFee",
    "QuotedLine",
    "TaxLine",
    "Totals",
    "changed_total",
    "quote",
    "totals_of",
]


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """`quantity` units at `unit_price`, minor units as the market displays; `discounts` are for this line alone.

    Units that do not all cost the same stand in `runs`, whose sum counts; `unit_price` is what one is told to cost.
    """

    key: str
    vendor_id: VendorId
    unit_price: int
    quantity: int
    tax_class: str
    discounts: tuple[Discount, ...] = ()
    runs: tuple[Run, ...] = ()

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.unit_price < 0:
            raise ValueError(f"{self.quantity} units at {self.unit_price} have no price")

    @property
    def amount(self) -> int:
        """What all units cost before discounts."""
        return amount_of(self.runs) if self.runs else self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class DeliveryCharge:
    """What it costs to send the lines of one delivery group; taxed as they are, in proportion to their value.

    `price` is after its own `discounts`; what the platform pays of it for a vendor is taxed nevertheless.
    """

    key: str
    price: int
    lines: tuple[str, ...]
    discounts: tuple[DiscountAllocation, ...] = ()

    def __post_init__(self) -> None:
        if self.price < 0 or not self.lines:
            raise ValueError(f"A delivery of {len(self.lines)} lines for {self.price} cannot be taxed")


@dataclass(frozen=True, slots=True)
class Fee:
    """A charge of the order as a whole, or of one `line`, whose vendor it belongs to.

    It has a tax class of its own; what is done to the goods of a line is taxed as they are (rule T6).
    """

    key: str
    price: int
    tax_class: str
    line: str | None = None

    def __post_init__(self) -> None:
        if self.price < 0:
            raise ValueError(f"A fee of {self.price} would be a discount")


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """All that a price depends on.

    `rates` answers for each tax class in use; a class without taxes may be absent. `discounts` are the order's own, in
    the order of their application, after those of the lines. `tendered` is what gift cards and credit have set aside.
    Every discount lowers the taxable amount of the house vendor's goods, the platform's own.
    """

    market: Market
    currency: str
    lines: tuple[QuoteLine, ...]
    rates: Mapping[str, Sequence[TaxRate]]
    discounts: tuple[Discount, ...] = ()
    deliveries: tuple[DeliveryCharge, ...] = ()
    fees: tuple[Fee, ...] = ()
    tendered: int = 0
    house_vendor_id: VendorId | None = None
    tax_is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """`unit_price` is before the line's discounts, `total` after all of them, its own and its part of the order's.

    Taxes may be due on more than `total` where the platform pays a part of the price.
    """

    key: str
    vendor_id: VendorId
    quantity: int
    unit_price: TaxedMoney
    total: TaxedMoney
    taxes: tuple[TaxLine, ...]
    discount: Money
    discounts: tuple[DiscountAllocation, ...]


@dataclass(frozen=True, slots=True)
class QuotedDelivery:
    """`price` is after `discounts`."""

    key: str
    price: TaxedMoney
    taxes: tuple[TaxLine, ...]
    discounts: tuple[DiscountAllocation, ...] = ()


@dataclass(frozen=True, slots=True)
class QuotedFee:
    key: str
    price: TaxedMoney
    taxes: tuple[TaxLine, ...]
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines, deliveries and fees in the order they were asked in."""

    currency: str
    lines: tuple[QuotedLine, ...]
    deliveries: tuple[QuotedDelivery, ...]
    fees: tuple[QuotedFee, ...]
    totals: Totals
    granularity: Granularity = WHOLE

    @property
    def fees_by_line(self) -> Mapping[str, QuotedFee]:
        """The charge of each line that has one."""
        return {fee.line: fee for fee in self.fees if fee.line is not None}


def quote(request: QuoteRequest) -> Quote:
    """The price of a cart, the same in whatever order its lines and fees stand.

    `AmountOutOfRangeError` if it is more than an amount can hold.
    """
    ordered = sorted(request.lines, key=lambda line: line.key)
    reductions = _reduced(request, ordered)
    groups = _RateGroups(request)
    goods = [
        Taxable(
            line.amount - _lowering(allocations, line.vendor_id, request),
            groups.of(line.tax_class),
            line.quantity,
        )
        for line, allocations in zip(ordered, reductions.allocations, strict=True)
    ]
    shipping = _shipping(request, ordered, goods)
    charges = sorted(request.fees, key=lambda fee: fee.key)
    fees = [Taxable(fee.price, groups.of(fee.tax_class)) for fee in charges]
    parts = [*goods, *chain.from_iterable(shipping), *fees]
    taxes = iter(taxes_of(parts, request.market.tax_level, request.market.rounding))

    by_key = {
        line.key: _quoted_line(line, taxable, next(taxes), allocations, request.currency)
        for line, taxable, allocations in zip(ordered, goods, reductions.allocations, strict=True)
    }
    lines = tuple([by_key[line.key] for line in request.lines])
    group_of = {line.key: taxable.group for line, taxable in zip(ordered, goods, strict=True)}
    deliveries = tuple(
        _quoted_delivery(charge, [(part, next(taxes)) for part in parts], group_of, request.currency)
        for charge, parts in zip(request.deliveries, shipping, strict=True)
    )
    fees_by_key = {
        fee.key: QuotedFee(fee.key, *_charged([(part, next(taxes))], [fee.price], request.currency), fee.line)
        for fee, part in zip(charges, fees, strict=True)
    }
    quoted_fees = tuple([fees_by_key[fee.key] for fee in request.fees])
    totals = totals_of(lines, deliveries, quoted_fees, request.currency, tax_is_estimate=request.tax_is_estimate)
    granularity = Granularity(request.market.granularity(request.currency), request.market.rounding)
    paid = totals.rounded(granularity).paid_with(request.tendered)
    return Quote(request.currency, lines, deliveries, quoted_fees, paid, granularity)


def totals_of(
    lines: Sequence[QuotedLine],
    deliveries: Sequence[QuotedDelivery],
    fees: Sequence[QuotedFee],
    currency: str,
    *,
    tax_is_estimate: bool = False,
) -> Totals:
    """The sums of an order's parts, unrounded and still due. `AmountOutOfRangeError` if they are more than fits."""
    goods = sum_taxed([line.total for line in lines], currency)
    shipping = sum_taxed([delivery.price for delivery in deliveries], currency)
    charged = sum_taxed([fee.price for fee in fees], currency)
    taxes = [
        *(line.taxes for line in lines),
        *(delivery.taxes for delivery in deliveries),
        *(fee.taxes for fee in fees),
    ]
    total = sum_taxed([goods, shipping, charged], currency)
    _must_fit(total.gross.minor, currency)
    return Totals(
        lines=goods,
        discount=sum_money([*(line.discount for line in lines), *_taken_off(deliveries)], currency),
        shipping=shipping,
        fees=charged,
        rounding=Money.zero(currency),
        taxes=merged(list(chain.from_iterable(taxes))),
        total=total,
        tendered=Money.zero(currency),
        due=total.gross,
        tax_is_estimate=tax_is_estimate,
    )


def _taken_off(deliveries: Sequence[QuotedDelivery]) -> list[Money]:
    return [taken.amount for delivery in deliveries for taken in delivery.discounts]


def changed_total(expected: Money, actual: Money) -> PriceChangedProblem | None:
    """Why a purchase must not go on: the total is not the one that the buyer saw, or not in its currency."""
    if expected == actual:
        return None
    message = f"The total is {actual}, not {expected} any more."
    path = ("expected_total",)
    return PriceChangedProblem(ErrorCode.PRICE_CHANGED, message, path, expected=expected, actual=actual)


class _RateGroups:
    """The rate group of each tax class in use; classes that are taxed alike here share one."""

    def __init__(self, request: QuoteRequest) -> None:
        self._request = request
        self._by_class: dict[str, RateGroup] = {}
        self._by_taxes: dict[Hashable, RateGroup] = {}

    def of(self, tax_class: str) -> RateGroup:
        if tax_class not in self._by_class:
            group = rate_group(self._request.rates.get(tax_class, ()), self._request.market)
            taxes = (tuple(rate.identity for rate in group.rates), group.shares)
            self._by_class[tax_class] = self._by_taxes.setdefault(taxes, group)
        return self._by_class[tax_class]


def _reduced(request: QuoteRequest, lines: Sequence[QuoteLine]) -> Reductions:
    amounts = [line.amount for line in lines]
    _must_fit(sum(amounts), request.currency)
    reductions = Reductions(amounts, request.currency)
    for index, line in enumerate(lines):
        for discount in line.discounts:
            reductions.reduce_line(index, discount)
    for discount in request.discounts:
        reductions.reduce_all(discount)
    return reductions


def _lowering(allocations: Sequence[DiscountAllocation], vendor_id: VendorId, request: QuoteRequest) -> int:
    """How much less a vendor gets for these discounts, which is what taxes are taken of, whoever pays (rule V1)."""
    is_house = vendor_id == request.house_vendor_id
    return sum([taken.amount.minor for taken in allocations if is_house or taken.funded_by is Funding.VENDOR])


def _shipping(request: QuoteRequest, lines: Sequence[QuoteLine], goods: Sequence[Taxable]) -> list[list[Taxable]]:
    """What is taxed of each delivery, split over the rate groups of the goods it carries."""
    by_key = {line.key: (line.vendor_id, taxable) for line, taxable in zip(lines, goods, strict=True)}
    found = []
    for charge in request.deliveries:
        carried = [by_key[key] for key in sorted(charge.lines)]
        off = sum([taken.amount.minor for taken in charge.discounts])
        amount = charge.price + off - _lowering(charge.discounts, carried[0][0], request)
        found.append(_split_by_rate(amount, [taxable for _, taxable in carried]))
    return found


def _quoted_delivery(
    charge: DeliveryCharge,
    parts: Sequence[tuple[Taxable, tuple[int, ...]]],
    group_of: Mapping[str, RateGroup],
    currency: str,
) -> QuotedDelivery:
    """The delivery at its price; where the platform pays a part of it, taxes are due on more.

    Its taxes stand as the lines do that they follow.
    """
    amounts = [part.amount for part, _ in parts]
    paid = amounts if sum(amounts) == charge.price else allocate(charge.price, amounts)
    places = {id(group_of[key]): at for at, key in reversed(list(enumerate(charge.lines)))}
    order = sorted(range(len(parts)), key=lambda at: places[id(parts[at][0].group)])
    price, taxes = _charged([parts[at] for at in order], [paid[at] for at in order], currency)
    return QuotedDelivery(charge.key, price, taxes, charge.discounts)


def _split_by_rate(price: int, carried: Sequence[Taxable]) -> list[Taxable]:
    """By the value of the goods; goods that are free of charge count by their number."""
    is_free = all(taxable.amount == 0 for taxable in carried)
    weights: dict[int, int] = {}
    groups: dict[int, RateGroup] = {}
    for taxable in carried:
        identity = id(taxable.group)
        groups[identity] = taxable.group
        weights[identity] = weights.get(identity, 0) + (taxable.quantity if is_free else taxable.amount)
    parts = allocate(price, tuple(weights.values()))
    return [Taxable(part, group) for part, group in zip(parts, groups.values(), strict=True)]


def _quoted_line(
    line: QuoteLine,
    taxable: Taxable,
    taxes: tuple[int, ...],
    allocations: Sequence[DiscountAllocation],
    currency: str,
) -> QuotedLine:
    discount = sum_money([taken.amount for taken in allocations], currency)
    paid = line.amount - discount.minor
    return QuotedLine(
        key=line.key,
        vendor_id=line.vendor_id,
        quantity=line.quantity,
        unit_price=taxable.group.taxed(line.unit_price, currency),
        total=taxable.group.with_tax(paid, sum(taxes), currency),
        taxes=taxable.group.tax_lines(taxable.amount, taxes, currency),
        discount=discount,
        discounts=tuple(allocations),
    )


def _charged(
    parts: Sequence[tuple[Taxable, tuple[int, ...]]], paid: Sequence[int], currency: str
) -> tuple[TaxedMoney, tuple[TaxLine, ...]]:
    amounts = [
        part.group.with_tax(amount, sum(taxes), currency) for (part, taxes), amount in zip(parts, paid, strict=True)
    ]
    lines = [line for part, taxes in parts for line in part.group.tax_lines(part.amount, taxes, currency)]
    return sum_taxed(amounts, currency), merged(lines)


def _must_fit(minor: int, currency: str) -> None:
    if minor > MAX_MINOR:
        raise AmountOutOfRangeError(minor, currency)
