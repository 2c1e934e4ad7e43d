"""What this process may use of the machine: in a container that is what its limits allow, not what the machine has."""

import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def usable_cores(cgroups: Path = CGROUPS) -> int:
    """At least 1; a quota of one and a half cores counts as 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroups)
    return max(1, allowed if quota is None else min(allowed, int(quota)))


def usable_memory(cgroups: Path = CGROUPS) -> int:
    """In bytes, without what may be swapped out."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = _memory_limit(cgroups)
    return machine if limit is None else min(machine, limit)


def _quota(cgroups: Path) -> float | None:
    """In cores, by version 2 of control groups or by version 1; None where nothing is said."""
    try:
        limit, period = (cgroups / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            limit, period = ((cgroups / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        except OSError:
            return None
    return int(limit) / int(period) if limit.strip().isdigit() else None


def _memory_limit(cgroups: Path) -> int | None:
    """In bytes, by either version; None where nothing is said. Version 1 says a huge number for no limit."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            limit = (cgroups / name).read_text().strip()
        except OSError:
            continue
        return int(limit) if limit.isdigit() else None
    return None
