"""No statement reads a table that grows with the shop from end to end, where an index could lead it.

Those that are put together for each search are looked at in `test_search_plans.py`.
"""

import gc
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

import persistence
from persistence.metadata import metadata
from persistence.statement import Statement
from server import jobs
from tests.persistence.planning import SMALL, plan_of, scanned

WHOLE = {
    "_COUNT_LEXEMES": "counts all words, now and then",
    "_HAS_SOLD": "asked once, before a market is closed",
    "TENDERS": "a part of other statements",
}
"""Statements that read a growing table on purpose, and why."""
PLANNED_ONCE = (
    "persistence.cart.repository._BY_ID",
    "persistence.checkout.repository._SAVE_HOLDING",
    "persistence.checkout.repository._SAVE_PAID",
    "persistence.inventory.reservations._HOLD",
    "persistence.pricing.facts._FACTS",
)
"""Statements for which the plan for any values costs no more than one for the very values of a call."""
VALUES = {
    "bigint": "1",
    "boolean": "true",
    "character": "'EUR'",
    "integer": "1",
    "jsonb": "'{}'",
    "text": "'x'",
    "timestamp with time zone": "'2020-01-01'",
}
IS_STATEMENT = re.compile(r"\s*(SELECT|WITH|UPDATE|DELETE|INSERT)\b")
IS_PART = re.compile(r"\{\w*\}|%\w|\bFROM\s+\S+(\s+(AS\s+)?\w+)?\s*$|\bWHERE\s*$", re.DOTALL)
"""Texts that are completed before they are run."""


def modules() -> Iterator[ModuleType]:
    for package in (persistence, jobs):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def statements() -> Mapping[str, str]:
    """The SQL of every statement of the repositories, queries and jobs, with a name for it.

    But for the exact totals of lists of staff and vendors, which read all that they count.
    """
    found: dict[str, str] = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, str) and IS_STATEMENT.match(value) and not IS_PART.search(value):
                found.setdefault(value, f"{module.__name__}.{name}")
    # `isinstance` asks an object for its class, which a weak proxy whose object is gone cannot tell
    named = [each for each in gc.get_objects() if issubclass(type(each), Statement)]
    return found | {each.sql: "a Statement" for each in named if not each.sql.startswith("SELECT count(*)")}


async def cost_of(connection: Any, sql: str, mode: str) -> float:
    """What PostgreSQL thinks that a statement costs with a value for each parameter, by one of its ways to plan."""
    await connection.execute(f"DEALLOCATE ALL; PREPARE asked AS {sql}")
    kinds = await connection.fetchval("SELECT parameter_types::text[] FROM pg_prepared_statements")
    values = [f"ARRAY[{VALUES[kind[:-2]]}]::{kind}" if kind.endswith("[]") else VALUES[kind] for kind in kinds]
    await connection.execute(f"SET plan_cache_mode = {mode}")
    (found,) = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({', '.join(values)})"))
    cost: float = found["Plan"]["Total Cost"]
    return cost


async def test_statements_find_rows_of_big_tables_by_an_index(planner: Any):
    found = statements()

    offending = []
    planned = 0
    for sql, name in found.items():
        plan = await plan_of(planner, sql)
        planned += plan is not None
        tables = scanned(plan) - SMALL.keys() if plan is not None else set()
        if tables and name.rpartition(".")[2] not in WHOLE:
            offending.append(f"{name} reads all of {sorted(tables)}: {' '.join(sql.split())[:200]}")

    assert planned > 400
    assert offending == []


@pytest.mark.parametrize("name", PLANNED_ONCE)
async def test_what_is_read_by_ids_is_not_planned_anew_for_each(planner: Any, name: str):
    module, _, attribute = name.rpartition(".")
    sql = getattr(importlib.import_module(module), attribute)

    for_any = await cost_of(planner, sql, "force_generic_plan")
    for_these = await cost_of(planner, sql, "force_custom_plan")

    assert for_any == pytest.approx(for_these, rel=0.001)


async def test_a_statement_without_an_index_is_noticed(planner: Any):
    plan = await plan_of(planner, 'SELECT id FROM "order" WHERE upper(email) = $1')
    assert plan is not None

    found = scanned(plan or {})

    assert found == {"order"}


def test_the_tables_that_may_be_read_as_a_whole_exist():
    assert SMALL.keys() - {"pgqueuer"} <= metadata.tables.keys()
