"""A catalog of any size, as if it had been imported: `python -m bench.generate --products 1000000 --data-dir FOLDER`.

Real products of Open Icecat come first, then variations of them (`bench/variation.py`), each with two offers. They are
laid out as records by the importer's own plan, written by COPY by several processes, and indexed by search's own
`refresh`; meanwhile the tables have none of the constraints and indexes that are quicker made at once. What an import
does beside that, telling of each product in the event log, is left out: nobody waits for such news.
"""

import argparse
import asyncio
import gzip
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from itertools import batched
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson

from bench.variation import Variation, store
from persistence import migrations
from persistence.catalog import bulk, search_index
from persistence.engine import open_pool
from persistence.ids import new_id
from persistence.statement import Connection, Pool
from server.embedded import EmbeddedServers
from server.imports.batch import ACTOR, REASON
from server.imports.plan import Candidate, Known, Plan, plan_of
from server.imports.references import References
from server.imports.rows import ProductRow
from server.imports.store import write_store
from server.seed import seed

DEFAULT_FOLDER = Path(__file__).parent.parent.parent / "shared" / "data" / "catalog_icecat"
LANGUAGE = "en"
BATCH = 1_000
PROCESSES = 2
LEAST_VARIATIONS = 2
"""Of a catalog smaller than the data at least half are variations, so that small ones are like big ones."""
CATALOG = ("product", "variant", "offer", "price", "stock_level", "stock_movement", "slug")
INDEX = ("search_product", "search_document", "search_price", "search_code", "search_word")
LONG_SECONDS = 3_600.0

_FOREIGN_KEYS = """
SELECT conrelid::regclass::text AS "table", conname AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY($1::text[]::regclass[]) ORDER BY 1, 2
"""
_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
WHERE indrelid = ANY($1::text[]::regclass[]) AND NOT indisunique AND (amname = 'gin' OR NOT $2) ORDER BY 1
"""


async def generate(
    database_url: str, products: int, *, folder: Path = DEFAULT_FOLDER, processes: int = PROCESSES
) -> None:
    """Fill a database of this release's schema that has no products with so many, ready to be searched.

    The role must own the tables. Raises FileNotFoundError where `folder` does not hold the real products.
    """
    pool = await open_pool(database_url, max_size=processes + 1)
    try:
        await seed(pool, new_id)
        await write_store(pool, store(), language=LANGUAGE)
        variation = Variation(originals(folder, products))
        await _grow_references(pool, variation)
        async with _bare(pool, CATALOG):
            await _write_all([(database_url, folder, products, part, processes) for part in range(processes)])
        await pool.execute("VACUUM ANALYZE", timeout=LONG_SECONDS)
        async with _bare(pool, INDEX, inverted_only=True):
            await _index_all(pool, processes)
        async with pool.acquire() as connection, connection.transaction():
            await search_index.count_lexemes(connection)
        await pool.execute("VACUUM ANALYZE", timeout=LONG_SECONDS)
    finally:
        await pool.close()


def originals(folder: Path, products: int) -> Sequence[Mapping[str, Any]]:
    """The real products that a catalog of this size is made from, evenly spread over the data."""
    with gzip.open(folder / "products.jsonl.gz") as file:
        lines = file.readlines()
    wanted = min(-(-products // LEAST_VARIATIONS), len(lines))
    return [orjson.loads(lines[at * len(lines) // wanted]) for at in range(wanted)]


async def _grow_references(pool: Pool, variation: Variation) -> None:
    """Make the brands, categories and attributes that the products name."""
    for rows in batched(variation.rows(0, variation.originals), BATCH):
        checked = [ProductRow.model_validate(row) for row in rows]
        async with pool.acquire() as connection, connection.transaction():
            references = await References.of(connection, checked, language=LANGUAGE)
            await references.grow(connection, checked)


@asynccontextmanager
async def _bare(pool: Pool, tables: Sequence[str], *, inverted_only: bool = False) -> AsyncIterator[None]:
    """Without the tables' triggers, foreign keys and plain or inverted indexes, which are there again at the end."""
    async with pool.acquire() as connection:
        keys = await connection.fetch(_FOREIGN_KEYS, list(tables))
        indexes = await connection.fetch(_INDEXES, list(tables), inverted_only)
        for key in keys:
            await connection.execute(f"ALTER TABLE {key['table']} DROP CONSTRAINT {key['name']}")
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        for table in tables:
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    async with pool.acquire() as connection:
        for table in tables:
            await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        await connection.execute("SET maintenance_work_mem = '1GB'")
        for index in indexes:
            await connection.execute(index["definition"], timeout=LONG_SECONDS)
        for key in keys:
            add = f"ALTER TABLE {key['table']} ADD CONSTRAINT {key['name']} {key['definition']}"
            await connection.execute(add, timeout=LONG_SECONDS)
        await connection.execute("RESET maintenance_work_mem")


