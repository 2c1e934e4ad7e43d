"""Gift wrap: offered by vendors at a price, chosen for lines of a cart, and paid as a fee."""

from typing import Any

import pytest

from domain.pricing.wrapping.model import GiftWrapPer
from domain.shared.actor import GUEST, STAFF_SCOPE, Actor
from domain.shared.ids import ApiKeyId, CustomerId, OfferId, VendorId
from persistence.ids import new_id
from persistence.row_security import as_vendor
from tests.buying.test_gifts import given
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

SET = """mutation ($input: GiftWrapSetInput!) { giftWrapSet(input: $input) {
    vendor { id giftWraps { per price { amount currency } } } errors { code path } } }"""
GROSS = "gross { amount }"
LINES = f"lines {{ nodes {{ id giftMessage giftWrap {{ message per price {{ {GROSS} tax {{ amount }} }} }} }} }}"
CART = f"""query ($id: ID!) {{ cart(id: $id) {{
    lines {{ nodes {{ id giftMessage giftWrap {{ message per price {{ {GROSS} tax {{ amount }} }} }}
        giftWrapOffer {{ per price {{ amount }} }} problems {{ code }} }} }}
    totals {{ lines {{ {GROSS} }} fees {{ {GROSS} }} total {{ {GROSS} }} }} }} }}"""
STAFF = Actor(customer_id=CustomerId("customer_staff"), scopes=frozenset({STAFF_SCOPE, "pricing:write"}))


async def vendor_of(shop: Buying, offer: OfferId) -> VendorId:
    return VendorId(await shop.pool.fetchval("SELECT vendor_id FROM offer WHERE id = $1", offer))


async def wrapping(
    shop: Buying, offer: OfferId, price: int | None = 300, per: str = "LINE", actor: Actor = STAFF, **values: Any
) -> Any:
    """What `giftWrapSet` answers for the vendor of an offer; without a price it wraps no more."""
    amount = None if price is None else {"amountMinor": price, "currency": "EUR"}
    given = {"vendorId": await vendor_of(shop, offer), "currency": "EUR", "price": amount, "per": per} | values
    return await Shopper(shop, actor).send(SET, input=given)


async def cart_of(shopper: Shopper, **line: Any) -> str:
    cart = await shopper.do("cartCreate", lines=[{"quantity": 2, **line}], idempotencyKey=new_id("key"))
    return str(cart["id"])


async def seen(shopper: Shopper, cart_id: str) -> Any:
    result = await shopper.send(CART, id=cart_id)
    assert not result.errors
    return result.data["cart"]


async def change(shopper: Shopper, cart_id: str, **line: Any) -> Any:
    """Change the first line of a cart."""
    line_id = (await seen(shopper, cart_id))["lines"]["nodes"][0]["id"]
    changed = [{"lineId": line_id, "quantity": 2, **line}]
    await shopper.do("cartUpdate", cartId=cart_id, set=changed, idempotencyKey=new_id("key"))
    return await seen(shopper, cart_id)


@pytest.mark.parametrize(("per", "fee"), [("LINE", "3.00"), ("UNIT", "6.00")])
async def test_wrap_is_chosen_beside_the_words_and_paid_as_a_fee(shopper: Shopper, shop: Buying, per: str, fee: str):
    offer = await shop.offer(price=1_000)
    await wrapping(shop, offer, per=per)

    cart = await seen(shopper, await cart_of(shopper, offerId=offer, giftMessage="Hurra", giftWrap=True))

    tax = {"3.00": "0.48", "6.00": "0.96"}[fee]
    assert cart["lines"]["nodes"][0]["giftWrap"] == {
        "message": "Hurra",
        "per": per,
        "price": {"gross": {"amount": fee}, "tax": {"amount": tax}},
    }
    assert {name: cart["totals"][name]["gross"]["amount"] for name in cart["totals"]} == {
        "lines": "20.00",
        "fees": fee,
        "total": {"3.00": "23.00", "6.00": "26.00"}[fee],
    }


