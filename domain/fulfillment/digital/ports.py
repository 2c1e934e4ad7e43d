"""What selling digital goods needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from domain.fulfillment.digital.model import Content, DigitalDownload, DigitalFile, Goods
from domain.fulfillment.ports import UnitOfWork as FulfillmentUnitOfWork
from domain.shared.ids import OrderId, OrderLineId, VariantId


class Files(Protocol):
    """The folder of files that are sold."""

    async def content(self, path: str) -> Content | None:
        """What is in the file at this path; None if there is none, or if the path leads out of the folder."""
        ...


class DigitalGoods(Protocol):
    async def is_digital(self, variant_id: VariantId) -> bool:
        """Whether there is such a variant, of a digital product."""
        ...

    async def put_file(self, file: DigitalFile) -> DigitalFile:
        """Write a file of a variant, in the place of the one that has its path, whose id it keeps."""
        ...

    async def add_keys(self, variant_id: VariantId, keys: Sequence[str]) -> int:
        """Put new keys at the end of a variant's pool; how many it did not have before."""
        ...

    async def waiting_orders(self, variant_id: VariantId) -> Sequence[OrderId]:
        """Confirmed orders that wait for units of a variant, the oldest first."""
        ...

    async def is_covered(self, order_id: OrderId) -> bool:
        """Whether all that the order costs is held for it, or was taken."""
        ...

    async def goods_of(self, variant_id: VariantId) -> Goods: ...

    async def assign_keys(self, variant_id: VariantId, line_id: OrderLineId, units: Sequence[int]) -> int:
        """Give the oldest free keys to these units of a line, in their order; how many there were."""
        ...

    async def deliver(self, line_id: OrderLineId, units: int, downloads: Sequence[DigitalDownload]) -> None:
        """Write what the buyer may download, and count so many more units of the line as sent and delivered."""
        ...


class UnitOfWork(FulfillmentUnitOfWork, Protocol):
    """Digital goods, and the orders that they are bought by."""

    @property
    def digital(self) -> DigitalGoods: ...
