"""What the pages for users show is what a store answers, and where their links lead there is something."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from persistence.engine import SESSION
from server.sample_accounts import EVENTS_KEY, PASSWORD, SHOPPER, STAFF
from tests.docs.conftest import LOOK_SECONDS, PATIENCE_SECONDS
from tests.docs.examples import Example, examples_of
from tests.docs.likeness import Page

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
SHOWING = [page for page in PAGES if examples_of(page)]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)

KNOWN_TO_PGBOUNCER = {"application_name", "client_encoding", "datestyle", "standard_conforming_strings", "timezone"}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", SHOWING, ids=name)
def test_every_example_is_answered_as_the_page_shows(reader: httpx2.Client, page: Path):
    found = Page()

    for example in examples_of(page):
        assert differences(reader, example, found) == [], f"{name(page)}:{example.line}"


def differences(reader: httpx2.Client, example: Example, page: Page) -> list[str]:
    """Where the answer is not as shown. A query is asked again for a while: the log hears of events a moment later."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answered = ask(reader, example, page)
        if answered is None:
            return ["not answered"]
        found = [] if example.answer is None else page.differences(example.answer, answered)
        if not found or not example.is_query or time.monotonic() > deadline:
            return found
        time.sleep(LOOK_SECONDS)


def ask(reader: httpx2.Client, example: Example, page: Page) -> Any:
    """The answer to an example; of a stream, whether it is one."""
    method = "GET" if example.body is None else "POST"
    body, headers = page.filled(example.body), page.filled(example.headers)
    with reader.stream(method, example.path, json=body, headers=headers) as response:
        if example.is_stream:
            return response.headers["content-type"].startswith("text/event-stream") or None
        response.read()
        return response.json()


@pytest.mark.parametrize("shown", ["README.md", "docs/getting-started.md", "docs/api.md"])
def test_the_pages_that_users_copy_from_have_examples_with_answers(shown: str):
    examples = examples_of(ROOT / shown)

    assert len(examples) >= 2
    assert [example.line for example in examples if example.answer is None and not example.is_stream] == []


def test_the_sample_accounts_are_those_of_the_store():
    told = (ROOT / "docs/getting-started.md").read_text()

    for word in (SHOPPER, STAFF, PASSWORD, EVENTS_KEY):
        assert f"`{word}`" in told


def test_pgbouncer_is_told_of_every_parameter_that_it_does_not_know():
    (told,) = re.findall(r"ignore_startup_parameters = (\S+)", (ROOT / "docs/deploying.md").read_text())

    assert set(told.split(",")) == SESSION.keys() - KNOWN_TO_PGBOUNCER


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_to_a_place_in_the_repository_leads_there(page: Path):
    lost = [link for link in links_of(page) if not leads_somewhere(page, link)]

    assert lost == []


def links_of(page: Path) -> Iterator[str]:
    for found in LINK.finditer(FENCED.sub("", page.read_text())):
        if "://" not in found[1]:
            yield found[1]


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors_of(target))


def anchors_of(page: Path) -> set[str]:
    """The names that headings have as the targets of links."""
    headings = HEADING.findall(FENCED.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
