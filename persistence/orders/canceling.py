"""Canceling units of orders: counted on lines and warehouses, and given back to stock, under the locks of both."""

from collections.abc import Collection, Sequence

from domain.orders.canceling.model import Cancellation
from domain.orders.model import Order
from domain.shared.ids import OrderId, OrderLineId, VendorOrderId
from persistence.orders.rows import order_of
from persistence.payments.refunds import amount_columns, wrap_amount
from persistence.statement import Connection

# What waits for stock may be given some before its supply is locked: then any row of its offer may owe it units.
_LOCK_STOCK = """
WITH levels AS (
    SELECT s.offer_id FROM stock_level s
    WHERE (s.offer_id, s.warehouse_id) IN (
        SELECT a.offer_id, a.warehouse_id FROM allocation a JOIN order_line l ON l.id = a.order_line_id
        WHERE l.vendor_order_id = ANY($1::text[]))
       OR s.offer_id IN (
        SELECT l.offer_id FROM order_line l WHERE l.vendor_order_id = ANY($1::text[]) AND l.backordered > 0)
    ORDER BY s.offer_id, s.warehouse_id FOR UPDATE
), supplies AS (
    SELECT s.offer_id FROM supply s
    WHERE s.offer_id IN (SELECT l.offer_id FROM order_line l WHERE l.vendor_order_id = ANY($1::text[]))
    ORDER BY s.offer_id FOR UPDATE
)
SELECT offer_id FROM levels UNION ALL SELECT offer_id FROM supplies
"""
_CANCEL_UNITS = """
UPDATE order_line l SET canceled = l.canceled + gone.quantity, backordered = l.backordered - gone.waiting,
       canceled_net_minor = l.canceled_net_minor + gone.net, canceled_tax_minor = l.canceled_tax_minor + gone.tax,
       canceled_gross_minor = l.canceled_gross_minor + gone.gross,
       gift_wrap_canceled_net_minor = l.gift_wrap_canceled_net_minor + gone.wrap_net,
       gift_wrap_canceled_tax_minor = l.gift_wrap_canceled_tax_minor + gone.wrap_tax,
       gift_wrap_canceled_gross_minor = l.gift_wrap_canceled_gross_minor + gone.wrap_gross
FROM unnest($1::text[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::bigint[]) AS gone (id, quantity, waiting, net, tax, gross, wrap_net, wrap_tax, wrap_gross)
WHERE l.id = gone.id AND l.canceled + l.refunded + gone.quantity <= l.quantity
  AND l.fulfilled + l.canceled + gone.quantity <= l.quantity AND gone.waiting <= l.backordered
"""
_WAIT_NO_MORE = """
UPDATE supply s SET waiting = s.waiting - gone.quantity
FROM (SELECT offer_id, sum(quantity)::int AS quantity
      FROM unnest($1::text[], $2::int[]) AS item (offer_id, quantity) GROUP BY offer_id) gone
WHERE s.offer_id = gone.offer_id AND s.waiting >= gone.quantity
"""
_RELEASE = """
WITH gone AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[])
        AS gone (order_line_id, offer_id, warehouse_id, quantity)
), freed AS (
    UPDATE stock_level s SET allocated = s.allocated - sums.quantity
    FROM (SELECT offer_id, warehouse_id, sum(quantity)::int AS quantity FROM gone GROUP BY 1, 2) sums
    WHERE s.offer_id = sums.offer_id AND s.warehouse_id = sums.warehouse_id
)
UPDATE allocation a SET canceled = a.canceled + gone.quantity
FROM gone WHERE a.order_line_id = gone.order_line_id AND a.warehouse_id = gone.warehouse_id
  AND a.fulfilled + a.canceled + gone.quantity <= a.quantity
"""
_CANCEL_SHIPPING = """
UPDATE vendor_order SET shipping_canceled_net_minor = shipping_canceled_net_minor + $2,
       shipping_canceled_tax_minor = shipping_canceled_tax_minor + $3,
       shipping_canceled_gross_minor = shipping_canceled_gross_minor + $4
WHERE id = $1
"""
_TOLD = """
SELECT l.order_line_id AS id FROM refund_line l JOIN refund r ON r.id = l.refund_id
WHERE r.order_id = $1 AND r.kind = 'CANCELLATION'
"""
_COUNT = """
WITH parts AS (
    SELECT canceled_net_minor AS net, canceled_tax_minor AS tax, canceled_gross_minor AS gross
    FROM order_line WHERE order_id = $1
    UNION ALL
    SELECT gift_wrap_canceled_net_minor, gift_wrap_canceled_tax_minor, gift_wrap_canceled_gross_minor
    FROM order_line WHERE order_id = $1
    UNION ALL
    SELECT shipping_canceled_net_minor, shipping_canceled_tax_minor, shipping_canceled_gross_minor
    FROM vendor_order WHERE order_id = $1
    UNION ALL
    SELECT fees_net_minor, fees_tax_minor, fees_gross_minor FROM "order" WHERE id = $1 AND $2
    UNION ALL
    SELECT -gift_wrap_net_minor, -gift_wrap_tax_minor, -gift_wrap_gross_minor
    FROM order_line WHERE order_id = $1 AND $2
    UNION ALL
    SELECT $3::bigint, 0, $3::bigint
), sums AS (
    SELECT sum(net)::bigint AS net, sum(tax)::bigint AS tax, sum(gross)::bigint AS gross FROM parts
)
UPDATE "order" o SET canceled_net_minor = sums.net, canceled_tax_minor = sums.tax, canceled_gross_minor = sums.gross,
       canceled_rounding_minor = $3
FROM sums WHERE o.id = $1 AND (o.canceled_net_minor, o.canceled_tax_minor, o.canceled_gross_minor)
    IS DISTINCT FROM (sums.net, sums.tax, sums.gross)
RETURNING o.*
"""


