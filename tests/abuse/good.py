"""Arguments that are in order, for every root field and for each party: what bad values are then put into."""

from collections.abc import Mapping
from typing import Any

from persistence.ids import new_id
from tests.abuse.world import VENDORS_OF, World
from tests.factories.customers import PASSWORD

PLACE = {
    "line1": "Hauptstraße 1",
    "city": "Berlin",
    "country": "DE",
    "postalCode": "10115",
    "firstName": "A",
    "lastName": "B",
}
PRICE = {"amountMinor": 1999, "currency": "EUR"}


def good_arguments(world: World, name: str) -> Mapping[str, Mapping[str, Any]]:
    """By `Type.field`; each call has idempotency keys of its own."""
    return {
        **_reads(world, name),
        **_people(),
        **_buying(world, name),
        **_after_sale(world, name),
        **_balances(world, name),
        **_selling(world, name),
        **_taxes(world),
        **_promotions(world),
        **_delivery(world),
        **_markets(world),
        **_warehouses(world, name),
        **_platform(world),
        **_companies(world),
        **_webhooks(world, name),
    }


def _reads(world: World, name: str) -> dict[str, Mapping[str, Any]]:
    things = world.things
    owner = name if name in world.bought else "guest"
    order = world.bought[owner].order
    vendor = things[VENDORS_OF.get(name, "vendor")]
    log: dict[str, Any] = {"after": None, "types": ["ORDER_PLACED"]}
    return {
        "Query._entities": {"representations": [{"__typename": "Product", "id": things["product"]}]},
        "Query._service": {},
        "Query.node": {"id": things["product"]},
        "Query.nodes": {"ids": [things["product"], order]},
        "Query.context": {},
        "Query.markets": {},
        "Query.menu": {"handle": "main"},
        "Query.resolvePath": {"path": "/products/lamp"},
        "Query.product": {"slug": "lamp"},
        "Query.category": {"slug": "lamps"},
        "Query.collection": {"slug": "lights"},
        "Query.vendor": {"slug": "valley"},
        "Query.search": {"input": {"query": "lamp", "filters": [{"key": "price", "min": "1"}]}, "first": 5},
        "Query.suggest": {"prefix": "la"},
        "Query.viewer": {},
        "Query.cart": {"id": things[f"{owner}_cart"]},
        "Query.checkout": {"id": things[f"{owner}_checkout"]},
        "Query.order": {"id": order},
        "Query.events": {**log, "first": 5},
        "Query.vendorPortal": {"vendorId": vendor},
        "Query.admin": {},
        "Subscription.cartChanged": {"id": things[f"{owner}_cart"]},
        "Subscription.checkoutChanged": {"id": things[f"{owner}_checkout"]},
        "Subscription.orderEvents": {**log, "orderId": order},
        "Subscription.vendorOrderEvents": {**log, "vendorId": vendor},
        "Subscription.orderChanged": {"id": order},
    }


def _people() -> dict[str, Mapping[str, Any]]:
    email = f"{new_id('new')}@example.com"
    entry = {"address": dict(PLACE), "isDefaultShipping": True, "isDefaultBilling": False}
    return {
        "Mutation.customerRegister": _input(email=email, password=PASSWORD, firstName="New", language="en"),
        "Mutation.signIn": _input(email=email, password=PASSWORD),
        "Mutation.sessionRefresh": _input(refreshToken="not-one"),
        "Mutation.signOut": _input(everywhere=False),
        "Mutation.customerUpdate": _input(firstName="Ada", language="en", addresses=[entry], expectedVersion=None),
        "Mutation.apiKeyCreate": _input(name="A key", scopes=["events:read"]),
        "Mutation.apiKeyRevoke": _input(apiKeyId=new_id("api_key")),
    }


