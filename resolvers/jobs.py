"""Jobs that failed for good, as staff sees them."""

from domain.shared.errors import ErrorCode, refuse
from domain.shared.jobs import ParkedJob
from domain.shared.making import dataclass
from domain.shared.page import Page, PageRequest
from persistence import jobs
from resolvers.context import Info
from resolvers.paging import paged


@dataclass(frozen=True, slots=True)
class ReplayJob:
    """Have a parked job done after all."""

    id: str


@paged()
async def parked_jobs(info: Info, page: PageRequest) -> Page[ParkedJob]:
    return await jobs.parked_jobs(info.context.pool, page)


async def replay(info: Info, command: ReplayJob) -> bool:
    """Give the job back to the workers, with all of its attempts; NOT_FOUND unless it is parked."""
    is_number = command.id.isascii() and command.id.isdigit() and len(command.id) <= 18
    if not is_number or not await jobs.replay(info.context.pool, int(command.id)):
        raise refuse(ErrorCode.NOT_FOUND, "No such job is parked.", "id")
    return True