class Cancellations:
    """Implements `domain.orders.canceling.ports.CancellationRepository` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock_stock(self, parts: Sequence[VendorOrderId]) -> None:
        """Lock the stock rows that owe units to these parts, then the supply of their offers, by their ids."""
        await self._connection.fetch(_LOCK_STOCK, parts)

    async def cancel(self, cancellation: Cancellation) -> bool:
        """Count the units and the delivery as canceled, and give the stock back; False if one was not there."""
        units, releases = cancellation.units, cancellation.releases
        canceled = await self._connection.execute(
            _CANCEL_UNITS,
            [item.line.id for item in units],
            [item.quantity for item in units],
            [cancellation.waiting[item.line.id] for item in units],
            *amount_columns([item.share.amount for item in units]),
            *amount_columns([wrap_amount(item) for item in units]),
        )
        released = await self._connection.execute(
            _RELEASE,
            [item.order_line_id for item in releases],
            [item.offer_id for item in releases],
            [item.warehouse_id for item in releases],
            [item.quantity for item in releases],
        )
        waited = [item.line.offer_id for item in units if cancellation.waiting[item.line.id]]
        if waited:
            counts = [count for item in units if (count := cancellation.waiting[item.line.id])]
            await self._connection.execute(_WAIT_NO_MORE, waited, counts)
        for delivery in cancellation.deliveries:
            amount = delivery.share.amount
            await self._connection.execute(
                _CANCEL_SHIPPING, delivery.vendor_order_id, amount.net.minor, amount.tax.minor, amount.gross.minor
            )
        return bool(canceled == f"UPDATE {len(units)}" and released == f"UPDATE {len(releases)}")

    async def told(self, order_id: OrderId) -> Collection[OrderLineId]:
        """The lines of an order of whose cancellation some refund tells."""
        return {OrderLineId(row["id"]) for row in await self._connection.fetch(_TOLD, order_id)}

    async def count(self, order: Order, *, is_whole: bool, rounding: int) -> Order:
        """The locked order with all that was canceled of its parts taken off it, and its fees if nothing is left."""
        row = await self._connection.fetchrow(_COUNT, order.id, is_whole, rounding)
        return order if row is None else order_of(row)