def _buying(world: World, name: str) -> dict[str, Mapping[str, Any]]:
    things = world.things
    owner = name if name in world.bought else "guest"
    cart, checkout = things[f"{owner}_cart"], things[f"{owner}_checkout"]
    wishlist = things.get(f"{owner}_wishlist", things["ada_wishlist"])
    company = {"companyId": things["company"]} if name == "ada" else {}
    dollar = {"amountMinor": 100, "currency": "USD"}
    added = {"quantity": 1, "offerId": things["offer"], "giftMessage": "Hello"}
    return {
        "Mutation.cartCreate": _keyed(lines=[added], **company),
        "Mutation.cartUpdate": _keyed(
            cartId=cart, add=[added], set=[{"lineId": things[f"{owner}_line"], "quantity": 2}], note="Hello"
        ),
        "Mutation.cartMerge": _keyed(source=things["guest_cart"], target=cart),
        "Mutation.wishlistUpdate": _input(
            name="For later", add=[things["variant"]], remove=[things["other_variant"]], share=True
        ),
        "Mutation.wishlistDelete": _input(wishlistId=wishlist),
        "Mutation.wishlistMoveToCart": _keyed(wishlistId=wishlist, cartId=cart, variants=[things["variant"]]),
        "Query.wishlist": {"id": wishlist},
        "Mutation.draftOrderCreate": _keyed(
            email="someone@example.com", companyId=None, lines=[{"line": added, "unitPrice": dollar}], note="Hello"
        ),
        "Mutation.draftOrderUpdate": _keyed(
            cartId=things["draft_cart"], add=[{"line": added}], discount={"reason": "Hello", "percent": "10"}
        ),
        "Mutation.draftOrderSend": _input(cartId=things["draft_cart"], validDays=7),
        "Mutation.draftOrderComplete": _keyed(checkoutId=things["draft_checkout"], payment="DUE", expectedTotal=dollar),
        "Mutation.paymentLinkOpen": _input(token=things["link"]),
        "Mutation.orderPaymentLinkCreate": _input(orderId=world.bought[owner].order, validDays=7),
        "Mutation.orderPay": _keyed(
            token=things["link"], methodId="test_card", paymentToken="tok_ok", expectedDue=dollar
        ),
        "Query.orderDue": {"token": things["link"]},
        "Mutation.reorder": _keyed(orderId=world.bought[owner].order),
        "Mutation.checkoutStart": _keyed(cartId=cart),
        "Mutation.checkoutUpdate": _input(
            checkoutId=checkout,
            email="someone@example.com",
            shippingAddress=dict(PLACE),
            billingAddress=dict(PLACE),
            poNumber="PO-1",
            **company,
        ),
        "Mutation.checkoutTenderAdd": _keyed(checkoutId=checkout, methodId="test_card", token="tok_ok"),
        "Mutation.checkoutTenderRemove": _input(
            checkoutId=things[f"{owner}_tendered"], tenderId=things[f"{owner}_tender"]
        ),
        "Mutation.checkoutComplete": _keyed(checkoutId=checkout, expectedTotal=dict(PRICE)),
    }


def _balances(world: World, name: str) -> dict[str, Mapping[str, Any]]:
    """Amounts that leave what others of these tests rest on as it is."""
    bought = world.bought[name if name in world.bought else "guest"]
    amount = {"amountMinor": 1, "currency": "EUR"}
    card, customer = world.things["gift_card"], str(world["grace"].actor.customer_id)
    told = {"expiresAt": "2099-01-01T00:00:00Z", "note": "Hello"}
    return {
        "Query.giftCard": {"code": "7K3M-9QX2-5TA3-0WZC"},
        "Mutation.giftCardIssue": _keyed(amount=amount, **told),
        "Mutation.giftCardAdjust": _keyed(giftCardId=card, amount=amount, note="Hello"),
        "Mutation.giftCardCodeRenew": _keyed(giftCardId=card),
        "Mutation.giftCardCodeReveal": _keyed(orderId=bought.order, giftCardId=card),
        "Mutation.storeCreditGrant": _keyed(customerId=customer, amount=amount, **told),
        "Mutation.creditLimitSet": _keyed(customerId=customer, limit=amount, note="Hello"),
        "Mutation.paymentReceive": _keyed(paymentId=bought.payment),
        "Mutation.paymentMethodForget": _input(
            id=world.things.get(f"{name}_stored_method", world.things["ada_stored_method"])
        ),
    }


