"""What promotions and codes need from outside."""

from typing import Protocol

from domain.pricing.promoting.offering import Offering
from domain.pricing.promotions.situation import Buyer
from domain.shared.ids import CompanyId, CustomerId


class BuyerReader(Protocol):
    async def buyer(
        self,
        offering: Offering,
        customer_id: CustomerId | None,
        email: str | None,
        company_id: CompanyId | None = None,
    ) -> Buyer:
        """Who buys, as far as the promotions on offer want to know."""
        ...


class CodeAttempts(Protocol):
    """How often codes may be guessed by one client (rule P11)."""

    async def begin(self, count: int) -> None:
        """Before `count` codes are looked up: RequestFault RATE_LIMITED after 10 failures within a minute."""
        ...

    async def failed(self, count: int) -> None:
        """So many of them opened nothing."""
        ...
