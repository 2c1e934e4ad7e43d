"""Whether an answer is the one that a page shows, though ids and moments are others each time.

- A text with three dots, such as `cart_...`, stands for a value that begins as it does before them. The same text is
  the same value on the whole page, so that what an answer gave can be sent in a later example; `offer_...2` is another
  than `offer_...`.
- `...` alone stands for any text, each time another.
- A moment, a date or an order's number stands for any of its kind.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

DOTS = "..."
KINDS = (
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"),
    re.compile(r"\d{4}-\d\d-\d\d"),
    re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(-\d+)?"),
)


class Page:
    """What the texts with three dots stand for on one page."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def filled(self, shown: Any) -> Any:
        """What is shown, with the values that earlier answers gave."""
        if isinstance(shown, Mapping):
            return {name: self.filled(value) for name, value in shown.items()}
        if isinstance(shown, list):
            return [self.filled(value) for value in shown]
        if isinstance(shown, str):
            for text in sorted(self._known, key=len, reverse=True):
                if shown == text or shown.endswith(f" {text}"):
                    return shown.removesuffix(text) + self._known[text]
        return shown

    def differences(self, shown: Any, answered: Any) -> list[str]:
        """Where the answer is not as shown; empty if it is, which tells what its texts with three dots stand for."""
        known_before = dict(self._known)
        differences = list(self._compare(shown, answered, "answer"))
        if differences:
            self._known = known_before
        return differences

    def _compare(self, shown: Any, answered: Any, path: str) -> Iterator[str]:
        if isinstance(shown, dict) and isinstance(answered, dict) and shown.keys() == answered.keys():
            for name in shown:
                yield from self._compare(shown[name], answered[name], f"{path}.{name}")
        elif isinstance(shown, list) and isinstance(answered, list) and len(shown) == len(answered):
            for at, pair in enumerate(zip(shown, answered, strict=True)):
                yield from self._compare(*pair, f"{path}.{at}")
        elif not self._is_alike(shown, answered):
            yield f"{path} is {answered!r}, not {shown!r}"

    def _is_alike(self, shown: Any, answered: Any) -> bool:
        if not (isinstance(shown, str) and isinstance(answered, str)):
            return bool(shown == answered)
        if shown == DOTS:
            return True
        if DOTS in shown:
            is_known = shown in self._known or answered not in self._known.values()
            is_fit = answered.startswith(shown.partition(DOTS)[0])
            return is_fit and is_known and self._known.setdefault(shown, answered) == answered
        return any(kind.fullmatch(shown) and kind.fullmatch(answered) for kind in KINDS) or shown == answered
