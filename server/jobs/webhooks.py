"""Posting events to integrators.

Any number of workers may do so: the log is read by one at a time, and each webhook is served by one at a time. A slow
receiver takes up one place, and for a bounded while, so that others are served beside it.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from ipaddress import ip_network

import asyncpg
import structlog

from domain.webhooks.delivering.ports import Claim, Courier, Sender
from domain.webhooks.delivering.usecases import CLAIM, serve
from domain.webhooks.model import WebhookDelivery
from domain.webhooks.retrying import Answer
from integrations.webhooks.sender import HttpSender
from persistence.outbox import EVENTS
from persistence.webhooks.desk import Desk, forget_deliveries
from persistence.webhooks.fanning import fan_out
from server.jobs.checkouts import unit_of_work
from server.settings import Settings
from server.webhook_payloads import payloads
from server.wiring import Parts
from server.worker_watch import JobWatch

logger = structlog.get_logger(__name__)

PLACES = 32
"""How many webhooks one worker serves at once."""
LOOK_SECONDS = 1.0
"""News wakes sooner; what is to be tried again is found by looking."""
GATHER_SECONDS = 0.1
"""For how long news are let come together: a busy log has some for each commit, and one look serves them all."""
TROUBLE_SECONDS = 1.0
KEPT = timedelta(days=30)
BATCH = 5_000


async def deliver_webhooks(parts: Parts, stop: asyncio.Event, watch: JobWatch, *, places: int = PLACES) -> None:
    """Deliver until `stop`; what is under way then is finished first."""
    async with sender_of(parts.settings) as sender, asyncio.TaskGroup() as tasks:
        office = Office(parts, sender, watch, tasks, stop.is_set, places)
        async with _waking(parts, stop, office.woken):
            while not stop.is_set():
                office.woken.clear()
                if not await _looked(office):
                    with suppress(TimeoutError):
                        await asyncio.wait_for(office.woken.wait(), LOOK_SECONDS)
                    await asyncio.sleep(0 if stop.is_set() else GATHER_SECONDS)


class Office:
    """Begins a round for each webhook with something due, in as many places as there are."""

    def __init__(
        self,
        parts: Parts,
        sender: Sender,
        watch: JobWatch,
        tasks: asyncio.TaskGroup,
        is_stopping: Callable[[], bool],
        places: int = PLACES,
    ) -> None:
        self.woken = asyncio.Event()
        self._parts = parts
        self._sender = sender
        self._watch = watch
        self._tasks = tasks
        self._is_stopping = is_stopping
        self._free = places
        self._courier: Courier | None = None

    async def look(self) -> bool:
        """Put the next events in line, and begin rounds; whether there may be more to do at once."""
        now = self._parts.services.now()
        has_more = await fan_out(self._parts.pool, now=now)
        if not self._free:
            return False
        claims = await Desk(self._parts.pool).claim(now=now, until=now + CLAIM, limit=self._free)
        for claim in claims:
            self._free -= 1
            self._tasks.create_task(self._round(claim))
        return has_more

    async def _round(self, claim: Claim) -> None:
        try:
            await self._watch.run("webhook_round", partial(self._serve, claim))
        except Exception:
            logger.exception("webhook_round_failed", webhook_id=claim.webhook.id)
            await asyncio.sleep(TROUBLE_SECONDS)
        finally:
            self._free += 1
            self.woken.set()

    async def _serve(self, claim: Claim) -> None:
        if self._courier is None:
            self._courier = await courier_of(self._parts, self._sender, self._watch, self._is_stopping)
        await serve(claim, self._courier)


async def courier_of(
    parts: Parts, sender: Sender, watch: JobWatch, is_stopping: Callable[[], bool] = lambda: False
) -> Courier:
    """All that delivering works with. What makes payloads imports the schema, aside from the event loop."""
    assert parts.seal is not None, "whoever delivers has what opens secrets"
    return Courier(
        desk=Desk(parts.pool),
        owners=parts.authenticator,
        renderer=await asyncio.to_thread(payloads, parts.services),
        sender=sender,
        seal=parts.seal,
        unit_of_work=partial(unit_of_work, parts),
        now=parts.services.now,
        chance=random.random,
        told=partial(_told, watch),
        is_stopping=is_stopping,
    )


def sender_of(settings: Settings) -> HttpSender:
    networks = tuple(map(ip_network, settings.commerce_webhook_networks))
    return HttpSender(networks, is_lenient=settings.commerce_webhook_anywhere)


async def forget_old_deliveries(parts: Parts) -> bool:
    """What was delivered or given up long ago, with the attempts at it."""
    now = parts.services.now()
    return await forget_deliveries(parts.pool, ended_before=now - KEPT, now=now, limit=BATCH) == BATCH


async def _looked(office: Office) -> bool:
    """The same as `look`, whatever happens."""
    try:
        return await office.look()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        logger.warning("job_troubled", job="webhooks", error=type(error).__name__)
    except Exception:
        logger.exception("job_failed", job="webhooks")
    await asyncio.sleep(TROUBLE_SECONDS)
    return False


@asynccontextmanager
async def _waking(parts: Parts, stop: asyncio.Event, woken: asyncio.Event) -> AsyncIterator[None]:
    """Set `woken` at news of the log and at the stop, while the block lasts."""

    async def at_news() -> None:
        async for _ in parts.news.of(EVENTS):
            woken.set()

    async def at_stop() -> None:
        await stop.wait()
        woken.set()

    waking = [asyncio.create_task(at_news()), asyncio.create_task(at_stop())]
    try:
        yield
    finally:
        for task in waking:
            task.cancel()


def _told(watch: JobWatch, delivery: WebhookDelivery, answer: Answer) -> None:
    watch.attempted(answer.outcome.value, answer.milliseconds / 1000)
    logger.info(
        "webhook_attempted",
        webhook_id=delivery.webhook_id,
        delivery_id=delivery.id,
        outcome=answer.outcome.value,
        status_code=answer.status_code,
        milliseconds=answer.milliseconds,
    )
