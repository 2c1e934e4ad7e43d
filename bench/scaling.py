"""The same pages on larger catalogs, and with more web processes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.intake import count_products, index_changes
from bench.lines import measured, median, middle
from bench.measure import Cost, Pace, Watched, measure
from bench.proc import memory_of_each
from bench.results import Growth, Line, ProcessCount, Size
from bench.shop_load import run_shop
from bench.sizes import database_bytes
from bench.stage import UNCACHED, Store, Web, store_in
from bench.workloads import BY_NAME, Workload

OF_SIZES = ("list", "product", "search")
"""The workloads whose cost a large catalog could change."""

OF_PROCESSES = ("list", "product")

GROWTH_TURNS = 3
"""How many times as long as others turns are that look for a tenth more: in three seconds, chance makes as much."""


def size(folder: Path, workloads: Sequence[Workload], pace: Pace) -> Size:
    """What pages cost on the catalog in this data folder, and then how fast its search index follows what changes."""
    with store_in(folder) as store:
        store.rest()
        lines = measured(store, [each for each in workloads if each.name in OF_SIZES], pace, counts=False).lines
        url = store.database_url
        products, held = asyncio.run(count_products(url)), asyncio.run(database_bytes(url))
        return Size(products, held, lines, asyncio.run(index_changes(url)))


def growth(smaller: Path, larger: Path, pace: Pace) -> Growth:
    """The list page on two catalogs by turns, both running all the time."""
    pace = replace(pace, seconds=GROWTH_TURNS * pace.seconds)
    with store_in(smaller) as small, store_in(larger) as large:
        small.rest()
        large.rest()
        with small.web(**UNCACHED) as small_web, large.web(**UNCACHED) as large_web:
            of_few, of_many = middle(
                [(_list_page(small, small_web, pace), _list_page(large, large_web, pace)) for _ in range(pace.turns)]
            )
        few, many = (asyncio.run(count_products(store.database_url)) for store in (small, large))
    return Growth(few, many, of_few, of_many)


def _list_page(store: Store, web: Web, pace: Pace) -> Cost:
    return measure(BY_NAME["list"], web.url, Watched.of(store, web.pid), pace, url=web.url)


def process_count(store: Store, processes: int, pace: Pace) -> ProcessCount:
    """Some pages and the mix of a shop, answered by so many web processes."""
    with store.web(**UNCACHED, COMMERCE_WEB_PROCESSES=str(processes)) as web:
        watched = Watched.of(store, web.pid)
        lines = []
        for workload in (BY_NAME[name] for name in OF_PROCESSES):
            costs = [measure(workload, web.url, watched, pace, url=web.url) for _ in range(pace.turns)]
            lines.append(Line(workload.name, workload.title, workload.requests, median(costs)))
    with store.web(COMMERCE_WEB_PROCESSES=str(processes)) as web:
        shop = run_shop(store, web, pace)
        memory = memory_of_each(web.pid)
    return ProcessCount(processes, lines, shop, memory)
