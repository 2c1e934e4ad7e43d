"""Where a tax is due (rule T11): by country, region and postal code, since borders of tax are not those of countries.

Sources: Council Directive 2006/112/EC, articles 5 to 7 (territories in and outside the Union's VAT), Regulation (EU)
952/2013, article 4 (its customs territory), the Protocol on Ireland/Northern Ireland, article 8. All of it is dated.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from domain.pricing.model import Territory, is_open
from domain.shared.making import dataclass

UNION = "EU"
"""The customs area of the European Union."""


@dataclass(frozen=True, slots=True)
class TaxPlace:
    """How one address is taxed.

    `territory` is what rates are looked up by. `member` is the member state under whose VAT prefix the place trades
    within the European Union, `XI` for Northern Ireland; None outside of the Union's VAT. `customs` names the customs
    area: `EU`, or the country.
    """

    territory: Territory
    member: str | None
    customs: str

    @property
    def is_in_union(self) -> bool:
        return self.member is not None

    def is_home_of(self, country: str) -> bool:
        """Whether a seller established in `country` sells domestically here."""
        return self.territory.country == country

    def is_in_customs_area_of(self, country: str, on: datetime) -> bool:
        """Whether goods come here from `country` without crossing a customs border."""
        return self.customs == place_of(country, on=on).customs


@dataclass(frozen=True, slots=True)
class Enclave:
    """A part of a country that is taxed as `territory` says: by ISO code of its own, postal code or region."""

    name: str
    country: str
    territory: Territory
    member: str | None
    customs: str
    postal_code: re.Pattern[str] | None = None
    regions: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def holds(self, region: str | None, postal_code: str | None, on: datetime) -> bool:
        if not is_open(self.valid_from, self.valid_until, on):
            return False
        if self.postal_code is None and not self.regions:
            return True
        is_by_code = bool(self.postal_code and postal_code and self.postal_code.match(postal_code))
        return is_by_code or (region or "").casefold() in self.regions


def place_of(country: str, region: str | None = None, postal_code: str | None = None, *, on: datetime) -> TaxPlace:
    """How an address is taxed at a moment; `region` and `postal_code` as that country writes them."""
    code = (postal_code or "").replace(" ", "").upper()
    for found in _EXCEPTIONS_OF.get(country, ()):
        if found.holds(region, code, on):
            return TaxPlace(found.territory, found.member, found.customs)
    member = country if is_member(country, on) else None
    return TaxPlace(Territory(country, region), member, UNION if member else country)


def is_member(country: str, on: datetime) -> bool:
    """Whether the country belongs to the European Union's VAT area."""
    if country not in _MEMBERS:
        return False
    return is_open(*_MEMBERS[country], on)


def member_of_prefix(prefix: str) -> str:
    """The member state of a VAT number's first two letters: Greece writes EL."""
    return "GR" if prefix == "EL" else prefix


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK HR".split()  # noqa: SIM905 - to be read
"""The member states of the European Union by ISO code, as they are now."""
_MEMBERS: dict[str, tuple[datetime | None, datetime | None]] = dict.fromkeys(MEMBERS, (None, None))
_MEMBERS["HR"] = (_day("2013-07-01"), None)
_MEMBERS["GB"] = (None, _day("2021-01-01"))


def _codes(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _overseas(country: str, postal_codes: str, *, customs: str) -> Iterable[Enclave]:
    """A French territory, whether it is written as a part of France or under the ISO code it has."""
    territory = Territory(country)
    yield Enclave(country, "FR", territory, None, customs, _codes(postal_codes))
    yield Enclave(country, country, territory, None, customs)


EXCEPTIONS: tuple[Enclave, ...] = (
    Enclave("Monaco", "MC", Territory("FR"), "FR", UNION),
    Enclave("Isle of Man", "IM", Territory("GB"), None, "GB"),
    Enclave("Guernsey", "GB", Territory("GG"), None, "GG", _codes(r"GY\d")),
    Enclave("Jersey", "GB", Territory("JE"), None, "JE", _codes(r"JE\d")),
    Enclave(
        "Northern Ireland",
        "GB",
        Territory("GB"),
        "XI",
        UNION,
        _codes(r"BT\d"),
        frozenset({"northern ireland"}),
        valid_from=_day("2021-01-01"),
    ),
    Enclave(
        "Canary Islands",
        "ES",
        Territory("IC"),
        None,
        UNION,
        _codes(r"(35|38)\d{3}$"),
        frozenset({"las palmas", "santa cruz de tenerife"}),
    ),
    Enclave("Canary Islands", "IC", Territory("IC"), None, UNION),
    Enclave("Ceuta", "ES", Territory("EA", "CE"), None, "EA", _codes(r"51\d{3}$"), frozenset({"ceuta"})),
    Enclave("Melilla", "ES", Territory("EA", "ML"), None, "EA", _codes(r"52\d{3}$"), frozenset({"melilla"})),
    Enclave("Åland", "FI", Territory("AX"), None, UNION, _codes(r"22\d{3}$"), frozenset({"åland", "aland"})),
    Enclave("Åland", "AX", Territory("AX"), None, UNION),
    Enclave("Livigno", "IT", Territory("IT-LIVIGNO"), None, UNION, _codes(r"23041$"), valid_from=_day("2020-01-01")),
    Enclave("Campione d'Italia", "IT", Territory("IT-CAMPIONE"), None, UNION, _codes(r"22061$")),
    Enclave("Büsingen", "DE", Territory("DE-BUESINGEN"), None, "CH", _codes(r"78266$")),
    Enclave("Heligoland", "DE", Territory("DE-HELIGOLAND"), None, "DE-HELIGOLAND", _codes(r"27498$")),
    Enclave(
        "Mount Athos",
        "GR",
        Territory("GR-ATHOS"),
        None,
        UNION,
        _codes(r"6308[67]$"),
        frozenset({"mount athos", "άγιο όρος"}),
    ),
    Enclave("Azores", "PT", Territory("PT", "20"), "PT", UNION, _codes(r"9[5-9]\d{2}")),
    Enclave("Madeira", "PT", Territory("PT", "30"), "PT", UNION, _codes(r"9[0-4]\d{2}")),
    *_overseas("GP", r"971(?!33|50)", customs=UNION),
    *_overseas("BL", r"97(133|7)", customs="BL"),
    *_overseas("MF", r"97(150|8)", customs=UNION),
    *_overseas("MQ", r"972", customs=UNION),
    *_overseas("GF", r"973", customs=UNION),
    *_overseas("RE", r"974", customs=UNION),
    *_overseas("PM", r"975", customs="PM"),
    *_overseas("YT", r"976", customs=UNION),
    *_overseas("WF", r"986", customs="WF"),
    *_overseas("PF", r"987", customs="PF"),
    *_overseas("NC", r"988", customs="NC"),
)

_EXCEPTIONS_OF: dict[str, list[Enclave]] = {}
for _found in EXCEPTIONS:
    _EXCEPTIONS_OF.setdefault(_found.country, []).append(_found)
