"""When what guests see changes by itself."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from persistence.pricing.reference import Reference, ReferenceFacts


class Moments:
    """The moments at which promotions, price lists and tax rates begin and end: known beforehand, told by no event."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._facts: ReferenceFacts | None = None
        self._sorted: Sequence[float] = ()

    def next_after(self, now: float) -> float:
        """The next of them, in seconds since 1970; infinite if none is known."""
        facts = self._reference.known
        if facts is not self._facts:
            self._facts = facts
            self._sorted = sorted({moment.timestamp() for moment in _moments(facts) if moment is not None})
        at = bisect_right(self._sorted, now)
        return self._sorted[at] if at < len(self._sorted) else float("inf")


def _moments(facts: ReferenceFacts) -> Iterable[datetime | None]:
    for version in facts.promotions.versions:
        yield from (version.promotion.starts_at, version.promotion.ends_at)
    for price_list in facts.price_lists.values():
        yield from (price_list.starts_at, price_list.ends_at)
    for rate in facts.tax_rates:
        yield from (rate.valid_from, rate.valid_until)
