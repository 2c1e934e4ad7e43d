"""What clients should not send: each is refused clearly, and nothing is written."""

from typing import Any

import pytest

from persistence.ids import new_id
from tests.factories.shoppers import BERLIN, Shopper, inputs, signed_in, written

STRANGE = {
    "emoji": "🎁 for you 👩‍👩‍👧‍👦",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202eabc",
    "quotes": "Robert'); DROP TABLE cart;--",
    "lines": "one\r\ntwo\ttabbed",
}
HUGE = "x" * 1_000_000


def unknown(prefix: str) -> str:
    """An id that nothing has."""
    return f"{prefix}_{'0' * 26}"


BAD: list[tuple[str, dict[str, Any], list[tuple[str, list[str]]]]] = [
    ("cartCreate", {"lines": [{"offerId": "nonsense", "quantity": 1}]}, [("BAD_USER_INPUT", [])]),
    ("cartCreate", {"lines": [{"offerId": unknown("variant"), "quantity": 1}]}, [("BAD_USER_INPUT", [])]),
    (
        "cartCreate",
        {"lines": [{"offerId": unknown("offer"), "quantity": 1}]},
        [("NOT_FOUND", ["lines", "0", "offerId"])],
    ),
    (
        "cartCreate",
        {"lines": [{"variantId": unknown("variant"), "quantity": 1}]},
        [("NOT_PURCHASABLE", ["lines", "0", "variantId"])],
    ),
    ("cartCreate", {"lines": [{"quantity": 1}]}, [("REQUIRED", ["lines", "0", "offerId"])]),
    (
        "cartCreate",
        {"lines": [{"offerId": unknown("offer"), "quantity": 0}]},
        [("INVALID", ["lines", "0", "quantity"])],
    ),
    (
        "cartCreate",
        {"lines": [{"offerId": unknown("offer"), "quantity": -1}]},
        [("INVALID", ["lines", "0", "quantity"])],
    ),
    (
        "cartCreate",
        {"lines": [{"offerId": unknown("offer"), "quantity": 10**6}]},
        [("QUANTITY_LIMIT", ["lines", "0", "quantity"])],
    ),
    ("cartCreate", {"lines": [{"offerId": unknown("offer"), "quantity": 2**31}]}, [("BAD_USER_INPUT", [])]),
    (
        "cartCreate",
        {"lines": [{"offerId": unknown("offer"), "quantity": 1, "giftMessage": HUGE}]},
        [("INVALID", ["lines", "0", "giftMessage"])],
    ),
    ("cartCreate", {"lines": [{"offerId": unknown("offer"), "quantity": 1}] * 201}, [("QUANTITY_LIMIT", ["lines"])]),
    ("cartCreate", {"idempotencyKey": ""}, [("INVALID", ["idempotencyKey"])]),
    ("cartCreate", {"idempotencyKey": HUGE}, [("INVALID", ["idempotencyKey"])]),
    ("cartCreate", {"idempotencyKey": "a\0b"}, [("BAD_USER_INPUT", [])]),
    ("cartUpdate", {"cartId": unknown("cart")}, [("NOT_FOUND", ["cartId"])]),
    ("cartUpdate", {"cartId": unknown("checkout")}, [("BAD_USER_INPUT", [])]),
    ("cartUpdate", {"cartId": HUGE}, [("BAD_USER_INPUT", [])]),
    ("cartUpdate", {"set": [{"lineId": unknown("cart_line"), "quantity": 1}]}, [("NOT_FOUND", ["set", "0", "lineId"])]),
    (
        "cartUpdate",
        {"set": [{"lineId": unknown("cart_line"), "quantity": -1}]},
        [("INVALID", ["set", "0", "quantity"])],
    ),
    ("cartUpdate", {"note": HUGE}, [("INVALID", ["note"])]),
    ("cartUpdate", {"note": "a\0b"}, [("BAD_USER_INPUT", [])]),
    ("cartUpdate", {"note": "\ud800"}, [("BAD_USER_INPUT", [])]),
    ("cartUpdate", {"expectedVersion": 99}, [("VERSION_CONFLICT", ["expectedVersion"])]),
    ("checkoutStart", {"cartId": unknown("cart")}, [("NOT_FOUND", ["cartId"])]),
    ("checkoutUpdate", {"checkoutId": unknown("checkout")}, [("NOT_FOUND", ["checkoutId"])]),
    ("checkoutUpdate", {"email": ""}, [("INVALID", ["email"])]),
    ("checkoutUpdate", {"email": HUGE}, [("INVALID", ["email"])]),
    ("checkoutUpdate", {"email": "a\0@example.com"}, [("BAD_USER_INPUT", [])]),
    (
        "checkoutUpdate",
        {"shippingAddress": {**BERLIN, "line1": HUGE}},
        [("ADDRESS_INVALID", ["shippingAddress", "line1"])],
    ),
    ("checkoutUpdate", {"shippingAddress": {**BERLIN, "city": "a\0b"}}, [("BAD_USER_INPUT", [])]),
    (
        "checkoutUpdate",
        {"shippingAddress": {**BERLIN, "postalCode": "1"}},
        [("ADDRESS_INVALID", ["shippingAddress", "postalCode"])],
    ),
    (
        "checkoutUpdate",
        {"shippingAddress": {**BERLIN, "country": "ZZ"}},
        [("ADDRESS_INVALID", ["shippingAddress", "country"])],
    ),
    (
        "checkoutUpdate",
        {"shippingAddress": {**BERLIN, "country": "FR", "postalCode": "75001"}},
        [("ADDRESS_INVALID", ["shippingAddress", "country"])],
    ),
    (
        "checkoutUpdate",
        {"deliveries": [{"groupId": unknown("delivery_group"), "optionId": unknown("delivery_option")}]},
        [("NOT_FOUND", ["deliveries", "0", "groupId"])],
    ),
    ("checkoutUpdate", {"expectedVersion": 99}, [("VERSION_CONFLICT", ["expectedVersion"])]),
    ("checkoutTenderAdd", {"methodId": "gold"}, [("NOT_FOUND", ["methodId"])]),
    ("checkoutTenderAdd", {"methodId": HUGE}, [("NOT_FOUND", ["methodId"])]),
    ("checkoutTenderAdd", {"token": HUGE}, [("INVALID", ["token"])]),
    ("checkoutTenderAdd", {"token": "4242424242424242"}, [("INVALID", ["token"])]),
    ("checkoutTenderAdd", {"amount": {"amountMinor": 1, "currency": "EUR"}}, [("INVALID", ["amount"])]),
    ("checkoutTenderAdd", {"amount": {"amountMinor": 2489, "currency": "USD"}}, [("INVALID", ["amount"])]),
    ("checkoutTenderAdd", {"amount": {"amountMinor": 2**53, "currency": "EUR"}}, [("BAD_USER_INPUT", [])]),
    ("checkoutTenderAdd", {"amount": {"amountMinor": 1, "currency": "XXX"}}, [("BAD_USER_INPUT", [])]),
    (
        "checkoutComplete",
        {"expectedTotal": {"amountMinor": 2489, "currency": "USD"}},
        [("PRICE_CHANGED", ["expectedTotal"])],
    ),
    (
        "checkoutComplete",
        {"expectedTotal": {"amountMinor": -1, "currency": "EUR"}},
        [("PRICE_CHANGED", ["expectedTotal"])],
    ),
    ("checkoutComplete", {"checkoutId": unknown("checkout")}, [("NOT_FOUND", ["checkoutId"])]),
]