def _after_sale(world: World, name: str) -> dict[str, Mapping[str, Any]]:
    bought = world.bought[name if name in world.bought else "guest"]
    owner = name if name in world.kept else "guest"
    kept, returned = world.kept[owner], world.things[f"{owner}_return"]
    line_id = next(iter(bought.lines.values()))
    units, amount = [{"orderLineId": line_id, "quantity": 1}], {"amountMinor": 1, "currency": "EUR"}
    back = {"orderLineId": kept.lines[world.things["vendor"]], "quantity": 1}
    return {
        "Mutation.orderCancel": _keyed(id=bought.order, lines=units, vendorOrderId=None, reason="Hello"),
        "Mutation.orderEdit": _keyed(
            id=bought.order,
            set=units,
            add=[{"offerId": world.things["offer"], "quantity": 1}],
            reason="Hello",
            expectedVersion=1,
        ),
        "Mutation.orderHold": _keyed(id=bought.order, reason="Hello"),
        "Mutation.orderRelease": _keyed(id=bought.order, reason="Hello"),
        "Mutation.orderNoteAdd": _keyed(id=bought.order, note="Hello"),
        "Mutation.paymentCapture": _keyed(paymentId=bought.payment, amount=amount, final=False),
        "Mutation.paymentVoid": _keyed(paymentId=bought.payment),
        "Mutation.refundCreate": _keyed(
            orderId=bought.order, lines=units, shipping=amount, adjustment=amount, toStoreCredit=False, reason="Hello"
        ),
        "Mutation.refundRetry": _keyed(refundId=world.things["ada_refund"], toStoreCredit=False),
        "Mutation.returnRequest": _keyed(
            orderId=kept.order,
            lines=[{**back, "reason": "Hello", "comment": "Hello", "imageUrls": ["https://example.com/1.jpg"]}],
            toStoreCredit=False,
        ),
        "Mutation.returnCancel": _keyed(returnId=returned),
        "Mutation.returnLabelSet": _keyed(
            returnId=returned, url="https://example.com/label.pdf", carrier="DHL", trackingNumber="1"
        ),
        "Mutation.returnDecide": _keyed(
            returnId=returned,
            state="RECEIVED",
            lines=[{**back, "condition": "Hello", "restockTo": world.things["warehouse"]}],
            reason="Hello",
        ),
    }


def _taxes(world: World) -> dict[str, Mapping[str, Any]]:
    window = {"validFrom": "2026-01-01T00:00:00Z", "validUntil": "2027-01-01T00:00:00Z"}
    return {
        "Mutation.taxRegistrationSet": _input(
            vendorId=world.things["vendor"], country="DE", region=None, scheme="OSS", number="DE123456789", **window
        ),
        "Mutation.taxCertificateSet": _input(
            customerId=str(world["grace"].actor.customer_id), country="US", region="NY", number="E-1", **window
        ),
    }


def _selling(world: World, name: str) -> dict[str, Mapping[str, Any]]:
    things, ada = world.things, world.bought["ada"]
    own = VENDORS_OF.get(name, "vendor")
    prefix = own.removesuffix("vendor")
    vendor, warehouse, offer = things[own], things[f"{prefix}warehouse"], things[f"{prefix}offer"]
    lines = [{"orderLineId": ada.lines[vendor], "quantity": 1}]
    parcels = [{"carrier": "DHL", "trackingNumber": "1", "trackingUrl": "https://example.com/1"}]
    return {
        "Mutation.vendorOrderAccept": _keyed(id=world.bought["grace"].parts.get(vendor, ada.parts[vendor])),
        "Mutation.vendorOrderReject": _keyed(
            id=world.bought["grace"].parts.get(vendor, ada.parts[vendor]), reason="Sold out"
        ),
        "Mutation.fulfillmentUpdate": _keyed(
            id=ada.fulfillments.get(vendor, ada.parts[vendor]), state="DELIVERED", parcels=parcels, reason="At the door"
        ),
        "Mutation.fulfillmentCreate": _keyed(
            vendorOrderId=ada.parts[vendor], warehouseId=warehouse, lines=lines, parcels=parcels
        ),
        "Mutation.offerUpsert": _input(
            vendorId=vendor, variantId=things[f"{prefix}variant"], price=dict(PRICE), min=1, max=10, step=1
        ),
        "Mutation.giftWrapSet": _input(vendorId=vendor, currency=PRICE["currency"], price=dict(PRICE), per="UNIT"),
        "Mutation.stockAdjust": _keyed(offerId=offer, warehouseId=warehouse, reason="counted", delta=1),
    }


