"""What takes long is done by threads, so that it keeps nobody waiting but others of its kind."""

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Aside:
    """Two threads, in each of which one thing is done after another: one for what is short, one for what is long."""

    def __init__(self) -> None:
        self._short = ThreadPoolExecutor(1, "aside-short")
        self._long = ThreadPoolExecutor(1, "aside-long")

    async def done[Found](self, find: Callable[[], Found], *, is_long: bool) -> Found:
        """What `find` returns, or raises."""
        thread = self._long if is_long else self._short
        return await asyncio.get_running_loop().run_in_executor(thread, _collected, find)


def _collected[Found](find: Callable[[], Found]) -> Found:
    """What it finds; the garbage it makes is collected at its end, and neither while it works nor much later.

    In between, what it still needs would be taken for what lasts. Thousands of objects would then be found to be
    garbage together, which keeps everybody waiting for a tenth of a second.
    """
    if not gc.isenabled():
        return find()
    gc.disable()
    try:
        return find()
    finally:
        gc.enable()
        gc.collect(1 if gc.get_count()[1] > gc.get_threshold()[1] else 0)
