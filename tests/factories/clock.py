"""What time it is in a test: one moment for the whole of it, by the real clock.

PostgreSQL's clock goes on while a test runs and cannot be told another time. So a test's present follows it, and is a
little ahead, that whatever the test has written is already past; nothing may depend on the day on which it runs.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


class _Clock:
    """Stands still until the next test begins."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.moment = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)

    def present(self) -> datetime:
        return self.moment


_CLOCK = _Clock()
begin, present = _CLOCK.begin, _CLOCK.present


def this_year() -> int:
    """By the calendar of Germany, the market that tests sell in."""
    return present().astimezone(ZoneInfo("Europe/Berlin")).year
