"""What whoever changes prices needs to have the lists that follow them brought up to date."""

from collections.abc import Sequence
from typing import Protocol

from domain.shared.ids import OfferId, PriceListId
from domain.shared.transaction import Transaction


class Followers(Protocol):
    async def note(self, lists: Sequence[PriceListId], offers: Sequence[OfferId]) -> Sequence[PriceListId]:
        """Note the offers for the lists that are derived from any of these, and for these as far as they are derived.

        Those lists are answered; none if nothing is derived here.
        """
        ...


class UnitOfWork(Transaction, Protocol):
    @property
    def followers(self) -> Followers: ...
