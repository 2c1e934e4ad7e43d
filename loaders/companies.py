"""Companies, their members, and what they may owe, batched."""

from collections.abc import Sequence

from domain.companies.model import Company, Membership
from domain.payments.balances.model import Balance
from domain.shared.ids import CompanyId, CustomerId, PriceListId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.companies import queries
from persistence.payments.balances import accounts_of_companies


async def companies(reads: Reads, ids: Sequence[CompanyId]) -> list[Company | None]:
    return one_per_key(ids, await queries.companies_by_id(reads.pool, ids), lambda found: found.id)


async def members(reads: Reads, ids: Sequence[CompanyId]) -> list[list[Membership]]:
    return many_per_key(ids, await queries.members_of_companies(reads.pool, ids), lambda found: found.company_id)


async def memberships(reads: Reads, ids: Sequence[CustomerId]) -> list[list[Membership]]:
    return many_per_key(ids, await queries.memberships_of_customers(reads.pool, ids), lambda found: found.customer_id)


async def credit(reads: Reads, ids: Sequence[CompanyId]) -> list[list[Balance]]:
    """How much each company may owe, by currency."""
    found = await accounts_of_companies(reads.pool, ids)
    return [[account for account in found if account.company_id == company_id] for company_id in ids]


async def price_lists(reads: Reads, ids: Sequence[CompanyId]) -> list[list[PriceListId]]:
    """The contracts of each company, as price lists, by their ids."""
    known = (await reads.reference.facts()).price_lists.values()
    return [sorted(found.id for found in known if found.company_id == company_id) for company_id in ids]
