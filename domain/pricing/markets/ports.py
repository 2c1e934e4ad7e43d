"""What staff's work on markets needs from outside."""

from datetime import datetime
from typing import Protocol

from domain.pricing.markets.model import MarketSettings
from domain.shared.ids import MarketId, PriceListId
from domain.shared.transaction import Transaction


class MarketRepository(Protocol):
    async def lock(self, market_id: MarketId) -> MarketSettings | None:
        """The market as it is, with nobody else changing it until the transaction ends."""
        ...

    async def add(self, settings: MarketSettings) -> bool:
        """Write a new market; False if another one has its handle."""
        ...

    async def save(self, settings: MarketSettings) -> None: ...

    async def keep_terms(self, settings: MarketSettings, until: datetime) -> None:
        """Keep the terms of these settings for the orders that were placed before a moment."""
        ...

    async def has_sold(self, market_id: MarketId) -> bool:
        """Whether an order was ever placed in it."""
        ...

    async def last_position(self) -> int:
        """The place of the last market; -1 if there is none."""
        ...

    async def add_price_list(self, price_list_id: PriceListId, settings: MarketSettings, currency: str) -> None:
        """Give the market a price list for everybody in this currency, unless it has one."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Markets."""

    @property
    def markets(self) -> MarketRepository: ...
