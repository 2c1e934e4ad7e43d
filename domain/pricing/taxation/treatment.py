"""How a sale is taxed, and who owes the tax: rules T8, T10, T12 and T14, and exemptions.

The law's defaults, which a merchant has checked by a tax adviser: articles 14a, 33, 59c, 138, 194 to 196 and 369 of
Directive 2006/112/EC, and the marketplace facilitator acts of the states of the USA.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum

from domain.pricing.model import Territory, is_open
from domain.pricing.taxation.facts import Certificate, Registration, Scheme, VatIdCheck
from domain.pricing.taxation.territory import TaxPlace, is_member, member_of_prefix
from domain.shared.making import dataclass

VOUCHER_CLASS = "voucher"
"""The tax class of gift cards: untaxed when sold, since what they are spent on is taxed (rule T14)."""


class Treatment(Enum):
    """Why a line is taxed, or is not."""

    DESTINATION = "DESTINATION"
    ORIGIN = "ORIGIN"
    """At the rates of the seller's own member state: a small distance seller's."""
    REVERSE_CHARGE = "REVERSE_CHARGE"
    INTRA_COMMUNITY_SUPPLY = "INTRA_COMMUNITY_SUPPLY"
    EXEMPT = "EXEMPT"
    EXPORT = "EXPORT"
    """Taxed where it arrives, by customs, and not by the seller."""
    NOT_REGISTERED = "NOT_REGISTERED"
    """The seller has no duty to collect there."""
    VOUCHER = "VOUCHER"

    @property
    def is_taxed(self) -> bool:
        return self in (Treatment.DESTINATION, Treatment.ORIGIN)


WORDING = {
    Treatment.REVERSE_CHARGE: "Reverse charge",
    Treatment.INTRA_COMMUNITY_SUPPLY: "VAT-exempt intra-Community supply",
    Treatment.EXEMPT: "Tax-exempt",
    Treatment.EXPORT: "Tax-exempt export",
}
"""What the document of such a sale has to say."""


class Collector(Enum):
    """Who collects and owes a line's tax."""

    PLATFORM = "PLATFORM"
    """The marketplace: the vendor's settlement excludes the tax."""
    VENDOR = "VENDOR"


@dataclass(frozen=True, slots=True)
class Ruling:
    """How the goods of one seller are taxed: by the rates of `territory`, where the treatment is taxed."""

    treatment: Treatment
    territory: Territory
    collector: Collector
    scheme: Scheme | None = None
    home: Territory | None = None
    """Whose rates come out of an included price where nothing is charged."""


@dataclass(frozen=True, slots=True)
class Seller:
    """A legal entity that sells. `distance_sales` in euro cents, as `TaxFacts` counts them."""

    country: str
    is_house: bool
    registrations: tuple[Registration, ...] = ()
    distance_sales: int = 0

    def registered_in(self, country: str, region: str | None, on: datetime) -> bool:
        return any(
            found.scheme is Scheme.DOMESTIC
            and found.country == country
            and found.region in (None, region)
            and found.is_valid(on)
            for found in self.registrations
        )

    def uses(self, scheme: Scheme, on: datetime) -> bool:
        return any(found.scheme is scheme and found.is_valid(on) for found in self.registrations)

    def member_states(self, on: datetime) -> set[str]:
        """Where in the Union it is established."""
        domestic = {
            found.country for found in self.registrations if found.scheme is Scheme.DOMESTIC and found.is_valid(on)
        }
        return {country for country in domestic | {self.country} if is_member(country, on)}


@dataclass(frozen=True, slots=True)
class Buyer:
    certificates: Sequence[Certificate] = ()
    vat_id: VatIdCheck | None = None

    @property
    def member(self) -> str | None:
        """The member state whose business the buyer has proved to be."""
        if self.vat_id is None or not self.vat_id.valid:
            return None
        return member_of_prefix(self.vat_id.vat_id[:2])

    def is_exempt(self, place: TaxPlace, on: datetime) -> bool:
        where = place.territory
        return any(found.covers(where.country, where.region, on) for found in self.certificates)


@dataclass(frozen=True, slots=True)
class DatedAmount:
    """An amount of law in minor units, from one moment on until another."""

    minor: int
    valid_from: datetime | None = None
    valid_until: datetime | None = None


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DISTANCE_SALES_LIMIT = (DatedAmount(10_000_00, _day("2021-07-01")),)
"""Euro cents in a calendar year, below which a seller in one member state taxes at its own rates (article 59c)."""
IMPORT_LIMIT = (DatedAmount(150_00, _day("2021-07-01")),)
"""Euro cents of a consignment's intrinsic value, up to which the import one-stop shop may be used."""


def limit(amounts: Sequence[DatedAmount], on: datetime) -> int:
    """The amount that is law at a moment; 0 before there was one."""
    return next((found.minor for found in amounts if is_open(found.valid_from, found.valid_until, on)), 0)


def counted_sales(previous_year: int, this_year: int, on: datetime) -> int:
    """What counts towards the limit, in euro cents: whoever passed it in the previous year is still over it."""
    return previous_year if previous_year > limit(DISTANCE_SALES_LIMIT, on) else this_year


