"""Gifts of promotions in a checkout: held like goods that are bought, and never paid for.

They come with the checkout, and go when the promotion no longer gives them: with a code that is taken back, or a limit
that the buyer turns out to have reached.
"""

from collections.abc import Collection

from domain.checkout.model import Checkout, CheckoutLine
from domain.checkout.priced import PricedCheckout
from domain.shared.errors import ErrorCode, Problem
from domain.shared.ids import CartLineId
from domain.shared.making import replace


def with_gifts_given(whole: PricedCheckout) -> Checkout:
    """The checkout with as many units of each gift as promotions give, and with none of those that they do not."""
    checkout, given = whole.checkout, whole.promoted.given
    lines = [
        replace(line, quantity=given.get(line.cart_line_id, 0)) if line.gift_of else line for line in checkout.lines
    ]
    return _of_lines(checkout, [line for line in lines if line.quantity])


def without_lines(checkout: Checkout, gone: Collection[CartLineId]) -> Checkout:
    return _of_lines(checkout, [line for line in checkout.lines if line.cart_line_id not in gone])


def lost_gifts(whole: PricedCheckout) -> list[CheckoutLine]:
    """Gifts that the checkout holds and promotions do not give any more, or not so many of."""
    given = whole.promoted.given
    return [line for line in whole.checkout.lines if line.gift_of and given.get(line.cart_line_id, 0) != line.quantity]


def gift_problems(whole: PricedCheckout, *path: str) -> list[Problem]:
    """A problem for each gift that the buyer was shown and does not get."""
    return [
        Problem(ErrorCode.COUPON_EXHAUSTED, f"{line.snapshot.title!r} is no gift any more; update the checkout.", path)
        for line in lost_gifts(whole)
    ]


def _of_lines(checkout: Checkout, lines: Collection[CheckoutLine]) -> Checkout:
    used = {line.group_id for line in lines}
    groups = tuple([group for group in checkout.groups if group.id in used])
    return replace(checkout, lines=tuple(lines), groups=groups)
