"""The measurements themselves: that they measure what they say."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from bench.command import run_bench
from bench.counting import counted
from bench.load import repeat, seen
from bench.measure import Cost
from bench.proc import children, cpu_seconds, memory_bytes, tree_cpu_seconds
from bench.report import Comparison, Line, Report
from bench.stage import foreign_environment
from server.settings import SettingsError

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


def test_percentiles_are_of_the_sorted_times():
    found = seen([float(milliseconds) for milliseconds in range(100, 0, -1)], 2.0)

    assert (found.turns, found.p50, found.p95, found.p99) == (100, 51.0, 96.0, 100.0)


def test_the_ratio_says_how_much_of_the_limit_is_reached():
    def cost(milliseconds: float) -> Cost:
        return Cost(seen([1.0], 1.0), 1.0, milliseconds, 0.0)

    comparison = Comparison(ours=cost(1.0), limit=cost(0.5), is_same_answer=True)
    report = Report(0.5, 2, comparison=comparison)

    assert comparison.ratio == 0.5
    assert report.as_json()["comparison"]["ratio"] == 0.5


def test_what_a_whole_purchase_takes_is_told_of_all_its_requests(capsys: pytest.CaptureFixture[str]):
    cost = Cost(seen([1.0], 1.0), 1.0, 2.0, 1.5, 0.5)

    Report(0.5, 2, lines=[Line("whole checkout", 5, cost, 30)]).print()

    words = " ".join(capsys.readouterr().out.split())
    assert "One whole checkout (5 requests): 30 statements; CPU of the web process 10.0 ms" in words
    assert "of PostgreSQL 7.5 ms (the worker's statements included), of the worker 2.5 ms" in words


def test_settings_of_a_developer_do_not_reach_what_is_measured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/live")
    monkeypatch.setenv("COMMERCE_TRACES", "true")

    environment = foreign_environment()

    assert not {"DATABASE_URL", "COMMERCE_TRACES"} & set(environment)
    assert "PATH" in environment


def test_an_operation_that_is_not_measured_is_named():
    with pytest.raises(SettingsError, match=r"^--only: lists: must be of typename, list, product, "):
        run_bench(seconds=1, only=["lists"], catalog=None)


def test_the_command_measures_the_list_page_and_a_purchase_beside_the_limit(tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "server",
        "bench",
        "--json",
        "--seconds",
        "0.5",
        "--only",
        "list",
        "--only",
        "checkout",
    ]
    environment = {**foreign_environment(), "TMPDIR": str(tmp_path)}

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110, check=False)

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    list_page, purchase = report["lines"]
    assert report["comparison"]["is_same_answer"]
    assert 0 < report["comparison"]["ratio"] < 2
    assert list_page["statements"] <= 5
    assert purchase["requests_per_turn"] == 5
    assert all(line["cost"]["web_cpu_milliseconds"] > 0 for line in report["lines"])
    assert report["starts"]["warm"]["seconds"] > 0
    assert report["memory_bytes"]["web"] > 10_000_000
    assert list(tmp_path.iterdir()) == []
