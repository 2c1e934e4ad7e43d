"""Draft orders: staff prepare them with prices and discounts by hand; a buyer pays by a link, or staff place them."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from domain.shared.actor import Actor
from domain.shared.ids import CheckoutId, OrderId
from integrations.internal.gateways import Due, PaidOutside
from persistence.ids import new_id
from tests.factories.after_sale import Sale
from tests.factories.balances import credit_limit, customer, euros
from tests.factories.buying import BERLIN, Buying
from tests.factories.promotions import TEN_PERCENT_OF_ORDER, promote
from tests.factories.refusals import problems_of
from tests.factories.shoppers import BERLIN as BERLIN_INPUT
from tests.factories.shoppers import Shopper

MONEY = "{ amountMinor }"
CART = f"""
id version isDraft
totals {{ lines {{ gross {MONEY} }} discount {MONEY} total {{ gross {MONEY} }} }}
lines {{ nodes {{
  id quantity total {{ gross {MONEY} }}
  discounts {{ promotion {{ id name }} code stage base {MONEY} amount {MONEY} fundedBy }}
}} }}
"""
CHECKOUT = f"""
id email missing totals {{ lines {{ gross {MONEY} }} total {{ gross {{ amountMinor currency }} }} }}
deliveryGroups {{ id options {{ id }} selected {{ id }} }} tenders {{ state }}
"""
PAYLOADS = {
    "draftOrderCreate": ("DraftOrderCreateInput!", f"cart {{ {CART} }}"),
    "draftOrderUpdate": ("DraftOrderUpdateInput!", f"cart {{ {CART} }}"),
    "draftOrderSend": ("DraftOrderSendInput!", "token url expiresAt"),
    "paymentLinkOpen": ("PaymentLinkOpenInput!", f"checkout {{ {CHECKOUT} }}"),
    "draftOrderComplete": (
        "DraftOrderCompleteInput!",
        f"order {{ id status paymentStatus email totals {{ total {{ gross {MONEY} }} }} }} checkout {{ {CHECKOUT} }}",
    ),
}
READ = "query($c: ID!, $k: ID!) { cart(id: $c) { id } checkout(id: $k) { id } }"
SCOPES = frozenset({"staff", "orders:write", "orders:read", "payments:write"})


@pytest.fixture
async def staff(shop: Buying) -> Shopper:
    beside = (*shop.beside, PaidOutside(), Due())
    own = Actor(customer_id=await customer(shop.pool, "staff@example.com"), scopes=SCOPES)
    return Shopper(replace(shop, actor=own, beside=beside), own)


async def call(shopper: Shopper, mutation: str, **values: Any) -> dict[str, Any]:
    kind, wanted = PAYLOADS[mutation]
    document = f"mutation($input: {kind}) {{ {mutation}(input: $input) {{ errors {{ code path }} {wanted} }} }}"
    if mutation in ("draftOrderCreate", "draftOrderUpdate", "draftOrderComplete"):
        values.setdefault("idempotencyKey", new_id("key"))
    result = await shopper.send(document, input=values)
    assert not result.errors, result.errors
    payload: dict[str, Any] = result.data[mutation]
    return payload


async def refused(shopper: Shopper, mutation: str, **values: Any) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["path"]) for each in (await call(shopper, mutation, **values))["errors"]]


async def draft(shopper: Shopper, *lines: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A draft of these lines, for a guest unless a customer is named."""
    who = {} if "customerId" in values else {"email": "ada@example.com"}
    payload = await call(shopper, "draftOrderCreate", lines=list(lines), **who, **values)
    assert payload["errors"] == []
    cart: dict[str, Any] = payload["cart"]
    return cart


def line(offer: str, quantity: int = 1, **by_hand: Any) -> dict[str, Any]:
    return {"line": {"offerId": offer, "quantity": quantity}, **by_hand}


def eur(minor: int) -> dict[str, Any]:
    return {"amountMinor": minor, "currency": "EUR"}


