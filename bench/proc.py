"""What Linux knows of processes: the CPU time they took and the memory they hold."""

import os
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its ended children."""
    return sum(_times(pid)) / TICKS_PER_SECOND


def tree_cpu_seconds(pid: int) -> float:
    """The same of a process and everything below it."""
    return sum(cpu_seconds(each) for each in (pid, *children(pid)) if _is_there(each))


def memory_of_each(pid: int) -> list[int]:
    """The same of each web process below one, or of itself if it has none."""
    return [memory_bytes(each) for each in children(pid) or [pid]]


def children(pid: int) -> list[int]:
    """All processes below one, at this moment."""
    found: list[int] = []
    for child in _direct_children(pid):
        found += [child, *children(child)]
    return found


def memory_bytes(pid: int) -> int:
    """The proportional set size: what it holds alone, and its share of what it holds with others."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _times(pid: int) -> list[int]:
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(word) for word in line.rpartition(")")[2].split()[11:15]]


def _direct_children(pid: int) -> list[int]:
    try:
        tasks = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(word) for text in tasks for word in text.split()]


def _is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