async def test_a_line_tells_what_wrapping_would_cost_until_it_is_wished(shopper: Shopper, shop: Buying):
    offer = await shop.offer(price=1_000)
    await wrapping(shop, offer)
    cart_id = await cart_of(shopper, offerId=offer)

    before = await seen(shopper, cart_id)
    wrapped = await change(shopper, cart_id, giftWrap=True, giftMessage="Hurra")
    still = await change(shopper, cart_id)
    plain = await change(shopper, cart_id, giftWrap=False, giftMessage="")

    (line,) = before["lines"]["nodes"]
    assert (line["giftWrap"], line["giftWrapOffer"]) == (None, {"per": "LINE", "price": {"amount": "3.00"}})
    assert wrapped["totals"]["fees"]["gross"]["amount"] == "3.00"
    assert still == wrapped
    assert plain == before


async def test_wrap_goes_on_from_the_cart_to_the_checkout_and_the_order(shopper: Shopper, shop: Buying):
    offer = await shop.offer(price=1_000)
    await wrapping(shop, offer)

    order_id = await given(shopper, offerId=offer, giftWrap=True, giftMessage="Hurra")

    checkout_id = await shop.pool.fetchval("SELECT id FROM checkout")
    wrap = f"giftWrap {{ message per price {{ {GROSS} }} }}"
    result = await shopper.send(
        f"""query ($order: ID!, $checkout: ID!) {{
        order(id: $order) {{ lines {{ nodes {{ {wrap} }} }} totals {{ fees {{ {GROSS} }} }}
            vendorOrders {{ totals {{ fees {{ {GROSS} }} }} lines {{ {wrap} }} }} }}
        checkout(id: $checkout) {{ totals {{ fees {{ {GROSS} }} }} deliveryGroups {{ lines {{ {wrap} }} }} }} }}""",
        order=order_id,
        checkout=checkout_id,
    )

    line = {"giftWrap": {"message": "Hurra", "per": "LINE", "price": {"gross": {"amount": "3.00"}}}}
    fees = {"fees": {"gross": {"amount": "3.00"}}}
    assert not result.errors
    assert result.data["order"] == {
        "lines": {"nodes": [line]},
        "totals": fees,
        "vendorOrders": [{"totals": fees, "lines": [line]}],
    }
    assert result.data["checkout"] == {"totals": fees, "deliveryGroups": [{"lines": [line]}]}


async def test_p13_a_checkout_keeps_the_price_of_wrapping_that_it_began_with(shop: Buying):
    offer = await shop.offer(price=1_000)
    await wrapping(shop, offer)
    cart_id = await shop.cart((offer, 1))
    await shop.pool.execute("UPDATE cart_line SET gift_wrap = true")
    checkout_id = await shop.start(cart_id)

    await wrapping(shop, offer, price=900)

    assert (await shop.checkout(checkout_id)).totals.fees.gross.minor == 300
    assert (await shop.priced_cart(cart_id)).totals.fees.gross.minor == 900


async def test_what_is_not_wrapped_is_not_sold_so(shopper: Shopper, shop: Buying):
    offer = await shop.offer(price=1_000)
    line = {"offerId": offer, "quantity": 1, "giftWrap": True}
    cart_id = await cart_of(shopper, offerId=offer)
    line_id = (await seen(shopper, cart_id))["lines"]["nodes"][0]["id"]
    wanted = {"lineId": line_id, "quantity": 2, "giftWrap": True}

    created = await shopper.refusals("cartCreate", lines=[line], idempotencyKey=new_id("key"))
    changed = await shopper.refusals("cartUpdate", cartId=cart_id, set=[wanted], idempotencyKey=new_id("key"))

    assert created == [("NOT_PURCHASABLE", ["lines", "0", "giftWrap"])]
    assert changed == [("NOT_PURCHASABLE", ["set", "0", "giftWrap"])]


async def test_files_are_not_wrapped(shopper: Shopper, shop: Buying):
    offer = await shop.offer(price=1_000)
    await shop.pool.execute("UPDATE product SET kind = 'DIGITAL'")
    await wrapping(shop, offer)

    cart = await seen(shopper, await cart_of(shopper, offerId=offer))

    assert [line["giftWrapOffer"] for line in cart["lines"]["nodes"]] == [None]


