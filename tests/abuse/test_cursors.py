"""Cursors that another list gave, or nobody: refused in every list, and never a fault."""

import base64
import json
from typing import Any

from persistence.paging import encode_cursor
from tests.abuse.world import World

LISTS = {
    "search": ("guest", "search(input: {}, first: 1%s)"),
    "search by price": ("guest", "search(input: {sort: PRICE_ASC}, first: 1%s)"),
    "category": ("guest", 'category(slug: "lamps") { products(first: 1%s)'),
    "collection": ("guest", 'collection(slug: "lights") { products(first: 1%s)'),
    "variants": ("guest", 'product(slug: "lamp") { variants(first: 1%s)'),
    "events": ("stacy", "events(first: 1%s)"),
    "orders": ("stacy", "admin { orders(first: 1%s)"),
    "customers": ("stacy", "admin { customers(first: 1%s)"),
    "products": ("stacy", "admin { products(first: 1%s)"),
    "vendors": ("stacy", "admin { vendors(first: 1%s)"),
    "own orders": ("ada", "viewer { orders(first: 1%s)"),
    "parts": ("vic", 'vendorPortal(vendorId: "OTHER") { orders(first: 1%s)'),
    "offers": ("vic", 'vendorPortal(vendorId: "OTHER") { offers(first: 1%s)'),
}
ODD: tuple[Any, ...] = ("", "x" * 5_000, "\u202e", -1, 2**63 - 1, 0, 1.5, None, [], {}, True, "9999-12-31T23:59:59Z")


async def page(world: World, name: str, after: str | None) -> Any:
    """The answer of a list from a cursor on."""
    party, field = LISTS[name]
    given = "" if after is None else f", after: {json.dumps(after)}"
    closing = " }" * field.count(" { ")
    text = field.replace("%s", given).replace("OTHER", world.things["other_vendor"])
    return await world[party].told(f"{{ {text} {{ pageInfo {{ endCursor }} }}{closing} }}")


def end_cursor(answer: Any) -> str:
    found = answer["data"]
    while "endCursor" not in found:
        found = next(iter(found.values()))
    cursor: str = found["endCursor"]
    return cursor


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


async def test_the_cursor_of_another_list_is_refused(world: World):
    cursors = {name: end_cursor(await page(world, name, None)) for name in LISTS}

    for name in LISTS:
        for other, cursor in cursors.items():
            answer = await page(world, name, cursor)
            assert codes(answer) == ([] if list_of(cursor) == list_of(cursors[name]) else ["BAD_USER_INPUT"]), (
                name,
                other,
            )


def list_of(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0]


async def test_cursors_that_were_tampered_with_are_never_a_fault(world: World):
    for name in LISTS:
        own = end_cursor(await page(world, name, None))
        list_name, *key = json.loads(base64.urlsafe_b64decode(own + "=" * (-len(own) % 4)))
        for at in range(len(key)):
            for odd in ODD:
                tampered = encode_cursor(list_name, *key[:at], odd, *key[at + 1 :])
                answer = await page(world, name, tampered)
                assert codes(answer) in ([], ["BAD_USER_INPUT"]), (name, at, odd, answer)
