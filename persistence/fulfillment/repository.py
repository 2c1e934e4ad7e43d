"""Writing what was sent."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from domain.fulfillment.model import COME_TO_NOTHING, Fulfillment, FulfillmentState, Parcel
from domain.shared.ids import FulfillmentId, NewId
from persistence.fulfillment import queries
from persistence.fulfillment.tables import fulfillment, parcel
from persistence.statement import Connection, Statement

_INSERT = Statement(insert(fulfillment).values({column.name: bindparam(column.name) for column in fulfillment.columns}))
_INSERT_PARCEL = Statement(insert(parcel).values({column.name: bindparam(column.name) for column in parcel.columns}))
_SEND = """
WITH sent AS (
    SELECT * FROM unnest($3::text[], $4::int[]) AS sent (order_line_id, quantity)
), counted AS (
    UPDATE order_line l SET fulfilled = l.fulfilled + sent.quantity FROM sent WHERE l.id = sent.order_line_id
), owed AS (
    UPDATE allocation a SET fulfilled = a.fulfilled + sent.quantity
    FROM sent WHERE a.order_line_id = sent.order_line_id AND a.warehouse_id = $2
)
INSERT INTO fulfillment_line (fulfillment_id, order_line_id, quantity) SELECT $1, order_line_id, quantity FROM sent
"""
_SET_STATE = "UPDATE fulfillment SET state = $2, delivered_at = $3 WHERE id = $1"
_COUNT_DELIVERED = """
UPDATE order_line l SET delivered = l.delivered + sent.quantity
FROM fulfillment_line sent WHERE sent.fulfillment_id = $1 AND l.id = sent.order_line_id
"""
_COUNT_BACK = """
WITH owed AS (
    UPDATE allocation a SET fulfilled = a.fulfilled - sent.quantity
    FROM fulfillment_line sent JOIN fulfillment f ON f.id = sent.fulfillment_id
    WHERE f.id = $1 AND a.order_line_id = sent.order_line_id AND a.warehouse_id = f.warehouse_id
)
UPDATE order_line l SET fulfilled = l.fulfilled - sent.quantity
FROM fulfillment_line sent WHERE sent.fulfillment_id = $1 AND l.id = sent.order_line_id
"""
_FORGET_PARCELS = "DELETE FROM parcel WHERE fulfillment_id = $1"


class FulfillmentRepository:
    """Implements `domain.fulfillment.ports.FulfillmentRepository`, in the transaction of its connection."""

    def __init__(self, connection: Connection, new_id: NewId) -> None:
        self._connection = connection
        self._new_id = new_id

    async def get(self, fulfillment_id: FulfillmentId) -> Fulfillment | None:
        found = await queries.fulfillments_by_id(self._connection, [fulfillment_id])
        return found[0] if found else None

    async def add(self, sent: Fulfillment) -> None:
        """Write it, and count its units as fulfilled on the order's lines and allocations, whose order is locked."""
        await _INSERT.run(self._connection, **_columns(sent))
        line_ids = [line.order_line_id for line in sent.lines]
        quantities = [line.quantity for line in sent.lines]
        await self._connection.execute(_SEND, sent.id, sent.warehouse_id, line_ids, quantities)
        await _INSERT_PARCEL.many(self._connection, self._parcels(sent.id, sent.parcels))

    async def move(self, moved: Fulfillment) -> None:
        """Write its new state, and count its units on the lines and allocations of its order, which is locked."""
        await self._connection.execute(_SET_STATE, moved.id, moved.state.value, moved.delivered_at)
        if moved.state is FulfillmentState.DELIVERED:
            await self._connection.execute(_COUNT_DELIVERED, moved.id)
        if moved.state in COME_TO_NOTHING:
            await self._connection.execute(_COUNT_BACK, moved.id)

    async def set_parcels(self, fulfillment_id: FulfillmentId, parcels: Sequence[Parcel]) -> None:
        """These parcels in place of those it had."""
        await self._connection.execute(_FORGET_PARCELS, fulfillment_id)
        await _INSERT_PARCEL.many(self._connection, self._parcels(fulfillment_id, parcels))

    def _parcels(self, fulfillment_id: FulfillmentId, parcels: Sequence[Parcel]) -> Iterator[dict[str, Any]]:
        for position, box in enumerate(parcels):
            yield {
                "id": self._new_id("parcel"),
                "fulfillment_id": fulfillment_id,
                "position": position,
                "carrier": box.carrier,
                "tracking_number": box.tracking_number,
                "tracking_url": box.tracking_url,
            }


def _columns(sent: Fulfillment) -> dict[str, Any]:
    names = ("id", "order_id", "vendor_order_id", "vendor_id", "warehouse_id", "created_at", "shipped_at")
    return {
        **{name: getattr(sent, name) for name in names},
        "delivered_at": sent.delivered_at,
        "state": sent.state.value,
    }