@pytest.mark.parametrize(
    ("mutation", "wrong", "refusals"), BAD, ids=[f"{name}-{at}" for at, (name, _, _) in enumerate(BAD)]
)
async def test_bad_input_is_refused_clearly_and_writes_nothing(
    shopper: Shopper, mutation: str, wrong: dict[str, Any], refusals: list[tuple[str, list[str]]]
):
    values = (await inputs(shopper))[mutation]
    before = await written(shopper.shop)

    found = await shopper.refusals(mutation, **{**values, **wrong})

    assert found == refusals
    assert await written(shopper.shop) == before
    assert shopper.faults == []


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
async def test_strange_text_comes_back_as_it_was_given(shopper: Shopper, text: str):
    cart = await shopper.do("cartCreate", idempotencyKey=new_id("key"))

    changed = await shopper.do("cartUpdate", cartId=cart["id"], note=text, idempotencyKey=new_id("key"))

    assert changed["note"] == text


@pytest.mark.parametrize(
    "document",
    [
        'mutation { cartUpdate(input: {cartId: "a\\u0000b", idempotencyKey: "k"}) { errors { code } } }',
        'mutation { cartUpdate(input: {cartId: "a\0b", idempotencyKey: "k"}) { errors { code } } }',
        'query { cart(id: """a\0b""") { id } }',
    ],
    ids=["escaped", "raw", "block"],
)
async def test_literals_with_nul_are_refused_before_anything_runs(shopper: Shopper, document: str):
    result = await shopper.send(document)

    assert result.code == "BAD_USER_INPUT"
    assert result.executed is False


