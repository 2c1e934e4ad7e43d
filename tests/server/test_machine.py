"""What a process may use of its machine."""

from pathlib import Path

import pytest

from server.machine import usable_cores, usable_memory

GIGABYTE = 2**30


@pytest.mark.parametrize(
    ("quota", "most"),
    [("100000 100000", 1), ("150000 100000", 1), ("50000 100000", 1), ("max 100000", None), (None, None)],
    ids=["one", "one and a half", "half", "no bound", "no groups"],
)
def test_a_container_has_as_many_cores_as_its_quota_allows(tmp_path: Path, quota: str | None, most: int | None):
    machine = usable_cores(tmp_path)
    if quota is not None:
        (tmp_path / "cpu.max").write_text(f"{quota}\n")

    assert usable_cores(tmp_path) == (most or machine)


def test_the_first_version_of_control_groups_is_read_too(tmp_path: Path):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("100000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")

    assert usable_cores(tmp_path) == 1


@pytest.mark.parametrize("name", ["memory.max", "memory/memory.limit_in_bytes"])
def test_a_container_has_as_much_memory_as_its_limit_allows(tmp_path: Path, name: str):
    (tmp_path / "memory").mkdir()
    (tmp_path / name).write_text(f"{GIGABYTE // 4}\n")

    assert usable_memory(tmp_path) == GIGABYTE // 4


@pytest.mark.parametrize("limit", ["max", str(2**63 - 4096)])
def test_without_a_limit_the_memory_is_that_of_the_machine(tmp_path: Path, limit: str):
    machine = usable_memory(tmp_path)
    (tmp_path / "memory.max").write_text(f"{limit}\n")

    assert usable_memory(tmp_path) == machine
