"""What the use cases of webhooks need from outside."""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Protocol

from domain.shared.actor import Actor
from domain.shared.ids import VendorId, WebhookDeliveryId, WebhookId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction
from domain.webhooks.model import Webhook, WebhookDelivery


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A signing secret: `text` for whoever receives, `sealed` for us to keep."""

    text: str = field(repr=False)
    sealed: bytes = field(repr=False)


class SecretMaker(Protocol):
    def new_secret(self) -> NewSecret: ...


class Documents(Protocol):
    async def problems(self, document: str, actor: Actor) -> Sequence[str]:
        """What is wrong with a document that shapes payloads for the actor: a sentence each."""
        ...


class WebhookRepository(Protocol):
    async def lock(self, webhook_id: WebhookId) -> Webhook | None: ...

    async def count(self, vendor_id: VendorId | None) -> int:
        """How many the vendor has, or the platform."""
        ...

    async def add(self, webhook: Webhook, *, behind: int) -> None:
        """One that is told what stands in the log behind a position, and what comes."""
        ...

    async def save(self, webhook: Webhook, *, behind: int | None = None) -> None:
        """One that is paused is behind the log from the position `behind` on, unless it was behind before.

        When it is enabled again it is told what stands in the log from there on, unless it was told.
        """
        ...

    async def remove(self, webhook_id: WebhookId) -> None:
        """The webhook with its secrets and the log of its deliveries."""
        ...

    async def tell_again(self, webhook_id: WebhookId, *, after: int, until: int) -> None:
        """Have it be told what stands in the log behind a position, and up to `until` even if it was told."""
        ...

    async def go_on(self, webhook_id: WebhookId, now: datetime) -> None:
        """Have what waits be delivered from now on, each as if it was never tried."""
        ...

    async def wake(self, webhook_id: WebhookId, now: datetime) -> None:
        """Have the workers look at it."""
        ...

    async def add_secret(self, webhook_id: WebhookId, sealed: bytes, now: datetime) -> None: ...

    async def end_secrets(self, webhook_id: WebhookId, at: datetime) -> None:
        """Sign by the present secrets until then alone, and by the newest two of them."""
        ...

    async def add_delivery(self, delivery: WebhookDelivery) -> None: ...

    async def waiting_pings(self, webhook_id: WebhookId) -> int: ...

    async def lock_delivery(self, delivery_id: WebhookDeliveryId) -> WebhookDelivery | None: ...

    async def put_in_line(self, delivery_id: WebhookDeliveryId, now: datetime) -> None:
        """Have it delivered, again if it was, as if it was never tried."""
        ...


class UnitOfWork(Transaction, Protocol):
    """The webhooks of the platform and of vendors."""

    @property
    def webhooks(self) -> WebhookRepository: ...
