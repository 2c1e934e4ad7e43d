"""Doing the jobs that transactions left behind, through pgqueuer.

A job that fails is tried again, later each time, and parked in the end, where staff sees it and can replay it. Any
number of workers take from the queue; one that dies in the middle leaves its job to the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel
from pgqueuer.models import Job as QueuedJob

from domain.shared.jobs import Job, JobKind
from persistence.jobs import CHANNEL, SCHEMA, enqueue
from server.jobs.awaited import expire_order, issue_sold_gift_cards
from server.jobs.checkouts import settle_payment
from server.jobs.deriving import derive_prices
from server.jobs.digital import deliver_downloads
from server.jobs.documents import print_document, write_invoice
from server.jobs.gateways import observe_gateway_event
from server.jobs.orders import carry_out_operation, settle_order, settle_return
from server.jobs.outside_index import index_market_everywhere, push_products
from server.jobs.stock import give_stock
from server.wiring import Parts
from server.worker_watch import JobWatch

logger = structlog.get_logger(__name__)

type Handler = Callable[[Parts, str], Awaitable[datetime | None]]
"""Does what is to be done about a subject, harmlessly again; answers when to look at it anew, if at all."""

HANDLERS: Mapping[JobKind, Handler] = {
    JobKind.ISSUE_INVOICE: write_invoice,
    JobKind.PRINT_DOCUMENT: print_document,
    JobKind.ISSUE_GIFT_CARDS: issue_sold_gift_cards,
    JobKind.EXPIRE_ORDER: expire_order,
    JobKind.SETTLE_PAYMENT: settle_payment,
    JobKind.CARRY_OUT_OPERATION: carry_out_operation,
    JobKind.ALLOCATE_STOCK: give_stock,
    JobKind.DELIVER_DIGITAL: deliver_downloads,
    JobKind.SETTLE_ORDER: settle_order,
    JobKind.SETTLE_RETURN: settle_return,
    JobKind.OBSERVE_GATEWAY_EVENT: observe_gateway_event,
    JobKind.DERIVE_PRICES: derive_prices,
    JobKind.INDEX_MARKET: index_market_everywhere,
    JobKind.PUSH_PRODUCTS: push_products,
}

ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=15)
AT_ONCE = 10
HEARTBEAT = timedelta(seconds=30)
"""A job whose worker was not heard of for so long is somebody else's."""
TROUBLE_SECONDS = 1.0

_EXECUTOR = partial(
    DatabaseRetryEntrypointExecutor, max_attempts=ATTEMPTS, initial_delay=FIRST_PAUSE, max_delay=LONGEST_PAUSE
)


async def take_jobs(
    parts: Parts, stop: asyncio.Event, watch: JobWatch, handlers: Mapping[JobKind, Handler] = HANDLERS
) -> None:
    """Do jobs until `stop`; what is under way then is finished first. A lost connection is made anew, at once."""
    while not stop.is_set():
        try:
            await _take(parts, stop, watch, handlers)
        except Exception as error:  # noqa: BLE001 - whatever it was, the queue must be taken from again
            logger.warning("queue_troubled", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TROUBLE_SECONDS)


async def _take(parts: Parts, stop: asyncio.Event, watch: JobWatch, handlers: Mapping[JobKind, Handler]) -> None:
    connection = await asyncpg.connect(parts.settings.database_url)
    stopping = asyncio.create_task(stop.wait())
    try:
        queue = _queue(connection)
        for kind, handler in handlers.items():
            queue.entrypoint(kind.value, on_failure="hold", executor_factory=_EXECUTOR, accepts_context=False)(
                partial(_work, kind, handler, parts, watch)
            )
        stopping.add_done_callback(lambda _: queue.shutdown.set())
        # Left to itself, a queue that waits for news on a lost connection notices half a minute later.
        connection.add_termination_listener(lambda _: queue.shutdown.set())
        await queue.run(batch_size=AT_ONCE, heartbeat_timeout=HEARTBEAT, shutdown_on_listener_failure=True)
        if connection.is_closed():
            raise ConnectionResetError
    finally:
        stopping.cancel()
        await connection.close()


def _queue(connection: "asyncpg.Connection[asyncpg.Record]") -> QueueManager:
    """On a connection of its own, since pgqueuer brings its own form of JSON."""
    settings = DBSettings(db_schema=SCHEMA, channel=Channel(CHANNEL))
    queries = Queries(
        AsyncpgDriver(connection),
        QueryBuilderEnvironment(settings),
        QueryQueueBuilder(settings),
        QuerySchedulerBuilder(settings),
    )
    return QueueManager(queries, Channel(CHANNEL))


async def _work(kind: JobKind, handler: Handler, parts: Parts, watch: JobWatch, queued: QueuedJob) -> None:
    subject = (queued.payload or b"").decode()
    try:
        again = await watch.run(kind.value, partial(handler, parts, subject))
    except Exception:
        logger.exception("job_failed", job=kind.value, subject=subject, attempt=queued.attempts + 1)
        raise
    if again is not None:
        async with parts.pool.acquire() as connection:
            await enqueue(connection, [Job(kind, subject, again)])