async def test_variables_that_are_nested_too_deeply_are_refused(shopper: Shopper):
    deep: Any = "x"
    for _ in range(1_000):
        deep = [deep]

    result = await shopper.send("query Q($id: ID!) { cart(id: $id) { id } }", id=deep)

    assert result.code == "BAD_USER_INPUT"


async def test_a_customers_cart_and_checkout_are_nobody_elses(shopper: Shopper):
    owner = signed_in(shopper)
    await shopper.shop.pool.execute("INSERT INTO customer (id, email) VALUES ($1, 'a@example.com')", owner.actor.id)
    ready = await owner.ready((await shopper.shop.offer(), 1))
    cart = await shopper.shop.pool.fetchval("SELECT cart_id FROM checkout")
    before = await written(shopper.shop)
    key = {"idempotencyKey": "k"}

    for stranger in (shopper, signed_in(shopper)):
        assert await stranger.refusals("cartUpdate", cartId=cart, note="mine", **key) == [("NOT_FOUND", ["cartId"])]
        assert await stranger.refusals("checkoutStart", cartId=cart, **key) == [("NOT_FOUND", ["cartId"])]
        total = ready["totals"]["total"]["gross"]
        for mutation, values in {
            "checkoutUpdate": {"email": "eve@example.com"},
            "checkoutTenderAdd": {"methodId": "test_card", **key},
            "checkoutComplete": {"expectedTotal": total, **key},
        }.items():
            assert await stranger.refusals(mutation, checkoutId=ready["id"], **values) == [
                ("NOT_FOUND", ["checkoutId"])
            ]
        seen = await stranger.send(f'{{ cart(id: "{cart}") {{ id }} checkout(id: "{ready["id"]}") {{ id }} }}')
        assert seen.data == {"cart": None, "checkout": None}

    assert await written(shopper.shop) == before


async def test_a_cursor_of_another_cart_is_refused(shopper: Shopper):
    offer = await shopper.shop.offer()
    lines = [{"offerId": offer, "quantity": 1}]
    one, other = [(await shopper.do("cartCreate", lines=lines, idempotencyKey=new_id("key")))["id"] for _ in range(2)]
    page = "query Q($id: ID!, $c: String) { cart(id: $id) { lines(first: 1, after: $c) { pageInfo { endCursor } } } }"
    cursor = (await shopper.send(page, id=one)).data["cart"]["lines"]["pageInfo"]["endCursor"]

    refused = await shopper.send(page, id=other, c=cursor)

    assert refused.code == "BAD_USER_INPUT"
