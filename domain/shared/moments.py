"""Which moments and time zones can be kept."""

import re
from zoneinfo import ZoneInfo

YEARS = range(1900, 9999)
"""Not to the ends of what can be written, which PostgreSQL's driver takes for infinite, and which no zone can shift."""

_ZONE = re.compile(r"[A-Za-z0-9_+\-]{1,30}(/[A-Za-z0-9_+\-]{1,30}){0,2}")


def is_time_zone(name: str) -> bool:
    """Whether it is a name of the IANA database, such as Europe/Berlin."""
    if not _ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
