"""What a transaction leaves to the workers is done once it has committed, when it is due, and until it succeeds."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from domain.shared.actor import GUEST
from domain.shared.jobs import Job, JobKind
from persistence.statement import Pool
from server.jobs.queue import ATTEMPTS, HANDLERS, Handler, take_jobs
from server.settings import Settings
from server.wiring import Parts
from server.worker_watch import JobWatch
from tests.factories.listening import make_listener
from tests.factories.orders import make_shop, staff, unit_of_work

KIND = JobKind.SETTLE_PAYMENT
SOON = 15.0
WHILE = 0.5


class Done:
    """A handler that notes its subjects, and fails while it is told to."""

    def __init__(self) -> None:
        self.subjects: asyncio.Queue[str] = asyncio.Queue()
        self.is_broken = False
        self.again: datetime | None = None

    async def __call__(self, _parts: Parts, subject: str) -> datetime | None:
        if self.is_broken:
            raise ZeroDivisionError("nothing to divide by")
        self.subjects.put_nowait(subject)
        again, self.again = self.again, None
        return again

    async def next(self) -> str:
        async with asyncio.timeout(SOON):
            return await self.subjects.get()

    async def is_quiet(self) -> bool:
        await asyncio.sleep(WHILE)
        return self.subjects.empty()


@pytest.fixture
def done() -> Done:
    return Done()


@pytest.fixture
def parts(pool: Pool, worker_database_url: str) -> Parts:
    absent: Any = None
    settings = Settings(database_url=worker_database_url)
    return Parts(settings, pool, absent, absent, absent, absent, absent)


@asynccontextmanager
async def worker(parts: Parts, done: Done) -> AsyncIterator[None]:
    stop = asyncio.Event()
    handlers: Mapping[JobKind, Handler] = {KIND: done}
    taking = asyncio.create_task(take_jobs(parts, stop, JobWatch(parts, CollectorRegistry()), handlers))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(SOON):
            await taking


async def leave(pool: Pool, *jobs: Job, commit: bool = True) -> None:
    async with unit_of_work(pool, GUEST) as uow:
        uow.enqueue(*jobs)
        if commit:
            await uow.commit()


async def until(question: str, answer: Any, pool: Pool) -> None:
    async with asyncio.timeout(SOON):
        while await pool.fetchval(question) != answer:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)


def test_every_kind_of_job_has_a_handler():
    assert set(HANDLERS) == set(JobKind)


async def test_a_job_is_done_once_after_the_commit_and_never_after_a_rollback(pool: Pool, parts: Parts, done: Done):
    await leave(pool, Job(KIND, "undone"), commit=False)
    async with worker(parts, done):
        await leave(pool, Job(KIND, "payment_1"))

        assert await done.next() == "payment_1"
        assert await done.is_quiet()
        await until("SELECT count(*) FROM queue.pgqueuer", 0, pool)


async def test_a_job_waits_until_it_is_due_and_for_one_instant_is_written_once(pool: Pool, parts: Parts, done: Done):
    due = datetime.now(UTC) + timedelta(seconds=2)
    for _ in range(2):
        await leave(pool, Job(KIND, "payment_1", due), Job(KIND, "payment_2", due + timedelta(hours=1)))
    async with worker(parts, done):
        assert await done.next() == "payment_1"
        assert datetime.now(UTC) >= due
        assert await done.is_quiet()


async def test_a_handler_can_ask_to_look_again_later(pool: Pool, parts: Parts, done: Done):
    done.again = datetime.now(UTC) + timedelta(milliseconds=300)
    async with worker(parts, done):
        await leave(pool, Job(KIND, "payment_1"))

        assert [await done.next(), await done.next()] == ["payment_1", "payment_1"]


async def test_a_job_that_fails_is_tried_again_later(pool: Pool, parts: Parts, done: Done):
    done.is_broken = True
    async with worker(parts, done):
        await leave(pool, Job(KIND, "payment_1"))
        await until("SELECT max(attempts) FROM queue.pgqueuer", 1, pool)
        done.is_broken = False

        assert await done.next() == "payment_1"


async def test_a_job_that_keeps_failing_is_parked_and_staff_sees_and_replays_it(pool: Pool, parts: Parts, done: Done):
    await make_shop(pool, offers=1)
    client = make_listener(pool, staff("jobs:read", "jobs:write"))
    parked = "{ admin { parkedJobs { totalCount nodes { id kind subject error } } } }"
    replay = "mutation ($id: ID!) { jobReplay(input: {id: $id}) { isQueued errors { code } } }"
    done.is_broken = True
    async with worker(parts, done):
        await leave(pool, Job(KIND, "payment_later", datetime.now(UTC) + timedelta(milliseconds=200)))
        await pool.execute("UPDATE queue.pgqueuer SET attempts = $1", ATTEMPTS)
        await until("SELECT status::text FROM queue.pgqueuer", "failed", pool)

        found = (await client.ask(parked))["admin"]["parkedJobs"]
        (job,) = found["nodes"]
        done.is_broken = False
        answers = [(await client.ask(replay, id=job["id"]))["jobReplay"] for _ in range(2)]

        assert await done.next() == "payment_later"
    assert found["totalCount"] == 1
    assert (job["kind"], job["subject"]) == ("SETTLE_PAYMENT", "payment_later")
    assert job["error"] == "ZeroDivisionError: nothing to divide by"
    assert answers == [
        {"isQueued": True, "errors": []},
        {"isQueued": None, "errors": [{"code": "NOT_FOUND"}]},
    ]


async def test_a_parked_job_of_another_release_is_left_to_that_release(pool: Pool):
    await make_shop(pool, offers=1)
    client = make_listener(pool, staff("jobs:read", "jobs:write"))
    await leave(pool, Job(KIND, "payment_1"), Job(KIND, "payment_2"))
    await pool.execute("UPDATE queue.pgqueuer SET status = 'failed'")
    await pool.execute("UPDATE queue.pgqueuer SET entrypoint = 'other' WHERE payload = 'payment_1'")

    found = (await client.ask("{ admin { parkedJobs { totalCount nodes { subject } } } }"))["admin"]["parkedJobs"]

    assert found == {"totalCount": 1, "nodes": [{"subject": "payment_2"}]}


async def test_the_job_of_a_worker_that_died_is_taken_over(pool: Pool, parts: Parts, done: Done):
    await leave(pool, Job(KIND, "payment_1"))
    await pool.execute(
        "UPDATE queue.pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid(),"
        " heartbeat = now() - interval '1 hour', updated = now() - interval '1 hour'"
    )
    async with worker(parts, done):
        assert await done.next() == "payment_1"


@pytest.mark.parametrize("waits", [True, False])
async def test_a_queue_whose_connection_is_cut_is_taken_from_again_at_once(
    pool: Pool, parts: Parts, done: Done, waits: bool
):
    async with worker(parts, done):
        await leave(pool, Job(KIND, "payment_1"))
        assert await done.next() == "payment_1"
        if waits:
            await until("SELECT count(*) FROM queue.pgqueuer", 0, pool)
            assert await done.is_quiet()
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE '%pgqueuer%' AND pid <> pg_backend_pid()"
            " AND application_name <> 'global-commerce'"
        )
        await leave(pool, Job(KIND, "payment_2"))

        assert await done.next() == "payment_2"
