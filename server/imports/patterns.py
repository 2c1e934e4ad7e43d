"""Many regular expressions searched in a text at once, by running only those of which a literal stands in it."""

import re
from collections.abc import Callable, Iterator, Sequence

START = 2
"""Characters by which literals are looked up; shorter ones are not looked for."""

_MARK = r"\\.|\[[^\]]*\]"
_INNER = rf"(?:{_MARK}|[^()\\])*"
_PIECE = re.compile(
    rf"(?:(?P<group>\((?:{_MARK}|[^()\\]|\({_INNER}\))*\))|(?P<mark>{_MARK}|[.^$])|(?P<plain>.))"
    r"(?P<times>[?*+]|\{[^}]*\})?"
)
"""A step of an expression whose groups are at most two deep, and how often it may be repeated."""


class FirstFound[Answer]:
    """Calling it with a text gives the answer of the first rule whose pattern is found in the text, or None."""

    def __init__(self, rules: Sequence[tuple[Answer, str]]) -> None:
        self._answers = [answer for answer, _ in rules]
        self._searches = [re.compile(pattern).search for _, pattern in rules]
        self._without: dict[int, Callable[[str], object]] = {}
        self._by_start: dict[str, list[tuple[str, int]]] = {}
        for number, (_, pattern) in enumerate(rules):
            self._add(number, pattern)

    def _add(self, number: int, pattern: str) -> None:
        rest = []
        for branch in _branches(pattern):
            literals = _literals_of_branch(branch)
            if not literals:
                rest.append("".join(piece[0] for piece in branch))
            for literal in sorted(literals):
                self._by_start.setdefault(literal[:START], []).append((literal, number))
        if rest:
            self._without[number] = re.compile("|".join(rest)).search

    def __call__(self, text: str) -> Answer | None:
        likely = self._likely(text)
        for number in sorted(likely | self._without.keys()):
            search = self._searches[number] if number in likely else self._without[number]
            if search(text):
                return self._answers[number]
        return None

    def _likely(self, text: str) -> set[int]:
        """The rules of which a literal stands in the text."""
        likely, by_start = set[int](), self._by_start
        for at in range(len(text) - START + 1):
            for literal, number in by_start.get(text[at : at + START], ()):
                if text.startswith(literal, at):
                    likely.add(number)
        return likely


def literals_of(pattern: str) -> frozenset[str]:
    """Texts of which at least one stands wherever the pattern is found; none where nothing can be said of it."""
    literals: set[str] = set()
    for branch in _branches(pattern):
        found = _literals_of_branch(branch)
        if not found:
            return frozenset()
        literals |= found
    return frozenset(literals)


def _literals_of_branch(branch: Sequence[re.Match[str]]) -> frozenset[str]:
    choice = max(_choices(branch), key=lambda texts: min(map(len, texts)), default=frozenset[str]())
    return choice if choice and min(map(len, choice)) >= START else frozenset()


def _branches(pattern: str) -> Iterator[list[re.Match[str]]]:
    """The alternatives of a pattern, each as its pieces."""
    branch: list[re.Match[str]] = []
    for piece in _PIECE.finditer(pattern):
        if piece["plain"] == "|":
            yield branch
            branch = []
            continue
        assert piece["plain"] not in ("(", ")", "["), f"groups are nested too deeply in {pattern!r}"
        branch.append(piece)
    yield branch


def _choices(branch: Sequence[re.Match[str]]) -> Iterator[frozenset[str]]:
    """Each set of texts one of which must stand where the alternative is found."""
    run = ""
    for piece in branch:
        if piece["plain"] and not piece["times"]:
            run += piece["plain"]
            continue
        if run:
            yield frozenset({run})
        run = ""
        if piece["group"] and not piece["times"] and not piece["group"].startswith("(?"):
            literals = literals_of(piece["group"][1:-1])
            if literals:
                yield literals
    if run:
        yield frozenset({run})
