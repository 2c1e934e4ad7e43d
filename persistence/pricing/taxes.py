"""The shop's tax books: who is registered where, who buys free of tax, and what counts towards a limit."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from domain.pricing.taxation.facts import Certificate, Registration, TaxFacts
from domain.pricing.taxation.treatment import counted_sales
from domain.shared.ids import CompanyId, CustomerId, NewId, VendorId
from persistence.pricing.reference import Reference
from persistence.pricing.tax_documents import certificate_of, registration_of
from persistence.statement import Connection, Record

_FACTS = """
SELECT (SELECT jsonb_object_agg(vendor_id, entries) FROM (
            SELECT vendor_id,
                   jsonb_agg(jsonb_build_array(country, scheme, number, region, valid_from, valid_until) ORDER BY id)
                       AS entries
            FROM tax_registration WHERE vendor_id = ANY($1::text[]) GROUP BY vendor_id) registered) AS registrations,
       (SELECT jsonb_agg(jsonb_build_array(vendor_id, year, euro_cents))
        FROM distance_sales WHERE vendor_id = ANY($1::text[]) AND year >= $2 - 1) AS sales,
       (SELECT jsonb_agg(jsonb_build_array(number, country, region, valid_from, valid_until) ORDER BY id)
        FROM tax_certificate WHERE customer_id = $3 OR company_id = $4) AS certificates
"""
_TOUCH = """
INSERT INTO distance_sales (vendor_id, year) SELECT unnest($1::text[]), $2 ORDER BY 1
ON CONFLICT (vendor_id, year) DO UPDATE SET euro_cents = distance_sales.euro_cents
"""
_SALES = "SELECT vendor_id, year, euro_cents FROM distance_sales WHERE vendor_id = ANY($1::text[]) AND year >= $2 - 1"
_COUNT = """
INSERT INTO distance_sales (vendor_id, year, euro_cents)
SELECT vendor_id, $3, cents FROM unnest($1::text[], $2::bigint[]) AS sold (vendor_id, cents) ORDER BY vendor_id
ON CONFLICT (vendor_id, year) DO UPDATE SET euro_cents = distance_sales.euro_cents + excluded.euro_cents
"""
_UNREGISTER = """
DELETE FROM tax_registration
WHERE vendor_id = $1 AND country = $2 AND region IS NOT DISTINCT FROM $3 AND scheme = $4
"""
_REGISTER = """
INSERT INTO tax_registration (id, vendor_id, country, region, scheme, number, valid_from, valid_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_REVOKE = "DELETE FROM tax_certificate WHERE (customer_id = $1 OR company_id = $1) AND number = $2"
_CERTIFY = """
INSERT INTO tax_certificate (id, customer_id, company_id, number, country, region, valid_from, valid_until)
SELECT $1, holder.customer_id, holder.company_id, $3, $4, $5, $6, $7
FROM (SELECT id AS customer_id, NULL AS company_id FROM customer WHERE id = $2
      UNION ALL SELECT NULL, id FROM company WHERE id = $2) AS holder
"""


class TaxBook:
    """Implements `domain.pricing.taxation.ports.TaxBook` within one transaction."""

    def __init__(self, connection: Connection, reference: Reference, new_id: NewId) -> None:
        self._connection = connection
        self._reference = reference
        self._new_id = new_id

    async def facts(
        self,
        vendors: Sequence[VendorId],
        customer_id: CustomerId | None,
        *,
        on: datetime,
        company_id: CompanyId | None = None,
    ) -> TaxFacts:
        """No statement is sent while nothing is on file for anybody."""
        known = self._reference.known
        if not known.has_tax_entries:
            return TaxFacts()
        sellers = sorted({*vendors, *([known.house_vendor_id] if known.house_vendor_id else [])})
        buyer = (None, company_id) if company_id else (customer_id, None)
        row = await self._connection.fetchrow(_FACTS, sellers, _year(on), *buyer)
        assert row is not None, "it selects no table"
        return TaxFacts(
            registrations={
                VendorId(vendor): tuple(map(registration_of, entries))
                for vendor, entries in (row["registrations"] or {}).items()
            },
            distance_sales=_sales(row["sales"] or (), on),
            certificates=tuple(map(certificate_of, row["certificates"] or ())),
        )

    async def lock_distance_sales(self, vendors: Sequence[VendorId], *, on: datetime) -> dict[VendorId, int]:
        await self._connection.execute(_TOUCH, sorted(vendors), _year(on))
        return _sales(await self._connection.fetch(_SALES, sorted(vendors), _year(on)), on)

    async def count_distance_sales(self, euro_cents: Mapping[VendorId, int], *, on: datetime) -> None:
        await self._connection.execute(_COUNT, list(euro_cents), list(euro_cents.values()), _year(on))

    async def register(self, vendor_id: VendorId, registration: Registration) -> None:
        found, scheme = registration, registration.scheme.value
        await self._connection.execute(_UNREGISTER, vendor_id, found.country, found.region, scheme)
        window = (found.valid_from, found.valid_until)
        entry_id = self._new_id("tax_registration")
        place = (found.country, found.region)
        await self._connection.execute(_REGISTER, entry_id, vendor_id, *place, scheme, found.number, *window)

    async def certify(self, holder_id: CustomerId | CompanyId, certificate: Certificate) -> bool:
        await self._connection.execute(_REVOKE, holder_id, certificate.number)
        status = await self._connection.execute(
            _CERTIFY,
            self._new_id("tax_certificate"),
            holder_id,
            certificate.number,
            certificate.country,
            certificate.region,
            certificate.valid_from,
            certificate.valid_until,
        )
        return status == "INSERT 0 1"


def _year(on: datetime) -> int:
    return on.astimezone(UTC).year


def _sales(rows: Sequence[Record], on: datetime) -> dict[VendorId, int]:
    """What each seller has sold towards its limit, of rows of vendor, year and euro cents."""
    years: dict[VendorId, dict[int, int]] = {}
    for vendor, year, cents in rows:
        years.setdefault(VendorId(vendor), {})[year] = cents
    this = _year(on)
    return {
        vendor: counted_sales(by_year.get(this - 1, 0), by_year.get(this, 0), on) for vendor, by_year in years.items()
    }
