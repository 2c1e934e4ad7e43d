"""What was made of rows, kept by the rows themselves.

A page reads the same products as the page before. Equal rows make equal objects, so whoever has made one may show it
again: nothing here is ever out of date, since the rows are read anew each time. What is kept is shared by requests, and
must not be changed by any.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

FIELD_CHARACTERS = 8
"""What a value takes that is no text, in characters."""


class Kept[Row: Hashable, Value]:
    """Makes a value of each row, or has one from before.

    Of what was used lately it keeps about `max_characters` of rows: once the recent ones make half of that, they
    become the old ones, and of the former old ones go all that were not asked for since.
    """

    def __init__(self, make: Callable[[Row], Value], *, max_characters: int = 1 << 21) -> None:
        self._make = make
        self._half = max_characters // 2
        self._recent: dict[Row, Value] = {}
        self._old: dict[Row, Value] = {}
        self._characters = 0

    def __len__(self) -> int:
        return len(self._recent) + len(self._old)

    def of(self, row: Row) -> Value:
        """The value of the row; raises what making it raises."""
        found = self._recent.get(row)
        return self._found(row) if found is None else found

    def _found(self, row: Row) -> Value:
        found = self._old.pop(row, None)
        if found is None:
            found = self._make(row)
        self._recent[row] = found
        self._characters += characters_of(row)
        if self._characters > self._half:
            self._old, self._recent, self._characters = self._recent, {}, 0
        return found


def rows_of_each(keys: Iterable[str], rows: Iterable[Any], *, column: int) -> list[tuple[Any, ...]]:
    """The rows of each key, which stands in this column of theirs, in the order they came."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        group = found.get(row[column])
        if group is None:
            found[row[column]] = [row]
        else:
            group.append(row)
    return [tuple(found.get(key, ())) for key in keys]


def characters_of(row: Any) -> int:
    """About how much room the values of a row take, or of rows within rows."""
    if isinstance(row, str | bytes):
        return len(row) + FIELD_CHARACTERS
    if hasattr(row, "__len__"):
        return FIELD_CHARACTERS + sum(characters_of(value) for value in row)
    return FIELD_CHARACTERS
