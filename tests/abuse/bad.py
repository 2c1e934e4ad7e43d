"""Values that no client should send, by the type of the place they are sent to.

`Raw` stands for a piece of JSON that only an escape can write, such as half a surrogate pair.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

from persistence.ids import new_id
from persistence.paging import encode_cursor

MANY = 10_000
LONG = "x" * 200_000
TOO_LONG = "x" * (1 << 20)
BIDI = "\u202egnp.exe\u2066\u200f"
EMOJI = "👩\u200d👩\u200d👧 🏳️\u200d🌈"
FORMATS = "%s %n {0} ${x} '; DROP TABLE customer; -- <script>alert(1)</script> ../../etc/passwd"


@dataclass(frozen=True)
class Raw:
    """JSON as it is written."""

    text: str


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


TEXTS: tuple[Any, ...] = (
    "",
    " \t\n",
    LONG,
    TOO_LONG,
    "\0",
    "a\0b",
    Raw('"\\ud800"'),
    EMOJI,
    BIDI,
    "\x01\x1f\x7f\x9b",
    "e\u0301" * 500,
    "\uffff\U0010ffff",
    FORMATS,
)
NUMBERS: tuple[Any, ...] = (-1, 0, 10**6, 2**31 - 1, -(2**31), 2**31, 2**53, 2**63, 10**30, 1.5, 1e308, "1", True)
ANYTHING: tuple[Any, ...] = (None, [], {}, deep(200), [None], {"a": {"b": [{}]}}, True)
LEAVES: Mapping[str, tuple[Any, ...]] = {
    "String": TEXTS,
    "ID": (
        *TEXTS,
        7,
        2**53,
        -1,
        "product_",
        "product_" + "z" * 26,
        "PRODUCT_01JD3KQ0R2E5TA3WBZ9X7M4H6N",
        "query_" + "0" * 26,
    ),
    "Int": NUMBERS,
    "MinorUnits": NUMBERS,
    "Float": (*NUMBERS, Raw("1e400"), Raw("NaN"), Raw("-Infinity"), -1e308, 5e-324),
    "Boolean": ("true", 1, "", None),
    "Decimal": ("", "NaN", "Infinity", "-Infinity", "1e999999999", "1" * 500, "0x10", 10**40, 1.5, "-0", "١٢", "1_0"),
    "DateTime": ("", "0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "2026-02-30T00:00:00Z", "now", 0, LONG),
    "Date": ("", "0000-00-00", "2026-02-30", "10000-01-01", 0, LONG),
    "CurrencyCode": ("", "XXX", "eur", "EUR ", "€", 5, LONG, "\0", "JPY"),
    "CountryCode": ("", "XX", "de", "DEU", 5, LONG, "\0", "KP"),
    "LanguageTag": ("", "xx-" + "a" * 300, "de_DE", "i-klingon", 5, LONG, "\0"),
    "JSON": (LONG, "\0", deep(200), {"\0": 1}, {"a" * 100_000: 1}, 10**30, [[]] * MANY),
    "_Any": (
        {},
        {"__typename": "Nothing", "id": "1"},
        {"__typename": "Product"},
        {"__typename": "Query", "id": "1"},
        {"__typename": "Product", "id": 5},
        {"__typename": "Product", "id": None},
        {"__typename": "Product", "id": []},
        {"__typename": "Vendor", "slug": {}},
        {"__typename": "Money", "id": "1"},
        {"__typename": ["Product"]},
        "x",
        5,
        deep(200),
        {"__typename": "Product", "id": LONG},
        {"__typename": "Product", "id": "\0"},
        {"__typename": "\0", "id": "1"},
        {"__typename": "Product", "sku": "x"},
        {"__typename": "Order", "id": "x", "id2": 5},
        {"__typename": "PageInfo"},
    ),
}
PREFIXES = (
    "product", "variant", "offer", "vendor", "warehouse", "customer", "api_key", "cart", "cart_line", "checkout",
    "order", "vendor_order", "order_line", "fulfillment", "payment", "event", "market", "price_list", "session",
    "staff_member", "query", "mutation", "string", "page_info", "money", "generic_error", "admin_root", "node",
)  # fmt: skip
KEYS: tuple[tuple[Any, ...], ...] = ((), (-1,), (2**62,), (0.5,), ("x",), (None,), ([],), (True,), (10**18, "x"))
CURSORS = (
    *("=", "é", "AAAA", "bnVsbA", "W10", "e30"),
    *(encode_cursor(name, *key) for name in ("events", "search", "order_lines") for key in KEYS),
)


def bad_values(kind: GraphQLInputType, name: str) -> Iterator[Any]:
    """What not to send to a place of this type and name."""
    if isinstance(kind, GraphQLNonNull):
        yield None
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        yield from ([None], [[]], [[[]]], "x", {})
        yield from ([value] for value in bad_values(kind.of_type, name))
        return
    yield from ANYTHING
    if isinstance(kind, GraphQLInputObjectType):
        yield from ("x", 1, {"unknown": 1}, {"": 1}, [{}] * 100)
    elif isinstance(kind, GraphQLEnumType):
        yield from ("", "NOTHING", 0, next(iter(kind.values)).lower(), LONG, "\0")
    else:
        yield from LEAVES[kind.name]
    if name in ("after", "before"):
        yield from CURSORS
    if name.endswith(("id", "Id", "ids", "source", "target")):
        yield from (new_id(prefix) for prefix in PREFIXES)


def many(kind: GraphQLInputType, good: Any) -> list[Any] | None:
    """Too many of what a list takes; None where there is no list."""
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if not isinstance(inner, GraphQLList):
        return None
    one = good[0] if isinstance(good, list) and good else "x"
    return [one] * MANY


def as_json(value: Any) -> str:
    """JSON of a value that may hold `Raw` pieces; beyond ASCII all is escaped."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)}: {as_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_json, value)) + "]"
    return json.dumps(value)
