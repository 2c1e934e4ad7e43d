"""Carts that were left: told once for each version, of those whose shoppers can be reminded."""

import asyncio
import json
from dataclasses import replace

import pytest

from domain.cart.abandoning.usecases import tell_abandoned
from domain.shared.actor import Actor
from domain.shared.ids import CartId
from tests.factories.balances import customer
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper


@pytest.fixture
async def mine(shop: Buying) -> Buying:
    return replace(shop, actor=Actor(customer_id=await customer(shop.pool, "ada@example.com")))


async def cart_of(shop: Buying) -> CartId:
    """A cart that was changed just now."""
    cart = await shop.cart((await shop.offer(), 2))
    await changed_now(shop, cart)
    return cart


async def changed_now(shop: Buying, cart: CartId) -> None:
    await shop.pool.execute("UPDATE cart SET updated_at = $2 WHERE id = $1", cart, shop.now)


async def told(shop: Buying, **later: float) -> list[str]:
    """Of which carts the sweep tells after some time."""
    before = await shop.count("event")
    after = shop.later(**later) if later else shop
    await tell_abandoned(after.unit_of_work(), now=after.now, limit=50)
    rows = await shop.pool.fetch(
        "SELECT subject_id FROM event WHERE type = 'CART_ABANDONED' ORDER BY recorded_at DESC LIMIT $1",
        await shop.count("event") - before,
    )
    return [row["subject_id"] for row in rows]


async def test_a_customers_cart_is_told_of_an_hour_after_its_last_change_and_once(mine: Buying):
    cart = await cart_of(mine)

    assert await told(mine, minutes=59) == []
    assert await told(mine, minutes=60) == [cart]
    assert await told(mine, minutes=61) == []


async def test_a_changed_cart_is_told_of_again(mine: Buying):
    cart = await cart_of(mine)
    await told(mine, minutes=60)

    later = mine.later(hours=2)
    await later.add(cart, (await mine.offer(), 1))
    await changed_now(later, cart)

    assert await told(later, minutes=59) == []
    assert await told(later, minutes=60) == [cart]


async def test_each_market_says_how_long_it_waits(mine: Buying):
    cart = await cart_of(mine)
    await mine.pool.execute("UPDATE market SET abandoned_after_minutes = NULL")
    assert await told(mine, days=2) == []

    await mine.pool.execute("UPDATE market SET abandoned_after_minutes = 2880")

    assert await told(mine, days=1) == []
    assert await told(mine, days=2) == [cart]


async def test_a_guest_is_known_by_the_email_told_in_a_checkout(shop: Buying):
    unknown, known = await cart_of(shop), await cart_of(shop)
    await shop.start(unknown)
    await shop.update(await shop.start(known), email="ada@example.com")

    assert await told(shop, minutes=61) == [known]


async def test_goods_that_a_checkout_holds_are_not_left(mine: Buying):
    cart = await cart_of(mine)
    late = mine.later(minutes=55)
    await late.start(cart)

    assert await told(mine, minutes=61) == []
    assert await told(mine, minutes=71) == [cart]


async def test_what_is_ordered_merged_empty_or_a_draft_is_never_told_of(mine: Buying):
    empty, merged, draft = [await cart_of(mine) for _ in range(3)]
    await mine.complete(await mine.ready((await mine.offer(), 1)))
    await mine.pool.execute("DELETE FROM cart_line WHERE cart_id = $1", empty)
    await mine.pool.execute("UPDATE cart SET state = 'MERGED' WHERE id = $1", merged)
    await mine.pool.execute("UPDATE cart SET draft = '{}' WHERE id = $1", draft)
    await mine.pool.execute("UPDATE cart SET updated_at = $1", mine.now)

    assert await told(mine, days=1) == []


async def test_workers_beside_each_other_tell_of_each_cart_once(mine: Buying):
    carts = {await cart_of(mine) for _ in range(6)}
    late = mine.later(hours=1)

    await asyncio.gather(*[tell_abandoned(late.unit_of_work(), now=late.now, limit=2) for _ in range(5)])

    rows = await mine.pool.fetch("SELECT subject_id FROM event WHERE type = 'CART_ABANDONED'")
    assert sorted(row["subject_id"] for row in rows) == sorted(carts)


async def test_the_event_says_nothing_personal_and_leads_to_who_may_be_reminded(mine: Buying):
    cart = await cart_of(mine)
    await told(mine, hours=1)

    changes = await mine.pool.fetchval("SELECT changes FROM event WHERE type = 'CART_ABANDONED'")
    known = json.loads(changes) if isinstance(changes, str) else changes
    scopes = frozenset({"staff", "orders:read", "customers:read"})
    reader = Shopper(mine, Actor(customer_id=await customer(mine.pool), scopes=scopes))
    seen = await reader.send("query($id: ID!) { cart(id: $id) { email } }", id=cart)

    assert known == {"version": 1, "lines": 1}
    assert seen.data["cart"]["email"] == "ada@example.com"
