"""What the use cases of companies need from outside."""

from typing import Protocol

from domain.companies.model import BuyingCompany, Company, Membership
from domain.pricing.taxation.facts import VatIdCheck
from domain.shared.ids import CompanyId, CustomerId
from domain.shared.transaction import Transaction


class BuyingCompanies(Protocol):
    """Companies as customers buy for them."""

    async def buying(self, company_id: CompanyId, customer_id: CustomerId) -> BuyingCompany | None:
        """The company and what the customer may do for it; None if there is no such company."""
        ...


class CompanyRepository(BuyingCompanies, Protocol):
    async def lock(self, company_id: CompanyId) -> Company | None:
        """The company as it is, with nobody else changing it or its members until the transaction ends."""
        ...

    async def add(self, company: Company) -> None: ...

    async def save(self, company: Company) -> None: ...

    async def keep_check(self, company_id: CompanyId, check: VatIdCheck) -> None:
        """Keep what the register said, unless the company has another number by now."""
        ...

    async def member_count(self, company_id: CompanyId, *, beside: CustomerId) -> int:
        """How many members it has that are not this one."""
        ...

    async def set_member(self, membership: Membership) -> bool:
        """Write a membership, in the place of the customer's earlier one; False if there is no such customer."""
        ...

    async def remove_member(self, company_id: CompanyId, customer_id: CustomerId) -> bool:
        """Whether they were a member."""
        ...


class UnitOfWork(Transaction, Protocol):
    @property
    def companies(self) -> CompanyRepository: ...
