"""What finishing draft orders needs from outside."""

from datetime import datetime
from typing import Protocol

from domain.checkout import ports
from domain.shared.ids import CartId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """Lets whoever holds its token pay for a draft until `expires_at`."""

    token_hash: bytes
    cart_id: CartId
    created_by: str
    expires_at: datetime


class PaymentLinks(Protocol):
    async def add(self, link: PaymentLink) -> None: ...

    async def get(self, token_hash: bytes) -> PaymentLink | None: ...


class UnitOfWork(ports.UnitOfWork, Protocol):
    """Checkouts, and the links that lead to them."""

    @property
    def payment_links(self) -> PaymentLinks: ...
