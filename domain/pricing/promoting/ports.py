"""What staff's work on promotions needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.pricing.coupons.model import Coupon
from domain.pricing.promotions.model import Promotion
from domain.shared.idempotency import Idempotency
from domain.shared.ids import OfferId, PromotionId, VendorId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction


@dataclass(frozen=True, slots=True)
class StoredPromotion:
    """A promotion as staff sees it: what it says, and what is gone of it. `code` is its only one, if it has one."""

    id: PromotionId
    promotion: Promotion
    version: int
    used: int
    code: str | None = None
    archived_at: datetime | None = None


class PromotionWriter(Protocol):
    async def lock(self, promotion_id: PromotionId) -> StoredPromotion | None:
        """The promotion as it is, with nobody else changing it until the transaction ends."""
        ...

    async def add(self, promotion: Promotion) -> None: ...

    async def save(self, promotion: Promotion, *, version: int) -> None:
        """End what the locked promotion said and begin what it says now, as one more revision."""
        ...

    async def archive(self, promotion_id: PromotionId) -> None:
        """End what the locked promotion says, for good."""
        ...

    async def add_codes(
        self, promotion_id: PromotionId, codes: Sequence[str], *, usage_limit: int | None
    ) -> Sequence[str]:
        """Write codes in one statement; those that are new, as they are shown."""
        ...

    async def remove_codes(self, promotion_id: PromotionId, codes: Sequence[str]) -> int:
        """Delete the promotion's codes of these folded names; how many there were."""
        ...

    async def coupon(self, code: str) -> Coupon | None:
        """The coupon of a folded code."""
        ...

    async def is_vendor(self, vendor_id: VendorId) -> bool: ...

    async def is_offer(self, offer_id: OfferId) -> bool: ...


class UnitOfWork(Transaction, Protocol):
    """Promotions, their codes, and acts that are done once."""

    @property
    def promotions(self) -> PromotionWriter: ...
    @property
    def idempotency(self) -> Idempotency: ...
