"""What answers are made of, by the names under which their changes are told.

A product's id stands for all that is known of it: its words, its versions, their prices and stock. What changes rarely,
such as a market, a category or a vendor, is part of every answer's `EVERYTHING`. A loader that does not say what it
reads makes answers of something `UNKNOWN`, and they are not kept.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from execution.answers import UNKNOWN

PRODUCTS = "products"
"""All products: changes with each of them."""
LISTS = "lists"
"""Which products lists and searches find, and in which order."""
ORDERS = "orders"
"""What has been sold: changes with each order, and with what comes of it."""

type SourcesOf = Callable[[Sequence[Any], Sequence[Any]], Iterable[str]]
"""The sources of what a loader found (second) for its keys (first)."""

type Read = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]
type Find = Callable[[Sequence[Any]], Mapping[Any, Any]]


def unknown(_keys: Sequence[Any], _found: Sequence[Any]) -> Iterable[str]:
    return (UNKNOWN,)


def rarely_changed(_keys: Sequence[Any], _found: Sequence[Any]) -> Iterable[str]:
    """What is part of every answer anyway."""
    return ()


def of_products(keys: Sequence[Any], _found: Sequence[Any]) -> Iterable[str]:
    """For a loader whose keys are ids of products."""
    return keys


def of_their_products(_keys: Sequence[Any], found: Sequence[Any]) -> Iterable[str]:
    """For a loader that finds what has a `product_id`; whatever is not there may come with any product."""
    return [PRODUCTS if each is None or isinstance(each, Exception) else each.product_id for each in found]


def noting(read: Read, sources_of: SourcesOf, sources: set[str]) -> Read:
    """The same reading, which notes the sources of what it finds."""

    async def read_and_note(keys: Sequence[Any]) -> Sequence[Any]:
        found = await read(keys)
        sources.update(sources_of(keys, found))
        return found

    return read_and_note


def noting_kept(find: Find, sources_of: SourcesOf, sources: set[str]) -> Find:
    """The same finding of what is kept, which notes the sources of what it finds."""

    def find_and_note(keys: Sequence[Any]) -> Mapping[Any, Any]:
        found = find(keys)
        sources.update(sources_of(list(found), list(found.values())))
        return found

    return find_and_note