async def test_a_vendor_that_wraps_no_more_leaves_carts_with_a_problem(shopper: Shopper, shop: Buying):
    offer = await shop.offer(price=1_000)
    await wrapping(shop, offer)
    cart_id = await cart_of(shopper, offerId=offer, giftWrap=True)

    answer = await wrapping(shop, offer, price=None)
    cart = await seen(shopper, cart_id)
    refused = await shopper.refusals("checkoutStart", cartId=cart_id, idempotencyKey=new_id("key"))
    plain = await change(shopper, cart_id, giftWrap=False)

    assert answer.data["giftWrapSet"]["vendor"]["giftWraps"] == []
    assert cart["lines"]["nodes"][0]["problems"] == [{"code": "NOT_PURCHASABLE"}]
    assert cart["lines"]["nodes"][0]["giftWrap"] is None
    assert refused == [("NOT_PURCHASABLE", ["cartId"])]
    assert plain["lines"]["nodes"][0]["problems"] == []


async def test_o9_wrapping_wished_in_a_guests_cart_stands_in_the_cart_that_takes_it_in(shopper: Shopper, shop: Buying):
    offer = await shop.offer(price=1_000)
    await wrapping(shop, offer)
    customer_id = CustomerId(new_id("customer"))
    await shop.pool.execute("INSERT INTO customer (id, email) VALUES ($1, 'ada@example.com')", customer_id)
    owner = Shopper(shop, Actor(customer_id=customer_id))
    source, target = await cart_of(shopper, offerId=offer, giftWrap=True), await cart_of(owner, offerId=offer)

    await owner.do("cartMerge", source=source, target=target, idempotencyKey=new_id("key"))

    assert (await seen(owner, target))["totals"]["fees"]["gross"]["amount"] == "3.00"


async def test_v8_a_vendor_sets_what_it_asks_and_nobody_elses(shop: Buying):
    own, others = await shop.offer(), await shop.offer()
    vendor_id = await vendor_of(shop, own)
    vendor = Actor(api_key_id=ApiKeyId("api_key_v"), vendor_ids=frozenset({vendor_id}))

    done = await wrapping(shop, own, price=250, per="UNIT", actor=vendor)
    refused = await wrapping(shop, others, actor=vendor)
    guest = await wrapping(shop, own, actor=GUEST)

    assert done.data["giftWrapSet"]["vendor"]["giftWraps"] == [
        {"per": "UNIT", "price": {"amount": "2.50", "currency": "EUR"}}
    ]
    assert [answer.errors[0]["extensions"]["code"] for answer in (refused, guest)] == ["FORBIDDEN", "UNAUTHENTICATED"]
    async with as_vendor(shop.pool, vendor_id) as connection:
        rows = await connection.fetch("SELECT vendor_id, per FROM gift_wrap")
    assert [tuple(row) for row in rows] == [(vendor_id, GiftWrapPer.UNIT.value)]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"price": {"amountMinor": -1, "currency": "EUR"}}, ("INVALID", ["price", "amountMinor"])),
        ({"price": {"amountMinor": 100, "currency": "USD"}}, ("INVALID", ["price", "currency"])),
        ({"price": {"amountMinor": 100, "currency": "BHD"}, "currency": "BHD"}, ("INVALID", ["currency"])),
        ({"vendorId": new_id("vendor")}, ("NOT_FOUND", ["vendorId"])),
    ],
)
async def test_terms_that_cannot_be_are_refused(shop: Buying, values: dict[str, Any], problem: tuple[str, list[str]]):
    vendor_id, price = await vendor_of(shop, await shop.offer()), {"amountMinor": 100, "currency": "EUR"}

    answer = await Shopper(shop, STAFF).send(
        SET, input={"vendorId": vendor_id, "currency": "EUR", "price": price} | values
    )

    errors = answer.data["giftWrapSet"]["errors"]
    assert [(error["code"], error["path"]) for error in errors] == [problem]
    assert await shop.count("gift_wrap") == 0
