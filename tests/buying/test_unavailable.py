"""What clients are told when the database fails them for a moment."""

import asyncio

from domain.shared.errors import RequestFault
from execution import ErrorWriter, Executor
from persistence.faults import is_retryable
from persistence.ids import new_id
from schema.root import schema
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

WAITING = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


class Telling(Shopper):
    """A shopper whose server tells of failures that pass as ours does."""

    def __post_init__(self) -> None:
        errors = ErrorWriter(self.faults.append, lambda: "trace", told=(RequestFault,), retryable=is_retryable)
        self._executor = Executor(schema, errors=errors)


async def test_a_mutation_whose_connection_is_ended_is_told_to_be_repeated_and_nothing_else(shop: Buying):
    cart = await shop.cart((await shop.offer(), 1))
    shopper, key = Telling(shop), new_id("key")
    document = "mutation M($input: CartUpdateInput!) { cartUpdate(input: $input) { errors { code } cart { note } } }"
    wanted = {"cartId": cart, "note": "Hello", "idempotencyKey": key}

    async with shop.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT id FROM cart WHERE id = $1 FOR UPDATE", cart)
        asked = asyncio.create_task(shopper.send(document, input=wanted))
        while not await shop.pool.fetch(WAITING):  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(0.01)
        result = await asked
    again = await shopper.send(document, input=wanted)

    (error,) = result.errors
    assert result.data == {"cartUpdate": None}
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryable": True, "traceId": "trace"}
    assert error["message"] == "This cannot be answered just now; try again in a moment."
    assert len(shopper.faults) == 1
    assert again.data == {"cartUpdate": {"errors": [], "cart": {"note": "Hello"}}}
