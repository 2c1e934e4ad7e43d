"""What writing documents needs from outside."""

from typing import Protocol

from domain.orders.invoicing.model import LegalEntity, OrderDocument
from domain.orders.model import Order
from domain.orders.ports import UnitOfWork as OrdersUnitOfWork
from domain.pricing.model import Market
from domain.shared.ids import VendorId, VendorOrderId


class DocumentRepository(Protocol):
    async def invoice_of(self, vendor_order_id: VendorOrderId) -> OrderDocument | None:
        """The invoice of a vendor's part, if it was written."""
        ...

    async def legal_entity(self, vendor_id: VendorId, order: Order) -> LegalEntity:
        """Who the vendor is before the law, with its tax numbers at the time of the order."""
        ...

    async def market_of(self, order: Order) -> Market: ...

    async def next_number(self, vendor_id: VendorId, series: str) -> int:
        """The next number of a series, from 1; nobody else takes one before this transaction ends (rule O5)."""
        ...

    async def add(self, document: OrderDocument) -> None: ...


class UnitOfWork(OrdersUnitOfWork, Protocol):
    """Orders and their documents."""

    @property
    def documents(self) -> DocumentRepository: ...
