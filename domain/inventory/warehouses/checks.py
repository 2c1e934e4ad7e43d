"""What makes no sense of a warehouse."""

import re

from domain.inventory.model import Warehouse
from domain.shared.address import Address
from domain.shared.errors import ErrorCode, Problem
from domain.shared.moments import is_time_zone
from domain.shared.text import is_plain

MAX_LENGTH = 200
MAX_PRIORITY = 1_000_000
MAX_HANDLING_DAYS, LAST_HOUR = 60, 24
MAX_LATITUDE, MAX_LONGITUDE = 90, 180

_CODE = re.compile("[a-z0-9][a-z0-9_-]{0,62}")
"""What imports can name."""
_COUNTRY = re.compile("[A-Z]{2}")


def problems_of(warehouse: Warehouse) -> list[Problem]:
    """All that is wrong, by where it is told."""
    wrong = {
        ("code",): (not _CODE.fullmatch(warehouse.code), "A code is 1 to 63 small letters, digits and dashes."),
        ("name",): (not _is_line(warehouse.name), f"A name has 1 to {MAX_LENGTH} characters without controls."),
        ("country",): (not _COUNTRY.fullmatch(warehouse.country), "A country is two capital letters."),
        ("priority",): (abs(warehouse.priority) > MAX_PRIORITY, f"A priority is up to {MAX_PRIORITY}."),
        ("position",): (not _is_on_earth(warehouse), "A latitude is -90 to 90, a longitude -180 to 180."),
        ("opening_hours",): (
            warehouse.opening_hours is not None and not _is_line(warehouse.opening_hours),
            f"Opening hours have up to {MAX_LENGTH} characters.",
        ),
        ("time_zone",): (
            warehouse.time_zone is not None and not is_time_zone(warehouse.time_zone),
            "A time zone is a name of the IANA database, such as Europe/Berlin.",
        ),
        ("handling", "cutoff_hour"): (not _is_hour(warehouse.cutoff_hour), f"An hour is 0 to {LAST_HOUR}."),
        ("handling", "days"): (
            not 0 <= warehouse.handling_days <= MAX_HANDLING_DAYS,
            f"Days are 0 to {MAX_HANDLING_DAYS}.",
        ),
    }
    problems = [Problem(ErrorCode.INVALID, message, path) for path, (is_wrong, message) in wrong.items() if is_wrong]
    return problems + _address_problems(warehouse)


def _address_problems(warehouse: Warehouse) -> list[Problem]:
    address = warehouse.address
    if address is None:
        message = "Buyers fetch goods at an address."
        return [Problem(ErrorCode.REQUIRED, message, ("address",))] if warehouse.pickup else []
    parts = {name: getattr(address, name) for name in Address.__slots__}
    problems = [
        Problem(ErrorCode.INVALID, f"1 to {MAX_LENGTH} characters without controls.", ("address", name))
        for name, part in parts.items()
        if part is not None and not _is_line(part)
    ]
    if address.country != warehouse.country:
        message = "The address is in the country where the warehouse stands."
        problems.append(Problem(ErrorCode.INVALID, message, ("address", "country")))
    return problems


def _is_line(text: str) -> bool:
    return len(text.strip()) > 0 and len(text) <= MAX_LENGTH and is_plain(text)


def _is_hour(hour: int | None) -> bool:
    return hour is None or 0 <= hour <= LAST_HOUR


def _is_on_earth(warehouse: Warehouse) -> bool:
    if warehouse.position is None:
        return True
    latitude, longitude = warehouse.position
    return abs(latitude) <= MAX_LATITUDE and abs(longitude) <= MAX_LONGITUDE
