"""Wishlists, through the whole schema: kept, shared, and bought from."""

from typing import Any

import pytest

from domain.shared.actor import Actor
from persistence.ids import new_id
from tests.factories.balances import customer
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

LIST = "id version name isShared shareUrl items { id }"
UPDATE = f"""
mutation($input: WishlistInput!) {{
  wishlistUpdate(input: $input) {{ errors {{ code path }} w: wishlist {{ {LIST} }} }}
}}
"""
READ = f"query($id: ID!) {{ wishlist(id: $id) {{ {LIST} }} node(id: $id) {{ id }} }}"
MINE = f"{{ viewer {{ wishlists {{ {LIST} }} }} }}"
MOVE = f"""
mutation($input: WishlistMoveToCartInput!) {{
  wishlistMoveToCart(input: $input) {{
    errors {{ code path }} w: wishlist {{ {LIST} }} cart {{ lines {{ nodes {{ quantity offer {{ id }} }} }} }}
  }}
}}
"""
DELETE = "mutation($input: WishlistDeleteInput!) { wishlistDelete(input: $input) { errors { code path } wishlistId } }"


@pytest.fixture
async def mine(shop: Buying) -> Shopper:
    return await somebody(shop)


async def somebody(shop: Buying) -> Shopper:
    return Shopper(shop, Actor(customer_id=await customer(shop.pool)))


async def put(shopper: Shopper, document: str, **values: Any) -> dict[str, Any]:
    result = await shopper.send(document, input=values)
    assert not result.errors, result.errors
    (payload,) = result.data.values()
    found: dict[str, Any] = payload
    return found


async def read(shopper: Shopper, wishlist: str) -> Any:
    result = await shopper.send(READ, id=wishlist)
    assert not result.errors, result.errors
    return result.data["wishlist"]


async def variant_of(shop: Buying, offer: str) -> str:
    found: str = await shop.pool.fetchval("SELECT variant_id FROM offer WHERE id = $1", offer)
    return found


async def two_variants(shop: Buying) -> tuple[str, str]:
    return await variant_of(shop, await shop.offer()), await variant_of(shop, await shop.offer())


def items(wishlist: dict[str, Any]) -> list[str]:
    return [item["id"] for item in wishlist["items"]]


async def test_several_lists_are_kept_and_changed_as_a_whole(shop: Buying, mine: Shopper):
    pot, cards = await two_variants(shop)

    made = (await put(mine, UPDATE, name="Birthday", add=[pot, cards, pot]))["w"]
    await put(mine, UPDATE)
    changed = (await put(mine, UPDATE, wishlistId=made["id"], name="For me", remove=[pot], add=[cards]))["w"]

    assert items(made) == [pot, cards]
    assert (changed["name"], items(changed), changed["version"]) == ("For me", [cards], 2)
    seen = (await mine.send(MINE)).data["viewer"]["wishlists"]
    assert [(each["name"], items(each)) for each in seen] == [("For me", [cards]), ("Wishlist", [])]


async def test_doing_it_twice_changes_nothing_more(shop: Buying, mine: Shopper):
    pot, _ = await two_variants(shop)
    made = (await put(mine, UPDATE))["w"]

    once, twice = [(await put(mine, UPDATE, wishlistId=made["id"], add=[pot]))["w"] for _ in range(2)]

    assert once == twice
    assert once["version"] == 2


async def test_a_shared_list_is_read_by_whoever_holds_its_id_and_changed_by_its_owner_alone(
    shop: Buying, mine: Shopper
):
    pot, _ = await two_variants(shop)
    made = (await put(mine, UPDATE, add=[pot]))["w"]
    guest, other = Shopper(shop), await somebody(shop)
    assert [await read(each, made["id"]) for each in (guest, other)] == [None, None]

    shared = (await put(mine, UPDATE, wishlistId=made["id"], share=True))["w"]

    assert (made["shareUrl"], shared["shareUrl"]) == (None, f"https://shop.example/lists/{made['id']}")
    assert [items(await read(each, made["id"])) for each in (guest, other)] == [[pot], [pot]]
    missing = [{"code": "NOT_FOUND", "path": ["wishlistId"]}]
    assert (await put(other, UPDATE, wishlistId=made["id"], remove=[pot]))["errors"] == missing
    assert (await put(other, DELETE, wishlistId=made["id"]))["errors"] == missing
    refused = await guest.send(UPDATE, input={"wishlistId": made["id"], "remove": [pot]})
    assert refused.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
    await put(mine, UPDATE, wishlistId=made["id"], share=False)
    assert await read(guest, made["id"]) is None


