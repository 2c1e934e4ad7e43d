"""What delivering needs from outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Protocol

from domain.shared.actor import Actor
from domain.shared.ids import WebhookId
from domain.shared.making import dataclass
from domain.webhooks.model import Webhook, WebhookDelivery
from domain.webhooks.ports import UnitOfWork
from domain.webhooks.retrying import Answer, Verdict


class NotPreparedError(Exception):
    """The payload cannot be made just now, which is not the receiver's fault."""


class InvalidDocumentError(Exception):
    """The document that shapes payloads does not hold by the present schema."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A webhook that is one worker's until a moment; `sealed_secrets` are those that sign, the newest first."""

    webhook: Webhook
    until: datetime
    sealed_secrets: tuple[bytes, ...] = field(repr=False)


class Desk(Protocol):
    """What waits to be delivered. Each call is a short transaction of its own."""

    async def claim(self, *, now: datetime, until: datetime, limit: int) -> Sequence[Claim]:
        """Webhooks with something due that nobody is at, those first that were looked at longest ago."""
        ...

    async def catch_up(self, webhook_id: WebhookId, *, now: datetime) -> None:
        """Put in line some of the events that the webhook is behind with, unless enough wait already."""
        ...

    async def due(self, webhook_id: WebhookId, *, now: datetime, limit: int) -> Sequence[WebhookDelivery]:
        """What is to be sent by now, in the order of the log."""
        ...

    async def note(self, delivery: WebhookDelivery, answer: Answer, verdict: Verdict, *, now: datetime) -> None:
        """Keep an attempt and what follows from it, unless the delivery is gone by now."""
        ...

    async def withhold(self, delivery: WebhookDelivery, *, now: datetime) -> None:
        """End a delivery that is not for the webhook's owner."""
        ...

    async def release(self, claim: Claim, *, now: datetime) -> None:
        """Let others at the webhook, as soon as something is due."""
        ...

    async def position(self) -> int:
        """Up to where webhooks were told of the log."""
        ...


class Owners(Protocol):
    async def present(self, owner_id: str) -> Actor | None:
        """What the customer or API key may do by now; None if there is no such one any more."""
        ...


class Renderer(Protocol):
    async def payload(
        self, webhook: Webhook, delivery: WebhookDelivery, actor: Actor, *, now: datetime
    ) -> bytes | None:
        """The body of a request, as the actor may see it; None if the actor may not see the event.

        Raises NotPreparedError or InvalidDocumentError.
        """
        ...


class Sender(Protocol):
    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, is_trusted: bool) -> Answer:
        """What came of the request, whatever it was; `is_trusted` lets it reach networks of our own."""
        ...


class Seal(Protocol):
    def opened(self, sealed: bytes) -> str:
        """A secret that was sealed; a LookupError if the key is not here that it was sealed by."""
        ...


@dataclass(frozen=True, slots=True)
class Courier:
    """All that delivering works with.

    `chance` answers 0 to 1; `told` hears of every attempt; once `is_stopping`, no request is begun any more.
    """

    desk: Desk
    owners: Owners
    renderer: Renderer
    sender: Sender
    seal: Seal
    unit_of_work: Callable[[], UnitOfWork]
    now: Callable[[], datetime]
    chance: Callable[[], float]
    told: Callable[[WebhookDelivery, Answer], None]
    is_stopping: Callable[[], bool]
