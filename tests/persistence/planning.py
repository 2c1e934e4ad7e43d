"""How PostgreSQL would run a statement in a shop that has grown.

Each statement is planned for parameters of any value while scans of whole tables are forbidden: PostgreSQL then takes
one only where there is no other way, however few rows there are.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from persistence import migrations
from tests.database import database_url, drop, recreate

SMALL = {
    "attribute": "some hundreds, with the labels of facets",
    "brand": "some thousands",
    "category": "a tree that people choose from",
    "company": "searched by staff, by parts of names",
    "customer": "counted for staff, by parts of names or mail addresses",
    "delivery_rate": "kept in memory",
    "delivery_restriction": "kept in memory",
    "delivery_zone": "kept in memory",
    "duty_rate": "replaced as a whole",
    "market": "a handful",
    "pgqueuer": "jobs that failed, among those that wait: done ones are forgotten",
    "price_list": "some for each market",
    "price_list_derivation": "some for each market",
    "promotion": "kept in memory",
    "promotion_version": "kept in memory",
    "tax_certificate": "read once",
    "tax_rate": "kept in memory",
    "tax_registration": "read once",
    "vendor": "some thousands",
    "warehouse": "a few for each vendor",
    "webhook": "some for each integrator",
    "webhook_secret": "two for each webhook at most",
}
"""Tables that may be read as a whole, and why."""


@asynccontextmanager
async def open_planner(server_url: str, name: str) -> AsyncIterator[Any]:
    """A connection that plans for any values, and scans whole tables only where it must.

    The database is one that nothing was ever in: what others leave behind would be known to the planner.
    """
    await recreate(server_url, name)
    url = database_url(server_url, name)
    await asyncio.to_thread(migrations.upgrade, url)
    connection = await asyncpg.connect(url, statement_cache_size=0)
    await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    yield connection
    await connection.close()
    await drop(server_url, name)


def scanned(plan: Mapping[str, Any]) -> set[str]:
    """The tables that a plan reads from end to end."""
    here = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return here.union(*map(scanned, plan.get("Plans", ())))


async def plan_of(connection: Any, sql: str) -> Mapping[str, Any] | None:
    """The plan for parameters of any value; None for SQL that is a part of other SQL."""
    await connection.execute("DEALLOCATE ALL")
    try:
        await connection.execute(f"PREPARE asked AS {sql}")
    except (asyncpg.PostgresSyntaxError, asyncpg.UndefinedTableError, asyncpg.IndeterminateDatatypeError):
        return None
    count = await connection.fetchval("SELECT cardinality(parameter_types) FROM pg_prepared_statements")
    values = f"({', '.join(['NULL'] * count)})" if count else ""
    (found,) = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked {values}"))
    plan: Mapping[str, Any] = found["Plan"]
    return plan
