"""Measurements on a real store, however short: that what is compared is the same, and that nothing fails meanwhile."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import pytest

from bench.lines import measured, replay_cost
from bench.measure import Pace
from bench.scaling import process_count
from bench.shelves import fill_shelves
from bench.shop import MIX
from bench.soak import soak
from bench.stage import Store, start_and_stop, started_beside, store_in
from bench.workloads import BY_NAME, WORKLOADS

PACE = Pace(seconds=0.4, connections=2, turns=1)
LONG_SECONDS = 300

pytestmark = pytest.mark.timeout(LONG_SECONDS)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("bench") / "data"
    start_and_stop(folder)
    with store_in(folder) as running:
        asyncio.run(fill_shelves(running.database_url))
        yield running


def rows(store: Store) -> dict[str, int]:
    """How many rows the tables have that a purchase writes."""

    async def count() -> dict[str, int]:
        connection = await asyncpg.connect(store.database_url)
        tables = ("cart", "cart_line", "checkout", "payment", '"order"', "order_line", "vendor_order", "allocation")
        found = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}
        await connection.close()
        return found

    return asyncio.run(count())


def test_every_operation_is_measured_beside_what_gives_the_same_answer(store: Store):
    found = measured(store, WORKLOADS, PACE)

    lines = {line.name: line for line in found.lines}
    assert {name: line.is_same_answer for name, line in lines.items()} == {
        "typename": True,
        "kept": True,
        "list": True,
        "product": True,
        "search": True,
        "cart": None,
        "checkout": None,
    }
    assert all(line.cost.seen.turns > 0 for line in lines.values())
    assert all(line.limit is not None and line.limit.seen.turns > 0 for name, line in lines.items() if name != "cart")
    assert lines["typename"].statements == 0
    assert (lines["list"].statements or 0) <= 4
    assert found.web_memory_bytes > 10_000_000


def test_the_statements_of_a_purchase_alone_write_what_a_purchase_writes(store: Store):
    before = rows(store)
    replayed = replay_cost(store, BY_NAME["checkout"], PACE)
    written = {table: count - before[table] for table, count in rows(store).items()}

    assert replayed.seen.turns > 0
    assert written["cart"] >= replayed.seen.turns
    assert len(set(written.values())) == 1


def test_the_mix_of_a_shop_is_answered_without_errors_while_memory_is_looked_at(store: Store):
    with store.web() as web:
        found = soak(store, web, minutes=0.05, connections=2)

    assert found.shop.errors == 0
    assert set(found.shop.kinds) <= set(MIX)
    assert {"product page", "category page"} <= set(found.shop.kinds)
    assert found.shop.cost.seen.turns == sum(seen.turns for seen in found.shop.kinds.values())
    assert len(found.memory_bytes) > 3
    assert all(size > 10_000_000 for _, size in found.memory_bytes)
    assert 0.5 < found.ratio < 2


def test_a_store_is_not_at_rest_while_a_transaction_is_open_that_takes_no_cpu(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bench.stage.IDLE", math.inf)
    monkeypatch.setattr("bench.stage.LOOK_SECONDS", 0.1)
    store.rest()

    monkeypatch.setattr("bench.stage.MOST_BUSY_SECONDS", 1.0)
    with open_transaction(store), pytest.raises(TimeoutError, match="do not come to rest"):
        store.rest()


@contextmanager
def open_transaction(store: Store) -> Iterator[None]:
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(store.database_url))
        runner.run(connection.execute("BEGIN"))
        yield
        runner.run(connection.close())


def test_a_start_in_a_deployment_ends_with_an_answer(store: Store):
    found = started_beside(store)

    assert 0 < found.seconds < LONG_SECONDS
    assert found.web_cpu_seconds > 0


def test_several_web_processes_are_measured_together(store: Store):
    found = process_count(store, 2, PACE)

    assert len(found.memory_bytes) == 2
    assert all(line.cost.web_cpu_milliseconds >= 0 for line in found.lines)
    assert found.shop.errors == 0
