"""What an order's rounding has to do with what is given back of it (rules M4 and M8).

A total is rounded to what can be paid in the market's currency. So is, after each cancellation and each refund, what is
left of it: every amount that moves can be paid, and all of them together are what the order cost, to the minor unit.
"""

from domain.pricing.model import Market
from domain.pricing.totals import WHOLE, Granularity, Totals
from domain.shared.making import dataclass
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Of an order so far, in minor units with tax and before any rounding; refunds are those of what was sold.

    `refunded` is less what discounts took back. `canceled_rounding` and `refunded_rounding` are what went with them.
    """

    canceled: int = 0
    refunded: int = 0
    canceled_rounding: int = 0
    refunded_rounding: int = 0


def granularity_of(market: Market, currency: str) -> Granularity:
    """The steps in which the market's totals can be paid."""
    return Granularity(market.granularity(currency), market.rounding)


def is_rounded(totals: Totals, granularity: Granularity) -> bool:
    """Whether rounding has any part in what is given back."""
    return granularity.step != WHOLE.step or totals.rounding.minor != 0


def refund_rounding(totals: Totals, given: GivenBack, granularity: Granularity, amount: Money) -> int:
    """What goes beside an exact `amount` that is refunded: all that is left of the rounding with the last of it."""
    gone = given.canceled_rounding + given.refunded_rounding
    return totals.rounding.minor - gone - _of_rest(totals, _left(totals, given) - amount.minor, granularity)


def canceled_rounding(totals: Totals, given: GivenBack, granularity: Granularity, *, more: int = 0) -> int:
    """What all that was canceled takes of the rounding, with `more` minor units that go beside it."""
    rest = _of_rest(totals, _left(totals, given) - more, granularity)
    return totals.rounding.minor - given.refunded_rounding - rest


def _left(totals: Totals, given: GivenBack) -> int:
    return _exact(totals) - given.canceled - given.refunded


def _of_rest(totals: Totals, left: int, granularity: Granularity) -> int:
    """By how much what is left is rounded; never to more than the whole order cost."""
    if left == _exact(totals):
        return totals.rounding.minor
    return min(granularity.nearest(left), totals.total.gross.minor) - left


def _exact(totals: Totals) -> int:
    return totals.total.gross.minor - totals.rounding.minor
