"""Failures of a real PostgreSQL that pass, and those that do not."""

import asyncio
from typing import Any

import asyncpg
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from execution import AdmittedOperation, ErrorWriter, Executor, Fault, Service
from persistence.faults import is_retryable
from persistence.statement import Pool
from server.graphql_drain import Drain
from server.graphql_routes import graphql_routes
from tests.execution.toy import make_schema

LOCK = "SELECT name FROM log WHERE name = $1 FOR UPDATE"
CHANGE = "UPDATE log SET position = position + 1 WHERE name = $1"


async def rows(pool: Pool, *names: str) -> None:
    for name in names:
        await pool.execute("INSERT INTO log (name, position) VALUES ($1, 0)", name)


async def failure_of(act: Any) -> BaseException:
    with pytest.raises(Exception) as caught:
        await act
    return caught.value


async def asked(connection: Any) -> None:
    await connection.fetchval("SELECT 1")


async def test_a_wait_for_a_lock_that_was_too_long_passes(pool: Pool):
    await rows(pool, "one")
    async with pool.acquire() as holder, pool.acquire() as waiter, holder.transaction():
        await holder.execute(LOCK, "one")
        async with waiter.transaction():
            await waiter.execute("SET LOCAL lock_timeout = '50ms'")
            error = await failure_of(waiter.execute(LOCK, "one"))

    assert (type(error), is_retryable(error)) == (asyncpg.LockNotAvailableError, True)


async def test_the_victim_of_a_deadlock_passes(pool: Pool):
    await rows(pool, "one", "two")

    async def both(first: str, second: str, met: asyncio.Barrier) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(LOCK, first)
            await met.wait()
            await connection.execute(LOCK, second)

    met = asyncio.Barrier(2)
    found = await asyncio.gather(both("one", "two", met), both("two", "one", met), return_exceptions=True)

    (victim,) = [error for error in found if error is not None]
    assert (type(victim), is_retryable(victim)) == (asyncpg.DeadlockDetectedError, True)


async def test_a_transaction_that_cannot_be_serialized_passes(pool: Pool):
    await rows(pool, "one")
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        await connection.fetchval("SELECT count(*) FROM log")
        await pool.execute(CHANGE, "one")
        error = await failure_of(connection.execute(CHANGE, "one"))

    assert (type(error), is_retryable(error)) == (asyncpg.SerializationError, True)


async def test_a_connection_that_the_database_ends_passes_also_for_what_comes_after(pool: Pool):
    async with pool.acquire() as connection:
        await pool.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
        errors = [await failure_of(asked(connection)) for _ in range(2)]

    assert [is_retryable(error) for error in errors] == [True, True]


async def test_a_database_that_is_not_there_passes(tmp_path):
    refused = await failure_of(asyncpg.connect("postgresql://nobody@127.0.0.1:1/nowhere"))
    no_socket = await failure_of(asyncpg.connect(host=str(tmp_path), user="nobody", database="nowhere"))

    assert [is_retryable(error) for error in (refused, no_socket)] == [True, True]


async def test_what_our_own_mistakes_raise_does_not_pass(pool: Pool, tmp_path):
    await rows(pool, "one")

    twice = await failure_of(rows(pool, "one"))
    wrong = await failure_of(pool.execute("SELECT nothing"))
    async with pool.acquire() as connection:
        first = asyncio.create_task(connection.execute("SELECT pg_sleep(0.05)"))
        await asyncio.sleep(0)
        busy = await failure_of(connection.execute("SELECT 1"))
        await first
    missing = await failure_of(asyncio.to_thread((tmp_path / "nothing").read_text))

    assert [is_retryable(error) for error in (twice, wrong, busy, missing, KeyError("x"))] == [False] * 5


async def test_a_request_that_could_not_begin_is_answered_503_with_when_to_ask_again():
    faults: list[Fault] = []

    async def make_context(connection: HTTPConnection, admitted: AdmittedOperation) -> Any:
        await asyncpg.connect("postgresql://nobody@127.0.0.1:1/nowhere")

    executor = Executor(make_schema(), errors=ErrorWriter(faults.append, lambda: "trace", retryable=is_retryable))
    app = Starlette(routes=graphql_routes(Service(executor, make_context), Drain()))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://shop") as client:
        answer = await client.post("/graphql", json={"query": "{ hello }"})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["SERVICE_UNAVAILABLE"]
    assert "data" not in answer.json()
    assert len(faults) == 1
