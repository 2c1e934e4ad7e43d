"""The steps of a purchase, from finding an offer to the order."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.journeys.client import Client, fresh_email, fresh_key

ERRORS = """
errors {
  code message path ... on StockError { available } ... on PriceChangedError { actual { amountMinor } }
}
"""
TAXED = "net { amountMinor } tax { amountMinor } gross { amountMinor currency }"
TOTALS = f"totals {{ lines {{ {TAXED} }} shipping {{ {TAXED} }} total {{ {TAXED} }} due {{ amountMinor }} }}"

OFFERS = """
query Offers($slug: String!) {
  product(slug: $slug) {
    variants(first: 50) { nodes { sku offers(first: 20) { nodes { id vendor { slug } } } } }
  }
}
"""
CART_CREATE = f"""
mutation CartCreate($input: CartCreateInput!) {{
  cartCreate(input: $input) {{ {ERRORS} cart {{ id version {TOTALS} lines {{ nodes {{ id quantity }} }} }} }}
}}
"""
CHECKOUT = f"""
id version missing {TOTALS}
deliveryGroups {{ id vendor {{ slug }} options {{ id name price {{ {TAXED} }} }} }}
order {{ id }}
"""
CHECKOUT_START = f"""
mutation CheckoutStart($input: CheckoutStartInput!) {{
  checkoutStart(input: $input) {{ {ERRORS} checkout {{ {CHECKOUT} }} }}
}}
"""
CHECKOUT_UPDATE = f"""
mutation CheckoutUpdate($input: CheckoutUpdateInput!) {{
  checkoutUpdate(input: $input) {{ {ERRORS} checkout {{ {CHECKOUT} }} }}
}}
"""
TENDER_ADD = f"""
mutation TenderAdd($input: TenderInput!) {{
  checkoutTenderAdd(input: $input) {{ {ERRORS} checkout {{ {CHECKOUT} tenders {{ id state }} }} }}
}}
"""
COMPLETE = f"""
mutation Complete($input: CheckoutCompleteInput!) {{
  checkoutComplete(input: $input) {{
    {ERRORS} order {{ id number }} action {{ kind url }} checkout {{ id missing tenders {{ state }} }}
  }}
}}
"""
ORDER = f"""
query Order($id: ID!) {{
  order(id: $id) {{
    id number status paymentStatus fulfillmentStatus email {TOTALS}
    customer {{ email }}
    lines(first: 50) {{ nodes {{ id sku quantity fulfilled vendor {{ slug }} }} }}
    vendorOrders {{ id number status vendor {{ slug }} {TOTALS} lines {{ sku }} }}
    payments {{ state authorized {{ amountMinor }} }}
  }}
}}
"""

STORES = """
query Stores($id: ID!) {
  checkout(id: $id) { deliveryGroups { id options { id kind pickupPoints { id name isInStock } } } }
}
"""
DELIVERY = """
query Delivery($id: ID!) {
  order(id: $id) {
    shippingAddress { city } vendorOrders { delivery { kind pickup { name address { city } } } }
  }
}
"""

ADDRESSES: Mapping[str, Mapping[str, str]] = {
    "de": {"line1": "Hauptstraße 1", "city": "Berlin", "postalCode": "10115", "country": "DE"},
    "us": {
        "line1": "1 Main Street",
        "city": "Los Angeles",
        "region": "CA",
        "postalCode": "90001",
        "country": "US",
    },
    "gb": {"line1": "10 High Street", "city": "London", "postalCode": "N1 9GU", "country": "GB"},
    "jp": {"line1": "千代田1-1", "city": "千代田区", "region": "東京都", "postalCode": "100-0001", "country": "JP"},
}


async def offer_of(buyer: Client, slug: str, vendor: str, *, sku: str | None = None) -> str:
    """The id of a vendor's offer of a product, by the product's slug in English."""
    headers = {**buyer.headers, "Accept-Language": "en"}
    found = await Client(buyer.http, headers).ask(OFFERS, slug=slug)
    for variant in found["product"]["variants"]["nodes"]:
        for offer in variant["offers"]["nodes"]:
            if offer["vendor"]["slug"] == vendor and sku in (None, variant["sku"]):
                return str(offer["id"])
    raise AssertionError(f"{vendor} does not sell {slug} here")


async def two_offers(buyer: Client) -> tuple[str, str]:
    """A terracotta pot of the house, and letterpress cards of Atelier Mori: there are dozens of both."""
    pot = await offer_of(buyer, "terracotta-pot", "house", sku="O07-14CM")
    cards = await offer_of(buyer, "letterpress-cards", "atelier-mori", sku="S17-CRANE")
    return pot, cards


async def store_of(buyer: Client, checkout_id: str) -> tuple[str, str, dict[str, Any]]:
    """The one group of a checkout, the way to fetch it, and the first store for that."""
    (group,) = (await buyer.ask(STORES, id=checkout_id))["checkout"]["deliveryGroups"]
    option = next(option for option in group["options"] if option["kind"] == "PICKUP_STORE")
    return group["id"], option["id"], option["pickupPoints"][0]


async def make_cart(buyer: Client, *lines: tuple[str, int]) -> dict[str, Any]:
    """A cart of `(offer, quantity)` lines."""
    wanted = [{"offerId": offer, "quantity": quantity} for offer, quantity in lines]
    cart: dict[str, Any] = (await buyer.do(CART_CREATE, lines=wanted, idempotencyKey=fresh_key()))["cart"]
    return cart


async def start_checkout(buyer: Client, cart_id: str) -> dict[str, Any]:
    started = await buyer.do(CHECKOUT_START, cartId=cart_id, idempotencyKey=fresh_key())
    checkout: dict[str, Any] = started["checkout"]
    return checkout


async def tell_where(
    buyer: Client, checkout: Mapping[str, Any], *, market: str, email: str | None = None, delivery: int = 0
) -> dict[str, Any]:
    """Say who and where, then choose for each group the delivery option at this place, and accept the terms."""
    told = await buyer.do(
        CHECKOUT_UPDATE,
        checkoutId=checkout["id"],
        email=email or fresh_email(),
        shippingAddress={"firstName": "Ada", "lastName": "Lovelace", **ADDRESSES[market]},
        acceptTerms=True,
    )
    chosen = [
        {"groupId": group["id"], "optionId": group["options"][delivery]["id"]}
        for group in told["checkout"]["deliveryGroups"]
    ]
    updated = await buyer.do(CHECKOUT_UPDATE, checkoutId=checkout["id"], deliveries=chosen)
    found: dict[str, Any] = updated["checkout"]
    return found


async def offer_tender(buyer: Client, checkout: Mapping[str, Any], token: str = "tok_ok") -> dict[str, Any]:
    added = await buyer.do(
        TENDER_ADD, checkoutId=checkout["id"], methodId="test_card", token=token, idempotencyKey=fresh_key()
    )
    found: dict[str, Any] = added["checkout"]
    return found


async def complete(buyer: Client, checkout: Mapping[str, Any], *, key: str | None = None) -> dict[str, Any]:
    """Buy at the total that the checkout shows; the whole payload, which may be a refusal."""
    total = checkout["totals"]["total"]["gross"]
    return await buyer.call(COMPLETE, checkoutId=checkout["id"], expectedTotal=total, idempotencyKey=key or fresh_key())


async def ready_to_pay(
    buyer: Client,
    market: str,
    *lines: tuple[str, int],
    token: str = "tok_ok",
    delivery: int = 0,
    email: str | None = None,
) -> dict[str, Any]:
    """A checkout that lacks nothing."""
    checkout = await start_checkout(buyer, (await make_cart(buyer, *lines))["id"])
    checkout = await tell_where(buyer, checkout, market=market, email=email, delivery=delivery)
    checkout = await offer_tender(buyer, checkout, token)
    assert checkout["missing"] == []
    return checkout


async def buy(
    buyer: Client, market: str, *lines: tuple[str, int], delivery: int = 0, email: str | None = None
) -> dict[str, Any]:
    """The order of a whole purchase."""
    checkout = await ready_to_pay(buyer, market, *lines, delivery=delivery, email=email)
    done = await complete(buyer, checkout)
    assert done["errors"] == []
    return await order(buyer, done["order"]["id"])


async def order(buyer: Client, order_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await buyer.ask(ORDER, id=order_id))["order"]
    return found


def minor(amount: Mapping[str, Any]) -> tuple[int, int, int]:
    """Net, tax and gross of a taxed amount."""
    return amount["net"]["amountMinor"], amount["tax"]["amountMinor"], amount["gross"]["amountMinor"]


def parts_of(bought: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The vendor orders of an order, by the vendor's slug."""
    parts: Sequence[Mapping[str, Any]] = bought["vendorOrders"]
    return {part["vendor"]["slug"]: part for part in parts}
