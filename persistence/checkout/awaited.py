"""Orders that wait for their payment, changed only while they still do."""

from collections.abc import Sequence
from datetime import datetime

from domain.checkout.awaiting.ports import AwaitedOrder, AwaitedPart
from domain.inventory.sourcing import Pick
from domain.orders.model import OrderStatus, VendorOrderStatus
from domain.shared.ids import CheckoutId, OrderId, VendorId, VendorOrderId
from persistence.statement import Connection, Record

_GET = 'SELECT id, checkout_id, status, payment_due_at FROM "order" WHERE id = $1'
_CONFIRM = """
WITH confirmed AS (
    UPDATE "order" SET status = 'CONFIRMED', version = version + 1
    WHERE id = $1 AND status = 'PENDING_PAYMENT'
    RETURNING id
), owed AS (
    INSERT INTO allocation (order_line_id, offer_id, warehouse_id, quantity)
    SELECT line.id, pick.offer_id, pick.warehouse_id, pick.quantity
    FROM confirmed
    JOIN order_line line ON line.order_id = confirmed.id
    JOIN unnest($2::text[], $3::text[], $4::int[]) AS pick (offer_id, warehouse_id, quantity)
        ON pick.offer_id = line.offer_id AND pick.warehouse_id <> ''
), later AS (
    UPDATE order_line line SET backordered = pick.quantity
    FROM confirmed, unnest($2::text[], $3::text[], $4::int[]) AS pick (offer_id, warehouse_id, quantity)
    WHERE line.order_id = confirmed.id AND line.offer_id = pick.offer_id AND pick.warehouse_id = ''
)
UPDATE vendor_order part SET status = 'NEW', version = part.version + 1,
       ship_by = $5::timestamptz + (part.ship_by - part.placed_at),
       accept_by = $5::timestamptz + (part.accept_by - part.placed_at)
FROM confirmed WHERE part.order_id = confirmed.id
RETURNING part.id, part.vendor_id
"""
_END = """
WITH ended AS (
    UPDATE "order" SET status = $2, version = version + 1
    WHERE id = $1 AND status = 'PENDING_PAYMENT'
    RETURNING id
)
UPDATE vendor_order part SET status = $3, version = part.version + 1
FROM ended WHERE part.order_id = ended.id
RETURNING part.id, part.vendor_id
"""


class AwaitedOrderRepository:
    """Implements `domain.checkout.awaiting.ports.AwaitedOrders` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, order_id: OrderId) -> AwaitedOrder | None:
        row = await self._connection.fetchrow(_GET, order_id)
        if row is None:
            return None
        status = OrderStatus(row["status"])
        return AwaitedOrder(order_id, CheckoutId(row["checkout_id"]), status, row["payment_due_at"])

    async def confirm(self, order_id: OrderId, picks: Sequence[Pick], *, now: datetime) -> Sequence[AwaitedPart]:
        offers, warehouses = [pick.offer_id for pick in picks], [pick.warehouse_id for pick in picks]
        quantities = [pick.quantity for pick in picks]
        return _parts(await self._connection.fetch(_CONFIRM, order_id, offers, warehouses, quantities, now))

    async def end(
        self, order_id: OrderId, status: OrderStatus, part_status: VendorOrderStatus
    ) -> Sequence[AwaitedPart]:
        return _parts(await self._connection.fetch(_END, order_id, status.value, part_status.value))


def _parts(rows: Sequence[Record]) -> list[AwaitedPart]:
    return [AwaitedPart(VendorOrderId(row["id"]), VendorId(row["vendor_id"])) for row in rows]
