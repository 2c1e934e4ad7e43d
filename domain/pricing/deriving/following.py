"""How whatever changes prices has the lists that follow them brought up to date."""

from collections.abc import Sequence
from typing import Protocol

from domain.shared.ids import OfferId, PriceListId
from domain.shared.jobs import Job, JobKind
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


async def have_followed(uow: UnitOfWork, price_list_id: PriceListId, offers: Sequence[OfferId]) -> None:
    """Have a job bring derived prices of these offers in line with what was changed in the list."""
    if offers:
        for follower in await uow.followers.note([price_list_id], offers):
            uow.enqueue(Job(JobKind.DERIVE_PRICES, follower))
