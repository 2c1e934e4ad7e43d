"""Hearing that something changed. A message never says what: the database stays the only truth."""

from collections.abc import AsyncIterator
from typing import Protocol

STOREFRONT = "storefront"
"""The topic of what all pages rest on, and no event tells of: markets, price lists, ways of delivery.

Who changes any of it tells so in the transaction of the change; answers that were made before are then made anew.
"""


class News(Protocol):
    """Topics are ids (`cart_...`, `order_...`) or the name of a log."""

    async def tell(self, *topics: str) -> None:
        """Wake whoever listens to `topics`. Never fails: a listener looks by itself after a while."""
        ...

    def of(self, topic: str) -> AsyncIterator[None]:
        """Yields at once, then whenever the topic may have changed; now and then without cause."""
        ...