async def test_what_is_wished_for_moves_into_the_cart_all_of_it_or_nothing(shop: Buying, mine: Shopper):
    offer = await shop.offer()
    pot, unsold = await variant_of(shop, offer), await variant_of(shop, await shop.offer(prices={}))
    made = (await put(mine, UPDATE, add=[pot, unsold]))["w"]
    cart = (await mine.do("cartCreate", idempotencyKey=new_id("key")))["id"]
    where = {"wishlistId": made["id"], "cartId": cart}

    refused = await put(mine, MOVE, **where, variants=[pot, unsold], idempotencyKey="one")
    moved, again = [await put(mine, MOVE, **where, variants=[pot], idempotencyKey="two") for _ in range(2)]

    assert refused["errors"] == [{"code": "NOT_PURCHASABLE", "path": ["variants", "1", "variantId"]}]
    assert moved == again
    assert items(moved["w"]) == [unsold]
    assert moved["cart"]["lines"]["nodes"] == [{"quantity": 1, "offer": {"id": offer}}]


async def test_nothing_moves_from_anothers_list_or_into_anothers_cart(shop: Buying, mine: Shopper):
    pot, cards = await two_variants(shop)
    other = await somebody(shop)
    made = (await put(mine, UPDATE, add=[pot], share=True))["w"]
    own, foreign = [(await each.do("cartCreate", idempotencyKey=new_id("key")))["id"] for each in (mine, other)]

    async def refusals(shopper: Shopper, cart: str, variant: str) -> list[list[str]]:
        values = {"wishlistId": made["id"], "cartId": cart, "variants": [variant], "idempotencyKey": new_id("key")}
        return [problem["path"] for problem in (await put(shopper, MOVE, **values))["errors"]]

    assert await refusals(other, foreign, pot) == [["wishlistId"]]
    assert await refusals(mine, foreign, pot) == [["cartId"]]
    assert await refusals(mine, own, cards) == [["variants"]]


async def test_limits_are_told(shop: Buying, mine: Shopper):
    pot, _ = await two_variants(shop)
    made = (await put(mine, UPDATE))["w"]
    await mine.shop.pool.execute(
        "INSERT INTO wishlist (id, customer_id, name) SELECT 'wishlist_' || n, $1, 'x' FROM generate_series(1, 19) n",
        mine.actor.customer_id,
    )

    assert (await put(mine, UPDATE))["errors"] == [{"code": "QUANTITY_LIMIT", "path": []}]
    assert (await put(mine, UPDATE, wishlistId=made["id"], name=" "))["errors"] == [
        {"code": "INVALID", "path": ["name"]}
    ]
    unknown = new_id("variant")
    assert (await put(mine, UPDATE, wishlistId=made["id"], add=[pot, unknown]))["errors"] == [
        {"code": "NOT_FOUND", "path": ["add", "1"]}
    ]
    late = await put(mine, UPDATE, wishlistId=made["id"], add=[pot], expectedVersion=7)
    assert late["errors"] == [{"code": "VERSION_CONFLICT", "path": ["expectedVersion"]}]


async def test_a_deleted_list_is_gone(mine: Shopper):
    made = (await put(mine, UPDATE, share=True))["w"]

    assert (await put(mine, DELETE, wishlistId=made["id"]))["wishlistId"] == made["id"]

    assert await read(mine, made["id"]) is None


async def test_many_lists_cost_as_many_statements_as_one(shop: Buying, mine: Shopper, statement_log: Any):
    variants = [await variant_of(shop, await shop.offer()) for _ in range(4)]
    await put(mine, UPDATE, add=variants[:1])
    await mine.send(MINE)
    async with statement_log.count() as one:
        await mine.send(MINE)
    for variant in variants:
        await put(mine, UPDATE, add=[variant])

    async with statement_log.count() as many:
        seen = await mine.send(MINE)

    assert len(seen.data["viewer"]["wishlists"]) == 5
    assert len(many) == len(one)
