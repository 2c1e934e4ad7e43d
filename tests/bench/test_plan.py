"""What an operator may ask `commerce bench` for."""

from pathlib import Path
from typing import Any

import pytest

from bench.command import Plan, counts_of
from bench.sizes import DONE, catalog_in, sizes_of
from server.settings import SettingsError


def plan(**asked: Any) -> Plan:
    return Plan.of(**{"seconds": 1.0, "connections": 2, "only": (), "sizes": "", "processes": "", **asked})


def test_everything_is_measured_unless_something_is_named():
    assert [workload.name for workload in plan().workloads] == [
        "typename",
        "kept",
        "list",
        "product",
        "search",
        "cart",
        "checkout",
    ]
    assert plan().wants("start")
    assert [workload.name for workload in plan(only=["checkout", "list"]).workloads] == ["list", "checkout"]
    assert not plan(only=["list"]).wants("start")


def test_an_operation_that_is_not_measured_is_named():
    with pytest.raises(SettingsError, match=r"^--only: lists: must be of start, typename, kept, list, product, "):
        plan(only=["lists"])


def test_sizes_are_sorted_numbers_with_thousands_and_millions():
    assert sizes_of("1m, 10k,250") == [250, 10_000, 1_000_000]
    assert sizes_of("") == []


@pytest.mark.parametrize("text", ["10kk", "0", "many", "-1", "1.5k"])
def test_a_size_that_is_no_number_is_told(text: str):
    with pytest.raises(SettingsError, match=rf"^--sizes: {text}: must be numbers of products by commas"):
        sizes_of(text)


def test_a_kept_catalog_of_another_release_is_not_measured(tmp_path: Path):
    kept = tmp_path / "250-products"
    kept.mkdir()
    (kept / DONE).write_text("250\n")

    with pytest.raises(SettingsError, match=rf"^--keep: {kept} is the catalog of another release: remove it"):
        catalog_in(tmp_path, 250)


def test_counts_of_processes_are_small_numbers():
    assert counts_of("1, 2,4") == [1, 2, 4]
    for text in ("0", "two", "1000"):
        with pytest.raises(SettingsError, match=rf"^--processes: {text}: must be numbers from 1 to 64"):
            counts_of(text)
