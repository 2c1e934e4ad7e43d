"""Writing a new order whole, in one statement however long it is."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Table

from domain.orders.model import Allocation, Order, OrderLine, VendorOrder
from persistence.orders.rows import allocation_columns, line_columns, order_columns, vendor_order_columns
from persistence.orders.tables import allocation, order, order_line, vendor_order
from persistence.statement import Connection

_ACCEPT_BY = """coalesce(fresh.accept_by, fresh.placed_at + (
    SELECT accept_within_hours * interval '1 hour' FROM vendor WHERE vendor.id = fresh.vendor_id))"""
"""A part is to be accepted within its vendor's limit, unless it says by when (rule O2)."""


def _insert(table: Table, position: int, computed: Mapping[str, str] | None = None) -> str:
    """An INSERT of the rows that parameter `position` holds as an array of objects."""
    names = [column.name for column in table.columns if not column.info.get("later")]
    values = [(computed or {}).get(name, f"fresh.{name}") for name in names]
    return (
        f'INSERT INTO "{table.name}" ({", ".join(names)}) SELECT {", ".join(values)}'  # noqa: S608 - made of constants
        f' FROM jsonb_populate_recordset(NULL::"{table.name}", ${position}) AS fresh'
    )


_ADD = f"""
WITH placed AS ({_insert(order, 1)}),
     parts AS ({_insert(vendor_order, 2, {"accept_by": _ACCEPT_BY})}),
     lines AS ({_insert(order_line, 3)})
{_insert(allocation, 4)}
"""
_ADD_LINES = f"""
WITH parts AS ({_insert(vendor_order, 1, {"accept_by": _ACCEPT_BY})}),
     lines AS ({_insert(order_line, 2)})
{_insert(allocation, 3)}
"""


async def add_lines(
    connection: Connection,
    vendor_orders: Sequence[VendorOrder],
    lines: Sequence[OrderLine],
    allocations: Sequence[Allocation],
) -> None:
    """More lines of an order that exists, the parts that are new with them, and what warehouses owe for them."""
    await connection.execute(
        _ADD_LINES,
        [vendor_order_columns(part) for part in vendor_orders],
        [line_columns(line) for line in lines],
        [allocation_columns(owed) for owed in allocations],
    )


async def add_order(
    connection: Connection,
    placed: Order,
    vendor_orders: Sequence[VendorOrder],
    lines: Sequence[OrderLine],
    allocations: Sequence[Allocation],
) -> None:
    """Foreign keys are checked when the whole statement is done, so the order of its parts is free."""
    await connection.execute(
        _ADD,
        [order_columns(placed)],
        [vendor_order_columns(part) for part in vendor_orders],
        [line_columns(line) for line in lines],
        [allocation_columns(owed) for owed in allocations],
    )
