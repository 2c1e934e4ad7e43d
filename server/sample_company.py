"""A company to try the sample store with: the shopper buys for it at a tenth less, on invoice, up to a limit."""

from domain.companies.model import Company, CompanyRole, Membership, NetTerms
from domain.payments.balances.model import Balance, BalanceKind
from domain.shared.ids import BalanceId, CompanyId, CustomerId
from domain.shared.money import Money
from persistence.companies.repository import Companies
from persistence.ids import new_id
from persistence.payments.balances import Balances
from persistence.statement import Pool
from server.sample_accounts import SHOPPER

NAME = "Harbor Hotels"
CREDIT = Money(2_000_00, "USD")
ORDERS_UP_TO = Money(500_00, "USD")

_SHOPPER = "SELECT id FROM customer WHERE email = $1"
_CONTRACT = (
    "INSERT INTO price_list (id, handle, name, currency, company_id) VALUES ($1, 'harbor-hotels', $2, 'USD', $3)"
)
_PRICES = """
INSERT INTO price (offer_id, price_list_id, min_quantity, amount_minor)
SELECT price.offer_id, $1, price.min_quantity, price.amount_minor * 9 / 10
FROM price JOIN price_list ON price_list.id = price.price_list_id
WHERE price_list.handle = 'us-usd' AND price.starts_at IS NULL AND price.ends_at IS NULL
"""


async def create_sample_company(pool: Pool) -> None:
    """The company, its contract, its credit and its one member, for a database that has the sample's shopper."""
    async with pool.acquire() as connection, connection.transaction():
        shopper = CustomerId(await connection.fetchval(_SHOPPER, SHOPPER))
        company = Company(CompanyId(new_id("company")), NAME, terms=NetTerms(30, on_working_days=True))
        companies, balances = Companies(connection), Balances(connection, new_id, None)
        await companies.add(company)
        await companies.set_member(Membership(company.id, shopper, CompanyRole.ADMIN, ORDERS_UP_TO))
        balance_id = BalanceId(new_id("credit_terms"))
        await balances.open(Balance(balance_id, BalanceKind.TERMS, None, CREDIT, CREDIT, company_id=company.id))
        contract = new_id("price_list")
        await connection.execute(_CONTRACT, contract, f"{NAME}, contract", company.id)
        await connection.execute(_PRICES, contract)
