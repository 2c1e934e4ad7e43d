"""What a run found, beside its aims, on a terminal, in a file and on a page."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.aims import DEPLOYED, shown
from bench.load import seen
from bench.page import BEGIN, END, merged, write_page
from bench.report import print_run, whole
from bench.results import Followed, Growth, Indexing, Intake, ProcessCount, Run, ShopLoad, Size, Soak
from bench.stage import Start
from bench.svg import Bar, bars
from server.settings import SettingsError
from tests.bench.runs import make_cost, make_line, make_run

SVG = "{http://www.w3.org/2000/svg}"


FOLLOWED = Indexing(500, Followed(0.5, 1.0), Followed(0.25, 0.5))


def full_run() -> Run:
    """A run of everything."""
    shop = ShopLoad(make_cost(), {"search": seen([3.0], 1.0)}, 0)
    lines = [
        make_line("list", limit=make_cost(0.5), is_same_answer=True),
        make_line("checkout", requests_per_turn=5, limit=make_cost(0.25), flat_out=make_cost(0.2, 0.4)),
    ]
    return make_run(
        starts={DEPLOYED: [Start(1.25, 1.0, 1.1), Start(1.0, 0.9, 0.9), Start(2.0, 1.5, 1.6)]},
        memory_bytes={"web": 140 * 2**20},
        lines=lines,
        shop=shop,
        sizes=[
            Size(size, size * 1000, [make_line("search", limit=make_cost(0.5))], FOLLOWED) for size in (10_000, 20_000)
        ],
        growth=Growth(10_000, 1_000_000, make_cost(1.0), make_cost(1.2, 0.9)),
        processes=[ProcessCount(2, [make_line("list")], shop, [10, 20])],
        intake=Intake(1_000, 10.0, FOLLOWED),
        soak=Soak(60, [(10.0, 90), (300.0, 100), (3600.0, 103)], 300.0, shop),
    )


def test_each_figure_stands_beside_its_aim():
    figures = {each.aim.name: round(each.figure, 2) for each in shown(full_run()) if each.aim.unit}

    assert figures == {
        "list": 2.0,
        "search": 1.5,
        "checkout": 2.0,
        "growth": 1.2,
        "start": 1.25,
        "memory": 140.0,
        "soak": 1.03,
    }
    assert all(each.is_met for each in shown(full_run()))


def test_what_was_not_measured_is_not_shown():
    assert shown(make_run()) == []


def test_a_ratio_to_other_bytes_is_no_success():
    run = make_run(lines=[make_line("list", limit=make_cost(9.0), is_same_answer=False)])

    aim = next(each for each in shown(run) if each.aim.name == "list")

    assert aim.is_doubtful
    assert not aim.is_met


def test_search_is_told_of_the_catalog_nearest_to_twenty_thousand():
    sizes = [
        Size(10_000, 1, [make_line("search", limit=make_cost(0.5))]),
        Size(1_000_000, 1, [make_line("search", limit=make_cost(0.1))]),
    ]

    (aim,) = shown(make_run(lines=[make_line("search", limit=make_cost(0.2))], sizes=sizes))

    assert aim.figure == 1.5
    assert aim.title.endswith(": 10,000 products")


def test_a_run_is_read_from_its_file_as_it_was():
    run = full_run()

    assert Run.from_json(run.as_json()) == run


def test_parts_that_a_run_lacks_come_from_those_after_it():
    full, partial = full_run(), make_run(memory_bytes={"web": 1})

    found = merged([partial, full])

    assert found.memory_bytes == {"web": 1}
    assert found.soak == full.soak
    assert found.sizes == full.sizes


def test_starts_of_all_runs_count():
    slow, quick = Start(1.7, 1.6, 1.6), Start(1.2, 1.1, 1.1)
    runs = [make_run(starts={DEPLOYED: [slow]}), make_run(), make_run(starts={"new": [slow], DEPLOYED: [quick] * 2})]

    found = merged(runs)

    assert found.starts == {DEPLOYED: [slow, quick, quick], "new": [slow]}
    assert {each.aim.name: each.figure for each in shown(found)}["start"] == 1.2


def test_what_a_whole_purchase_takes_is_told_of_all_its_requests():
    line = make_line("checkout", title="whole checkout", requests_per_turn=5, cost=make_cost(2.0, 1.5, 0.5))

    told = whole(replace(line, statements=30))

    assert told == (
        "One whole checkout (5 requests): 30 statements; CPU of the web process 10.0 ms, of PostgreSQL 7.5 ms (the "
        "worker's statements included), of the worker 2.5 ms"
    )


def test_a_run_is_printed_with_all_its_parts(capsys: pytest.CaptureFixture[str]):
    print_run(full_run())

    printed = capsys.readouterr().out
    for words in (
        "the list",
        "10,000 products",
        "mix of a shop",
        "0 errors",
        "140 MB",
        "500",
        "2.50 times its statements",
        "met",
    ):
        assert words in printed


def test_how_the_index_follows_is_told_by_size_of_the_catalog():
    run = replace(full_run(), products=15_000)

    assert [products for products, _ in run.indexings] == [10_000, 15_000, 20_000]
    assert FOLLOWED.per_second == [1_000, 500, 2_000, 1_000]


def test_a_page_gets_figures_between_its_markers_and_keeps_its_words(tmp_path: Path):
    page = tmp_path / "speed.md"
    page.write_text(f"# Speed\n\n{BEGIN}\nold\n{END}\n\nWhy.\n")

    write_page(full_run(), page)
    once = page.read_text()
    write_page(full_run(), page)

    assert page.read_text() == once
    assert once.startswith(f"# Speed\n\n{BEGIN}\n\nMeasured on 2026-01-02 at revision `1234abc`: 2 CPUs")
    assert once.endswith(f"{END}\n\nWhy.\n")
    assert "old" not in once
    assert "1.20 times as much; 0.90 and 0.50 ms of PostgreSQL, which makes 1.40 times as much of both" in once
    assert "2 times a second instead of 2, take 1.0 ms of what sends them and 2.0 ms of PostgreSQL" in once
    assert "takes 2.50 times as much" in once
    assert "| 20,000 | 500 | 1,000 | 500 |" in once
    assert "| list page of 20 products, uncached, against by hand | 2.00 × | 2.00 × | met |" in once
    for picture in ("aims", "operations", "sizes", "processes", "memory"):
        assert f"(speed/{picture}.svg)" in once
        assert (tmp_path / "speed" / f"{picture}.svg").exists()
    assert Run.from_json((tmp_path / "speed" / "results.json").read_bytes()) == full_run()


def test_a_page_without_markers_is_left_alone(tmp_path: Path):
    page = tmp_path / "speed.md"
    page.write_text("# Speed\n")

    with pytest.raises(SettingsError, match=r"^--write: .*speed\.md does not hold"):
        write_page(full_run(), page)

    assert page.read_text() == "# Speed\n"


def test_a_plot_draws_to_scale_and_says_its_figures_in_words():
    svg = bars("CPU <ms>", [Bar("slow", [3.0, 1.0], "4.00"), Bar("quick", [1.0, 1.0], "2.00", aim=3.0)])

    root = ET.fromstring(svg)
    widths = [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect")]
    assert widths == [300.0, 100.0, 100.0, 100.0]
    assert root.findtext(f"{SVG}title") == "CPU <ms>"
    assert root.findtext(f"{SVG}desc") == "slow: 4.00; quick: 2.00"
    (aim,) = root.iter(f"{SVG}line")
    assert aim.attrib["x1"] == "550.0"
