"""Withdrawing from a sale at a distance, as the law of the European Union lets consumers (rule O7).

Directive 2011/83/EU, Articles 9 and 13: they may within a term that begins when the last of the goods arrives; what
they paid goes back within 14 days, with the delivery as far as the least expensive one would have cost it.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

REFUND_WITHIN = timedelta(days=14)
"""How long the money may take after a consumer withdrew; it may wait for the goods."""


def end_of_term(delivered_at: datetime, *, days: int, time_zone: str) -> datetime:
    """When a term of whole days ends: the day of delivery is not counted, and the last one is (Regulation 1182/71)."""
    zone = ZoneInfo(time_zone)
    over: date = delivered_at.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(over, time(), zone).astimezone(UTC)


def delivery_owed(*, paid_minor: int, standard_minor: int, given_back_minor: int) -> int:
    """How much of a part's delivery goes back with the last of its goods: never the surcharge of a dearer way.

    In minor units with tax: of what was paid, as much as the standard way would have cost, less what went back before.
    """
    return max(0, min(paid_minor, standard_minor) - given_back_minor)
