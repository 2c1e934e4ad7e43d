"""Telling of carts that were left, so that somebody may remind their shoppers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.shared.events import Event, EventType
from domain.shared.ids import CartId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LeftCart:
    """A cart that has not changed for as long as its market waits; an empty one is nobody's loss."""

    id: CartId
    version: int
    line_count: int


class LeftCarts(Protocol):
    async def claim(self, now: datetime, *, limit: int) -> Sequence[LeftCart]:
        """Carts with a known email that were left, each version once, whoever asks.

        Neither those that are ordered, merged or drafts of staff, nor those that a checkout holds goods for.
        """
        ...


class UnitOfWork(Transaction, Protocol):
    @property
    def left_carts(self) -> LeftCarts: ...


async def tell_abandoned(uow: UnitOfWork, *, now: datetime, limit: int) -> int:
    """Record CART_ABANDONED for carts that were left; how many were looked at. The event has no personal data."""
    async with uow:
        found = await uow.left_carts.claim(now, limit=limit)
        uow.record(
            *[
                Event(EventType.CART_ABANDONED, cart.id, changes={"version": cart.version, "lines": cart.line_count})
                for cart in found
                if cart.line_count
            ]
        )
        await uow.commit()
    return len(found)