async def prepared(staff: Shopper, cart: dict[str, Any], delivery: int = 0) -> dict[str, Any]:
    """A checkout of the draft, in which staff have told where and how."""
    started = await staff.do("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))
    told = await staff.do("checkoutUpdate", checkoutId=started["id"], shippingAddress=BERLIN_INPUT)
    groups = [
        {"groupId": group["id"], "optionId": group["options"][delivery]["id"]} for group in told["deliveryGroups"]
    ]
    return await staff.do("checkoutUpdate", checkoutId=started["id"], deliveries=groups)


async def placed(staff: Shopper, checkout: dict[str, Any], payment: str = "DUE", **values: Any) -> dict[str, Any]:
    values.setdefault("expectedTotal", checkout["totals"]["total"]["gross"])
    return await call(staff, "draftOrderComplete", checkoutId=checkout["id"], payment=payment, **values)


async def order_of(staff: Shopper, cart: dict[str, Any], payment: str = "DUE") -> dict[str, Any]:
    payload = await placed(staff, await prepared(staff, cart), payment)
    assert payload["errors"] == []
    order: dict[str, Any] = payload["order"]
    return order


def sale_of(staff: Shopper, order: dict[str, Any]) -> Sale:
    return Sale(staff.shop, OrderId(order["id"]), staff.actor)


def totals(cart: dict[str, Any]) -> list[int]:
    return [each["total"]["gross"]["amountMinor"] for each in cart["lines"]["nodes"]]


async def test_core_0201_staff_create_an_order_for_somebody(staff: Shopper):
    offer = await staff.shop.offer(price=1000, stock=5)

    cart = await draft(staff, line(offer, 2))
    checkout = await prepared(staff, cart)
    order = (await placed(staff, checkout))["order"]

    assert cart["isDraft"] is True
    assert (order["status"], order["paymentStatus"], order["email"]) == ("CONFIRMED", "AUTHORIZED", "ada@example.com")
    assert order["totals"]["total"]["gross"]["amountMinor"] == 2490
    assert await staff.shop.stock(offer) == (5, 0, 2)
    assert await staff.shop.pool.fetchval('SELECT customer_id FROM "order"') is None
    events = await staff.shop.pool.fetch("SELECT actor FROM event WHERE type = 'ORDER_PLACED'")
    assert [row["actor"] for row in events] == [staff.actor.customer_id]


async def test_core_0237_a_draft_for_a_customer_is_the_customers_order(staff: Shopper):
    buyer = await customer(staff.shop.pool, "bob@example.com")

    order = await order_of(staff, await draft(staff, line(await staff.shop.offer()), customerId=buyer), "PAID_OUTSIDE")

    assert order["email"] == "bob@example.com"
    assert order["paymentStatus"] == "PAID"
    found = await staff.shop.pool.fetchval('SELECT customer_id FROM "order" WHERE id = $1', order["id"])
    assert found == buyer


async def test_core_0213_prices_are_overwritten_for_each_line_of_the_same_variant(staff: Shopper):
    """Of one variant there is a line for each seller."""
    shop = staff.shop
    one = await shop.offer(price=1000)
    other = await shop.offer(price=1100)
    await shop.pool.execute(
        "UPDATE offer SET (variant_id, product_id) = (SELECT variant_id, product_id FROM offer WHERE id = $1)"
        " WHERE id = $2",
        one,
        other,
    )

    cart = await draft(staff, line(one, 2, unitPrice=eur(700)), line(other, 3, unitPrice=eur(650)))
    order = await order_of(staff, cart)

    assert totals(cart) == [1400, 1950]
    assert order["totals"]["total"]["gross"]["amountMinor"] == 1400 + 1950 + 2 * 490
    rows = await shop.pool.fetch("SELECT unit_gross_minor FROM order_line ORDER BY position")
    assert [row[0] for row in rows] == [700, 650]


async def test_core_0224_a_percentage_off_the_order_comes_after_promotions(staff: Shopper):
    await promote(staff.shop, action={"kind": "amount", "amounts": {"EUR": "2.00"}, "per": "UNIT"})
    offer = await staff.shop.offer(price=1200)

    cart = await draft(staff, line(offer, 2), discount={"percent": "10", "reason": "Goodwill"})
    order = await order_of(staff, cart)

    assert totals(cart) == [1800]
    promotion, by_hand = cart["lines"]["nodes"][0]["discounts"]
    assert promotion["amount"]["amountMinor"] == 400
    assert by_hand == {
        "promotion": {"id": staff.actor.customer_id, "name": "Goodwill"},
        "code": None,
        "stage": "ORDER",
        "base": {"amountMinor": 2000},
        "amount": {"amountMinor": 200},
        "fundedBy": "PLATFORM",
    }
    assert order["totals"]["total"]["gross"]["amountMinor"] == 1800 + 490


async def test_core_0940_a_discount_by_hand_joins_a_code_and_is_taken_back(staff: Shopper):
    await promote(staff.shop, code="TEN", action=TEN_PERCENT_OF_ORDER)
    cart = await draft(staff, line(await staff.shop.offer(price=10000)), promoCodes=["TEN"])

    given = await call(staff, "draftOrderUpdate", cartId=cart["id"], discount={"amount": eur(500), "reason": "Sorry"})
    gone = await call(staff, "draftOrderUpdate", cartId=cart["id"], discount={"percent": "0", "reason": "No more"})

    assert [totals(each) for each in (cart, given["cart"], gone["cart"])] == [[9000], [8500], [9000]]


async def test_core_0250_a_discount_by_hand_takes_the_place_of_a_lines_code(staff: Shopper):
    await promote(staff.shop, code="TEN", action={"kind": "percentage", "percent": "10"})
    reduced, plain = await staff.shop.offer(price=1000), await staff.shop.offer(price=1000)

    cart = await draft(
        staff,
        line(reduced, discount={"percent": "25", "reason": "Scratched"}),
        line(plain),
        promoCodes=["TEN"],
    )

    assert totals(cart) == [750, 900]
    assert [[each["code"] for each in found["discounts"]] for found in cart["lines"]["nodes"]] == [[None], ["TEN"]]


async def test_core_0244_a_draft_that_costs_nothing_is_placed(staff: Shopper):
    offer = await staff.shop.offer(price=1000, stock=1)
    await promote(staff.shop, action={"kind": "shipping_free"})
    cart = await draft(staff, line(offer, unitPrice=eur(0)), line(await staff.shop.offer(price=1)))
    cart = (
        await call(staff, "draftOrderUpdate", cartId=cart["id"], discount={"percent": "100", "reason": "A present"})
    )["cart"]

    assert totals(cart) == [0, 0]
    assert (await order_of(staff, cart))["status"] == "CONFIRMED"
    assert await staff.shop.stock(offer) == (1, 0, 1)


async def test_core_0913_a_drafts_code_is_used_when_it_is_ordered(staff: Shopper):
    await promote(staff.shop, code="ONCE", action=TEN_PERCENT_OF_ORDER, usage_limit=1)
    offer = await staff.shop.offer(price=1000)
    first, second = [await draft(staff, line(offer), promoCodes=["ONCE"]) for _ in range(2)]

    await order_of(staff, first)
    started = await prepared(staff, second)

    assert started["totals"]["total"]["gross"]["amountMinor"] == 1000 + 490


async def test_core_0203_a_way_that_does_not_lead_there_keeps_the_order_back(staff: Shopper):
    checkout = await prepared(staff, await draft(staff, line(await staff.shop.offer())))
    vienna = {**BERLIN_INPUT, "city": "Wien", "postalCode": "1010", "country": "AT"}
    moved = await staff.do("checkoutUpdate", checkoutId=checkout["id"], shippingAddress=vienna)

    problems = (await placed(staff, moved))["errors"]
    options = [group["options"][0]["id"] for group in moved["deliveryGroups"]]
    again = await staff.do(
        "checkoutUpdate",
        checkoutId=checkout["id"],
        deliveries=[{"groupId": moved["deliveryGroups"][0]["id"], "optionId": options[0]}],
    )

    assert problems == [{"code": "REQUIRED", "path": ["checkoutId"]}]
    assert (await placed(staff, again))["order"]["status"] == "CONFIRMED"


async def test_core_0210_what_is_paid_is_not_voided(staff: Shopper):
    order = await order_of(staff, await draft(staff, line(await staff.shop.offer())), "PAID_OUTSIDE")

    assert [code for code, _ in await problems_of(sale_of(staff, order).void())] == ["AMOUNT_EXCEEDS_AUTHORIZED"]


async def test_core_0207_an_order_that_is_paid_in_part_is_canceled(staff: Shopper):
    offer = await staff.shop.offer(price=1000, stock=3)
    sale = sale_of(staff, await order_of(staff, await draft(staff, line(offer))))
    await sale.capture("5.00")

    await sale.cancel()
    await sale.settle()

    assert (await sale.order()).status.value == "CANCELED"
    assert await staff.shop.stock(offer) == (3, 0, 0)
    assert [money[2:] for money in await sale.money()] == [("5.00", "5.00")]


async def test_core_0256_an_order_keeps_its_address_when_the_customer_forgets_it(staff: Shopper):
    buyer = await customer(staff.shop.pool, "bob@example.com")
    await staff.shop.pool.execute(
        "INSERT INTO customer_address (id, customer_id, address) VALUES ($1, $2, $3)",
        new_id("address"),
        buyer,
        {name: value for name, value in asdict(BERLIN).items() if value is not None},
    )
    cart = await draft(staff, line(await staff.shop.offer()), customerId=buyer)
    values = {"cartId": cart["id"], "express": True, "idempotencyKey": new_id("key")}
    order = (await placed(staff, await staff.do("checkoutStart", **values)))["order"]

    await staff.shop.pool.execute("DELETE FROM customer_address WHERE customer_id = $1", buyer)

    assert (await sale_of(staff, order).order()).shipping_address == BERLIN


async def test_on_terms_an_order_uses_the_customers_credit(staff: Shopper):
    buyer = await customer(staff.shop.pool, "bob@example.com")
    cart = await draft(staff, line(await staff.shop.offer(price=1000)), customerId=buyer)
    checkout = await prepared(staff, cart)

    without = (await placed(staff, checkout, "ON_TERMS"))["errors"]
    await credit_limit(staff.shop, buyer, euros(1489))
    short = (await placed(staff, checkout, "ON_TERMS"))["errors"]
    await credit_limit(staff.shop, buyer, euros(1490))
    order = (await placed(staff, checkout, "ON_TERMS"))["order"]

    assert without == [{"code": "NOT_FOUND", "path": ["payment"]}]
    assert [each["code"] for each in short] == ["CREDIT_LIMIT_EXCEEDED"]
    assert (order["status"], order["paymentStatus"]) == ("CONFIRMED", "AUTHORIZED")


async def test_i2_placing_a_draft_twice_places_it_once(staff: Shopper):
    checkout = await prepared(staff, await draft(staff, line(await staff.shop.offer())))

    once, again = [await placed(staff, checkout, idempotencyKey="one-and-the-same") for _ in range(2)]

    assert once["order"]["id"] == again["order"]["id"]
    assert await staff.shop.count("order") == 1


async def test_another_total_than_the_one_seen_places_nothing(staff: Shopper):
    checkout = await prepared(staff, await draft(staff, line(await staff.shop.offer())))

    assert (await placed(staff, checkout, expectedTotal=eur(1)))["errors"] == [
        {"code": "PRICE_CHANGED", "path": ["expectedTotal"]}
    ]
    assert await staff.shop.count("order") == 0


async def test_a_link_leads_to_a_checkout_that_its_holder_pays(staff: Shopper):
    buyer = await customer(staff.shop.pool, "bob@example.com")
    cart = await draft(staff, line(await staff.shop.offer(price=1000), unitPrice=eur(800)), customerId=buyer)
    await prepared(staff, cart)
    sent = await call(staff, "draftOrderSend", cartId=cart["id"])
    holder = Shopper(staff.shop)

    opened, again = [(await call(holder, "paymentLinkOpen", token=sent["token"]))["checkout"] for _ in range(2)]
    await holder.do("checkoutUpdate", checkoutId=opened["id"], acceptTerms=True)
    ready = await holder.do(
        "checkoutTenderAdd", checkoutId=opened["id"], methodId="test_card", token="tok_ok", idempotencyKey="tender"
    )
    done = await holder.do(
        "checkoutComplete",
        checkoutId=opened["id"],
        expectedTotal=ready["totals"]["total"]["gross"],
        idempotencyKey="complete",
    )

    assert sent["url"] == f"https://shop.example/pay/{sent['token']}"
    assert (opened["email"], opened["missing"]) == ("bob@example.com", ["PAYMENT", "TERMS"])
    assert opened["id"] == again["id"]
    assert done["errors"] == []
    bought = await staff.shop.pool.fetchrow('SELECT customer_id, total_gross_minor FROM "order"')
    assert bought is not None
    assert tuple(bought) == (buyer, 800 + 490)
    late = await call(holder, "paymentLinkOpen", token=sent["token"])
    assert late["errors"] == [{"code": "INVALID_TRANSITION", "path": ["token"]}]


async def test_what_a_buyer_is_paying_is_not_paid_by_a_word_of_staff(staff: Shopper):
    cart = await draft(staff, line(await staff.shop.offer(price=1000)))
    await prepared(staff, cart)
    token = (await call(staff, "draftOrderSend", cartId=cart["id"]))["token"]
    opened = (await call(Shopper(staff.shop), "paymentLinkOpen", token=token))["checkout"]

    refusal = await placed(staff, opened, "PAID_OUTSIDE", expectedTotal=eur(1))

    assert [(each["code"], each["path"]) for each in refusal["errors"]] == [("NOT_ALLOWED", ["checkoutId"])]
    assert await staff.shop.count("tender") == 0


async def test_a_link_opens_anew_what_it_held_too_long_and_what_staff_changed(staff: Shopper):
    cart = await draft(staff, line(await staff.shop.offer(price=1000, stock=2)))
    await prepared(staff, cart)
    token = (await call(staff, "draftOrderSend", cartId=cart["id"]))["token"]
    first = (await call(Shopper(staff.shop), "paymentLinkOpen", token=token))["checkout"]

    later = replace(staff.shop, now=staff.shop.later(minutes=20).now)
    second = (await call(Shopper(later), "paymentLinkOpen", token=token))["checkout"]
    await call(staff, "draftOrderUpdate", cartId=cart["id"], discount={"percent": "50", "reason": "Half"})
    third = (await call(Shopper(later), "paymentLinkOpen", token=token))["checkout"]

    assert len({each["id"] for each in (first, second, third)}) == 3
    assert [each["missing"] for each in (first, second, third)] == [["PAYMENT", "TERMS"]] * 3
    assert third["totals"]["lines"]["gross"]["amountMinor"] == 500


async def test_a_link_ends_and_a_wrong_one_leads_nowhere(staff: Shopper):
    cart = await draft(staff, line(await staff.shop.offer()))
    token = (await call(staff, "draftOrderSend", cartId=cart["id"], validDays=2))["token"]
    much_later = replace(staff.shop, now=staff.shop.later(days=2).now)

    nowhere = [("NOT_FOUND", ["token"])]
    assert await refused(Shopper(much_later), "paymentLinkOpen", token=token) == nowhere
    assert await refused(Shopper(staff.shop), "paymentLinkOpen", token="guessed") == nowhere
    assert await staff.shop.pool.fetchval("SELECT token_hash = $1 FROM payment_link", token.encode()) is False


async def test_drafts_are_for_staff_alone_until_they_are_sent(staff: Shopper):
    buyer = await customer(staff.shop.pool, "bob@example.com")
    own = Actor(customer_id=buyer)
    cart = await draft(staff, line(await staff.shop.offer()), customerId=buyer)
    checkout = await prepared(staff, cart)

    for stranger in (Shopper(staff.shop), Shopper(staff.shop, own)):
        seen = await stranger.send(READ, c=cart["id"], k=checkout["id"])
        assert seen.data == {"cart": None, "checkout": None}
        key = new_id("key")
        assert await stranger.refusals("cartUpdate", cartId=cart["id"], note="x", idempotencyKey=key) == [
            ("NOT_FOUND", ["cartId"])
        ]
        assert await stranger.refusals("checkoutStart", cartId=cart["id"], idempotencyKey=key) == [
            ("NOT_FOUND", ["cartId"])
        ]
        document = "mutation($input: DraftOrderSendInput!) { draftOrderSend(input: $input) { token } }"
        result = await stranger.send(document, input={"cartId": cart["id"]})
        assert result.errors[0]["extensions"]["code"] in ("UNAUTHENTICATED", "FORBIDDEN")


async def test_staff_find_the_drafts_that_are_not_ordered_yet(staff: Shopper):
    first, second, third = [await draft(staff, line(await staff.shop.offer())) for _ in range(3)]
    await order_of(staff, second)
    await staff.shop.cart((await staff.shop.offer(), 1))

    found = await staff.send("{ admin { draftOrders(first: 5) { totalCount nodes { id isDraft } } } }")

    assert found.data["admin"]["draftOrders"] == {
        "totalCount": 2,
        "nodes": [{"id": third["id"], "isDraft": True}, {"id": first["id"], "isDraft": True}],
    }


async def test_a_customers_own_cart_is_no_draft(staff: Shopper):
    shop = replace(staff.shop, actor=Actor(customer_id=await customer(staff.shop.pool)))
    cart = await shop.cart((await shop.offer(), 1))

    assert await refused(staff, "draftOrderUpdate", cartId=cart) == [("NOT_FOUND", ["cartId"])]
    assert await refused(staff, "draftOrderSend", cartId=cart) == [("NOT_FOUND", ["cartId"])]


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"discount": {"reason": "x"}}, ["discount"]),
        ({"discount": {"reason": "x", "percent": "101"}}, ["discount"]),
        ({"discount": {"reason": " ", "percent": "10"}}, ["discount"]),
        ({"discount": {"reason": "x", "amount": {"amountMinor": 1, "currency": "USD"}}}, ["discount", "amount"]),
        ({"email": "nobody"}, ["email"]),
        ({"customerId": "customer_01m7yjk5t5e7mrj6mdq3d9tkg4"}, ["customerId"]),
    ],
    ids=str,
)
async def test_what_is_wrong_in_a_draft_is_told(staff: Shopper, values: dict[str, Any], path: list[str]):
    found = await refused(staff, "draftOrderCreate", **values)

    assert [problem[1] for problem in found] == [path]


