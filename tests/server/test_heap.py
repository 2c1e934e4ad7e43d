"""One heap for all threads, as glibc itself tells."""

import subprocess
import sys

import pytest

ALLOCATING = """
import ctypes, threading
from server.heap import share_one_heap
{first}
thread = threading.Thread(target=lambda: [bytearray(50_000) for _ in range(100)])
thread.start()
thread.join()
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc")
@pytest.mark.parametrize(("first", "heaps"), [("", 2), ("share_one_heap()", 1)])
def test_threads_share_one_heap(first: str, heaps: int):
    code = ALLOCATING.format(first=first)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stderr.count("Arena ") == heaps
