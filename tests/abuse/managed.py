"""What people have made in the shop of `tests.abuse.world` by the API: each thing that a mutation takes the id of."""

from collections.abc import Mapping
from typing import Any

from persistence.ids import new_id
from persistence.statement import Pool
from tests.abuse.world import Bought, Party

CENT = {"amountMinor": 1, "currency": "EUR"}
SEND = "mutation($input: DraftOrderSendInput!) { draftOrderSend(input: $input) { token errors { code path } } }"
MEMBER = "mutation($input: CompanyMemberSetInput!) { companyMemberSet(input: $input) { errors { code path } } }"
PARKED = """INSERT INTO queue.pgqueuer (priority, entrypoint, payload, status)
    VALUES (0, 'settle_payment', convert_to('payment_of_nobody', 'UTF8'), 'failed') RETURNING id::text"""


async def make(party: Party, mutation: str, subject: str, **values: Any) -> str:
    """The id of what a mutation makes."""
    kind = INPUTS.get(mutation, f"{mutation[0].upper()}{mutation[1:]}Input")
    answer = await party.ask(
        f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {subject} {{ id }} errors {{ code path }} }} }}",
        input=values,
    )
    payload = answer[mutation]
    assert payload["errors"] == [], (mutation, payload)
    made: str = payload[subject]["id"]
    return made


INPUTS = {
    "promotionUpsert": "PromotionInput",
    "priceListUpsert": "PriceListInput",
    "priceListPricesSet": "PricesInput",
    "wishlistUpdate": "WishlistInput",
    "deliveryZoneUpsert": "DeliveryZoneInput",
    "deliveryRateUpsert": "DeliveryRateInput",
    "deliveryRestrictionUpsert": "DeliveryRestrictionInput",
    "webhookPing": "WebhookInput",
}
"""Where the name of the input is not the mutation's."""


async def made_by_staff(staff: Party, pool: Pool, things: Mapping[str, str]) -> dict[str, str]:
    """What is not there for buyers yet, and so changes no price of the other tests."""
    market = await pool.fetchval("SELECT id FROM market WHERE handle = 'de'")
    zone = await make(staff, "deliveryZoneUpsert", "zone", name="Islands", areas=[{"country": "IS"}])
    return {
        "market": market,
        "base_list": await pool.fetchval("SELECT id FROM price_list WHERE handle = 'us-usd'"),
        "promotion": await make(
            staff,
            *("promotionUpsert", "promotion"),
            name="HIDDENSALE",
            startsAt="2098-01-01T00:00:00Z",
            needsCode=True,
            isPublic=False,
            conditions={},
            action={"kind": "percentage", "percent": "10"},
        ),
        "price_list": await make(
            staff,
            "priceListUpsert",
            "priceList",
            name="HIDDENLIST",
            handle="hidden",
            currency="EUR",
            customerGroup="vip",
        ),
        "gift_card": await make(
            staff, "giftCardIssue", "giftCard", amount={**CENT, "amountMinor": 5000}, idempotencyKey=new_id("key")
        ),
        "zone": zone,
        "restriction": await make(
            staff, "deliveryRestrictionUpsert", "restriction", productId=things["hidden_product"], zoneId=zone
        ),
        "parked_job": await pool.fetchval(PARKED),
    }


async def drafts(staff: Party, offer_id: str) -> dict[str, str]:
    """Orders that staff prepare: one that is begun, one that is at the checkout, and a link by which one is paid."""
    carts = [
        await make(
            *(staff, "draftOrderCreate", "cart"),
            email="drafted@example.com",
            lines=[{"line": {"offerId": offer_id, "quantity": 1}}],
            idempotencyKey=new_id("key"),
        )
        for _ in range(3)
    ]
    begun, at_checkout, sent = carts
    checkout = await make(staff, "checkoutStart", "checkout", cartId=at_checkout, idempotencyKey=new_id("key"))
    answer = await staff.ask(SEND, input={"cartId": sent})
    assert answer["draftOrderSend"]["errors"] == []
    return {"draft_cart": begun, "draft_checkout": checkout, "link": answer["draftOrderSend"]["token"]}


async def made_by_buyer(buyer: Party, variant_id: str, name: str) -> dict[str, str]:
    """Lists that nobody else has been shown."""
    wishlist = await make(buyer, "wishlistUpdate", "wishlist", name=f"WISHES OF {name}", add=[variant_id])
    return {f"{name}_wishlist": wishlist}


async def businesses(staff: Party, buyer: Party, bystander: str) -> dict[str, str]:
    """A company that the buyer acts for, and another one, with a customer whom staff can put where they like."""
    terms = {"netTermsDays": 30, "vatId": "DE999999999"}
    hidden = await make(staff, "companyCreate", "company", name="HIDDENCOMPANY", **terms)
    member = {"companyId": hidden, "customerId": str(buyer.actor.customer_id), "role": "BUYER"}
    answer = await staff.ask(MEMBER, input=member)
    assert answer["companyMemberSet"]["errors"] == []
    other = await make(staff, "companyCreate", "company", name="Another one")
    return {"company": hidden, "other_company": other, "bystander": bystander}


async def sent_back(buyer: Party, seller: Party, bought: Bought, vendor_id: str) -> str:
    """A return of one unit of what arrived, asked for and not decided yet."""
    parcel = {"id": bought.fulfillments[vendor_id], "state": "DELIVERED", "idempotencyKey": new_id("key")}
    await make(seller, "fulfillmentUpdate", "fulfillment", **parcel)
    lines = [{"orderLineId": bought.lines[vendor_id], "quantity": 1, "reason": "Too bright"}]
    return await make(buyer, "returnRequest", "return", orderId=bought.order, lines=lines, idempotencyKey=new_id("key"))


async def given_back(staff: Party, pool: Pool, bought: Bought) -> str:
    """A refund of a cent of what was taken for it."""
    await make(staff, "paymentCapture", "order", paymentId=bought.payment, idempotencyKey=new_id("key"))
    given = {"orderId": bought.order, "adjustment": CENT, "idempotencyKey": new_id("key")}
    await make(staff, "refundCreate", "order", **given)
    refund: str = await pool.fetchval("SELECT id FROM refund WHERE order_id = $1", bought.order)
    return refund


async def made_by_vendor(member: Party, vendor_id: str) -> dict[str, str]:
    """A webhook of a vendor, and a delivery to it that waits."""
    own = {"vendorId": vendor_id, "url": "https://hooks.example/", "events": ["STOCK_CHANGED"]}
    webhook = await make(member, "webhookUpsert", "webhook", **own)
    return {"webhook": webhook, "webhook_delivery": await make(member, "webhookPing", "delivery", id=webhook)}
