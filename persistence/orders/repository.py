"""Writing orders, and reading them under lock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update

from domain.orders.model import (
    Allocation,
    Order,
    OrderLine,
    OrderStatus,
    SaleTerms,
    VendorOrder,
    VendorOrderStatus,
)
from domain.shared.ids import OrderId, VendorOrderId
from persistence.orders import queries
from persistence.orders.rows import order_of, vendor_order_of
from persistence.orders.tables import order, vendor_order
from persistence.orders.terms import terms_of_sales
from persistence.orders.writing import add_order
from persistence.statement import Connection, Statement

_LOCK_ORDER = Statement(select(order).where(order.c.id == bindparam("of_id")).with_for_update())
_LOCK_STATUS = Statement(select(order.c.status).where(order.c.id == bindparam("of_id")).with_for_update())
_PART = Statement(select(vendor_order).where(vendor_order.c.id == bindparam("of_id")))
_LOCK_PART = Statement(select(vendor_order).where(vendor_order.c.id == bindparam("of_id")).with_for_update())
_SET_PART_STATUS = Statement(
    update(vendor_order)
    .where(vendor_order.c.id == bindparam("of_id"))
    .values(status=bindparam("status"), version=vendor_order.c.version + 1)
    .returning(vendor_order)
)
_SET_STATUS = Statement(
    update(order)
    .where(order.c.id == bindparam("of_id"))
    .values(status=bindparam("status"), version=bindparam("version"))
)
_ADD_NOTE = 'UPDATE "order" SET internal_notes = internal_notes || $2::jsonb WHERE id = $1'
_DELIVERED_AT = "SELECT max(delivered_at) FROM fulfillment WHERE order_id = $1 AND state = 'DELIVERED'"
_HAS_OPEN_RETURNS = "SELECT EXISTS (SELECT FROM order_return WHERE order_id = $1 AND closed_at IS NULL)"
_RESTART_ACCEPTANCE = """
UPDATE vendor_order part SET accept_by = now() + vendor.accept_within_hours * interval '1 hour'
FROM vendor WHERE part.order_id = $1 AND part.status = 'NEW' AND vendor.id = part.vendor_id
"""
_TOUCH = Statement(
    update(order).where(order.c.id == bindparam("of_id")).values(version=order.c.version + 1).returning(order.c.version)
)


class OrderRepository:
    """Implements `domain.orders.ports.OrderRepository`, in the transaction of its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        placed: Order,
        vendor_orders: Sequence[VendorOrder],
        lines: Sequence[OrderLine],
        allocations: Sequence[Allocation],
    ) -> None:
        """Write a new order whole. A part without a time to be accepted by is given the limit of its vendor."""
        await add_order(self._connection, placed, vendor_orders, lines, allocations)

    async def get(self, order_id: OrderId) -> Order | None:
        """The order as it is, unlocked."""
        found = await queries.orders_by_id(self._connection, [order_id])
        return found[0] if found else None

    async def parts_of(self, order_id: OrderId) -> Sequence[VendorOrder]:
        """The vendors' parts of an order, by their ids."""
        return await queries.vendor_orders_of_orders(self._connection, [order_id])

    async def lines_of(self, order_id: OrderId) -> Sequence[OrderLine]:
        """All lines of an order, by position."""
        return await queries.lines_of_orders(self._connection, [order_id])

    async def set_status(self, item: Order) -> None:
        """Write the status and version of a locked order."""
        await _SET_STATUS.run(self._connection, of_id=item.id, status=item.status.value, version=item.version)

    async def terms_of(self, item: Order) -> SaleTerms:
        """What its market said of orders when it was placed."""
        (found,) = await terms_of_sales(self._connection, [(item.market_id, item.placed_at)])
        return found

    async def add_note(self, order_id: OrderId, note: str) -> None:
        """Put a note of staff behind the others."""
        await self._connection.execute(_ADD_NOTE, order_id, [note])

    async def delivered_at(self, order_id: OrderId) -> datetime | None:
        """When the last of it arrived; None if nothing did."""
        moment: datetime | None = await self._connection.fetchval(_DELIVERED_AT, order_id)
        return moment

    async def has_open_returns(self, order_id: OrderId) -> bool:
        """Whether something of it is to come back, or came and was not refunded yet."""
        return bool(await self._connection.fetchval(_HAS_OPEN_RETURNS, order_id))

    async def lock(self, order_id: OrderId) -> Order | None:
        """The order, which nobody else changes before this transaction ends."""
        row = await _LOCK_ORDER.row(self._connection, of_id=order_id)
        return None if row is None else order_of(row)

    async def lock_status(self, order_id: OrderId) -> OrderStatus | None:
        """Where the order stands, which nobody changes before this transaction ends."""
        status = await _LOCK_STATUS.value(self._connection, of_id=order_id)
        return None if status is None else OrderStatus(status)

    async def part(self, vendor_order_id: VendorOrderId) -> VendorOrder | None:
        """A vendor's part as it is, unlocked."""
        row = await _PART.row(self._connection, of_id=vendor_order_id)
        return None if row is None else vendor_order_of(row)

    async def lock_part(self, vendor_order_id: VendorOrderId) -> VendorOrder | None:
        """A vendor's part, which nobody else changes before this transaction ends; its order is locked first."""
        row = await _LOCK_PART.row(self._connection, of_id=vendor_order_id)
        return None if row is None else vendor_order_of(row)

    async def lines_of_part(self, vendor_order_id: VendorOrderId) -> Sequence[OrderLine]:
        """The part's lines, by position."""
        return await queries.lines_of_vendor_orders(self._connection, [vendor_order_id])

    async def allocations_of_part(self, vendor_order_id: VendorOrderId) -> Sequence[Allocation]:
        """Which warehouses owe the part's units."""
        return await queries.allocations_of_vendor_orders(self._connection, [vendor_order_id])

    async def set_part_status(self, vendor_order_id: VendorOrderId, status: VendorOrderStatus) -> VendorOrder:
        """The locked part in its new status, one version on."""
        row = await _SET_PART_STATUS.row(self._connection, of_id=vendor_order_id, status=status.value)
        assert row is not None, "a locked vendor order exists"
        return vendor_order_of(row)

    async def restart_acceptance(self, order_id: OrderId) -> None:
        """Give the vendors of NEW parts of a locked order their whole time to accept them again, from now on."""
        await self._connection.execute(_RESTART_ACCEPTANCE, order_id)

    async def touch(self, order_id: OrderId) -> None:
        """Count a new version of the locked order, for those who watch it."""
        await _TOUCH.value(self._connection, of_id=order_id)
