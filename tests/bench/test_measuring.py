"""The measurements themselves: that they measure what they say."""

import asyncio
import os
import subprocess
import sys
import time

import asyncpg
import pytest

from bench.counting import counted
from bench.lines import middle
from bench.load import Seen, repeat, seen
from bench.measure import Cost
from bench.proc import children, cpu_seconds, memory_bytes, tree_cpu_seconds
from bench.stage import foreign_environment

SPIN = """
import time
while time.process_time() < 0.3:
    pass
print("spun", flush=True)
input()
"""


def test_cpu_time_and_memory_of_another_process_are_read():
    with subprocess.Popen([sys.executable, "-c", SPIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as spinning:
        assert spinning.stdout is not None
        spinning.stdout.readline()
        taken = cpu_seconds(spinning.pid)
        held = memory_bytes(spinning.pid)
        below = children(os.getpid())
        of_all = tree_cpu_seconds(os.getpid())
        spinning.communicate(b"\n")

    assert 0.28 <= taken <= 3
    assert 1_000_000 < held < 100_000_000
    assert spinning.pid in below
    assert of_all >= taken


def test_a_process_that_is_gone_took_nothing():
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()

    assert cpu_seconds(gone.pid) == 0
    assert children(gone.pid) == []


async def test_statements_are_counted_on_their_way(worker_database_url: str):
    def count() -> int:
        async def work(url: str) -> None:
            connection = await asyncpg.connect(url)
            await connection.fetchval("SELECT $1::int", 1)
            before = counter.count
            async with connection.transaction():
                await connection.fetchval("SELECT $1::int", 2)
                await connection.execute("SELECT 3")
            after.append(counter.count - before)
            await connection.close()

        after: list[int] = []
        with counted(worker_database_url) as (counter, url):
            asyncio.run(work(url))
        return after[0]

    assert await asyncio.to_thread(count) == 4


async def test_each_turn_is_timed_until_the_time_is_over():
    async def turn() -> None:
        await asyncio.sleep(0.01)

    taken = await repeat(turn, time.perf_counter() + 0.1)

    assert 5 <= len(taken) <= 11
    assert all(milliseconds >= 9 for milliseconds in taken)


async def test_turns_begin_as_often_as_they_are_wanted():
    began = time.perf_counter()
    turns: list[float] = []

    async def turn() -> None:
        turns.append(time.perf_counter() - began)

    await repeat(turn, began + 0.35, first=began + 0.02, every=0.05)

    assert 2 <= len(turns) <= 7
    assert all(seconds > 0.015 + 0.05 * number for number, seconds in enumerate(turns))


def test_percentiles_are_of_the_sorted_times():
    found = seen([float(milliseconds) for milliseconds in range(100, 0, -1)], 2.0)

    assert (found.turns, found.p50, found.p95, found.p99) == (100, 51.0, 96.0, 100.0)


def test_settings_of_a_developer_do_not_reach_what_is_measured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/live")
    monkeypatch.setenv("COMMERCE_TRACES", "true")

    environment = foreign_environment()

    assert not {"DATABASE_URL", "COMMERCE_TRACES"} & set(environment)
    assert "PATH" in environment


def test_of_turns_by_turns_the_one_in_the_middle_by_its_ratio_counts():
    def cost(web: float, postgres: float) -> Cost:
        return Cost(Seen(1, 1.0, 1.0, 1.0, 1.0), 1.0, web, postgres)

    slow, fast, odd = (cost(30, 10), cost(20, 0)), (cost(9, 3), cost(5, 3)), (cost(9, 9), cost(1, 1))

    assert middle([odd, slow, fast]) == slow
    assert middle([slow, fast, odd, fast, fast]) == fast