def _delivery(world: World) -> dict[str, Mapping[str, Any]]:
    things = world.things
    return {
        "Mutation.deliveryZoneUpsert": _input(
            name="Islands",
            areas=[{"country": "DE", "postalPrefix": "27498"}],
            position={"latitude": 54, "longitude": 8},
        ),
        "Mutation.deliveryRateUpsert": _input(
            marketId=things["market"],
            zoneId=things["zone"],
            name="By weight",
            price=dict(PRICE),
            minDays=1,
            maxDays=2,
            basis="WEIGHT",
            tiers=[{"start": 0, "priceMinor": 500, "furtherMinor": 10}],
            translations={"de": "Nach Gewicht"},
        ),
        "Mutation.deliveryRestrictionUpsert": _input(productId=things["hidden_product"], zoneId=things["zone"]),
        "Mutation.deliveryRestrictionRemove": _input(id=things["restriction"]),
        "Mutation.pickupPointUpsert": _input(
            carrier="DHL", code="4711", name="Kiosk", address={"line1": "Weg 1", "city": "Berlin", "country": "DE"}
        ),
    }


def _promotions(world: World) -> dict[str, Mapping[str, Any]]:
    window: dict[str, Any] = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": None}
    promotion, price_list = world.things["promotion"], world.things["price_list"]
    return {
        "Mutation.promotionUpsert": _input(
            name="Sale",
            code=f"SALE{new_id('code')[-12:]}",
            conditions={"min_value": {"EUR": "50.00"}},
            action={"kind": "percentage", "percent": "10"},
            budget=PRICE,
            **window,
        ),
        "Mutation.promotionArchive": _input(id=promotion),
        "Mutation.promotionCodesGenerate": _keyed(promotionId=promotion, count=2, pattern="A-????????", usageLimit=1),
        "Mutation.promotionCodesRemove": _input(promotionId=promotion, codes=["SALE"]),
        "Mutation.priceListUpsert": _input(
            name="A list", handle=new_id("list"), currency="EUR", ending={"minor": 99, "step": 100}, **window
        ),
        "Mutation.priceListPricesSet": _keyed(
            priceListId=price_list, prices=[{"offerId": world.things["offer"], "price": PRICE, "minQuantity": 2}]
        ),
        "Mutation.priceListDerive": _input(
            priceListId=price_list,
            baseId=world.things["base_list"],
            **_rate("ECB"),
            adjustmentPercent="5",
            granularity=5,
        ),
        "Mutation.priceListDetach": _input(priceListId=price_list),
        "Mutation.priceListRatesUpdate": _input(
            rates=[{"base": "USD", "currency": "EUR", **_rate("ECB")}], source="ECB", dryRun=False
        ),
    }


def _rate(source: str) -> dict[str, Any]:
    return {"rate": "0.9", "rateAt": "2026-11-20T15:00:00Z", "source": source}


def _markets(world: World) -> dict[str, Mapping[str, Any]]:
    """Settings that are as they were, so that no price of the other tests is another."""
    languages, steps = ["de", "en"], [{"currency": "EUR", "step": 1}]
    withdrawal = {"days": 14, "text": [{"language": "en", "text": "You may withdraw."}]}
    settings = {"paymentDays": 7, "returnDays": 14, "withdrawal": withdrawal, "priceGranularity": steps}
    return {
        "Mutation.marketCreate": _input(
            handle=new_id("m")[:20].replace("_", "-"),
            name="Nowhere",
            countries=["AQ"],
            currencies=["EUR"],
            languages=languages,
            pricesIncludeTax=True,
            timeZone="Antarctica/Troll",
            settings={**settings, "position": 99},
        ),
        "Mutation.marketUpdate": _input(
            id=world.things["market"], name="Germany and Austria", languages=languages, settings=settings
        ),
    }


