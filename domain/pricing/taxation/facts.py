"""What tax law wants to know of a sale beside its prices: who sells, where they are registered, and who buys.

A checkout takes these facts when it begins and keeps them, so that its total stands; amounts are minor units.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum

from domain.pricing.model import is_open
from domain.pricing.taxation.external import ExternalTaxes
from domain.shared.ids import CartLineId, VendorId
from domain.shared.making import dataclass


class Scheme(Enum):
    """Under what a seller declares the tax."""

    DOMESTIC = "DOMESTIC"
    """Registered in the country itself."""
    OSS = "OSS"
    """The Union's one-stop shop: distance sales to consumers in all member states."""
    IOSS = "IOSS"
    """The import one-stop shop: goods from outside of the Union in consignments up to EUR 150."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A legal entity's registration for a tax. OSS and IOSS name the member state of identification."""

    country: str
    scheme: Scheme
    number: str
    region: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def is_valid(self, on: datetime) -> bool:
        return is_open(self.valid_from, self.valid_until, on)


@dataclass(frozen=True, slots=True)
class Certificate:
    """That a customer or company buys free of tax in a country, or in a region of it."""

    number: str
    country: str
    region: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def covers(self, country: str, region: str | None, on: datetime) -> bool:
        return (
            self.country == country and self.region in (None, region) and is_open(self.valid_from, self.valid_until, on)
        )


@dataclass(frozen=True, slots=True)
class VatIdCheck:
    """What a register said of a buyer's VAT number, kept as evidence.

    `checked_at` is None while the register could not be asked: the number then counts for nothing. `reference` is the
    register's own number for the consultation.
    """

    vat_id: str
    valid: bool
    checked_at: datetime | None = None
    reference: str | None = None
    name: str | None = None

    @property
    def is_unanswered(self) -> bool:
        return self.checked_at is None


@dataclass(frozen=True, slots=True)
class Goods:
    """What a line is to tax and customs: from where it is sold, and whether it is a thing at all."""

    seller_country: str
    is_service: bool = False
    hs_code: str | None = None


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """The facts of one checkout.

    `distance_sales` are each seller's cross-border sales to consumers in the Union, in euro cents without tax: this
    calendar year's, or those of the one before if they were over the limit. A seller without any registration on file
    is taken to be registered wherever it sells.
    """

    goods: Mapping[CartLineId, Goods] = field(default_factory=dict)
    registrations: Mapping[VendorId, tuple[Registration, ...]] = field(default_factory=dict)
    distance_sales: Mapping[VendorId, int] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    vat_id: VatIdCheck | None = None
    external: ExternalTaxes | None = None


NO_TAX_FACTS = TaxFacts()