async def _write_all(parts: Sequence[tuple[str, Path, int, int, int]]) -> None:
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(len(parts), get_context("spawn")) as processes:
        await asyncio.gather(*(loop.run_in_executor(processes, _write_part, *part) for part in parts))


def _write_part(database_url: str, folder: Path, products: int, part: int, parts: int) -> None:
    asyncio.run(_write_batches(database_url, folder, products, part, parts))


async def _write_batches(database_url: str, folder: Path, products: int, part: int, parts: int) -> None:
    """Every so many-th batch of the catalog."""
    variation = Variation(originals(folder, products))
    pool = await open_pool(database_url, min_size=1, max_size=1)
    async with pool.acquire() as connection:
        named = [ProductRow.model_validate(row) for row in variation.rows(0, variation.originals)]
        references = await References.of(connection, named, language=LANGUAGE)
        for first in range(part * BATCH, products, parts * BATCH):
            rows = variation.rows(first, min(BATCH, products - first))
            async with connection.transaction():
                await connection.execute("SET LOCAL synchronous_commit = off")
                await _write(connection, plans_of(rows, references))
    await pool.close()


def plans_of(rows: Any, references: References) -> list[Plan]:
    """The records of new products."""
    known = Known(references, {}, {}, {}, {}, {}, frozenset())
    return [plan_of(Candidate(0, ProductRow.model_validate(row), b""), known, LANGUAGE) for row in rows]


async def _write(connection: Connection, plans: Sequence[Plan]) -> None:
    await bulk.insert(connection, bulk.PRODUCT, [plan.product for plan in plans])
    await bulk.insert(connection, bulk.VARIANT, [record for plan in plans for record in plan.variants])
    offers = [record for plan in plans for record in plan.offers]
    await bulk.insert(connection, bulk.OFFER, offers)
    await bulk.insert(connection, bulk.PRICE, [record for plan in plans for record in plan.prices])
    changes = [change for plan in plans for change in plan.stock]
    new_offers = {record[0] for record in offers}
    await bulk.change_stock(connection, changes, new_offers, reason=REASON, reference=ACTOR, actor=ACTOR)
    slugs = [("PRODUCT", language, slug, plan.product_id, True) for plan in plans for language, slug in plan.slugs]
    await bulk.insert(connection, bulk.SLUG, slugs)


async def _index_all(pool: Pool, workers: int) -> None:
    """Make all products searchable, by some connections at once."""
    ids = [row[0] for row in await pool.fetch("SELECT id FROM product ORDER BY id", timeout=LONG_SECONDS)]
    waiting = batched(ids, BATCH)

    async def work() -> None:
        async with pool.acquire() as connection:
            for batch in waiting:
                async with connection.transaction():
                    await connection.execute("SET LOCAL synchronous_commit = off")
                    await search_index.refresh(connection, batch)

    await asyncio.gather(*(work() for _ in range(workers)))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.generate", description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="where products.jsonl.gz of Icecat lies")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data-dir", type=Path, help="a data folder, in which PostgreSQL is started for this")
    where.add_argument("--database-url")
    chosen = parser.parse_args(arguments)
    started = time.monotonic()
    if chosen.database_url:
        _fill(chosen.database_url, chosen)
    else:
        with EmbeddedServers(chosen.data_dir, valkey=False) as servers:
            _fill(servers.database_url, chosen)
    print(f"{chosen.products:,} products in {time.monotonic() - started:.0f} s")  # noqa: T201 - what it is run for
    return 0


def _fill(database_url: str, chosen: argparse.Namespace) -> None:
    migrations.upgrade(database_url)
    asyncio.run(generate(database_url, chosen.products, folder=chosen.folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
