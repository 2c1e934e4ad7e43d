"""Gift cards, what customers have with the shop, and what gateways keep for them, batched."""

from collections.abc import Sequence

from domain.payments.balances.model import Balance
from domain.payments.stored import StoredMethod
from domain.shared.ids import BalanceId, CustomerId, OrderId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.payments.balances import accounts_of_customers, balances_by_id, gift_cards_of_orders
from persistence.payments.stored_methods import stored_methods_of


async def balances(reads: Reads, ids: Sequence[BalanceId]) -> list[Balance | None]:
    return one_per_key(ids, await balances_by_id(reads.pool, ids), lambda found: found.id)


async def accounts(reads: Reads, ids: Sequence[CustomerId]) -> list[list[Balance]]:
    """Store credit and terms of each customer, by currency."""
    found = await accounts_of_customers(reads.pool, ids)
    return [[account for account in found if account.customer_id == customer_id] for customer_id in ids]


async def stored_methods(reads: Reads, ids: Sequence[CustomerId]) -> list[list[StoredMethod]]:
    """What gateways keep for each customer, the latest first."""
    return many_per_key(ids, await stored_methods_of(reads.pool, ids), lambda found: found.customer_id)


async def gift_cards_of_order(reads: Reads, ids: Sequence[OrderId]) -> list[list[Balance]]:
    """The gift cards that each order bought, once they are issued."""
    rows = await gift_cards_of_orders(reads.pool, ids)
    return [[card for _, card in cards] for cards in many_per_key(ids, rows, lambda row: row[0])]
