"""Returns in a sale: asked for by staff or the buyer, decided and received, and refunded at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.fulfillment.following.usecases import UpdateFulfillment, update_fulfillment
from domain.fulfillment.model import FulfillmentState
from domain.orders.adding.model import Added
from domain.returns.model import ReceivedUnits, RequestedUnits, Return, ReturnState
from domain.returns.settling.usecases import settle_return
from domain.returns.usecases import (
    CancelReturn,
    DecideReturn,
    RequestReturn,
    cancel_return,
    decide_return,
    request_return,
)
from domain.shared.actor import GUEST
from domain.shared.ids import FulfillmentId, OfferId, ReturnId, WarehouseId
from persistence.ids import new_id
from persistence.returns import queries
from tests.factories.after_sale import Sale, sold
from tests.factories.buying import Buying

GOOD = "as new"


async def delivered(shop: Buying, *lines: tuple[Any, int], token: str = "tok_ok") -> Sale:
    """A sale all of which was taken, sent and delivered."""
    sale = await sold(shop, *lines, token=token)
    for at, (_, quantity) in enumerate(lines):
        await sale.send(at, quantity)
    await deliver(sale)
    await sale.settle()
    return sale


async def deliver(sale: Sale) -> None:
    """Everything that was sent arrives."""
    while await _underway(sale):
        await arrives(sale, 0)


async def arrives(sale: Sale, parcel: int) -> None:
    """One of the parcels that are underway arrives, counted in the order of their sending."""
    sent = (await _underway(sale))[parcel]
    command = UpdateFulfillment(sent, FulfillmentState.DELIVERED, None, None, new_id("key"))
    await update_fulfillment(sale.unit_of_work(), command, now=sale.shop.now)


async def _underway(sale: Sale) -> Sequence[FulfillmentId]:
    sql = "SELECT id FROM fulfillment WHERE order_id = $1 AND state = 'SHIPPED' ORDER BY id"
    return [FulfillmentId(row["id"]) for row in await sale.shop.pool.fetch(sql, sale.order_id)]


async def ask(
    sale: Sale,
    *units: tuple[int, int],
    key: str | None = None,
    to_store_credit: bool = False,
    exchange_for: Sequence[tuple[OfferId, int]] = (),
) -> Return:
    """Ask to return `(line, quantity)` units, for units of these offers if they are named."""
    lines = await sale.lines()
    asked = tuple(RequestedUnits(lines[at].id, quantity, "too small") for at, quantity in units)
    wanted = tuple(Added(offer_id, quantity) for offer_id, quantity in exchange_for)
    command = RequestReturn(sale.order_id, asked, to_store_credit, key or new_id("key"), wanted)
    return await request_return(sale.unit_of_work(), command, now=sale.shop.now)


async def ask_as_buyer(sale: Sale, *units: tuple[int, int]) -> Return:
    return await ask(sale.by(GUEST), *units)


async def decide(
    sale: Sale,
    item: Return,
    state: ReturnState,
    *came: tuple[int, int],
    reason: str | None = None,
    restock_to: WarehouseId | None = None,
    condition: str = GOOD,
    key: str | None = None,
) -> Return:
    """What becomes of a return; of `(line, quantity)` units that came, each in the same condition."""
    lines = await sale.lines()
    receipts = tuple(ReceivedUnits(lines[at].id, quantity, condition, restock_to) for at, quantity in came)
    command = DecideReturn(item.id, state, receipts, reason, key or new_id("key"))
    return await decide_return(sale.unit_of_work(), command, now=sale.shop.now)


async def approve(sale: Sale, item: Return) -> Return:
    return await decide(sale, item, ReturnState.APPROVED)


async def receive(sale: Sale, item: Return, *came: tuple[int, int], **options: Any) -> Return:
    """Some of it came, and is refunded."""
    await decide(sale, item, ReturnState.RECEIVED, *came, **options)
    return await settled(sale, item)


async def settled(sale: Sale, item: Return) -> Return:
    """What the worker does with a return."""
    number = sale.shop.around.new_number
    await settle_return(sale.unit_of_work(), item.id, sale.around, new_number=number)
    return await found(sale, item.id)


async def brought_back(sale: Sale, *units: tuple[int, int], **options: Any) -> Return:
    """A return from the asking to the refund."""
    item = await ask(sale, *units)
    await approve(sale, item)
    return await receive(sale, item, *units, **options)


async def cancel(sale: Sale, item: Return) -> Return:
    return await cancel_return(sale.unit_of_work(), CancelReturn(item.id, new_id("key")), now=sale.shop.now)


async def found(sale: Sale, return_id: ReturnId) -> Return:
    (item,) = await queries.returns_by_id(sale.shop.pool, [return_id])
    return item


async def warehouse_of(sale: Sale, line: int) -> WarehouseId:
    """The warehouse that a line was sent from."""
    sql = "SELECT warehouse_id FROM allocation WHERE order_line_id = $1"
    return WarehouseId(await sale.shop.pool.fetchval(sql, (await sale.lines())[line].id))


async def counts(sale: Sale, line: int = 0) -> tuple[int, int, int]:
    """Units of a line that are asked for, came back, and were refunded."""
    item = (await sale.lines())[line]
    return item.return_requested, item.returned, item.refunded


def states(items: Sequence[Return]) -> list[str]:
    return [item.state.value for item in items]


def in_days(sale: Sale, days: float) -> Sale:
    return replace(sale, shop=sale.shop.later(days=days))
