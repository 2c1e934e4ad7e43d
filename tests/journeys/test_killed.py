"""Tests that are killed: nothing that they started goes on without them."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.processes import clean_environment

PROJECT = Path(__file__).parents[2]
FOREVER = Path(__file__).with_name("left_alone.py")
PATIENCE_SECONDS = 60.0
THE_STORE_AND_ALL_SERVERS = 12
"""Processes at the least: serve, worker, gateway; two guardians, each with a Valkey, and a PostgreSQL of many."""


def descendants(pid: int) -> Iterator[int]:
    """All processes that came of one, whatever session they are in."""
    try:
        children = [int(each) for path in Path(f"/proc/{pid}/task").iterdir() for each in _words(path / "children")]
    except FileNotFoundError:
        return
    for child in children:
        yield child
        yield from descendants(child)


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def runs(pid: int) -> bool:
    """Whether it is there, and is not only waiting for somebody to notice its end."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("workers", "how"),
    [
        ("0", signal.SIGKILL),
        pytest.param("0", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("1", signal.SIGKILL, marks=pytest.mark.slow),
        pytest.param("1", signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_tests_that_are_killed_leave_nothing_running(workers: str, how: signal.Signals, tmp_path: Path):
    has_begun = tmp_path / "has_begun"
    environment = {**clean_environment(), "HAS_BEGUN": str(has_begun)}
    for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "-p", "no:cacheprovider", str(FOREVER)]

    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as tests:
        wait_until(has_begun.exists)
        started = list(descendants(tests.pid))
        tests.send_signal(how)

    assert len(started) > THE_STORE_AND_ALL_SERVERS
    wait_until(lambda: not [pid for pid in started if runs(pid)])
