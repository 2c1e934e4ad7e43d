"""Whoever loses a session, a key or a right loses at once what they follow by it."""

import pytest

from tests.abuse.listening import listening
from tests.abuse.world import World

ENDED = {
    "a session": ("ada", "cartChanged", "UPDATE session SET revoked_at = now()"),
    "a key": ("program", "orderChanged", "UPDATE api_key SET revoked_at = now()"),
    "a membership": ("val", "vendorOrderEvents", "DELETE FROM vendor_member"),
    "staff": ("stacy", "orderEvents", "DELETE FROM staff_member"),
    "a scope": ("stacy", "orderEvents", "UPDATE staff_member SET scopes = '{}'"),
}


@pytest.mark.parametrize("what", ENDED)
async def test_a_subscription_ends_with(world: World, what: str):
    party, field, sql = ENDED[what]
    things, order = world.things, world.bought["ada"].order
    arguments = {
        "cartChanged": f'id: "{things["ada_cart"]}"',
        "orderChanged": f'id: "{order}"',
        "vendorOrderEvents": f'vendorId: "{things["vendor"]}", after: "{await first_cursor(world)}"',
        "orderEvents": f'after: "{await first_cursor(world)}"',
    }[field]

    async with listening(world, party, f"subscription {{ {field}({arguments}) {{ id }} }}") as heard:
        assert (await heard())["data"][field]["id"]
        await world.pool.execute(sql)
        while "errors" not in (last := await heard()):
            pass

    assert [error["extensions"]["code"] for error in last["errors"]] == ["UNAUTHENTICATED"]


async def first_cursor(world: World) -> str:
    found = await world["program"].ask("{ events(first: 1) { nodes { cursor } } }")
    cursor: str = found["events"]["nodes"][0]["cursor"]
    return cursor
