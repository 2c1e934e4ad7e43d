"""Writes of companies and their members, within the present transaction."""

from sqlalchemy import bindparam, select

from domain.companies.model import BuyingCompany, Company, Membership
from domain.pricing.taxation.facts import VatIdCheck
from domain.shared.ids import CompanyId, CustomerId
from persistence.companies.queries import BUYING, COMPANY_COLUMNS, buying_of, company_of
from persistence.companies.tables import company
from persistence.pricing.tax_documents import check_document
from persistence.statement import Connection, Statement

_LOCK = Statement(select(*COMPANY_COLUMNS).where(company.c.id == bindparam("of_id")).with_for_update(key_share=True))
_ADD = """
INSERT INTO company (id, name, vat_id, vat_check, net_terms_days, on_working_days, version)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_SAVE = """
UPDATE company SET name = $2, vat_id = $3, vat_check = $4, net_terms_days = $5, on_working_days = $6, version = $7
WHERE id = $1
"""
_KEEP_CHECK = "UPDATE company SET vat_check = $3 WHERE id = $1 AND vat_id = $2"
_COUNT = "SELECT count(*) FROM company_member WHERE company_id = $1 AND customer_id <> $2"
_SET_MEMBER = """
INSERT INTO company_member (company_id, customer_id, role, spending_minor, currency)
SELECT $1, id, $3, $4, $5 FROM customer WHERE id = $2
ON CONFLICT (company_id, customer_id) DO UPDATE
SET role = excluded.role, spending_minor = excluded.spending_minor, currency = excluded.currency
"""
_REMOVE_MEMBER = "DELETE FROM company_member WHERE company_id = $1 AND customer_id = $2"


class Companies:
    """Implements `domain.companies.ports.CompanyRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def buying(self, company_id: CompanyId, customer_id: CustomerId) -> BuyingCompany | None:
        return buying_of(await self._connection.fetchval(BUYING, company_id, customer_id))

    async def lock(self, company_id: CompanyId) -> Company | None:
        row = await _LOCK.row(self._connection, of_id=company_id)
        return None if row is None else company_of(row)

    async def add(self, company: Company) -> None:
        await self._connection.execute(_ADD, *_values(company))

    async def save(self, company: Company) -> None:
        await self._connection.execute(_SAVE, *_values(company))

    async def keep_check(self, company_id: CompanyId, check: VatIdCheck) -> None:
        await self._connection.execute(_KEEP_CHECK, company_id, check.vat_id, check_document(check))

    async def member_count(self, company_id: CompanyId, *, beside: CustomerId) -> int:
        counted: int = await self._connection.fetchval(_COUNT, company_id, beside)
        return counted

    async def set_member(self, membership: Membership) -> bool:
        limit = membership.spending_limit
        status = await self._connection.execute(
            _SET_MEMBER,
            membership.company_id,
            membership.customer_id,
            membership.role.value,
            limit.minor if limit else None,
            limit.currency if limit else None,
        )
        return status == "INSERT 0 1"

    async def remove_member(self, company_id: CompanyId, customer_id: CustomerId) -> bool:
        return await self._connection.execute(_REMOVE_MEMBER, company_id, customer_id) == "DELETE 1"


def _values(company: Company) -> tuple[object, ...]:
    return (
        company.id,
        company.name,
        company.vat_id,
        check_document(company.vat_check),
        company.net_terms_days,
        company.due_on_working_days,
        company.version,
    )
