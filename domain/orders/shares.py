"""Parts of what was agreed on: the units of a line, or some of the delivery, given up or given back (rule M8).

A part is what lies between two marks on the way from nothing to the whole. Each figure is rounded at the marks, never
on the way between, so that the parts of a line sum up to it in whatever steps it is given back, and each tax to itself.
"""

from collections.abc import Sequence

from domain.orders.model import OrderLine
from domain.orders.wrapped import SoldWrap
from domain.pricing.tax import TaxLine, merged
from domain.pricing.wrapping.model import GiftWrapPer
from domain.shared.making import dataclass
from domain.shared.money import Money, TaxedMoney, round_ratio, sum_taxed


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a line or of a delivery, with its own part of each tax."""

    amount: TaxedMoney
    taxes: tuple[TaxLine, ...] = ()


def share_of_units(line: OrderLine, count: int) -> Share:
    """The next `count` units of the line after those that were canceled or refunded before."""
    before = line.given_back
    assert before + count <= line.quantity, "each unit is given back once"
    return share_between(line.total, line.taxes, before, before + count, line.quantity)


def share_of_amount(total: TaxedMoney, taxes: Sequence[TaxLine], before: int, amount: int) -> Share:
    """The next `amount` minor units, tax included, of a total of which `before` went back already."""
    return share_between(total, taxes, before, before + amount, total.gross.minor)


def wrap_share(line: OrderLine, count: int) -> Share | None:
    """The wrapping of the next `count` units: each with its unit, that of the line as a whole with the last of them."""
    wrap = line.gift_wrap
    if wrap is None or not wrap.left:
        return None
    start, end = line.given_back, line.given_back + count
    if wrap.per is GiftWrapPer.UNIT:
        amount = min(wrap.left, share_between(wrap.price, (), start, end, line.quantity).amount.gross.minor)
    else:
        amount = wrap.left if end == line.quantity else 0
    return share_of_amount(wrap.price, wrap.taxes, wrap.given_back, amount) if amount else None


def wrap_left(wrap: SoldWrap) -> Share:
    """What of the wrapping did not go back."""
    return share_of_amount(wrap.price, wrap.taxes, wrap.given_back, wrap.left)


def share_between(total: TaxedMoney, taxes: Sequence[TaxLine], start: int, end: int, whole: int) -> Share:
    """What lies between `start` and `end` of `whole`. Each jurisdiction's tax is rounded by itself (rule T4)."""
    if start == end:
        return Share(TaxedMoney.zero(total.currency))

    def part(of: int) -> int:
        return round_ratio(of * end, whole) - round_ratio(of * start, whole)

    lines = tuple(
        TaxLine(
            tax.name,
            tax.jurisdiction,
            tax.rate,
            Money(part(tax.base.minor), total.currency),
            Money(part(tax.amount.minor), total.currency),
        )
        for tax in taxes
    )
    known = sum(tax.amount.minor for tax in taxes)
    unnamed = part(total.tax.minor - known)
    tax = sum(line.amount.minor for line in lines) + unnamed
    return Share(TaxedMoney.of_gross(part(total.gross.minor), tax, total.currency), lines)


def summed(shares: Sequence[Share], currency: str) -> Share:
    """The shares together, one line for each tax."""
    taxes = merged([tax for share in shares for tax in share.taxes])
    return Share(sum_taxed([share.amount for share in shares], currency), taxes)
