"""What a checkout came to when it was last computed, to be told again while nothing that it rests on has changed.

A purchase asks what it comes to in four of its five requests, twice in the last, and changes it in two.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Any

from domain.checkout.model import Checkout
from domain.checkout.priced import PricedCheckoutLine, PricedGroup
from domain.checkout.taxation.taxed import Taxed
from domain.pricing.promoting.discounting import Discounted
from domain.shared.ids import CheckoutId, DeliveryGroupId
from domain.shared.making import dataclass

MAX_REMEMBERED = 256

_ONLY_ITS_COURSE = frozenset({"version", "state", "expires_at", "lease_until", "tenders"})
"""What says how far a checkout has come and who pays, which changes no price as long as its promises stand."""
_facts_of = attrgetter(*[each.name for each in fields(Checkout) if each.name not in _ONLY_ITS_COURSE])


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What a checkout comes to, whoever pays it."""

    lines: tuple[PricedCheckoutLine, ...]
    groups: tuple[PricedGroup, ...]
    taxed: Taxed
    promoted: Discounted


class Reckonings:
    """The last one of each of the checkouts that were computed last, all by the same rules of a market.

    Each stands beside all the facts that it was computed from, and is known by these alone.
    """

    def __init__(self) -> None:
        self._known: dict[CheckoutId, tuple[Any, Reckoning]] = {}

    def find(self, checkout: Checkout, leaving: Mapping[DeliveryGroupId, date]) -> Reckoning | None:
        """What just this checkout came to if its groups leave on these days."""
        facts, reckoning = self._known.get(checkout.id, (None, None))
        return reckoning if facts == (_facts_of(checkout), leaving) else None

    def keep(self, checkout: Checkout, leaving: Mapping[DeliveryGroupId, date], reckoning: Reckoning) -> None:
        self._known.pop(checkout.id, None)
        self._known[checkout.id] = (_facts_of(checkout), leaving), reckoning
        if len(self._known) > MAX_REMEMBERED:
            del self._known[next(iter(self._known))]
