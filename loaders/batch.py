"""Putting rows back in the order of the keys that asked for them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence


def one_per_key[Key, Value](
    keys: Sequence[Key], values: Iterable[Value], key_of: Callable[[Value], Key]
) -> list[Value | None]:
    """The value of each key, or None."""
    found = {key_of(value): value for value in values}
    return [found.get(key) for key in keys]


def many_per_key[Key, Value](
    keys: Sequence[Key], values: Iterable[Value], key_of: Callable[[Value], Key]
) -> list[list[Value]]:
    """The values of each key, in the order they came."""
    found: dict[Key, list[Value]] = defaultdict(list)
    for value in values:
        found[key_of(value)].append(value)
    return [found[key] for key in keys]
