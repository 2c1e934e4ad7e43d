"""Reads of orders: as their buyers, vendors and staff see them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Text, bindparam, case, func, or_, select, union
from sqlalchemy.dialects.postgresql import ARRAY

from domain.orders.model import Allocation, Order, OrderLine, OrderStatus, Paid, VendorOrder, VendorOrderStatus
from domain.shared.ids import CustomerId, OrderId, OrderLineId, VendorId, VendorOrderId
from domain.shared.page import Page, PageRequest
from persistence.newest_first import NewestFirst
from persistence.orders.rows import allocation_of, line_of, order_of, vendor_order_of
from persistence.orders.tables import allocation, order, order_line, vendor_order
from persistence.payments.tables import payment, payment_operation, refund
from persistence.statement import Database, Statement

CUSTOMER_ORDERS_SIZE = 10
STAFF_ORDERS_SIZE = 50
VENDOR_ORDERS_SIZE = 50

_TEXTS = ARRAY(Text)


def _any_of(column: Any, name: str) -> Any:
    return column == func.any(bindparam(name, type_=_TEXTS))


def _any_of_or_all(column: Any, name: str) -> Any:
    return or_(bindparam(name, type_=_TEXTS).is_(None), _any_of(column, name))


def _lines(condition: Any) -> Select[Any]:
    return select(order_line).where(condition).order_by(order_line.c.order_id, order_line.c.position)


_ORDERS = Statement(select(order).where(_any_of(order.c.id, "ids")))
_VENDOR_ORDERS = Statement(select(vendor_order).where(_any_of(vendor_order.c.id, "ids")))
_VENDOR_ORDERS_OF_ORDERS = Statement(
    select(vendor_order).where(_any_of(vendor_order.c.order_id, "ids")).order_by(vendor_order.c.id)
)
_LINES = Statement(_lines(_any_of(order_line.c.id, "ids")))
_LINES_OF_ORDERS = Statement(_lines(_any_of(order_line.c.order_id, "ids")))
_LINES_OF_VENDOR_ORDERS = Statement(_lines(_any_of(order_line.c.vendor_order_id, "ids")))
_ALLOCATIONS_OF_VENDOR_ORDERS = Statement(
    select(allocation)
    .join(order_line, order_line.c.id == allocation.c.order_line_id)
    .where(_any_of(order_line.c.vendor_order_id, "ids"))
    .order_by(order_line.c.position, allocation.c.warehouse_id)
)
_VOIDED = case((payment.c.state == "VOIDED", payment.c.amount_minor), else_=0)
_HELD = case((payment.c.state == "VOIDED", 0), else_=payment.c.authorized_minor)
_RETURNED = (
    select(func.coalesce(func.sum(payment_operation.c.amount_minor), 0))
    .join(refund, refund.c.id == payment_operation.c.refund_id)
    .where(refund.c.order_id == payment.c.order_id, refund.c.kind == "CANCELLATION")
    .where(payment_operation.c.state != "FAILED")
    .scalar_subquery()
)
_CREDITED = (
    select(func.coalesce(func.sum(refund.c.credited_minor), 0))
    .where(refund.c.order_id == payment.c.order_id)
    .scalar_subquery()
)
_PAID = Statement(
    select(
        payment.c.order_id,
        func.sum(_HELD).label("authorized"),
        func.sum(payment.c.captured_minor).label("captured"),
        func.sum(payment.c.refunded_minor).label("refunded"),
        func.sum(_VOIDED).label("voided"),
        _RETURNED.label("returned"),
        _CREDITED.label("credited"),
    )
    .where(_any_of(payment.c.order_id, "ids"))
    .group_by(payment.c.order_id)
)

_OF_CUSTOMER = NewestFirst(
    "customer_orders",
    select(order).where(order.c.customer_id == bindparam("customer_id")),
    order.c.id,
    order_of,
    size=CUSTOMER_ORDERS_SIZE,
)
_query = bindparam("query", type_=Text)
# Each arm goes by its own index, where one OR over both would read the whole table.
_FOUND = union(
    select(order.c.id).where(order.c.number == func.upper(_query)),
    select(order.c.id).where(order.c.email.in_([_query, func.lower(_query)])),
)
_ALL = select(order).where(_any_of_or_all(order.c.status, "statuses"))
_OF_STAFF = NewestFirst("orders", _ALL, order.c.id, order_of, size=STAFF_ORDERS_SIZE)
_FOUND_BY_STAFF = NewestFirst(
    "orders", _ALL.where(order.c.id.in_(_FOUND)), order.c.id, order_of, size=STAFF_ORDERS_SIZE
)
_OF_VENDOR = NewestFirst(
    "vendor_orders",
    select(vendor_order)
    .where(vendor_order.c.vendor_id == bindparam("vendor_id"))
    .where(_any_of_or_all(vendor_order.c.status, "statuses")),
    vendor_order.c.id,
    vendor_order_of,
    size=VENDOR_ORDERS_SIZE,
)


async def orders_by_id(database: Database, ids: Sequence[OrderId]) -> list[Order]:
    """Those that exist, in no order."""
    return [order_of(row) for row in await _ORDERS.rows(database, ids=ids)]


async def vendor_orders_by_id(database: Database, ids: Sequence[VendorOrderId]) -> list[VendorOrder]:
    """Those that exist, in no order."""
    return [vendor_order_of(row) for row in await _VENDOR_ORDERS.rows(database, ids=ids)]


async def vendor_orders_of_orders(database: Database, order_ids: Sequence[OrderId]) -> list[VendorOrder]:
    """The vendors' parts of the orders, each order's by their numbers."""
    return [vendor_order_of(row) for row in await _VENDOR_ORDERS_OF_ORDERS.rows(database, ids=order_ids)]


async def lines_by_id(database: Database, ids: Sequence[OrderLineId]) -> list[OrderLine]:
    """Those that exist."""
    return [line_of(row) for row in await _LINES.rows(database, ids=ids)]


async def lines_of_orders(database: Database, order_ids: Sequence[OrderId]) -> list[OrderLine]:
    """The lines of the orders, each order's by position."""
    return [line_of(row) for row in await _LINES_OF_ORDERS.rows(database, ids=order_ids)]


