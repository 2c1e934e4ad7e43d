"""The examples that the pages for users show, as they stand there: what to send, and what is said to come back.

A fenced block of `graphql` is an operation, one of `sh` that begins with `curl` is a request. Blocks behind it belong
to it, as far as they come in this order: `json variables` and `http` (headers) are sent with it, `json` is the answer.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DATA_OPTIONS = ("--json", "--data", "-d")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: what it holds (`json`, `json variables`), its text, and the line it begins at."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Example:
    """A request to `path`, and the answer that is shown for it; None where none is."""

    line: int
    body: Mapping[str, Any] | None
    path: str = "/graphql"
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: Any = None

    @property
    def is_query(self) -> bool:
        """Whether it can be asked again."""
        return self.body is not None and str(self.body.get("query", "")).lstrip().startswith(("query", "{"))

    @property
    def is_stream(self) -> bool:
        """Whether it asks for server-sent events, which have no end."""
        return "text/event-stream" in self.headers.get("Accept", "")


def blocks_of(text: str) -> Iterator[Block]:
    for found in FENCE.finditer(text):
        yield Block(found[1].strip(), found[2], text.count("\n", 0, found.start()) + 1)


def examples_of(page: Path) -> list[Example]:
    """All examples of a page, in the order in which a reader tries them."""
    blocks = list(blocks_of(page.read_text()))
    found = []
    for at, block in enumerate(blocks):
        following = blocks[at + 1 :]
        if block.kind == "graphql":
            found.append(_operation(block, following))
        elif block.kind == "sh" and block.text.startswith("curl"):
            found.append(_command(block, following))
    return found


def _operation(block: Block, following: Sequence[Block]) -> Example:
    told = _belonging(following, "json variables", "http", "json")
    body: dict[str, Any] = {"query": block.text}
    if "json variables" in told:
        body["variables"] = orjson.loads(told["json variables"])
    return Example(block.line, body, headers=_headers(told.get("http", "").splitlines()), answer=_answer(told))


def _command(block: Block, following: Sequence[Block]) -> Example:
    """What a curl command sends."""
    words = iter(shlex.split(block.text.replace("\\\n", " "))[1:])
    url, body, headers = "", None, []
    for word in words:
        if word in DATA_OPTIONS:
            body = orjson.loads(next(words))
        elif word in ("-H", "--header"):
            headers.append(next(words))
        elif not word.startswith("-"):
            url = word
    path = "/" + url.partition("://")[2].partition("/")[2]
    return Example(block.line, body, path, _headers(headers), _answer(_belonging(following, "json")))


def _belonging(following: Sequence[Block], *kinds: str) -> Mapping[str, str]:
    """The blocks of these kinds, in this order, that come before any other."""
    found: dict[str, str] = {}
    waiting = list(kinds)
    for block in following:
        if block.kind not in waiting:
            break
        found[block.kind] = block.text
        del waiting[: waiting.index(block.kind) + 1]
    return found


def _headers(lines: Sequence[str]) -> Mapping[str, str]:
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _answer(told: Mapping[str, str]) -> Any:
    return orjson.loads(told["json"]) if "json" in told else None
