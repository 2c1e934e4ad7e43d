"""What was made of rows, kept to be shown again.

A page reads the same products as the page before. What is made of the same facts is the same, so it is kept by what
tells the facts apart: by a product's stamp, which changes with each change of it, or by the rows themselves. Either is
read anew each time, so nothing here is ever out of date. What is kept is shared by requests, and must not be changed by
any.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

FIELD_CHARACTERS = 8
"""What a value takes that is no text, in characters."""


class Kept[Key: Hashable, Value]:
    """Values by keys.

    Of what was used lately it keeps about `max_characters`, each of which takes five bytes of memory: once the recent
    ones make half of that, they become the old ones, and of the former old ones go all that were not asked for since.
    """

    def __init__(self, *, max_characters: int = 1 << 19) -> None:
        self._half = max_characters // 2
        self._recent: dict[Key, tuple[Value, int]] = {}
        self._old: dict[Key, tuple[Value, int]] = {}
        self._characters = 0

    def __len__(self) -> int:
        return len(self._recent) + len(self._old)

    def get(self, key: Key) -> Value | None:
        found = self._recent.get(key)
        if found is None and (found := self._old.pop(key, None)) is not None:
            self.put(key, *found)
        return None if found is None else found[0]

    def put(self, key: Key, value: Value, characters: int) -> None:
        """Keep a value that takes about so many characters."""
        self._recent[key] = value, characters
        self._characters += characters
        if self._characters > self._half:
            self._old, self._recent, self._characters = self._recent, {}, 0


def rows_of_each(keys: Sequence[str], rows: Iterable[Any], *, column: int) -> list[tuple[Any, ...]]:
    """The rows of each key, of which one stands in this column of each row, in the order they came."""
    found: dict[str, list[Any]] = {key: [] for key in keys}
    for row in rows:
        found[row[column]].append(row)
    return [tuple(found[key]) for key in keys]


def characters_of(row: Any) -> int:
    """About how much room the values of a row take, or of rows within rows."""
    if isinstance(row, str | bytes):
        return len(row) + FIELD_CHARACTERS
    if hasattr(row, "__len__"):
        return FIELD_CHARACTERS + sum(characters_of(value) for value in row)
    return FIELD_CHARACTERS
