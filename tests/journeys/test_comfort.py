"""What makes buying easy: buying again, drafts that staff send, and lists that are shown to others."""

from server.sample_accounts import PASSWORD, STAFF
from tests.journeys.buying import CHECKOUT, CHECKOUT_UPDATE, ERRORS, buy, complete, offer_tender, order, two_offers
from tests.journeys.client import Client, codes, fresh_email, fresh_key, registered

REORDER = f"""
mutation Reorder($input: ReorderInput!) {{
  reorder(input: $input) {{
    {ERRORS} problems {{ code }} cart {{ id lines {{ nodes {{ quantity offer {{ id }} }} }} }}
  }}
}}
"""
DRAFT_CREATE = f"""
mutation Draft($input: DraftOrderCreateInput!) {{
  draftOrderCreate(input: $input) {{
    {ERRORS} cart {{ id isDraft totals {{ lines {{ gross {{ amountMinor }} }} discount {{ amountMinor }} }} }}
  }}
}}
"""
DRAFT_SEND = f"""
mutation Send($input: DraftOrderSendInput!) {{ draftOrderSend(input: $input) {{ {ERRORS} token expiresAt }} }}
"""
LINK_OPEN = f"""
mutation Open($input: PaymentLinkOpenInput!) {{
  paymentLinkOpen(input: $input) {{ {ERRORS} checkout {{ {CHECKOUT} email }} }}
}}
"""
WISHLIST_UPDATE = f"""
mutation Wish($input: WishlistInput!) {{
  wishlistUpdate(input: $input) {{ {ERRORS} wishlist {{ id isShared items {{ id sku }} }} }}
}}
"""
WISHLIST = "query Wishlist($id: ID!) { wishlist(id: $id) { name items { sku } } }"
VARIANTS = "query Variants($ids: [ID!]!) { nodes(ids: $ids) { ... on Offer { variant { id sku } } } }"
STREET = {"firstName": "Ada", "lastName": "Lovelace", "line1": "Hauptstraße 1", "city": "Berlin", "postalCode": "10115"}


async def test_a_guest_buys_the_same_again(guest: Client):
    buyer = guest.in_market("de")
    pot, cards = await two_offers(buyer)
    bought = await buy(buyer, "de", (pot, 2), (cards, 1))

    again = await buyer.do(REORDER, orderId=bought["id"], idempotencyKey=fresh_key())

    assert {line["offer"]["id"]: line["quantity"] for line in again["cart"]["lines"]["nodes"]} == {pot: 2, cards: 1}
    assert again["problems"] == []


async def test_staff_prepare_an_order_and_the_buyer_pays_it_by_a_link(guest: Client):
    buyer = guest.in_market("de")
    staff = await buyer.signed_in(STAFF, PASSWORD)
    pot, _ = await two_offers(buyer)
    email = fresh_email()
    wanted = {"line": {"offerId": pot, "quantity": 2}, "unitPrice": {"amountMinor": 1000, "currency": "EUR"}}
    discount = {"percent": "10", "reason": "For your patience"}

    drafted = await staff.do(DRAFT_CREATE, email=email, lines=[wanted], discount=discount, idempotencyKey=fresh_key())
    sent = await staff.do(DRAFT_SEND, cartId=drafted["cart"]["id"])
    opened = (await buyer.do(LINK_OPEN, token=sent["token"]))["checkout"]
    told = await buyer.do(
        CHECKOUT_UPDATE, checkoutId=opened["id"], shippingAddress={**STREET, "country": "DE"}, acceptTerms=True
    )
    choices = [
        {"groupId": group["id"], "optionId": group["options"][0]["id"]} for group in told["checkout"]["deliveryGroups"]
    ]
    chosen = (await buyer.do(CHECKOUT_UPDATE, checkoutId=opened["id"], deliveries=choices))["checkout"]
    done = await complete(buyer, await offer_tender(buyer, chosen))
    bought = await order(buyer, done["order"]["id"])
    late = await buyer.call(LINK_OPEN, token=sent["token"])

    totals = drafted["cart"]["totals"]
    assert (totals["lines"]["gross"]["amountMinor"], totals["discount"]["amountMinor"]) == (1800, 200)
    assert opened["email"] == email
    assert (bought["status"], bought["paymentStatus"], bought["email"]) == ("CONFIRMED", "AUTHORIZED", email)
    assert bought["totals"]["lines"]["gross"]["amountMinor"] == 1800
    assert codes(late) == ["INVALID_TRANSITION"]


async def test_a_wishlist_is_shown_to_a_friend(guest: Client):
    visitor = guest.in_market("de")
    customer, _ = await registered(visitor)
    found = await customer.ask(VARIANTS, ids=list(await two_offers(visitor)))
    variants = [node["variant"] for node in found["nodes"]]

    made = (await customer.do(WISHLIST_UPDATE, name="Birthday", add=[each["id"] for each in variants]))["wishlist"]
    before = await visitor.ask(WISHLIST, id=made["id"])
    await customer.do(WISHLIST_UPDATE, wishlistId=made["id"], share=True)
    seen = await visitor.ask(WISHLIST, id=made["id"])

    assert before == {"wishlist": None}
    assert seen == {"wishlist": {"name": "Birthday", "items": [{"sku": each["sku"]} for each in variants]}}
