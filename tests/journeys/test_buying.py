"""Guests buy: in every market, from two vendors at once, and to the last unit of money."""

from dataclasses import dataclass

import pytest

from tests.journeys.buying import (
    ADDRESSES,
    CART_CREATE,
    CHECKOUT_UPDATE,
    DELIVERY,
    buy,
    complete,
    make_cart,
    minor,
    offer_of,
    offer_tender,
    parts_of,
    ready_to_pay,
    start_checkout,
    store_of,
    tell_where,
    two_offers,
)
from tests.journeys.client import Client, codes, fresh_email, fresh_key

type Amount = tuple[int, int, int]
"""Net, tax and gross, in minor units."""


@dataclass(frozen=True, slots=True)
class Expected:
    lines: Amount
    shipping: Amount
    total: Amount
    house: Amount


BILLS = {
    # 2 x 15.90 and 21.90 with 19 % in them; each vendor sends for 4.90.
    "de": Expected((4512, 858, 5370), (824, 156, 980), (5336, 1014, 6350), (3084, 586, 3670)),
    # 2 x 15.00 and 20.00 before 8.25 % of California, rounded on each line; each vendor sends for 5.90.
    "us": Expected((5000, 413, 5413), (1180, 98, 1278), (6180, 511, 6691), (3590, 297, 3887)),
    # 2 x 13.95 and 18.50 with 20 % in them; each vendor sends for 3.95.
    "gb": Expected((3867, 773, 4640), (658, 132, 790), (4525, 905, 5430), (2654, 531, 3185)),
    # 2 x 2370 and 3160 with 10 % in them, rounded once for all of it and shared out; each vendor sends for 600.
    "jp": Expected((7182, 718, 7900), (1091, 109, 1200), (8273, 827, 9100), (4854, 486, 5340)),
}


@pytest.mark.parametrize("market", BILLS)
async def test_core_0103_a_guest_buys_from_two_vendors_in_one_checkout(guest: Client, market: str):
    buyer, expected = guest.in_market(market), BILLS[market]
    pot, cards = await two_offers(buyer)

    bought = await buy(buyer, market, (pot, 2), (cards, 1))

    parts = parts_of(bought)
    statuses = [bought[name] for name in ("status", "paymentStatus", "fulfillmentStatus")]
    assert statuses == ["CONFIRMED", "AUTHORIZED", "UNFULFILLED"]
    assert minor(bought["totals"]["lines"]) == expected.lines
    assert minor(bought["totals"]["shipping"]) == expected.shipping
    assert minor(bought["totals"]["total"]) == expected.total
    assert minor(parts["house"]["totals"]["total"]) == expected.house
    assert [line["sku"] for line in parts["house"]["lines"]] == ["O07-14CM"]
    assert [line["sku"] for line in parts["atelier-mori"]["lines"]] == ["S17-CRANE"]
    assert [payment["authorized"]["amountMinor"] for payment in bought["payments"]] == [expected.total[2]]


async def test_v1_the_vendors_parts_sum_up_to_the_order(guest: Client):
    buyer = guest.in_market("us")
    pot, cards = await two_offers(buyer)

    bought = await buy(buyer, "us", (pot, 3), (cards, 2), delivery=1)

    for name in ("lines", "shipping", "total"):
        parts = [minor(part["totals"][name]) for part in bought["vendorOrders"]]
        assert tuple(map(sum, zip(*parts, strict=True))) == minor(bought["totals"][name])


async def test_core_2009_delivery_is_taxed_as_what_is_delivered(guest: Client):
    buyer = guest.in_market("de")
    pot, _ = await two_offers(buyer)
    cart = await make_cart(buyer, (pot, 1))
    started = await start_checkout(buyer, cart["id"])

    told = await tell_where(buyer, started, market="de", delivery=1)

    assert minor(started["totals"]["lines"]) == minor(told["totals"]["lines"]) == (1336, 254, 1590)
    assert minor(told["totals"]["shipping"]) == (1084, 206, 1290)


async def test_core_0106_without_a_delivery_option_nothing_is_bought(guest: Client):
    buyer = guest.in_market("de")
    checkout = await start_checkout(buyer, (await make_cart(buyer, ((await two_offers(buyer))[0], 1)))["id"])
    address = {"firstName": "Ada", "line1": "Hauptstraße 1", "city": "Berlin", "postalCode": "10115", "country": "DE"}
    await buyer.do(
        CHECKOUT_UPDATE, checkoutId=checkout["id"], email=fresh_email(), shippingAddress=address, acceptTerms=True
    )
    checkout = await offer_tender(buyer, checkout)

    refused = await complete(buyer, checkout)

    assert checkout["missing"] == ["DELIVERY_OPTION"]
    assert codes(refused) == ["REQUIRED"]
    assert refused["order"] is None


