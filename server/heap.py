"""One heap for all threads of a process."""

import ctypes
import sys
from typing import Final

_ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of glibc's `malloc.h`."""


def share_one_heap() -> None:
    """Have glibc give threads memory of the first one's heap, as `MALLOC_ARENA_MAX=1` does. Others have no such choice.

    The heap of another thread grows by a page or two at a time, and each time the kernel is asked: 2,500 times, for a
    fortieth of a start, where modules are imported beside the start of databases. Threads of Python take turns anyway.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(_ARENA_MAX, 1)
