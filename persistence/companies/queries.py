"""Reads of companies, their members, and of companies as customers buy for them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.companies.model import BuyingCompany, Company, CompanyRole, Membership, NetTerms
from domain.shared.ids import CompanyId, CustomerId
from domain.shared.money import Money
from domain.shared.page import Page, PageRequest
from persistence.companies.tables import company, company_member
from persistence.newest_first import NewestFirst
from persistence.pricing.tax_documents import check_of
from persistence.statement import Database, Record, Statement

PAGE_SIZE = 50
COMPANY_COLUMNS = (
    company.c.id,
    company.c.name,
    company.c.vat_id,
    company.c.vat_check,
    company.c.net_terms_days,
    company.c.on_working_days,
    company.c.version,
)
_QUERY = bindparam("query", type_=Text)


def _among(column: Any) -> Any:
    return column == func.any(bindparam("ids", type_=ARRAY(Text)))


_BY_ID = Statement(select(*COMPANY_COLUMNS).where(_among(company.c.id)))
_members = select(
    company_member.c.company_id,
    company_member.c.customer_id,
    company_member.c.role,
    company_member.c.spending_minor,
    company_member.c.currency,
).order_by(company_member.c.company_id, company_member.c.customer_id)
_OF_COMPANIES = Statement(_members.where(_among(company_member.c.company_id)))
_OF_CUSTOMERS = Statement(_members.where(_among(company_member.c.customer_id)))
_COMPANIES: NewestFirst[CompanyId] = NewestFirst(
    "admin_companies",
    select(company.c.id).where(
        or_(
            _QUERY.is_(None),
            func.strpos(func.lower(company.c.name), func.lower(_QUERY)) > 0,
            company.c.vat_id == func.upper(_QUERY),
        )
    ),
    company.c.id,
    lambda row: row["id"],
    size=PAGE_SIZE,
)


def buying_for(owner: str) -> str:
    """SQL for the company of a row `owner`, as the customer of that row buys for it; NULL where it is for none.

    `buying_of` understands it.
    """
    return f"""
       (SELECT jsonb_build_array(k.id, k.name, k.vat_id, k.vat_check, k.net_terms_days, k.on_working_days, m.role,
               m.spending_minor, m.currency)
        FROM company k LEFT JOIN company_member m ON m.company_id = k.id AND m.customer_id = {owner}.customer_id
        WHERE k.id = {owner}.company_id)"""  # noqa: S608 - made of constants


BUYING = f"SELECT {buying_for('asked')} FROM (SELECT $1::text AS company_id, $2::text AS customer_id) AS asked"  # noqa: S608


async def companies_by_id(database: Database, ids: Sequence[CompanyId]) -> list[Company]:
    """Those that exist, in no particular order."""
    return [company_of(row) for row in await _BY_ID.rows(database, ids=ids)]


async def members_of_companies(database: Database, ids: Sequence[CompanyId]) -> list[Membership]:
    """The members of the companies, by the ids of customers."""
    return [_membership_of(row) for row in await _OF_COMPANIES.rows(database, ids=ids)]


async def memberships_of_customers(database: Database, ids: Sequence[CustomerId]) -> list[Membership]:
    """For which companies the customers act, by the ids of companies."""
    return [_membership_of(row) for row in await _OF_CUSTOMERS.rows(database, ids=ids)]


async def companies(database: Database, request: PageRequest, *, query: str | None) -> Page[CompanyId]:
    """Companies whose name contains `query`, or whose VAT number it is."""
    return await _COMPANIES.page(database, request, query=query)


def company_of(row: "Record") -> Company:
    """From a row of COMPANY_COLUMNS."""
    company_id, name, vat_id, check, days, on_working_days, version = row
    return Company(CompanyId(company_id), name, vat_id, check_of(check), _terms_of(days, on_working_days), version)


def buying_of(values: Sequence[Any] | None) -> BuyingCompany | None:
    """The company that `buying_for` has read."""
    if values is None:
        return None
    company_id, name, vat_id, check, days, on_working_days, role, minor, currency = values
    return BuyingCompany(
        CompanyId(company_id),
        name,
        vat_id,
        check_of(check),
        _terms_of(days, on_working_days),
        CompanyRole(role) if role else None,
        None if minor is None else Money(minor, currency),
    )


def _terms_of(days: int | None, on_working_days: bool) -> NetTerms | None:
    return None if days is None else NetTerms(days, on_working_days)


def _membership_of(row: "Record") -> Membership:
    company_id, customer_id, role, minor, currency = row
    limit = None if minor is None else Money(minor, currency)
    return Membership(CompanyId(company_id), CustomerId(customer_id), CompanyRole(role), limit)