async def test_core_0113_without_a_payment_nothing_is_bought(guest: Client):
    buyer = guest.in_market("de")
    cart = await make_cart(buyer, ((await two_offers(buyer))[0], 1))
    checkout = await tell_where(buyer, await start_checkout(buyer, cart["id"]), market="de")

    refused = await complete(buyer, checkout)

    assert codes(refused) == ["PAYMENT_REQUIRED"]
    assert refused["order"] is None


async def test_p13_another_total_than_the_buyer_saw_is_refused_with_the_true_one(guest: Client):
    buyer = guest.in_market("de")
    checkout = await ready_to_pay(buyer, "de", ((await two_offers(buyer))[0], 1))
    true_total = checkout["totals"]["total"]["gross"]["amountMinor"]
    checkout["totals"]["total"]["gross"]["amountMinor"] -= 1

    refused = await complete(buyer, checkout)

    assert codes(refused) == ["PRICE_CHANGED"]
    assert refused["errors"][0]["actual"]["amountMinor"] == true_total
    assert refused["checkout"]["id"] == checkout["id"]


async def test_i4_completing_again_by_any_key_tells_of_the_same_order(guest: Client):
    buyer = guest.in_market("gb")
    checkout = await ready_to_pay(buyer, "gb", ((await two_offers(buyer))[0], 1))
    key = fresh_key()

    told = [await complete(buyer, checkout, key=each) for each in (key, key, fresh_key())]

    assert len({done["order"]["id"] for done in told}) == 1


async def test_s3_more_than_there_is_is_refused_with_what_there_is(guest: Client):
    buyer = guest.in_market("de")
    bird_feeder = await offer_of(buyer, "bird-feeder-oak", "house")
    cart = await make_cart(buyer, (bird_feeder, 4))

    refused = await buyer.call(
        "mutation Start($input: CheckoutStartInput!) { checkoutStart(input: $input)"
        " { errors { code ... on StockError { available } } checkout { id } } }",
        cartId=cart["id"],
        idempotencyKey=fresh_key(),
    )

    assert refused == {"errors": [{"code": "INSUFFICIENT_STOCK", "available": 3}], "checkout": None}


async def test_a_cart_is_made_once_however_often_it_is_asked_for(guest: Client):
    buyer = guest.in_market("de")
    lines = [{"offerId": (await two_offers(buyer))[0], "quantity": 1}]
    key = fresh_key()

    first = await buyer.do(CART_CREATE, lines=lines, idempotencyKey=key)
    again = await buyer.do(CART_CREATE, lines=lines, idempotencyKey=key)

    assert first["cart"]["id"] == again["cart"]["id"]


async def test_core_0105_a_guest_fetches_what_was_bought_at_the_vendors_store(guest: Client):
    """Tannwerk sells from Fulda, where its goods can be fetched too."""
    buyer = guest.in_market("de")
    offer = await offer_of(buyer, "border-spade", "tannwerk")
    started = await start_checkout(buyer, (await make_cart(buyer, (offer, 1)))["id"])
    group, option, store = await store_of(buyer, started["id"])
    address = {"firstName": "Ada", "lastName": "Lovelace", **ADDRESSES["de"]}
    chosen = {"groupId": group, "optionId": option, "placeId": store["id"]}
    told = await buyer.do(
        CHECKOUT_UPDATE,
        checkoutId=started["id"],
        email=fresh_email(),
        billingAddress=address,
        deliveries=[chosen],
        acceptTerms=True,
    )

    done = await complete(buyer, await offer_tender(buyer, told["checkout"]))

    assert done["errors"] == []
    bought = await buyer.ask(DELIVERY, id=done["order"]["id"])
    (part,) = bought["order"]["vendorOrders"]
    assert store["isInStock"]
    assert minor(told["checkout"]["totals"]["shipping"]) == (0, 0, 0)
    assert bought["order"]["shippingAddress"] is None
    assert part["delivery"] == {"kind": "PICKUP_STORE", "pickup": {"name": "Fulda", "address": {"city": "Fulda"}}}


async def test_core_0115_a_chosen_delivery_is_taken_back(guest: Client):
    buyer = guest.in_market("de")
    started = await start_checkout(buyer, (await make_cart(buyer, ((await two_offers(buyer))[0], 1)))["id"])
    told = await tell_where(buyer, started, market="de")
    (group,) = told["deliveryGroups"]

    taken_back = await buyer.do(
        CHECKOUT_UPDATE, checkoutId=started["id"], deliveries=[{"groupId": group["id"], "optionId": None}]
    )

    assert "DELIVERY_OPTION" not in told["missing"]
    assert "DELIVERY_OPTION" in taken_back["checkout"]["missing"]
    assert minor(taken_back["checkout"]["totals"]["shipping"]) == (0, 0, 0)
