"""Writing what is added to an order: lines, what warehouses owe for them, and the totals that they make."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.inventory.sourcing import Destination, Level, Pick, available
from domain.inventory.supply import Supply, sourced
from domain.orders.model import Allocation, Order, OrderLine, VendorOrder
from domain.orders.refunding.clawback import SoldRules
from domain.shared.ids import OfferId, VendorOrderId, WarehouseId
from persistence.orders.documents import tax_documents
from persistence.orders.sold_rules import rules_at_start
from persistence.orders.writing import add_lines
from persistence.statement import Connection

_LOCK_STOCK = """
WITH levels AS (
    SELECT s.offer_id FROM stock_level s
    WHERE s.offer_id = ANY($2::text[]) OR (s.offer_id, s.warehouse_id) IN (
        SELECT a.offer_id, a.warehouse_id FROM allocation a JOIN order_line l ON l.id = a.order_line_id
        WHERE l.vendor_order_id = ANY($1::text[]))
       OR s.offer_id IN (
        SELECT l.offer_id FROM order_line l WHERE l.vendor_order_id = ANY($1::text[]) AND l.backordered > 0)
    ORDER BY s.offer_id, s.warehouse_id FOR UPDATE
), supplies AS (
    SELECT s.offer_id FROM supply s
    WHERE s.offer_id = ANY($2::text[])
       OR s.offer_id IN (SELECT l.offer_id FROM order_line l WHERE l.vendor_order_id = ANY($1::text[]))
    ORDER BY s.offer_id FOR UPDATE
)
SELECT offer_id FROM levels UNION ALL SELECT offer_id FROM supplies
"""
_SUPPLIES = """
SELECT offer_id, ahead_limit - reserved - waiting, waiting, policy = 'PREORDER' AND available_from > now()
FROM supply WHERE offer_id = ANY($1::text[])
"""
_LEVELS = """
SELECT s.offer_id, s.warehouse_id, s.on_hand, s.reserved, s.allocated, s.safety, w.priority, w.country
FROM stock_level s JOIN warehouse w ON w.id = s.warehouse_id WHERE s.offer_id = ANY($1::text[])
"""
_ALLOCATE = """
UPDATE stock_level s SET allocated = s.allocated + pick.quantity
FROM unnest($1::text[], $2::text[], $3::int[]) AS pick (offer_id, warehouse_id, quantity)
WHERE s.offer_id = pick.offer_id AND s.warehouse_id = pick.warehouse_id
"""
_WAIT = """
UPDATE supply s SET waiting = s.waiting + pick.quantity
FROM unnest($1::text[], $2::int[]) AS pick (offer_id, quantity) WHERE s.offer_id = pick.offer_id
"""
_TOTALS = """
UPDATE {table} SET lines_net_minor = $2, lines_tax_minor = $3, lines_gross_minor = $4, total_net_minor = $5,
       total_tax_minor = $6, total_gross_minor = $7, taxes = $8, discount_minor = $9, rounding_minor = $10 {more}
WHERE id = $1
"""
_ORDER_TOTALS = _TOTALS.format(table='"order"', more=", revision = revision + 1")
_PART_TOTALS = _TOTALS.format(table="vendor_order", more=", version = version + 1")


class OrderEdits:
    """Implements `domain.orders.adding.ports.OrderEdits` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock_stock(self, parts: Sequence[VendorOrderId], offers: Sequence[OfferId]) -> None:
        """Lock the stock rows that owe units to these parts, and those of the offers, in the order of their ids."""
        await self._connection.fetch(_LOCK_STOCK, parts, offers)

    async def allocate(self, demand: Mapping[OfferId, int], country: str) -> Sequence[Pick] | Mapping[OfferId, int]:
        """Take all of the demand out of the locked rows for an order, or none: what could be had of what falls short.

        What stock lacks is sold ahead, within its limit (rule S7). What reservations hold that have expired is left to
        whoever gives it back, and what orders wait for is theirs.
        """
        levels = await self._levels(demand, Destination(country))
        supplies = [
            Supply(OfferId(offer), left, waiting, is_unreleased)
            for offer, left, waiting, is_unreleased in await self._connection.fetch(_SUPPLIES, list(demand))
        ]
        found = sourced(demand, levels, supplies, {})
        if found.short:
            return found.short
        picks = [pick for pick in found.picks if not pick.is_waiting]
        columns = ([p.offer_id for p in picks], [p.warehouse_id for p in picks], [p.quantity for p in picks])
        await self._connection.execute(_ALLOCATE, *columns)
        ahead = [pick for pick in found.picks if pick.is_waiting]
        if ahead:
            await self._connection.execute(_WAIT, [p.offer_id for p in ahead], [p.quantity for p in ahead])
        return found.picks

    async def rules_of(self, order: Order, lines: Sequence[OrderLine]) -> SoldRules | None:
        """The promotions that ran when the order's checkout began, with its buyer and goods; None if none had a say."""
        return await rules_at_start(self._connection, order, lines)

    async def _levels(self, demand: Mapping[OfferId, int], destination: Destination) -> list[Level]:
        rows = await self._connection.fetch(_LEVELS, list(demand))
        return [
            Level(
                OfferId(offer),
                WarehouseId(warehouse),
                available(*counts),
                priority,
                destination.distance_km(country, None),
            )
            for offer, warehouse, *counts, priority, country in rows
        ]

    async def append(
        self,
        order: Order,
        parts: Sequence[VendorOrder],
        lines: Sequence[OrderLine],
        allocations: Sequence[Allocation],
        *,
        new_parts: Sequence[VendorOrder],
    ) -> None:
        """Write new lines of a locked order, with the totals that it and the parts have then, one revision on."""
        await add_lines(self._connection, new_parts, lines, allocations)
        await self._connection.execute(_ORDER_TOTALS, *_totals(order))
        for part in parts:
            await self._connection.execute(_PART_TOTALS, *_totals(part))


def _totals(item: Order | VendorOrder) -> list[Any]:
    lines, total = item.totals.lines, item.totals.total
    amounts = [lines.net, lines.tax, lines.gross, total.net, total.tax, total.gross]
    columns = [*[amount.minor for amount in amounts], tax_documents(item.totals.taxes)]
    return [item.id, *columns, item.totals.discount.minor, item.totals.rounding.minor]
