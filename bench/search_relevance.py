"""How well search answers: nDCG@10 against human judgments of the Open Icecat catalog, and how long it takes.

`python -m bench.search_relevance [FOLDER]` imports `FOLDER/catalog_icecat` into a database of its own, and searches for
the queries of `FOLDER/search_relevance`. The data is no part of this repository: without it, nothing is measured.

A judged product has a grade from 0 to 3, worth `2 ** grade - 1`; others count as 0 (strict) or are left out
(condensed).
"""

import asyncio
import csv
import math
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, quantiles

from domain.catalog.search import SearchInput
from domain.pricing.context import RequestContext, Wish, applied
from domain.shared.page import MAX_PAGE_SIZE, PageRequest
from persistence import migrations
from persistence.catalog import search_index
from persistence.engine import open_pool
from persistence.ids import new_id
from persistence.pricing.reference import Reference
from persistence.search.facets import facets
from persistence.search.hits import hits
from persistence.statement import Pool
from server.embedded import EmbeddedServers
from server.imports.products import import_products
from server.seed import seed

DEFAULT_FOLDER = Path(__file__).parent.parent.parent / "shared" / "data"
DEPTH = 10
PAGE_SIZE = 24
ROUNDS = 5
MAX_RANKED = 1_000

type Judgments = Mapping[str, Mapping[str, int]]
"""Grades of products by query."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over the queries that some product was judged to answer."""

    strict: float
    condensed: float
    judged: float
    queries: int


def quality(judgments: Judgments, ranking: Mapping[str, Sequence[str]]) -> Quality:
    """How good the rankings are, the best of each first."""
    strict, condensed, judged = [], [], []
    for query, grades in judgments.items():
        ideal = gain(sorted(grades.values(), reverse=True))
        if ideal == 0:
            continue
        ranked = ranking[query]
        strict.append(gain([grades.get(product, 0) for product in ranked]) / ideal)
        condensed.append(gain([grades[product] for product in ranked if product in grades]) / ideal)
        judged.append(sum(product in grades for product in ranked[:DEPTH]) / DEPTH)
    return Quality(fmean(strict), fmean(condensed), fmean(judged), len(strict))


def gain(grades: Sequence[int]) -> float:
    """The discounted cumulative gain of the first ten."""
    return math.fsum((2**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(grades[:DEPTH]))


def read_judgments(path: Path) -> Judgments:
    judgments: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            judgments[row["query"]][f"icecat-{row['product_id']}"] = int(row["grade"])
    return judgments


async def fill(pool: Pool, products: Path, errors: Path) -> float:
    """Import the catalog; how many products a second."""
    await seed(pool, new_id)
    report = await import_products(pool, products, mapping="icecat", errors_path=errors)
    async with pool.acquire() as connection:
        await search_index.count_lexemes(connection)
    await pool.execute("VACUUM ANALYZE")
    return report.created / report.seconds


async def rank(pool: Pool, query: str, request: RequestContext) -> list[str]:
    """The external ids of what is found, in order."""
    found: list[str] = []
    page = PageRequest(first=MAX_PAGE_SIZE)
    while len(found) < MAX_RANKED:
        part = await hits(pool, SearchInput(query), None, request, page)
        found += [hit.product_id for hit in part.hits]
        if not part.page_info.has_next_page:
            break
        page = PageRequest(first=MAX_PAGE_SIZE, after=part.page_info.end_cursor)
    rows = await pool.fetch("SELECT id, external_id FROM product WHERE id = ANY($1)", found)
    external = {row["id"]: row["external_id"] for row in rows}
    return [external[product_id] for product_id in found]


async def milliseconds(ask: Callable[[str], Awaitable[object]], queries: Sequence[str]) -> tuple[float, float]:
    """The median and the 95th percentile of how long a query takes, each asked some times one after another."""
    spent = []
    for _ in range(ROUNDS):
        for query in queries:
            started = time.perf_counter()
            await ask(query)
            spent.append((time.perf_counter() - started) * 1000)
    cuts = quantiles(spent, n=20)
    return cuts[9], cuts[18]


async def measure(url: str, folder: Path, scratch: Path) -> None:
    judgments = read_judgments(folder / "search_relevance" / "judgments_public.csv")
    pool = await open_pool(url)
    speed = await fill(pool, folder / "catalog_icecat" / "products.jsonl.gz", scratch / "errors.jsonl")
    request = applied((await Reference(pool).facts()).markets, asked=Wish(market="us"), preferred=Wish())
    first = PageRequest(first=PAGE_SIZE)
    queries = list(judgments)
    found = quality(judgments, {query: await rank(pool, query, request) for query in queries})
    page = await milliseconds(lambda query: hits(pool, SearchInput(query), None, request, first), queries)
    facet = await milliseconds(lambda query: facets(pool, SearchInput(query), None, request), queries)
    await pool.close()
    print(f"import and indexing  {speed:6.0f} products/s")  # noqa: T201 - the result is what this is run for
    print(f"nDCG@10 strict       {found.strict:6.3f}  over {found.queries} queries")  # noqa: T201
    print(f"nDCG@10 condensed    {found.condensed:6.3f}")  # noqa: T201
    print(f"judged@10            {found.judged:6.2f}")  # noqa: T201
    print(f"hits                 {page[0]:6.1f} ms median {page[1]:6.1f} ms p95")  # noqa: T201
    print(f"facets and count     {facet[0]:6.1f} ms median {facet[1]:6.1f} ms p95")  # noqa: T201


def main(arguments: Sequence[str]) -> int:
    folder = Path(arguments[0]) if arguments else DEFAULT_FOLDER
    if not (folder / "search_relevance").is_dir() or not (folder / "catalog_icecat").is_dir():
        print(f"Nothing measured: {folder} has no search_relevance and catalog_icecat.")  # noqa: T201
        return 0
    with tempfile.TemporaryDirectory(prefix="commerce-bench-") as scratch:
        servers = EmbeddedServers(Path(scratch) / "data", durable=False)
        servers.start()
        try:
            migrations.upgrade(servers.database_url)
            asyncio.run(measure(servers.database_url, folder, Path(scratch)))
        finally:
            servers.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
