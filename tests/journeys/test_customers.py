"""Customers: from a guest's cart to orders that they find again."""

from server.sample_accounts import PASSWORD, SHOPPER
from tests.journeys.buying import (
    ADDRESSES,
    ERRORS,
    ORDER,
    buy,
    complete,
    make_cart,
    offer_tender,
    order,
    start_checkout,
    tell_where,
    two_offers,
)
from tests.journeys.client import REGISTER, SIGN_IN, Client, codes, fresh_email, fresh_key, registered

CART_MERGE = f"""
mutation Merge($input: CartMergeInput!) {{
  cartMerge(input: $input) {{ {ERRORS} cart {{ id lines {{ nodes {{ quantity offer {{ id }} }} }} }} }}
}}
"""
CUSTOMER_UPDATE = """
mutation Update($input: CustomerUpdateInput!) {
  customerUpdate(input: $input) { errors { code path } customer { addresses { id address { line1 } } } }
}
"""
OWN = """
{ viewer { email addresses { address { line1 } } orders(first: 5) { totalCount nodes { id number } } } }
"""
CART = "query Cart($id: ID!) { cart(id: $id) { id } }"


async def test_a_customer_signs_in_merges_the_guests_cart_and_buys_all_of_it(guest: Client):
    visitor = guest.in_market("de")
    pot, cards = await two_offers(visitor)
    guests_cart = await make_cart(visitor, (pot, 2))
    customer, email = await registered(visitor)
    own_cart = await make_cart(customer, (pot, 1), (cards, 1))

    merged = await customer.do(CART_MERGE, source=guests_cart["id"], target=own_cart["id"], idempotencyKey=fresh_key())
    checkout = await start_checkout(customer, own_cart["id"])
    checkout = await offer_tender(customer, await tell_where(customer, checkout, market="de", email=email))
    done = await complete(customer, checkout)
    own = (await customer.ask(OWN))["viewer"]

    quantities = {line["offer"]["id"]: line["quantity"] for line in merged["cart"]["lines"]["nodes"]}
    assert quantities == {pot: 3, cards: 1}
    assert own["orders"] == {"totalCount": 1, "nodes": [done["order"]]}
    assert (await order(customer, done["order"]["id"]))["customer"] == {"email": email}


async def test_core_1510_and_1506_a_sample_shopper_signs_in_and_a_wrong_password_does_not(guest: Client):
    shopper = await guest.signed_in(SHOPPER, PASSWORD)
    wrong = [
        await guest.call(SIGN_IN, email=SHOPPER, password="another password"),
        await guest.call(SIGN_IN, email=fresh_email(), password=PASSWORD),
    ]

    assert (await shopper.ask(OWN))["viewer"]["email"] == SHOPPER
    assert [(codes(answer), answer["accessToken"]) for answer in wrong] == [(["NOT_ALLOWED"], None)] * 2


async def test_core_0129_a_guest_buys_without_an_address_book(guest: Client):
    visitor = guest.in_market("de")
    pot, _ = await two_offers(visitor)

    bought = await buy(visitor, "de", (pot, 1))

    assert bought["customer"] is None
    assert await visitor.fault_codes(OWN) == ["UNAUTHENTICATED"]


async def test_core_0130_and_0131_buying_leaves_the_address_book_as_it_is(guest: Client):
    customer, email = await registered(guest.in_market("de"))
    kept = {"address": {**ADDRESSES["de"], "firstName": "Ada", "lastName": "Lovelace", "line1": "Nebenweg 2"}}
    await customer.do(CUSTOMER_UPDATE, addresses=[kept])
    pot, _ = await two_offers(customer)

    await buy(customer, "de", (pot, 1), email=email)

    own = (await customer.ask(OWN))["viewer"]
    assert own["addresses"] == [{"address": {"line1": "Nebenweg 2"}}]


async def test_core_0256_an_order_keeps_its_address_when_the_customer_forgets_it(guest: Client):
    customer, email = await registered(guest.in_market("de"))
    await customer.do(CUSTOMER_UPDATE, addresses=[{"address": {**ADDRESSES["de"], "firstName": "A", "lastName": "L"}}])
    pot, _ = await two_offers(customer)
    bought = await buy(customer, "de", (pot, 1), email=email)

    forgotten = await customer.do(CUSTOMER_UPDATE, addresses=[])

    address = "query Address($id: ID!) { order(id: $id) { shippingAddress { line1 } billingAddress { line1 } } }"
    found = (await customer.ask(address, id=bought["id"]))["order"]
    assert forgotten["customer"]["addresses"] == []
    assert found == {"shippingAddress": {"line1": "Hauptstraße 1"}, "billingAddress": {"line1": "Hauptstraße 1"}}


async def test_core_1518_an_order_that_a_guest_placed_stays_the_guests_after_registration(guest: Client):
    visitor = guest.in_market("de")
    pot, _ = await two_offers(visitor)
    bought = await buy(visitor, "de", (pot, 1))

    granted = await visitor.do(REGISTER, email=bought["email"], password="a long enough password")
    own = (await visitor.bearing(granted["accessToken"]).ask(OWN))["viewer"]

    assert own["orders"]["totalCount"] == 0
    assert (await order(visitor, bought["id"]))["number"] == bought["number"]


async def test_a_customers_cart_and_order_are_nobody_elses(guest: Client):
    visitor = guest.in_market("de")
    customer, email = await registered(visitor)
    other, _ = await registered(visitor)
    pot, _ = await two_offers(visitor)
    cart = await make_cart(customer, (pot, 1))
    bought = await buy(customer, "de", (pot, 1), email=email)

    for stranger in (visitor, other):
        assert (await stranger.ask(CART, id=cart["id"]))["cart"] is None
        assert (await stranger.ask(ORDER, id=bought["id"]))["order"] is None
