"""Pictures, and texts with markup."""

from collections.abc import Mapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from domain.shared.making import dataclass

BLOCKS = frozenset(
    {"p", "div", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "br", "tr", "table", "blockquote", "pre", "hr"}
)
VOID = frozenset({"br", "hr", "img", "wbr", "col"})
MAX_TEXTS = 500
"""Of how many texts with markup the words are kept."""


@dataclass(frozen=True, slots=True)
class Image:
    """`url` is relative to this server unless it is absolute; sizes are in pixels."""

    url: str
    alt: str | None = None
    width: int | None = None
    height: int | None = None


def image_of(document: Mapping[str, Any] | None, alts: Mapping[str, str] | None = None) -> Image | None:
    """The image that a document describes, with its description from `alts` (by address) if there is one."""
    if document is None:
        return None
    url = document["url"]
    alt = (alts.get(url) if alts else None) or document.get("alt") or None
    return Image(url, alt, document.get("width"), document.get("height"))


@dataclass(frozen=True, slots=True)
class RichText:
    """A text with markup. `html` was made safe when it was stored."""

    html: str

    @property
    def text(self) -> str:
        """The words alone, one line for each block."""
        return _text_of(self.html)

    @property
    def json(self) -> list[Any]:
        """The markup as a tree: a string for text, `{"tag", "attributes", "children"}` for an element."""
        reader = _TreeReader()
        reader.feed(self.html)
        reader.close()
        return reader.roots


@lru_cache(maxsize=MAX_TEXTS)
def _text_of(html: str) -> str:
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return reader.text


def rich_text(html: str | None) -> RichText | None:
    return RichText(html) if html else None


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[list[str]] = [[]]

    @property
    def text(self) -> str:
        lines = (" ".join("".join(line).split()) for line in self._lines)
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        self._lines[-1].append(data)

    def _break_at(self, tag: str) -> None:
        if tag in BLOCKS:
            self._lines.append([])


class _TreeReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.roots: list[Any] = []
        self._open: list[tuple[str, list[Any]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        children: list[Any] = []
        self._children.append({"tag": tag, "attributes": dict(attrs), "children": children})
        if tag not in VOID:
            self._open.append((tag, children))

    def handle_endtag(self, tag: str) -> None:
        """Close the tag and what was left open within it; an end without a beginning is none."""
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        self._children.append(data)

    @property
    def _children(self) -> list[Any]:
        return self._open[-1][1] if self._open else self.roots
