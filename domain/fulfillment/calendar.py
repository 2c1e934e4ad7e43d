"""When goods leave: the cut-off hour of a warehouse, its handling time, and the days on which nobody works there.

Holidays are those of a fixed date that a whole country keeps. Movable ones and those of regions are not in the table:
an estimate around them may be a day early.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.shared.making import dataclass

FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
WEEKEND = frozenset((SATURDAY, SUNDAY))
OTHER_WEEKENDS: Mapping[str, frozenset[int]] = dict.fromkeys(
    ("BH", "DZ", "EG", "IL", "IQ", "JO", "KW", "LY", "OM", "QA", "SA", "SD", "SY", "YE"), frozenset((FRIDAY, SATURDAY))
)
HOLIDAYS: Mapping[str, frozenset[tuple[int, int]]] = {
    "AT": frozenset(((1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26))),
    "BE": frozenset(((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25))),
    "CA": frozenset(((1, 1), (7, 1), (12, 25))),
    "CH": frozenset(((1, 1), (8, 1), (12, 25))),
    "DE": frozenset(((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))),
    "ES": frozenset(((1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25))),
    "FR": frozenset(((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))),
    "GB": frozenset(((1, 1), (12, 25), (12, 26))),
    "IT": frozenset(((1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26))),
    "JP": frozenset(((1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23))),
    "NL": frozenset(((1, 1), (4, 27), (12, 25), (12, 26))),
    "PL": frozenset(((1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26))),
    "US": frozenset(((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))),
}
"""(month, day) of each."""
NEW_YEAR = frozenset(((1, 1),))
"""What is kept where the table says nothing."""


def is_business_day(day: date, country: str) -> bool:
    """Whether parcels leave a warehouse in the country on that day."""
    return day.weekday() not in OTHER_WEEKENDS.get(country, WEEKEND) and (day.month, day.day) not in HOLIDAYS.get(
        country, NEW_YEAR
    )


@dataclass(frozen=True, slots=True)
class Handling:
    """How a warehouse works: what is ordered before `cutoff_hour` is begun on the same business day.

    `days` are the business days that it takes from then on; 0 is the same day.
    """

    country: str
    time_zone: str
    cutoff_hour: int
    days: int = 0

    def leaves_on(self, now: datetime) -> date:
        """The day on which goods ordered now leave."""
        local = now.astimezone(ZoneInfo(self.time_zone))
        day = local.date() if local.hour < self.cutoff_hour else local.date() + timedelta(days=1)
        day = self._working(day)
        for _ in range(self.days):
            day = self._working(day + timedelta(days=1))
        return day

    def _working(self, day: date) -> date:
        """That day, or the next one on which somebody works."""
        while not is_business_day(day, self.country):
            day += timedelta(days=1)
        return day


def leaving(handlings: Sequence[Handling], now: datetime, time_zone: str) -> date:
    """When the last of the warehouses sends; today, by the market's clock, where none says how it works."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return max([today, *[handling.leaves_on(now) for handling in handlings]])
