"""Whether memory stays: what web processes hold while the mix of a shop goes on for long."""

import threading
import time

from bench.measure import Pace
from bench.proc import memory_of_each
from bench.results import Soak
from bench.shop_load import run_shop
from bench.stage import Store, Web

SETTLED_SECONDS = 300.0
"""From when on memory has to stay as it is; in a shorter run, a third of it."""

EVERY_SECONDS = 10.0


class Sampled(threading.Thread):
    """Looks at the memory of web processes now and then, until it is told to end."""

    def __init__(self, pid: int, every_seconds: float) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._every_seconds = every_seconds
        self._ended = threading.Event()
        self.bytes: list[tuple[float, int]] = []

    def run(self) -> None:
        began = time.monotonic()
        while not self._ended.wait(self._every_seconds):
            self.bytes.append((round(time.monotonic() - began, 1), sum(memory_of_each(self._pid))))

    def end(self) -> None:
        self._ended.set()
        self.join()


def soak(store: Store, web: Web, *, minutes: float, connections: int) -> Soak:
    """The mix of a shop for so long."""
    seconds = minutes * 60
    sampled = Sampled(web.pid, min(EVERY_SECONDS, seconds / 20))
    sampled.start()
    try:
        shop = run_shop(store, web, Pace(seconds, connections))
    finally:
        sampled.end()
    return Soak(minutes, sampled.bytes, min(SETTLED_SECONDS, seconds / 3), shop)
