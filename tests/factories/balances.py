"""Gift cards, credit and terms, given out in a shop as its staff do."""

import secrets
from datetime import datetime

from domain.payments.balances import usecases
from domain.payments.balances.model import CODE_LENGTH, CODE_LETTERS, Balance, GiftCardCode, gift_card_code
from domain.shared.ids import BalanceId, CustomerId
from domain.shared.money import Money
from persistence.ids import new_id
from persistence.payments.balances import balances_by_id
from persistence.statement import Pool
from tests.factories.buying import Buying

SUMS = """
SELECT b.available_minor = (SELECT sum(e.amount_minor) FROM balance_entry e WHERE e.balance_id = b.id) FROM balance b
"""


def new_code() -> GiftCardCode:
    return gift_card_code("".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)))


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


async def gift_card(shop: Buying, amount: Money, *, expires_at: datetime | None = None) -> usecases.IssuedGiftCard:
    command = usecases.IssueGiftCard(amount, expires_at, None, new_id("key"))
    return await usecases.issue_gift_card(shop.unit_of_work(), command, new_code=new_code, now=shop.now)


async def customer(pool: Pool, email: str | None = None) -> CustomerId:
    customer_id = CustomerId(new_id("customer"))
    await pool.execute(
        "INSERT INTO customer (id, email) VALUES ($1, $2)", customer_id, email or f"{customer_id}@example.com"
    )
    return customer_id


async def store_credit(
    shop: Buying, customer_id: CustomerId, amount: Money, *, expires_at: datetime | None = None
) -> Balance:
    command = usecases.GrantStoreCredit(customer_id, amount, expires_at, None, new_id("key"))
    return await usecases.grant_store_credit(shop.unit_of_work(), command, now=shop.now)


async def credit_limit(shop: Buying, customer_id: CustomerId, limit: Money) -> Balance:
    command = usecases.SetCreditLimit(customer_id, limit, None, new_id("key"))
    return await usecases.set_credit_limit(shop.unit_of_work(), command)


async def balance(shop: Buying, balance_id: BalanceId) -> Balance:
    (found,) = await balances_by_id(shop.pool, [balance_id])
    return found


async def available(shop: Buying, balance_id: BalanceId) -> int:
    """What is left, in minor units; every balance is the sum of its entries."""
    assert all(row[0] for row in await shop.pool.fetch(SUMS))
    return (await balance(shop, balance_id)).available.minor
