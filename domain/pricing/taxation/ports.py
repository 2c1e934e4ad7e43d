"""What taxes need from outside: the shop's own books, a register of VAT numbers, and maybe an engine."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.pricing.taxation.external import Assessment, TaxRequest
from domain.pricing.taxation.facts import Certificate, Registration, TaxFacts, VatIdCheck
from domain.shared.ids import CompanyId, CustomerId, VendorId


class TaxBook(Protocol):
    """Registrations, certificates, and what is counted towards limits."""

    async def facts(
        self,
        vendors: Sequence[VendorId],
        customer_id: CustomerId | None,
        *,
        on: datetime,
        company_id: CompanyId | None = None,
    ) -> TaxFacts:
        """What is on file of these sellers, of the house, and of the buyer; of the goods it says nothing.

        The buyer is the company, if one is named, or else the customer.
        """
        ...

    async def lock_distance_sales(self, vendors: Sequence[VendorId], *, on: datetime) -> dict[VendorId, int]:
        """What each has sold towards its limit, as `TaxFacts` counts it.

        Nobody else adds to it before the transaction ends.
        """
        ...

    async def count_distance_sales(self, euro_cents: dict[VendorId, int], *, on: datetime) -> None:
        """Add to what was sold in the calendar year."""
        ...

    async def register(self, vendor_id: VendorId, registration: Registration) -> None:
        """Write a registration, in the place of one for the same country, region and scheme."""
        ...

    async def certify(self, holder_id: CustomerId | CompanyId, certificate: Certificate) -> bool:
        """Write a certificate, in the place of one of the same number; whether there is such a holder."""
        ...


class VatRegisterUnavailable(Exception):  # noqa: N818 - said of the register
    """The register of VAT numbers could not be asked in time."""


class VatRegister(Protocol):
    """Who is registered for VAT in the European Union."""

    def is_well_formed(self, vat_id: str) -> bool:
        """Whether a number (`DE123456789`, without blanks) is written as its member state writes them."""
        ...

    async def check(self, vat_id: str, *, now: datetime) -> VatIdCheck:
        """What the register says of a well-formed number. Raises `VatRegisterUnavailable`."""
        ...


class TaxEngineUnavailable(Exception):  # noqa: N818
    """The engine did not answer in time, or not with taxes."""


class TaxEngine(Protocol):
    """Somebody who computes taxes for us (rule T15). Asked outside of every transaction."""

    name: str

    async def assess(self, request: TaxRequest) -> tuple[Assessment, str | None]:
        """The taxes of each item and delivery, and the engine's name for its answer. Raises `TaxEngineUnavailable`."""
        ...
