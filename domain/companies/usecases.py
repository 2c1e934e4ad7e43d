"""What staff do with companies: who they are, on which terms they buy, and who acts for them."""

from datetime import datetime

from domain.companies.model import (
    MAX_MEMBERS,
    Company,
    CompanyRole,
    Membership,
    NetTerms,
    company_problems,
    limit_problems,
)
from domain.companies.ports import UnitOfWork
from domain.pricing.taxation.facts import VatIdCheck
from domain.pricing.taxation.ports import VatRegister
from domain.pricing.taxation.usecases import checked_vat_id
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.ids import CompanyId, CustomerId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Description:
    """All that staff say of a company. `vat_id` is None or empty for a business without one."""

    name: str
    vat_id: str | None = None
    terms: NetTerms | None = None


@dataclass(frozen=True, slots=True)
class CreateCompany:
    description: Description


@dataclass(frozen=True, slots=True)
class UpdateCompany:
    """Replace all that is said of a company; its members and its credit stay."""

    company_id: CompanyId
    description: Description
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class SetMember:
    """Have a customer act for a company, or in another role or up to another limit than before."""

    company_id: CompanyId
    customer_id: CustomerId
    role: CompanyRole
    spending_limit: Money | None = None


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """End a membership; one that has ended already stays so."""

    company_id: CompanyId
    customer_id: CustomerId


async def create_company(uow: UnitOfWork, register: VatRegister, command: CreateCompany, *, now: datetime) -> Company:
    """A new company without members and credit. Its VAT number is checked before any transaction (rule T10)."""
    check = await _checked(register, command.description, now)
    company = _described(Company(CompanyId(uow.new_id("company")), ""), command.description, check)
    async with uow:
        await uow.companies.add(company)
        uow.record(_changed(company, name=company.name))
        await uow.commit()
    return company


async def update_company(uow: UnitOfWork, register: VatRegister, command: UpdateCompany, *, now: datetime) -> Company:
    """The company as it is described now; orders keep what they were placed with."""
    check = await _checked(register, command.description, now)
    async with uow:
        known = await _locked(uow, command.company_id)
        if command.expected_version not in (None, known.version):
            raise refuse(ErrorCode.VERSION_CONFLICT, f"The company is at version {known.version}.", "expected_version")
        company = replace(_described(known, command.description, check), version=known.version + 1)
        await uow.companies.save(company)
        uow.record(_changed(company, name=company.name))
        await uow.commit()
    return company


async def set_member(uow: UnitOfWork, command: SetMember) -> Membership:
    """The membership as it is from now on; carts of the customer follow at once."""
    limit = command.spending_limit
    problems = limit_problems(limit)
    if problems:
        raise Refused(*problems)
    membership = Membership(command.company_id, command.customer_id, command.role, limit)
    async with uow:
        company = await _locked(uow, command.company_id)
        if await uow.companies.member_count(company.id, beside=command.customer_id) >= MAX_MEMBERS:
            raise refuse(ErrorCode.QUANTITY_LIMIT, f"A company has at most {MAX_MEMBERS} members.", "company_id")
        if not await uow.companies.set_member(membership):
            raise refuse(ErrorCode.NOT_FOUND, "No such customer.", "customer_id")
        await _touch(uow, company, memberId=command.customer_id, role=command.role.value)
        await uow.commit()
    return membership


async def remove_member(uow: UnitOfWork, command: RemoveMember) -> Company:
    """The company without the member, who from now on neither sees it nor buys for it."""
    async with uow:
        company = await _locked(uow, command.company_id)
        if await uow.companies.remove_member(company.id, command.customer_id):
            company = await _touch(uow, company, memberId=command.customer_id, role=None)
            await uow.commit()
    return company


async def _checked(register: VatRegister, description: Description, now: datetime) -> VatIdCheck | None:
    problems = company_problems(description.name, description.terms)
    if problems:
        raise Refused(*problems)
    return await checked_vat_id(register, description.vat_id or "", now=now)


def _described(company: Company, description: Description, check: VatIdCheck | None) -> Company:
    return replace(
        company,
        name=description.name.strip(),
        vat_id=check.vat_id if check else None,
        vat_check=check,
        terms=description.terms,
    )


async def _locked(uow: UnitOfWork, company_id: CompanyId) -> Company:
    company = await uow.companies.lock(company_id)
    if company is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such company.", "company_id")
    return company


async def _touch(uow: UnitOfWork, company: Company, **changes: str | None) -> Company:
    changed = replace(company, version=company.version + 1)
    await uow.companies.save(changed)
    uow.record(_changed(changed, **changes))
    return changed


def _changed(company: Company, **changes: str | None) -> Event:
    return Event(EventType.COMPANY_CHANGED, company.id, changes=changes)
