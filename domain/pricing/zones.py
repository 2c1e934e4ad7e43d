"""Where goods go: zones of countries, regions and postal codes, of which the most specific one counts."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.shared.ids import DeliveryZoneId
from domain.shared.making import dataclass


class Point(NamedTuple):
    """A position on earth, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where goods go, as far as it is known: ISO 3166 codes, and a postal code however it is written."""

    country: str
    region: str | None = None
    postal_code: str | None = None

    @property
    def plain_postal_code(self) -> str:
        return plain(self.postal_code or "")


@dataclass(frozen=True, slots=True)
class Area:
    """A country, or what lies in it: a region, postal codes that begin so, or a range of them.

    A range goes by the letters of the codes, ends included; of a longer code its beginning is compared, so that
    25846 to 25849 holds 25849 and N1 to N2 holds N1 9GU.
    """

    country: str
    region: str | None = None
    postal_prefix: str | None = None
    postal_from: str | None = None
    postal_until: str | None = None

    def covers(self, place: Place) -> bool:
        if place.country != self.country or (self.region is not None and place.region != self.region):
            return False
        code = place.plain_postal_code
        if self.postal_prefix is not None:
            return code.startswith(plain(self.postal_prefix))
        if self.postal_from is not None and self.postal_until is not None:
            first, last = plain(self.postal_from), plain(self.postal_until)
            return bool(code) and first <= code[: len(first)] and code[: len(last)] <= last
        return True

    @property
    def precision(self) -> int:
        """The more of an address it looks at, the higher: postal codes above regions, regions above countries."""
        if self.postal_prefix is not None:
            return 10 + len(plain(self.postal_prefix))
        if self.postal_from is not None:
            return 10 + len(plain(self.postal_from))
        return 1 if self.region is None else 2


@dataclass(frozen=True, slots=True)
class Zone:
    """Areas that are treated alike. `position` is what distances to it are measured from, where that is known."""

    id: DeliveryZoneId
    name: str
    areas: tuple[Area, ...]
    position: Point | None = None

    def precision(self, place: Place) -> int:
        """How specific the area is that covers the place; 0 if none does."""
        return max([area.precision for area in self.areas if area.covers(place)], default=0)


def zone_of(place: Place, zones: Iterable[Zone]) -> Zone | None:
    """The zone that covers the place most specifically, of equals the one with the lowest id."""
    covering = [(-zone.precision(place), zone.id, zone) for zone in zones if zone.precision(place)]
    return min(covering)[2] if covering else None


def plain(postal_code: str) -> str:
    """A postal code without what people write between its letters."""
    return postal_code.replace(" ", "").replace("-", "").upper()
