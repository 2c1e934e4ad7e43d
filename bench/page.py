"""Writing figures into a page of documentation: `python -m bench.page PAGE RESULTS...`.

What several runs found is put together, the first that has a part giving it; starts of all of them count. Tables go
between the page's markers, plots and the figures themselves into a folder of the page's name beside it; all else in the
page stays.
"""

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.plots import plots
from bench.results import Run
from bench.stage import Start
from bench.written import paragraphs
from server.settings import SettingsError

BEGIN, END = "<!-- figures of `commerce bench` -->", "<!-- end of figures -->"
RESULTS = "results.json"


def write_page(run: Run, page: Path) -> None:
    """Replace what stands between the markers; SettingsError for a page without them."""
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SettingsError(f"--write: {page} does not hold {BEGIN} and {END}")
    folder = page.with_suffix("")
    folder.mkdir(exist_ok=True)
    (folder / RESULTS).write_bytes(run.as_json())
    drawn = plots(run)
    for plot in drawn:
        (folder / plot.file).write_text(plot.svg)
    body = "\n\n".join(paragraphs(run, {plot.place: f"![{plot.told}]({folder.name}/{plot.file})" for plot in drawn}))
    page.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}")


def merged(runs: Sequence[Run]) -> Run:
    """The first run, with the parts that it lacks from those after it, and with the starts of all."""
    first, *others = runs
    found = {field.name: getattr(first, field.name) for field in dataclasses.fields(first)}
    for name, value in found.items():
        if not value:
            found[name] = next((given for other in others if (given := getattr(other, name))), value)
    starts: dict[str, list[Start]] = {}
    for run in runs:
        for name, those in run.starts.items():
            starts.setdefault(name, []).extend(those)
    return Run(**found | {"starts": starts})


def main(page: str, *results: str) -> None:
    write_page(merged([Run.from_json(Path(each).read_bytes()) for each in results]), Path(page))


if __name__ == "__main__":
    main(*sys.argv[1:])
