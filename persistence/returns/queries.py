"""Reads of returns, each with its lines and what came of them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from domain.returns.model import Receipt, Replacement, Return, ReturnLabel, ReturnLine, ReturnState
from domain.shared.ids import OfferId, OrderId, OrderLineId, RefundId, ReturnId, VendorId, VendorOrderId, WarehouseId
from domain.shared.page import Page, PageRequest
from persistence.newest_first import NewestFirst
from persistence.returns.tables import order_return
from persistence.statement import Database, Record, Statement

VENDOR_RETURNS_SIZE = 50

_LINES = literal_column(
    """(SELECT jsonb_agg(jsonb_build_array(l.order_line_id, l.quantity, l.reason, l.comment, l.image_urls, l.received,
            (SELECT coalesce(jsonb_agg(jsonb_build_array(r.quantity, r.condition, r.restocked_to, r.received_at,
                                                         r.is_settled, r.refund_id) ORDER BY r.id), '[]'::jsonb)
             FROM return_receipt r
             WHERE r.order_return_id = l.order_return_id AND r.order_line_id = l.order_line_id))
        ORDER BY l.position)
    FROM order_return_line l WHERE l.order_return_id = order_return.id)""",
    JSONB,
).label("lines")
_TEXTS = ARRAY(Text)
_SELECT = select(order_return, _LINES)
_states = bindparam("states", type_=_TEXTS)

_BY_ID = Statement(_SELECT.where(order_return.c.id == func.any(bindparam("ids", type_=_TEXTS))))
_OF_ORDERS = Statement(
    _SELECT.where(order_return.c.order_id == func.any(bindparam("ids", type_=_TEXTS))).order_by(order_return.c.id)
)
_OF_PARTS = Statement(
    _SELECT.where(order_return.c.vendor_order_id == func.any(bindparam("ids", type_=_TEXTS))).order_by(
        order_return.c.id
    )
)


async def returns_by_id(database: Database, ids: Sequence[ReturnId]) -> list[Return]:
    """Those that exist, in no order."""
    return [return_of(row) for row in await _BY_ID.rows(database, ids=ids)]


async def returns_of_orders(database: Database, ids: Sequence[OrderId]) -> list[Return]:
    """Each order's returns, the oldest first."""
    return [return_of(row) for row in await _OF_ORDERS.rows(database, ids=ids)]


async def returns_of_vendor_orders(database: Database, ids: Sequence[VendorOrderId]) -> list[Return]:
    """Each vendor's part's returns, the oldest first."""
    return [return_of(row) for row in await _OF_PARTS.rows(database, ids=ids)]


async def returns_of_vendor(
    database: Database,
    vendor_id: VendorId,
    request: PageRequest,
    *,
    states: Sequence[ReturnState] | None,
    count: Callable[[], Awaitable[int]],
) -> Page[Return]:
    """A vendor's returns, newest first; the whole list is counted by `count`."""
    return await _OF_VENDOR.page(database, request, vendor_id=vendor_id, states=_values(states), count=count)


async def count_of_vendor(database: Database, vendor_id: VendorId, *, states: Sequence[ReturnState] | None) -> int:
    return await _OF_VENDOR.count(database, vendor_id=vendor_id, states=_values(states))


def return_of(row: "Record") -> Return:
    return Return(
        id=row["id"],
        order_id=row["order_id"],
        vendor_order_id=row["vendor_order_id"],
        vendor_id=row["vendor_id"],
        state=ReturnState(row["state"]),
        lines=tuple(_line(*line) for line in row["lines"]),
        is_withdrawal=row["is_withdrawal"],
        to_store_credit=row["to_store_credit"],
        requested_at=row["requested_at"],
        decision=row["decision"],
        decided_at=row["decided_at"],
        received_at=row["received_at"],
        closed_at=row["closed_at"],
        refund_due_at=row["refund_due_at"],
        version=row["version"],
        exchange=tuple([_replacement(*item) for item in row["exchange"]]),
        label=ReturnLabel(**row["label"]) if row["label"] else None,
    )


def exchange_document(items: Sequence[Replacement]) -> list[list[Any]]:
    """What is wanted in exchange, as its column holds it."""
    return [[item.offer_id, item.quantity, item.order_line_id] for item in items]


def label_document(label: ReturnLabel) -> dict[str, str | None]:
    """A label, as its column holds it."""
    return {"url": label.url, "carrier": label.carrier, "tracking_number": label.tracking_number}


def _replacement(offer_id: str, quantity: int, order_line_id: str | None) -> Replacement:
    return Replacement(OfferId(offer_id), quantity, OrderLineId(order_line_id) if order_line_id else None)


def _line(
    order_line_id: str,
    quantity: int,
    reason: str,
    comment: str | None,
    image_urls: Sequence[str],
    received: int,
    receipts: Sequence[Sequence[object]],
) -> ReturnLine:
    came = tuple(_receipt(order_line_id, *receipt) for receipt in receipts)  # type: ignore[arg-type]
    return ReturnLine(OrderLineId(order_line_id), quantity, reason, comment, tuple(image_urls), received, came)


def _receipt(
    order_line_id: str,
    quantity: int,
    condition: str,
    restocked_to: str | None,
    received_at: str,
    is_settled: bool,
    refund_id: str | None,
) -> Receipt:
    return Receipt(
        OrderLineId(order_line_id),
        quantity,
        condition,
        WarehouseId(restocked_to) if restocked_to else None,
        datetime.fromisoformat(received_at),
        is_settled,
        RefundId(refund_id) if refund_id else None,
    )


def _values(states: Sequence[ReturnState] | None) -> list[str] | None:
    return None if states is None else [state.value for state in states]


_OF_VENDOR = NewestFirst(
    "vendor_returns",
    _SELECT.where(order_return.c.vendor_id == bindparam("vendor_id")).where(
        or_(_states.is_(None), order_return.c.state == func.any(_states))
    ),
    order_return.c.id,
    return_of,
    size=VENDOR_RETURNS_SIZE,
)
