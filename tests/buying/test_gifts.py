"""Words that go with goods, from the cart to the parcel."""

from typing import Any

from domain.shared.ids import OrderId
from persistence.ids import new_id
from persistence.orders import queries
from tests.factories.buying import Buying
from tests.factories.shoppers import BERLIN, Shopper

WORDS = "Alles Gute zum Geburtstag, Grüße von Ada"


async def given(shopper: Shopper, **line: Any) -> str:
    """The order of one line."""
    cart = await shopper.do("cartCreate", lines=[{"quantity": 1, **line}], idempotencyKey=new_id("key"))
    started = await shopper.do("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))
    choices = [{"groupId": group["id"], "optionId": group["options"][0]["id"]} for group in started["deliveryGroups"]]
    told = {"email": "ada@example.com", "shippingAddress": BERLIN, "acceptTerms": True, "deliveries": choices}
    await shopper.do("checkoutUpdate", checkoutId=started["id"], **told)
    paying = {"methodId": "test_card", "token": "tok_ok", "idempotencyKey": new_id("key")}
    ready = await shopper.do("checkoutTenderAdd", checkoutId=started["id"], **paying)
    total = ready["totals"]["total"]["gross"]
    done = await shopper.do(
        "checkoutComplete", checkoutId=started["id"], expectedTotal=total, idempotencyKey=new_id("key")
    )
    return str(done["order"]["id"])


async def test_a_gift_message_goes_on_from_the_cart_to_the_checkout_and_the_order(shopper: Shopper, shop: Buying):
    order_id = await given(shopper, offerId=await shop.offer(), giftMessage=WORDS)

    checkout_id = await shop.pool.fetchval("SELECT id FROM checkout")
    result = await shopper.send(
        """query ($order: ID!, $checkout: ID!) {
        order(id: $order) {
            lines { nodes { giftMessage } } vendorOrders { lines { giftMessage } } }
        checkout(id: $checkout) { deliveryGroups { lines { giftMessage } } } }""",
        order=order_id,
        checkout=checkout_id,
    )

    assert not result.errors
    assert result.data["order"] == {
        "lines": {"nodes": [{"giftMessage": WORDS}]},
        "vendorOrders": [{"lines": [{"giftMessage": WORDS}]}],
    }
    assert result.data["checkout"]["deliveryGroups"] == [{"lines": [{"giftMessage": WORDS}]}]


async def test_a_line_without_words_has_none(shopper: Shopper, shop: Buying):
    order_id = await given(shopper, offerId=await shop.offer())

    [line] = await queries.lines_of_orders(shop.pool, [OrderId(order_id)])

    assert line.gift_message is None
