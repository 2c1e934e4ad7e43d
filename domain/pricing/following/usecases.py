"""How whatever changes prices has the lists that follow them brought up to date."""

from collections.abc import Sequence

from domain.pricing.following.ports import UnitOfWork
from domain.shared.ids import OfferId, PriceListId
from domain.shared.jobs import Job, JobKind


async def have_followed(uow: UnitOfWork, price_list_id: PriceListId, offers: Sequence[OfferId]) -> None:
    """In the present transaction: have a job bring derived prices of these offers in line with what the list says."""
    if offers:
        for follower in await uow.followers.note([price_list_id], offers):
            uow.enqueue(Job(JobKind.DERIVE_PRICES, follower))
