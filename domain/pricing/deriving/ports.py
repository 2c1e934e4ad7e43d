"""What deriving prices needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from domain.pricing.deriving.model import Derivation, DerivedList, ListedPrice
from domain.pricing.following.ports import Followers
from domain.pricing.model import PriceList
from domain.pricing.price_lists.ports import PriceListWriter, PriceRow
from domain.shared.ids import OfferId, PriceListId
from domain.shared.money import Rounding
from domain.shared.transaction import Transaction


class Derivations(Protocol):
    async def of(self, price_list_id: PriceListId) -> DerivedList | None:
        """The list with what it follows; None if it is not derived."""
        ...

    async def payable(self, price_list: PriceList) -> tuple[Rounding, int]:
        """How the list's market rounds, and in which steps its totals are paid; half up and 1 for every market."""
        ...

    async def default_list(self, currency: str) -> PriceListId | None:
        """The first list of the currency that is for everybody, everywhere and always."""
        ...

    async def is_followed(self, price_list_id: PriceListId) -> bool:
        """Whether other lists are derived from it."""
        ...

    async def between(self, base: str, currency: str, *, source: str | None) -> Sequence[PriceListId]:
        """The lists derived from one currency into another one, by the rates of a source if one is named."""
        ...

    async def put(self, price_list_id: PriceListId, derivation: Derivation) -> None: ...

    async def end(self, price_list_id: PriceListId) -> None:
        """Have its prices stand as if they had been set by hand, each with the rate that it came of."""
        ...

    async def note_all(self, price_list_id: PriceListId) -> None:
        """Note every offer that has a price in the list or in the one that it follows."""
        ...

    async def take(self, price_list_id: PriceListId, *, limit: int) -> Sequence[OfferId]:
        """Some of the offers that were noted for the list, which are noted no more; none if there are none."""
        ...

    async def offers_after(
        self, lists: Sequence[PriceListId], after: OfferId | None, *, limit: int
    ) -> Sequence[OfferId]:
        """The next offers, in the order of their ids, with a price in any of the lists."""
        ...

    async def prices(self, price_list_id: PriceListId, offers: Sequence[OfferId]) -> Sequence[ListedPrice]: ...

    async def write(self, derived: DerivedList, put: Sequence[PriceRow], gone: Sequence[PriceRow]) -> None:
        """Write and delete derived prices; those that somebody has set in the meantime stay."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Price lists, and what derived ones follow."""

    @property
    def price_lists(self) -> PriceListWriter: ...
    @property
    def derivations(self) -> Derivations: ...
    @property
    def followers(self) -> Followers: ...
