"""An order's amounts divided among its vendor orders, to the last minor unit."""

from collections.abc import Sequence

from domain.pricing.quote import Quote, QuotedDelivery, QuotedFee, QuotedLine, Totals, totals_of
from domain.pricing.tax import TaxLine
from domain.shared.ids import VendorId
from domain.shared.making import dataclass
from domain.shared.money import Money, TaxedMoney, allocate


@dataclass(frozen=True, slots=True)
class VendorGroup:
    """The lines of one vendor that are delivered together; `key` is that of their delivery charge, if they have one."""

    key: str
    vendor_id: VendorId
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VendorShare:
    """What one vendor order is worth: its own lines and delivery, and its part of what the order has as a whole."""

    key: str
    vendor_id: VendorId
    totals: Totals


def split_by_vendor(quote: Quote, groups: Sequence[VendorGroup]) -> tuple[VendorShare, ...]:
    """The totals of each group; every figure of them sums to the order's.

    The fee of a line goes with its line. Other fees are divided in proportion to what the groups' lines cost, the
    rounding and what is tendered in proportion to their totals.
    ValueError unless each line stands in exactly one group, of its own vendor, and each delivery belongs to a group.
    """
    _must_cover(quote, groups)
    lines = [_lines_of(quote, group) for group in groups]
    fees = _fees_of(quote, groups, [sum(line.total.gross.minor for line in own) for own in lines])
    totals = [
        totals_of(
            own, _deliveries_of(quote, group), parts, quote.currency, tax_is_estimate=quote.totals.tax_is_estimate
        )
        for group, own, parts in zip(groups, lines, fees, strict=True)
    ]
    rounding = _by_weight(quote.totals.rounding.minor, [part.total.gross.minor for part in totals])
    totals = [part.with_rounding(own) for part, own in zip(totals, rounding, strict=True)]
    tendered = _by_weight(quote.totals.tendered.minor, [part.total.gross.minor for part in totals])
    return tuple(
        VendorShare(group.key, group.vendor_id, part.paid_with(held))
        for group, part, held in zip(groups, totals, tendered, strict=True)
    )


def _must_cover(quote: Quote, groups: Sequence[VendorGroup]) -> None:
    grouped = sorted((key, group.vendor_id) for group in groups for key in group.lines)
    if grouped != sorted((line.key, line.vendor_id) for line in quote.lines):
        raise ValueError("Each line of an order belongs to exactly one group of its vendor")
    if not {delivery.key for delivery in quote.deliveries} <= {group.key for group in groups}:
        raise ValueError("Each delivery of an order belongs to one of its groups")
    if not {fee.line for fee in quote.fees if fee.line} <= {line.key for line in quote.lines}:
        raise ValueError("Each fee of a line belongs to one of the order's")


def _lines_of(quote: Quote, group: VendorGroup) -> list[QuotedLine]:
    keys = frozenset(group.lines)
    return [line for line in quote.lines if line.key in keys]


def _deliveries_of(quote: Quote, group: VendorGroup) -> list[QuotedDelivery]:
    return [delivery for delivery in quote.deliveries if delivery.key == group.key]


def _by_weight(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Groups that cost nothing share alike."""
    return allocate(total, weights if any(weights) else [1] * len(weights))


def _fees_of(quote: Quote, groups: Sequence[VendorGroup], weights: Sequence[int]) -> list[list[QuotedFee]]:
    """For each group the fees of its lines, and its part of every other fee."""
    divided = [_divided_fee(fee, weights, quote.currency) for fee in quote.fees if fee.line is None]
    return [
        [*[fee for fee in quote.fees if fee.line in group.lines], *[parts[index] for parts in divided]]
        for index, group in enumerate(groups)
    ]


def _divided_fee(fee: QuotedFee, weights: Sequence[int], currency: str) -> list[QuotedFee]:
    gross = _by_weight(fee.price.gross.minor, weights)
    taxes = [_divided_tax(tax, weights, currency) for tax in fee.taxes]
    parts = []
    for index, amount in enumerate(gross):
        own = tuple(lines[index] for lines in taxes)
        tax = sum(line.amount.minor for line in own)
        parts.append(QuotedFee(fee.key, TaxedMoney.of_gross(amount, tax, currency), own))
    return parts


def _divided_tax(tax: TaxLine, weights: Sequence[int], currency: str) -> list[TaxLine]:
    bases = _by_weight(tax.base.minor, weights)
    amounts = _by_weight(tax.amount.minor, weights)
    return [
        TaxLine(tax.name, tax.jurisdiction, tax.rate, Money(base, currency), Money(amount, currency))
        for base, amount in zip(bases, amounts, strict=True)
    ]
