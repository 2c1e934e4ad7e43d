"""Links by which buyers pay what their orders cost more since."""

from domain.checkout.paying.ports import OrderPaymentLink
from domain.shared.ids import OrderId
from persistence.statement import Connection

_ADD = "INSERT INTO order_payment_link (token_hash, order_id, created_by, expires_at) VALUES ($1, $2, $3, $4)"
_GET = "SELECT token_hash, order_id, created_by, expires_at FROM order_payment_link WHERE token_hash = $1"


class OrderPaymentLinks:
    """Implements `domain.checkout.paying.ports.OrderPaymentLinks` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, link: OrderPaymentLink) -> None:
        await self._connection.execute(_ADD, link.token_hash, link.order_id, link.created_by, link.expires_at)

    async def get(self, token_hash: bytes) -> OrderPaymentLink | None:
        row = await self._connection.fetchrow(_GET, token_hash)
        if row is None:
            return None
        token, order_id, created_by, expires_at = row
        return OrderPaymentLink(token, OrderId(order_id), created_by, expires_at)
