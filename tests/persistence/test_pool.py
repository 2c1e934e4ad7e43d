"""Single statements on free connections, without what asyncpg does to lend one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from asyncpg.pool import Pool as LendingPool

from persistence.engine import open_pool
from persistence.statement import Pool

LONG = "SELECT pg_sleep(30)"


@pytest.fixture
async def single(worker_database_url: str) -> AsyncIterator[Pool]:
    """A pool of one connection."""
    pool = await open_pool(worker_database_url, min_size=1, max_size=1)
    yield pool
    pool.terminate()


async def backend_of(pool: Pool) -> int:
    found: int = await pool.fetchval("SELECT pg_backend_pid()")
    return found


@pytest.mark.parametrize("method", ["fetch", "fetchrow", "fetchval", "execute"])
async def test_a_free_connection_is_taken_without_being_lent(
    single: Pool, monkeypatch: pytest.MonkeyPatch, method: str
):
    async def lent(*_: Any, **__: Any) -> None:
        raise AssertionError("it was lent")

    monkeypatch.setattr(LendingPool, method, lent)

    assert await getattr(single, method)("SELECT 1")
    assert single.get_idle_size() == 1


async def test_a_prepared_statement_reads_rows_as_before(single: Pool):
    answers = [await single.fetch("SELECT $1::int AS number, $2::text AS word", 1, "one") for _ in range(3)]

    assert [[dict(row) for row in rows] for rows in answers] == [[{"number": 1, "word": "one"}]] * 3


async def test_a_prepared_statement_of_a_table_that_has_changed_is_prepared_anew(single: Pool):
    await single.execute("CREATE TABLE pg_temp.thing AS SELECT 1 AS number")
    before = [await single.fetch("SELECT * FROM pg_temp.thing") for _ in range(2)]

    await single.execute("ALTER TABLE pg_temp.thing ADD COLUMN word text DEFAULT 'one'")

    assert [tuple(row) for rows in before for row in rows] == [(1,), (1,)]
    assert [tuple(row) for row in await single.fetch("SELECT * FROM pg_temp.thing")] == [(1, "one")]
    assert single.get_idle_size() == 1


async def test_what_changes_within_a_transaction_is_prepared_anew_after_it(single: Pool):
    await single.execute("CREATE TABLE pg_temp.thing AS SELECT 1 AS number")
    read, change = "SELECT * FROM pg_temp.thing WHERE number = $1", "ALTER TABLE pg_temp.thing ADD COLUMN word text"

    async with single.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        before = await connection.fetch(read, 1)
        await connection.execute(change)
        with pytest.raises(asyncpg.InvalidCachedStatementError):
            await connection.fetch(read, 1)
        await transaction.rollback()
        await connection.execute(change)
        async with connection.transaction():
            after = await connection.fetch(read, 1)

    assert [tuple(row) for row in (*before, *after)] == [(1,), (1, None)]


async def test_a_connection_runs_one_statement_at_a_time(single: Pool):
    async with single.acquire() as connection:
        assert [await connection.fetchval("SELECT $1::int", number) for number in range(2)] == [0, 1]
        both = await asyncio.gather(
            *[connection.fetchval("SELECT $1::int", number) for number in range(2)], return_exceptions=True
        )

        assert both[0] == 0
        assert isinstance(both[1], asyncpg.InterfaceError)
        assert await connection.execute("SELECT $1::int", 2) == await connection.execute("SELECT $1::int", 3)


async def test_wrong_arguments_of_a_prepared_statement_are_an_error_of_their_own(single: Pool):
    await single.fetch("SELECT $1::int", 1)

    with pytest.raises(asyncpg.DataError):
        await single.fetch("SELECT $1::int", "one")
    with pytest.raises(asyncpg.InterfaceError):
        await single.fetch("SELECT $1::int", 1, 2)

    assert [row[0] for row in await single.fetch("SELECT $1::int", 2)] == [2]


async def test_one_that_is_not_there_yet_is_opened(worker_database_url: str):
    async with await open_pool(worker_database_url, min_size=0, max_size=2) as pool:
        assert await asyncio.gather(*[pool.fetchval("SELECT $1::int", number) for number in range(9)]) == [*range(9)]


async def test_an_error_leaves_the_connection_to_others(single: Pool):
    backend = await backend_of(single)

    with pytest.raises(asyncpg.DivisionByZeroError):
        await single.fetchval("SELECT 1 / 0")

    assert await backend_of(single) == backend
    assert single.get_idle_size() == 1


async def test_who_gives_up_leaves_the_connection_to_others(single: Pool):
    waiting = asyncio.create_task(single.fetch(LONG))
    await asyncio.sleep(0.05)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    async with asyncio.timeout(5):
        assert await single.fetchval("SELECT 1") == 1
    assert single.get_idle_size() == 1


async def test_a_connection_that_is_lost_is_replaced(single: Pool, pool: Pool):
    backend = await backend_of(single)
    waiting = asyncio.create_task(single.fetch(LONG))
    await asyncio.sleep(0.05)

    await pool.execute("SELECT pg_terminate_backend($1)", backend)

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await waiting
    assert await backend_of(single) != backend
    assert (single.get_size(), single.get_idle_size()) == (1, 1)


async def test_nothing_is_left_open_in_a_session(single: Pool, pool: Pool):
    backend = await backend_of(single)

    await single.execute("BEGIN")

    state = await pool.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", backend)
    assert state == "idle", "it is in no transaction"


async def test_a_connection_with_nothing_to_undo_goes_back_at_once(single: Pool, monkeypatch: pytest.MonkeyPatch):
    async def reset(*_: Any, **__: Any) -> None:
        raise AssertionError("it was taken back the long way")

    monkeypatch.setattr(LendingPool, "release", reset)

    for number in range(3):
        async with single.acquire() as connection, connection.transaction():
            assert await connection.fetchval("SELECT $1::int", number) == number

    assert single.get_idle_size() == 1
    with pytest.raises(asyncpg.InterfaceError, match="released back to the pool"):
        await connection.fetchval("SELECT 1")


@pytest.mark.parametrize("begin", ["BEGIN", "asyncpg"])
async def test_a_transaction_that_was_left_open_ends_when_its_connection_goes_back(
    single: Pool, pool: Pool, begin: str
):
    backend = await backend_of(single)
    connection = await single.acquire()
    if begin == "BEGIN":
        await connection.execute(begin)
    else:
        await connection.transaction().start()

    await single.release(connection)
    await single.release(connection)

    state = await pool.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", backend)
    assert (state, single.get_idle_size()) == ("idle", 1)


async def test_who_waits_for_a_connection_gets_it_before_later_statements(single: Pool):
    order: list[str] = []

    async def transact() -> None:
        async with single.acquire() as connection, connection.transaction():
            order.append("transaction")

    async def ask(number: int) -> None:
        await single.fetchval("SELECT pg_sleep(0.01)")
        order.append(f"statement {number}")

    first = asyncio.create_task(ask(0))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(transact())
    await asyncio.sleep(0)
    await asyncio.gather(first, waiting, *[ask(number) for number in range(1, 5)])

    assert order.index("transaction") == 1


async def test_closing_waits_for_what_runs(worker_database_url: str):
    pool = await open_pool(worker_database_url, min_size=1, max_size=1)
    running = asyncio.create_task(pool.fetchval("SELECT 7 FROM pg_sleep(0.1)"))
    await asyncio.sleep(0.02)

    await pool.close()

    assert await running == 7
