"""What makes no sense as a zone, a rate or a point."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from domain.fulfillment.delivery import DeliveryRate
from domain.fulfillment.places import PickupPoint
from domain.pricing.tariff import TariffBasis
from domain.pricing.zones import Area, Point, plain
from domain.shared.address import Address
from domain.shared.errors import ErrorCode, Problem
from domain.shared.text import is_plain

COUNTRY = re.compile("[A-Z]{2}")
MAX_NAME_LENGTH = 200
MAX_AREAS = 2000
MAX_TIERS = 200
MAX_DAYS = 365
MAX_LANGUAGES = 100
MAX_LATITUDE, MAX_LONGITUDE = 90, 180
ADDRESS = Address.__slots__


def area_problems(name: str, areas: Sequence[Area], position: Point | None) -> list[Problem]:
    problems = name_problems(name) + position_problems(position)
    if not 0 < len(areas) <= MAX_AREAS:
        problems.append(Problem(ErrorCode.INVALID, f"A zone has 1 to {MAX_AREAS} areas.", ("areas",)))
    for at, area in enumerate(areas):
        if not COUNTRY.fullmatch(area.country):
            message = "A country is two capital letters."
            problems.append(Problem(ErrorCode.INVALID, message, ("areas", str(at), "country")))
        texts = (area.region, area.postal_prefix, area.postal_from, area.postal_until)
        if not all(map(_is_short, texts)) or _is_muddled(area):
            message = "Give a prefix, or both ends of a range in their order."
            problems.append(Problem(ErrorCode.INVALID, message, ("areas", str(at), "postal_from")))
    return problems


def _is_muddled(area: Area) -> bool:
    ends = (area.postal_from, area.postal_until)
    if area.postal_prefix is not None:
        return ends != (None, None) or not plain(area.postal_prefix)
    if ends == (None, None):
        return False
    first, last = (plain(end or "") for end in ends)
    return not first or len(first) != len(last) or first > last


def rate_problems(rate: DeliveryRate) -> list[Problem]:
    problems = name_problems(rate.name) + _translation_problems(rate.translations)
    if not _is_short(rate.carrier):
        problems.append(
            Problem(ErrorCode.INVALID, f"A carrier has at most {MAX_NAME_LENGTH} characters.", ("carrier",))
        )
    if not 0 <= rate.min_days <= rate.max_days <= MAX_DAYS:
        message = f"Days are 0 to {MAX_DAYS}, the least first."
        problems.append(Problem(ErrorCode.INVALID, message, ("min_days",)))
    if rate.price.minor < 0:
        problems.append(Problem(ErrorCode.INVALID, "A price is not negative.", ("price",)))
    if rate.min_subtotal is not None and rate.min_subtotal.minor < 0:
        problems.append(Problem(ErrorCode.INVALID, "A value is not negative.", ("min_subtotal",)))
    if _is_upside_down(rate.min_weight_grams, rate.max_weight_grams):
        problems.append(Problem(ErrorCode.INVALID, "The least weight is not above the most.", ("min_weight_grams",)))
    return problems + tier_problems(rate)


def _is_upside_down(least: int | None, most: int | None) -> bool:
    return (least or 0) < 0 or (most is not None and most < (least or 0))


def tier_problems(rate: DeliveryRate) -> list[Problem]:
    """A table begins somewhere, ascends, and costs nothing negative; one price has none."""
    tiers = rate.tariff.tiers
    if (rate.tariff.basis is TariffBasis.FLAT) == bool(tiers):
        return [Problem(ErrorCode.INVALID, "One price has no tiers, a table some.", ("tiers",))]
    ascends = all(one.start < other.start for one, other in pairwise(tiers))
    is_positive = all(min(tier) >= 0 for tier in tiers)
    if not (ascends and is_positive) or len(tiers) > MAX_TIERS:
        return [Problem(ErrorCode.INVALID, f"At most {MAX_TIERS} tiers, ascending and not negative.", ("tiers",))]
    return []


def point_problems(point: PickupPoint) -> list[Problem]:
    place = point.place
    problems = name_problems(place.name) + position_problems(place.position)
    texts = [point.code, place.carrier, place.opening_hours, *[getattr(place.address, name) for name in ADDRESS]]
    if not all(map(_is_short, texts)):
        problems.append(Problem(ErrorCode.INVALID, f"Texts have at most {MAX_NAME_LENGTH} characters.", ("address",)))
    if not point.code.strip() or not (point.place.carrier or "").strip():
        problems.append(Problem(ErrorCode.REQUIRED, "A point has a carrier and the carrier's code.", ("code",)))
    if not COUNTRY.fullmatch(point.place.address.country):
        problems.append(Problem(ErrorCode.INVALID, "A country is two capital letters.", ("address", "country")))
    return problems


def position_problems(position: Point | None) -> list[Problem]:
    if position is None or is_on_earth(position):
        return []
    return [Problem(ErrorCode.INVALID, "A latitude is -90 to 90, a longitude -180 to 180.", ("position",))]


def is_on_earth(position: Point) -> bool:
    return abs(position.latitude) <= MAX_LATITUDE and abs(position.longitude) <= MAX_LONGITUDE


def _translation_problems(names: Mapping[str, str]) -> list[Problem]:
    if len(names) <= MAX_LANGUAGES and all(map(_is_short, (*names, *names.values()))):
        return []
    return [Problem(ErrorCode.INVALID, f"Names in {MAX_LANGUAGES} languages at most.", ("translations",))]


def _is_short(text: str | None) -> bool:
    return text is None or (len(text) <= MAX_NAME_LENGTH and is_plain(text))


def name_problems(name: str) -> list[Problem]:
    if 0 < len(name.strip()) <= MAX_NAME_LENGTH and is_plain(name):
        return []
    return [Problem(ErrorCode.INVALID, f"A name has 1 to {MAX_NAME_LENGTH} characters.", ("name",))]
