"""Ids as clients send them: parsed once, at the edge."""

from collections.abc import Callable

from domain.shared.errors import RequestFault
from domain.shared.ids import prefix_of


def parse_id[Id: str](value: str, prefix: str, make: Callable[[str], Id]) -> Id:
    """`parse_id(text, "cart", CartId)`: the id, or BAD_USER_INPUT if the text is not the id of a cart."""
    if prefix_of(value) != prefix:
        raise RequestFault(f"Not the id of a {prefix.replace('_', ' ')}.")
    return make(value)
