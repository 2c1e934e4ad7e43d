"""Delivering what is due.

A webhook is one worker's at a time, for a bounded while. Events of one subject go one after another, those of several
subjects side by side. With the first failure the round ends; after it one delivery at a time is tried, until one
succeeds. No transaction is open while a receiver is asked, so that a crash leaves deliveries waiting, to be sent again
under the same id when the claim has ended.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from domain.shared.actor import Actor
from domain.shared.events import Event, EventType
from domain.shared.making import dataclass
from domain.webhooks.delivering.ports import Claim, Courier, InvalidDocumentError, NotPreparedError
from domain.webhooks.model import (
    Webhook,
    WebhookDelivery,
    WebhookOutcome,
    WebhookPauseReason,
    WebhookState,
    rights,
)
from domain.webhooks.retrying import Answer, judged
from domain.webhooks.signing import headers_of

BATCH = 100
"""Deliveries of one webhook that a round looks at."""
AT_ONCE = 8
"""Requests to one webhook that are under way together."""
ROUND = timedelta(seconds=20)
"""After which a round begins no more requests."""
CLAIM = timedelta(seconds=90)
"""For how long a webhook is one worker's: a round, and the longest that its last requests may take."""


async def serve(claim: Claim, courier: Courier) -> None:
    """One round for a webhook: catch up with the log, then send what is due."""
    webhook = claim.webhook
    try:
        actor = rights(webhook, await courier.owners.present(webhook.owner_id))
        if actor is None:
            await _pause(webhook, WebhookPauseReason.NOT_ALLOWED, courier)
            return
        await courier.desk.catch_up(webhook.id, now=courier.now())
        limit = 1 if webhook.failures else BATCH
        due = await courier.desk.due(webhook.id, now=courier.now(), limit=limit)
        await _Round(claim, actor, courier, courier.now() + ROUND).go(due)
    finally:
        await courier.desk.release(claim, now=courier.now())


@dataclass(slots=True)
class _Round:
    """Requests to one webhook; `is_over` once nothing more shall be sent in it."""

    claim: Claim
    actor: Actor
    courier: Courier
    ends_at: datetime
    is_over: bool = False
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @property
    def webhook(self) -> Webhook:
        return self.claim.webhook

    async def go(self, due: Iterable[WebhookDelivery]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for lane in _lanes(due):
                tasks.create_task(self._along(lane))

    async def _along(self, lane: Sequence[WebhookDelivery]) -> None:
        async with self.places:
            for delivery in lane:
                if self._is_over():
                    return
                await self._deliver(delivery)

    def _is_over(self) -> bool:
        return self.is_over or self.courier.is_stopping() or self.courier.now() >= self.ends_at

    async def _deliver(self, delivery: WebhookDelivery) -> None:
        began = self.courier.now()
        try:
            answer = await self._answer(delivery, began)
        except InvalidDocumentError:
            self.is_over = True
            await _pause(self.webhook, WebhookPauseReason.DOCUMENT_INVALID, self.courier)
            return
        if answer is None:
            await self.courier.desk.withhold(delivery, now=began)
            return
        await self._follow(delivery, answer)

    async def _answer(self, delivery: WebhookDelivery, now: datetime) -> Answer | None:
        """What came of it; None if the event is not for the owner."""
        courier = self.courier
        try:
            secrets = [courier.seal.opened(sealed) for sealed in self.claim.sealed_secrets]
            body = await courier.renderer.payload(self.webhook, delivery, self.actor, now=now)
        except NotPreparedError as error:
            return Answer(WebhookOutcome.NOT_PREPARED, response=str(error))
        except LookupError:
            return Answer(WebhookOutcome.NOT_PREPARED, response="The key is missing that secrets are sealed by.")
        if body is None:
            return None
        headers = headers_of(delivery.id, body, secrets, now)
        is_trusted = self.webhook.vendor_id is None
        return await courier.sender.post(self.webhook.url, headers, body, is_trusted=is_trusted)

    async def _follow(self, delivery: WebhookDelivery, answer: Answer) -> None:
        courier, now = self.courier, self.courier.now()
        verdict = judged(self.webhook, delivery, answer, now, chance=courier.chance())
        if verdict.held_until or verdict.pause:
            self.is_over = True
        await courier.desk.note(delivery, answer, verdict, now=now)
        courier.told(delivery, answer)
        if verdict.pause:
            await _pause(self.webhook, verdict.pause, courier)


async def _pause(webhook: Webhook, reason: WebhookPauseReason, courier: Courier) -> None:
    """Send nothing until somebody resumes it, and tell the log; nothing if it is paused, or gone, already."""
    position, now = await courier.desk.position(), courier.now()
    async with courier.unit_of_work() as uow:
        found = await uow.webhooks.lock(webhook.id)
        if found is None or found.state is WebhookState.PAUSED:
            return
        await uow.webhooks.save(found.paused(reason, now), behind=position)
        changes = {"pauseReason": {"old": None, "new": reason.value}}
        uow.record(Event(EventType.WEBHOOK_PAUSED, webhook.id, vendor_id=webhook.vendor_id, changes=changes))
        await uow.commit()


def _lanes(due: Iterable[WebhookDelivery]) -> Iterable[Sequence[WebhookDelivery]]:
    """The deliveries of each subject, in their order; a ping waits for none."""
    lanes: dict[str, list[WebhookDelivery]] = defaultdict(list)
    for delivery in due:
        lanes[delivery.subject_id or delivery.id].append(delivery)
    return lanes.values()
