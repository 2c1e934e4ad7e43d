"""What every unit of work has, whatever it holds beside."""

from typing import Protocol, Self

from domain.shared.actor import Actor
from domain.shared.events import Event
from domain.shared.idempotency import Idempotency
from domain.shared.ids import NewId
from domain.shared.jobs import Job


class Transaction(Protocol):
    """One transaction: kept by `commit`, undone if the block is left before it. May be entered again for another.

    Each context's `UnitOfWork` adds the repositories that its use cases work with.
    """

    actor: Actor
    new_id: NewId

    @property
    def idempotency(self) -> Idempotency: ...

    def record(self, *events: Event) -> None:
        """Facts to be written when the transaction commits."""
        ...

    def enqueue(self, *jobs: Job) -> None:
        """What the workers are to do after the commit, or when it is due."""
        ...

    def tell(self, *topics: str) -> None:
        """Ids whose listeners are woken after the commit."""
        ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc: object) -> None: ...
    async def commit(self) -> None: ...