async def test_promotions_are_left_out_where_staff_say_so(staff: Shopper):
    await promote(staff.shop, action=TEN_PERCENT_OF_ORDER)
    cart = await draft(staff, line(await staff.shop.offer(price=1000)), withPromotions=False)
    checkout = await prepared(staff, cart)

    assert totals(cart) == [1000]
    assert checkout["totals"]["total"]["gross"]["amountMinor"] == 1490
    with_them = await call(staff, "draftOrderUpdate", cartId=cart["id"], withPromotions=True)
    assert totals(with_them["cart"]) == [900]


async def test_p18_a_checkout_explains_discounts_by_hand_as_its_cart_did(staff: Shopper):
    lines = [line(await staff.shop.offer(price=price), 3) for price in (333, 1000)]
    cart = await draft(staff, *lines, discount={"percent": "12.5", "reason": "Fair"})
    started = await prepared(staff, cart)

    whole = await staff.shop.checkout(CheckoutId(started["id"]))

    shown = [[(each.base.minor, each.amount.minor) for each in item.discounts] for item in whole.lines]
    told = [
        [(each["base"]["amountMinor"], each["amount"]["amountMinor"]) for each in found["discounts"]]
        for found in cart["lines"]["nodes"]
    ]
    assert shown == told
    assert sum(amount for item in shown for _, amount in item) == 500
    assert whole.missing[-1].value == "TERMS"


@pytest.mark.parametrize("method", ["paid_outside", "due"])
async def test_buyers_cannot_pay_by_what_staff_alone_may_say(staff: Shopper, method: str):
    cart = await draft(staff, line(await staff.shop.offer()))
    token = (await call(staff, "draftOrderSend", cartId=cart["id"]))["token"]
    holder = Shopper(replace(staff.shop, actor=Actor()))
    opened = (await call(holder, "paymentLinkOpen", token=token))["checkout"]

    refusals = await holder.refusals(
        "checkoutTenderAdd", checkoutId=opened["id"], methodId=method, idempotencyKey=new_id("key")
    )
    complete = "mutation($input: DraftOrderCompleteInput!) { draftOrderComplete(input: $input) { errors { code } } }"
    values = {"checkoutId": opened["id"], "payment": "DUE", "expectedTotal": eur(1), "idempotencyKey": "key"}

    assert refusals == [("NOT_FOUND", ["methodId"])]
    assert (await holder.send(complete, input=values)).errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