async def lines_of_vendor_orders(database: Database, ids: Sequence[VendorOrderId]) -> list[OrderLine]:
    """The lines of the vendors' parts, by position."""
    return [line_of(row) for row in await _LINES_OF_VENDOR_ORDERS.rows(database, ids=ids)]


async def allocations_of_vendor_orders(database: Database, ids: Sequence[VendorOrderId]) -> list[Allocation]:
    """Which warehouses owe the parts' units, by line and warehouse."""
    return [allocation_of(row) for row in await _ALLOCATIONS_OF_VENDOR_ORDERS.rows(database, ids=ids)]


async def paid_of_orders(database: Database, order_ids: Sequence[OrderId]) -> Mapping[OrderId, Paid]:
    """What the payments of each order sum up to; an order without any is missing."""
    rows = await _PAID.rows(database, ids=order_ids)
    names = ("authorized", "captured", "refunded", "voided", "returned", "credited")
    return {row["order_id"]: Paid(**{name: int(row[name]) for name in names}) for row in rows}


async def orders_of_customer(database: Database, customer_id: CustomerId, request: PageRequest) -> Page[Order]:
    """A customer's orders, newest first."""
    return await _OF_CUSTOMER.page(database, request, customer_id=customer_id)


async def orders_of_staff(
    database: Database, request: PageRequest, *, query: str | None, statuses: Sequence[OrderStatus] | None
) -> Page[Order]:
    """All orders, newest first. `query` is an order's number or its buyer's email."""
    values = _values(statuses)
    if query is None:
        return await _OF_STAFF.page(database, request, statuses=values)
    return await _FOUND_BY_STAFF.page(database, request, query=query, statuses=values)


async def orders_of_vendor(
    database: Database,
    vendor_id: VendorId,
    request: PageRequest,
    *,
    statuses: Sequence[VendorOrderStatus] | None,
    count: Callable[[], Awaitable[int]],
) -> Page[VendorOrder]:
    """A vendor's parts of orders, newest first; the whole list is counted by `count`."""
    values = _values(statuses)
    return await _OF_VENDOR.page(database, request, vendor_id=vendor_id, statuses=values, count=count)


async def count_of_vendor(
    database: Database, vendor_id: VendorId, *, statuses: Sequence[VendorOrderStatus] | None
) -> int:
    return await _OF_VENDOR.count(database, vendor_id=vendor_id, statuses=_values(statuses))


def _values(states: Sequence[OrderStatus] | Sequence[VendorOrderStatus] | None) -> list[str] | None:
    return None if states is None else [state.value for state in states]
