"""Gift cards and what customers have with the shop, batched."""

from collections.abc import Sequence

from domain.payments.balances.model import Balance
from domain.shared.ids import BalanceId, CustomerId, OrderId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.payments.balances import accounts_of_customers, balances_by_id, gift_cards_of_orders


async def balances(reads: Reads, ids: Sequence[BalanceId]) -> list[Balance | None]:
    return one_per_key(ids, await balances_by_id(reads.pool, ids), lambda found: found.id)


async def accounts(reads: Reads, ids: Sequence[CustomerId]) -> list[list[Balance]]:
    """Store credit and terms of each customer, by currency."""
    found = await accounts_of_customers(reads.pool, ids)
    return [[account for account in found if account.customer_id == customer_id] for customer_id in ids]


async def gift_cards_of_order(reads: Reads, ids: Sequence[OrderId]) -> list[list[Balance]]:
    """The gift cards that each order bought, once they are issued."""
    rows = await gift_cards_of_orders(reads.pool, ids)
    return [[card for _, card in cards] for cards in many_per_key(ids, rows, lambda row: row[0])]
