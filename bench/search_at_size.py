"""How long search takes in a catalog of any size: `python -m bench.search_at_size --data-dir FOLDER`.

The catalog is one that `bench.generate` has made. Each kind of question is asked many times, in other words, markets
and languages, one after another on one connection. A round of other questions goes before, unless `--cold` leaves it
out: in a shop that has been open for a while, the database has read what is asked for often. Beside the time until the
answer stands the CPU time that PostgreSQL spent on it, which others on the machine disturb less. Ends with status 1 if
a kind has a p95 above the limit.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from bench.search_questions import PAGE_SIZE, Ask, Questions, vocabulary_of
from domain.catalog.search import Hits
from domain.pricing.context import Wish, applied
from domain.shared.page import PageRequest
from persistence.engine import open_pool
from persistence.pricing.reference import Reference
from persistence.search.engine import PostgresSearch
from persistence.statement import Pool
from server.embedded import EmbeddedServers

LIMIT_MS = 100.0
DEEPEST_PAGE = 500
ASKED_BEFORE, ASKED = 4, 5
"""Seeds of the questions of the first round, and of those that count."""
MARKETS = (("us", "en"), ("de", "de"), ("gb", "en"), ("jp", "ja"), ("de", "en"))
NANOSECONDS = 1_000_000


@dataclass(slots=True)
class Spent:
    """Milliseconds until each answer of a kind, and of CPU time of the database for it."""

    kind: str
    elapsed: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        return quantiles(self.elapsed, n=20)[18]

    @property
    def figures(self) -> tuple[float, ...]:
        """Median and p95 of the time, the same of CPU time, and the longest time."""
        cpu = quantiles(self.cpu, n=20)[18]
        return median(self.elapsed), self.p95, median(self.cpu), cpu, max(self.elapsed)


class Watch:
    """Asks, and notes what it took. `backend` is the process that serves the connection, on this machine."""

    def __init__(self, backend: int) -> None:
        self._times = Path(f"/proc/{backend}/schedstat")

    async def ask(self, ask: Ask, spent: Spent) -> object:
        """The answer, or None if the database takes too long for one."""
        cpu, started = self._cpu(), time.perf_counter()
        answer: object = None
        with suppress(TimeoutError):
            answer = await ask()
        spent.elapsed.append((time.perf_counter() - started) * 1000)
        spent.cpu.append((self._cpu() - cpu) / NANOSECONDS)
        return answer

    def _cpu(self) -> int:
        return int(self._times.read_text().split()[0])


async def measure(database_url: str, wanted: str, *, cold: bool) -> Sequence[Spent]:
    """What each kind of question takes whose name contains `wanted`."""
    pool = await open_pool(database_url, min_size=1, max_size=1)
    try:
        watch = Watch(await pool.fetchval("SELECT pg_backend_pid()"))
        if not cold:
            await _round(watch, await _questions(pool, ASKED_BEFORE), wanted)
        return await _round(watch, await _questions(pool, ASKED), wanted)
    finally:
        await pool.close()


async def _round(watch: Watch, questions: Questions, wanted: str) -> Sequence[Spent]:
    found = [await _spent_on(watch, kind, asks) for kind, asks in questions.kinds() if wanted in kind]
    return [*found, await _deep_pages(watch, questions)] if wanted in "deep pages" else found


async def _questions(pool: Pool, seed: int) -> Questions:
    markets = (await Reference(pool).facts()).markets
    contexts = [
        applied(markets, asked=Wish(market=market, language=language), preferred=Wish()) for market, language in MARKETS
    ]
    return Questions(PostgresSearch(pool), await vocabulary_of(pool), contexts, seed)


async def _spent_on(watch: Watch, kind: str, asks: Iterable[Ask]) -> Spent:
    spent = Spent(kind)
    for ask in asks:
        await watch.ask(ask, spent)
    return spent


async def _deep_pages(watch: Watch, questions: Questions) -> Spent:
    """Going through lists from page to page; what is beyond half of the way counts."""
    spent = Spent(f"pages {DEEPEST_PAGE // 2} to {DEEPEST_PAGE}")
    for page_of in questions.deep_lists():
        page = PageRequest(first=PAGE_SIZE)
        for number in range(DEEPEST_PAGE):
            found = await watch.ask(partial(page_of, page), spent if number >= DEEPEST_PAGE // 2 else Spent(""))
            assert isinstance(found, Hits)
            if not found.page_info.has_next_page:
                break
            page = PageRequest(first=PAGE_SIZE, after=found.page_info.end_cursor)
    return spent


def told(found: Sequence[Spent]) -> Table:
    table = Table("kind", "p50 ms", "p95", "PostgreSQL p50", "p95", "longest")
    for spent in found:
        mark = " (too long)" if spent.p95 > LIMIT_MS else ""
        table.add_row(spent.kind + mark, *(f"{figure:.1f}" for figure in spent.figures))
    return table


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.search_at_size", description=__doc__)
    parser.add_argument("--only", default="", help="kinds whose name contains this")
    parser.add_argument("--cold", action="store_true", help="asks a database that has just started")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data-dir", type=Path, help="the folder of a generated catalog")
    where.add_argument("--database-url", help="of a PostgreSQL on this machine")
    chosen = parser.parse_args(arguments)
    found = _with_database(chosen, lambda url: asyncio.run(measure(url, chosen.only, cold=chosen.cold)))
    Console(width=120).print(told(found))
    return int(any(spent.p95 > LIMIT_MS for spent in found))


def _with_database(chosen: argparse.Namespace, run: Callable[[str], Sequence[Spent]]) -> Sequence[Spent]:
    if chosen.database_url:
        return run(chosen.database_url)
    with EmbeddedServers(chosen.data_dir, valkey=False) as servers:
        return run(servers.database_url)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
