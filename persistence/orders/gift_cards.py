"""Gift cards that orders buy."""

from collections.abc import Sequence

from domain.orders.giftcards.ports import SoldLine
from domain.payments.balances.model import Balance
from domain.shared.ids import OrderId, OrderLineId
from domain.shared.money import Money
from persistence.payments.balances import gift_cards_of_orders
from persistence.statement import Connection

_LINES = """
SELECT id, quantity - canceled - refunded AS units, unit_gross_minor, currency FROM order_line
WHERE order_id = $1 AND tax_class = 'voucher'
ORDER BY position
"""
_IS_PAID = """
SELECT coalesce((SELECT sum(p.captured_minor - p.refunded_minor) FROM payment p WHERE p.order_id = o.id), 0)
       + coalesce((SELECT sum(r.credited_minor) FROM refund r WHERE r.order_id = o.id), 0)
       >= o.total_gross_minor - o.canceled_gross_minor
FROM "order" o WHERE o.id = $1
"""


class GiftCardSaleReader:
    """Implements `domain.orders.giftcards.ports.GiftCardSales` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lines(self, order_id: OrderId) -> Sequence[SoldLine]:
        rows = await self._connection.fetch(_LINES, order_id)
        return [
            SoldLine(OrderLineId(row["id"]), row["units"], Money(row["unit_gross_minor"], row["currency"]))
            for row in rows
        ]

    async def is_paid(self, order_id: OrderId) -> bool:
        found: bool = await self._connection.fetchval(_IS_PAID, order_id)
        return found

    async def cards(self, order_id: OrderId) -> Sequence[Balance]:
        return [card for _, card in await gift_cards_of_orders(self._connection, [order_id])]