def ruling(
    seller: Seller,
    house: Seller,
    place: TaxPlace,
    buyer: Buyer,
    *,
    tax_class: str,
    is_service: bool,
    consignment: int | None,
    on: datetime,
) -> Ruling:
    """How a seller's goods of a class are taxed at a place.

    `house` is the platform's own entity. `consignment` is what the seller sends there, in euro cents without tax; None
    where its value in euro is not known.
    """
    collector = collector_of(seller, place, buyer, on)
    home = Territory(seller.country) if is_member(seller.country, on) else None
    if tax_class == VOUCHER_CLASS:
        return Ruling(Treatment.VOUCHER, place.territory, collector)
    if buyer.is_exempt(place, on):
        return Ruling(Treatment.EXEMPT, place.territory, collector, home=place.territory)
    if _shifts_to_buyer(seller, place, buyer, is_service=is_service, on=on):
        treatment = Treatment.REVERSE_CHARGE if is_service else Treatment.INTRA_COMMUNITY_SUPPLY
        return Ruling(treatment, place.territory, collector, home=home)
    payer = house if collector is Collector.PLATFORM and not seller.is_house else seller
    treatment, scheme = _taxed_by(payer, seller, place, is_service=is_service, consignment=consignment, on=on)
    territory = Territory(seller.country) if treatment is Treatment.ORIGIN else place.territory
    return Ruling(treatment, territory, collector, scheme)


def collector_of(seller: Seller, place: TaxPlace, buyer: Buyer, on: datetime) -> Collector:
    """Who collects and owes the tax of a sale (rule T12)."""
    if seller.is_house:
        return Collector.PLATFORM
    is_from_outside = not is_member(seller.country, on) and not place.is_home_of(seller.country)
    if place.is_in_union and is_from_outside and buyer.member is None:
        return Collector.PLATFORM
    if place.territory.country == "US" and is_facilitator_state(place.territory.region, on):
        return Collector.PLATFORM
    return Collector.VENDOR


def is_facilitator_state(state: str | None, on: datetime) -> bool:
    """Whether a state of the USA makes marketplaces collect for their vendors."""
    since = _FACILITATOR_STATES.get(state or "")
    return since is not None and since <= on


def _shifts_to_buyer(seller: Seller, place: TaxPlace, buyer: Buyer, *, is_service: bool, on: datetime) -> bool:
    """Whether the buyer, a business of another member state, accounts for the tax (rule T10)."""
    if buyer.member is None or not place.is_in_union or not is_member(seller.country, on):
        return False
    if is_service:
        return buyer.member != seller.country
    return seller.country not in (buyer.member, place.member)


def _taxed_by(
    payer: Seller, seller: Seller, place: TaxPlace, *, is_service: bool, consignment: int | None, on: datetime
) -> tuple[Treatment, Scheme | None]:
    if not payer.registrations:
        return Treatment.DESTINATION, None
    where = place.territory
    is_domestic = where.country in (payer.country, seller.country)
    if payer.registered_in(where.country, where.region, on) or (is_domestic and where.country != "US"):
        return Treatment.DESTINATION, Scheme.DOMESTIC
    if where.country == "US":
        return _in_state(payer, seller, where.region, on)
    if not place.is_in_union:
        return Treatment.EXPORT, None
    if is_member(seller.country, on):
        return _distance_sale(payer, consignment, on)
    return _import(payer, is_service=is_service, consignment=consignment, on=on)


def _in_state(payer: Seller, seller: Seller, state: str | None, on: datetime) -> tuple[Treatment, Scheme | None]:
    if not seller.is_house and payer.is_house and is_facilitator_state(state, on):
        return Treatment.DESTINATION, Scheme.DOMESTIC
    return Treatment.NOT_REGISTERED, None


def _distance_sale(payer: Seller, consignment: int | None, on: datetime) -> tuple[Treatment, Scheme | None]:
    """From one member state to a consumer in another (rule T8): the sale that crosses the limit is over it."""
    if payer.uses(Scheme.OSS, on):
        return Treatment.DESTINATION, Scheme.OSS
    if consignment is None or len(payer.member_states(on)) > 1:
        return Treatment.DESTINATION, None
    is_below = payer.distance_sales + consignment <= limit(DISTANCE_SALES_LIMIT, on)
    return (Treatment.ORIGIN, Scheme.DOMESTIC) if is_below else (Treatment.DESTINATION, None)


def _import(
    payer: Seller, *, is_service: bool, consignment: int | None, on: datetime
) -> tuple[Treatment, Scheme | None]:
    """From outside of the Union to a consumer in it (rule T8)."""
    if is_service:
        return Treatment.DESTINATION, None
    is_small = consignment is not None and consignment <= limit(IMPORT_LIMIT, on)
    if is_small and payer.uses(Scheme.IOSS, on):
        return Treatment.DESTINATION, Scheme.IOSS
    return Treatment.EXPORT, None


_FACILITATOR_STATES = {
    state: _day(since)
    for since, states in {
        "2018-01-01": "WA",
        "2018-04-01": "PA",
        "2018-07-01": "OK",
        "2018-11-01": "NJ",
        "2018-12-01": "CT",
        "2019-01-01": "AL IA",
        "2019-03-01": "SD",
        "2019-04-01": "DC NE",
        "2019-04-26": "SC",
        "2019-06-01": "ID NY",
        "2019-06-07": "VT",
        "2019-07-01": "AR IN KY NM RI VA WV WY",
        "2019-09-01": "OH",
        "2019-10-01": "AZ CA CO MD MA MN ME NV ND TX UT",
        "2020-01-01": "HI IL MI WI",
        "2020-02-01": "NC",
        "2020-04-01": "GA",
        "2020-07-01": "LA MS",
        "2020-10-01": "TN",
        "2021-07-01": "FL KS",
        "2023-01-01": "MO",
    }.items()
    for state in states.split()
}
"""Since when each state with a sales tax holds marketplaces liable; AK, DE, MT, NH and OR levy none."""