def _warehouses(world: World, name: str) -> dict[str, Mapping[str, Any]]:
    own = VENDORS_OF.get(name, "vendor")
    told: dict[str, Any] = {
        "name": "Main",
        "country": "DE",
        "address": dict(PLACE),
        "position": {"latitude": 51, "longitude": 9},
        "openingHours": "Mo-Fr",
        "timeZone": "Europe/Berlin",
        "handling": {"cutoffHour": 14, "days": 1},
    }
    warehouse = world.things[f"{own.removesuffix('vendor')}warehouse"]
    return {
        "Mutation.warehouseCreate": _input(vendorId=world.things[own], code=new_id("w").replace("_", "-"), **told),
        "Mutation.warehouseUpdate": _input(id=warehouse, **told),
    }


def _platform(world: World) -> dict[str, Mapping[str, Any]]:
    registered = {"name": "Valley Ltd.", "registration": "HRB 1", "email": "office@example.com"}
    return {
        "Mutation.digitalFileRegister": _input(
            variantId=world.things["variant"],
            name="manual.pdf",
            path="abuse/good.py",
            downloadsAllowed=3,
            daysAllowed=30,
        ),
        "Mutation.licenseKeysImport": _keyed(variantId=world.things["variant"], keys=["AAAA-BBBB"]),
        "Mutation.jobReplay": _input(id=world.things["parked_job"]),
        "Mutation.vendorLegalEntitySet": _input(vendorId=world.things["vendor"], address=dict(PLACE), **registered),
    }


def _companies(world: World) -> dict[str, Mapping[str, Any]]:
    """Those of whom nothing else in these tests depends."""
    customer, company = world.things["bystander"], world.things["other_company"]
    limit = {"amountMinor": 100_00, "currency": "EUR"}
    said = {"name": "Another one", "vatId": "DE999999999", "netTermsDays": 30, "dueOnWorkingDays": True}
    return {
        "Mutation.companyCreate": _input(**said),
        "Mutation.companyUpdate": _input(companyId=company, expectedVersion=None, **said),
        "Mutation.companyMemberSet": _input(
            companyId=company, customerId=customer, role="APPROVER", spendingLimit=dict(limit)
        ),
        "Mutation.companyMemberRemove": _input(companyId=company, customerId=customer),
        "Mutation.companyCreditLimitSet": _keyed(companyId=company, limit=limit, note="Hello"),
        "Mutation.customerSegmentsSet": _input(customerId=customer, segments=["lapsed"]),
        "Mutation.customerGroupSet": _input(customerId=customer, group="trade"),
    }


def _webhooks(world: World, name: str) -> dict[str, Mapping[str, Any]]:
    webhook, delivery = world.things["webhook"], world.things["webhook_delivery"]
    own = VENDORS_OF.get(name)
    wanted = {"url": "https://hooks.example/", "events": ["ORDER_PLACED"], "document": "{ id }"}
    return {
        "Mutation.webhookUpsert": _input(vendorId=world.things[own] if own else None, **wanted),
        "Mutation.webhookPause": _input(id=webhook),
        "Mutation.webhookResume": _input(id=webhook),
        "Mutation.webhookDelete": _input(id=webhook),
        "Mutation.webhookSecretRotate": _input(id=webhook, overlapHours=24),
        "Mutation.webhookPing": _input(id=webhook),
        "Mutation.webhookDeliveryReplay": _input(id=delivery),
        "Mutation.webhookReplay": _input(id=webhook, since="2026-01-01T00:00:00Z"),
    }


def _input(**values: Any) -> dict[str, Any]:
    return {"input": values}


def _keyed(**values: Any) -> dict[str, Any]:
    return {"input": {**values, "idempotencyKey": new_id("key")}}
