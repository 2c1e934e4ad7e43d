"""What entering codes needs from outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.pricing.coupons.model import Coupon


class CouponReader(Protocol):
    async def coupons(self, codes: Sequence[str]) -> Mapping[str, Coupon]:
        """The coupons of those folded codes that exist, by code."""
        ...


class CodeAttempts(Protocol):
    """How often codes may be guessed by one client (rule P11)."""

    async def begin(self, count: int) -> None:
        """Before `count` codes are looked up: RequestFault RATE_LIMITED after 10 failures within a minute."""
        ...

    async def failed(self, count: int) -> None:
        """So many of them opened nothing."""
        ...
