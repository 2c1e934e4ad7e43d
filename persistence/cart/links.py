"""Links by which the buyer of a draft pays."""

from domain.checkout.drafting.ports import PaymentLink
from domain.shared.ids import CartId
from persistence.statement import Connection

_ADD = "INSERT INTO payment_link (token_hash, cart_id, created_by, expires_at) VALUES ($1, $2, $3, $4)"
_GET = "SELECT token_hash, cart_id, created_by, expires_at FROM payment_link WHERE token_hash = $1"


class PaymentLinks:
    """Implements `domain.checkout.drafting.ports.PaymentLinks` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, link: PaymentLink) -> None:
        await self._connection.execute(_ADD, link.token_hash, link.cart_id, link.created_by, link.expires_at)

    async def get(self, token_hash: bytes) -> PaymentLink | None:
        row = await self._connection.fetchrow(_GET, token_hash)
        if row is None:
            return None
        token, cart_id, created_by, expires_at = row
        return PaymentLink(token, CartId(cart_id), created_by, expires_at)
