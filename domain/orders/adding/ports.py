"""What adding goods to orders needs from outside."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from domain.cart.ports import OfferReader
from domain.inventory.sourcing import Pick
from domain.orders.holding.ports import UnitOfWork as OrdersUnitOfWork
from domain.orders.model import Allocation, Order, OrderLine, VendorOrder
from domain.orders.refunding.clawback import SoldRules
from domain.pricing.model import Market
from domain.shared.ids import MarketId, OfferId, VendorId, VendorOrderId

type NewNumber = Callable[[], str]
"""Numbers of orders and of their parts, which tell nothing of how many there are (rule O5)."""


class SellingTerms(Protocol):
    @property
    def market(self) -> Market: ...
    @property
    def house_vendor_id(self) -> VendorId | None: ...


class TermsReader(Protocol):
    def terms(self, market_id: MarketId) -> SellingTerms: ...


class OrderEdits(Protocol):
    async def lock_stock(self, parts: Sequence[VendorOrderId], offers: Sequence[OfferId]) -> None:
        """Lock the stock rows that owe units to these parts, and those of the offers, in the order of their ids."""
        ...

    async def allocate(self, demand: Mapping[OfferId, int], country: str) -> Sequence[Pick] | Mapping[OfferId, int]:
        """Take all of the demand out of the locked rows, or nothing: what could be had of each that falls short.

        What stock lacks is sold ahead of its supply as far as the vendor allows (rule S7).
        """
        ...

    async def rules_of(self, order: Order, lines: Sequence[OrderLine]) -> SoldRules | None:
        """The promotions that ran when the order's checkout began, with its buyer and goods; None if none had a say."""
        ...

    async def append(
        self,
        order: Order,
        parts: Sequence[VendorOrder],
        lines: Sequence[OrderLine],
        allocations: Sequence[Allocation],
        *,
        new_parts: Sequence[VendorOrder],
    ) -> None:
        """Write new lines of a locked order, with the totals that it and the parts have then, one revision on.

        `new_parts` are written with their totals, which the others are not counted among.
        """
        ...


class UnitOfWork(OrdersUnitOfWork, Protocol):
    """Orders with their money, and the offers that are added to them."""

    @property
    def edits(self) -> OrderEdits: ...
    @property
    def offers(self) -> OfferReader: ...
    @property
    def terms(self) -> TermsReader: ...
