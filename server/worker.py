"""The worker: what goes on without anybody asking. Any number of them may run; each job is safe beside its like."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg
import structlog
from redis.exceptions import RedisError

from domain.shared.making import dataclass
from server.garbage import collect_from_now_on
from server.jobs.carts import tell_abandoned_carts
from server.jobs.checkouts import close_expired_checkouts, settle_payments
from server.jobs.gateways import forget_old_notices, reconcile
from server.jobs.housekeeping import forget_ended_sessions, forget_old_jobs, forget_old_keys
from server.jobs.indexing import count_words, find_outdated, index_changes, index_postponed, index_repriced
from server.jobs.orders import look_after_authorizations
from server.jobs.outside_index import push_changes, push_repriced
from server.jobs.queue import take_jobs
from server.jobs.relay import relay_events
from server.jobs.stock import serve_those_who_wait
from server.jobs.vendor_orders import reject_overdue_parts
from server.jobs.webhooks import deliver_webhooks, forget_old_deliveries
from server.settings import Settings
from server.wiring import Parts, open_parts
from server.worker_watch import JobWatch, watched

logger = structlog.get_logger(__name__)

TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, RedisError, OSError)
"""What passes: the database or Redis is away. A `TimeoutError` is an `OSError`."""
TROUBLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """`run` does a bounded amount of work and says whether there is more; it runs on news of `topic`, or `every`.

    After news it waits `gather_seconds` for more: to look costs much the same for one change as for ten.
    """

    name: str
    run: Callable[[Parts], Awaitable[bool]]
    every_seconds: float
    topic: str | None = None
    gather_seconds: float = 0.0


JOBS = (
    Job("relay", relay_events, 0.5, topic="outbox", gather_seconds=0.05),
    Job("indexing", index_changes, 1.0, topic="events", gather_seconds=0.2),
    Job("index_repriced", index_repriced, 2.0),
    Job("index_postponed", index_postponed, 5.0),
    Job("find_outdated", find_outdated, 3600.0),
    Job("count_words", count_words, 3600.0),
    Job("push_changes", push_changes, 1.0, topic="events", gather_seconds=0.2),
    Job("push_repriced", push_repriced, 2.0),
    Job("settle_payments", settle_payments, 2.0),
    Job("close_expired_checkouts", close_expired_checkouts, 5.0),
    Job("tell_abandoned_carts", tell_abandoned_carts, 60.0),
    Job("reject_overdue_parts", reject_overdue_parts, 30.0),
    Job("serve_those_who_wait", serve_those_who_wait, 15.0),
    Job("look_after_authorizations", look_after_authorizations, 300.0),
    Job("reconcile", reconcile, 60.0),
    Job("forget_old_notices", forget_old_notices, 3600.0),
    Job("forget_old_keys", forget_old_keys, 3600.0),
    Job("forget_ended_sessions", forget_ended_sessions, 3600.0),
    Job("forget_old_jobs", forget_old_jobs, 3600.0),
    Job("forget_old_deliveries", forget_old_deliveries, 3600.0),
)


async def work(settings: Settings, ready: Callable[[], None] = lambda: None) -> None:
    """Do all jobs until SIGTERM or SIGINT; what is under way then is finished first."""
    async with open_parts(settings) as parts:
        await _know_facts(parts)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        async with watched(parts, stop.is_set) as watch:
            ready()
            collect_from_now_on()
            logger.info("worker_started")
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(take_jobs(parts, stop, watch))
                tasks.create_task(deliver_webhooks(parts, stop, watch))
                for job in JOBS:
                    tasks.create_task(repeat(job, parts, stop, watch))
        logger.info("worker_stopped")


async def _know_facts(parts: Parts) -> None:
    """Read what all jobs take for granted, as soon as the database lets us."""
    while True:
        try:
            await parts.services.reference.facts()
        except TROUBLE as error:
            logger.warning("job_troubled", job="reference", error=type(error).__name__)
            await asyncio.sleep(TROUBLE_SECONDS)
        else:
            return


async def repeat(job: Job, parts: Parts, stop: asyncio.Event, watch: JobWatch) -> None:
    """Run a job over and over; trouble is logged and the job tried again."""
    woken = asyncio.Event()
    listening = asyncio.create_task(_listen(job, parts, woken)) if job.topic else None
    try:
        while not stop.is_set():
            woken.clear()
            try:
                has_more = await watch.run(job.name, partial(job.run, parts))
            except TROUBLE as error:
                logger.warning("job_troubled", job=job.name, error=type(error).__name__)
                await _first(stop, seconds=TROUBLE_SECONDS)
                continue
            except Exception:
                logger.exception("job_failed", job=job.name)
                await _first(stop, seconds=TROUBLE_SECONDS)
                continue
            if not has_more:
                await _first(stop, woken, seconds=job.every_seconds)
                if woken.is_set():
                    await _first(stop, seconds=job.gather_seconds)
    finally:
        if listening is not None:
            listening.cancel()


async def _listen(job: Job, parts: Parts, woken: asyncio.Event) -> None:
    assert job.topic is not None
    async for _ in parts.news.of(job.topic):
        woken.set()


async def _first(*events: asyncio.Event, seconds: float) -> None:
    """Wait for any of the events, at most so long."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
