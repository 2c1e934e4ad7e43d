"""Delivery as staff manages it and buyers choose it, over the whole schema."""

from datetime import date
from typing import Any

import pytest

from domain.shared.actor import Actor
from domain.shared.ids import CustomerId
from persistence.ids import new_id
from tests.buying.conftest import gateway, shop
from tests.factories.buying import Buying
from tests.factories.shoppers import BERLIN, Shopper

__all__ = ["gateway", "shop"]

ERRORS = "errors { code path ... on DeliveryError { lineIds } }"
ZONE = "id name areas { country region postalPrefix postalFrom postalUntil } position { latitude longitude }"
RATE = """
id marketId zone { id } kind name carrier price { amountMinor currency } basis tiers { start price { amountMinor }
further { amountMinor } } freeFrom { amountMinor } minDays maxDays isActive
"""
MUTATIONS = {
    "deliveryZoneUpsert": ("DeliveryZoneInput", f"zone {{ {ZONE} }}"),
    "deliveryRateUpsert": ("DeliveryRateInput", f"rate {{ {RATE} }}"),
    "deliveryRestrictionUpsert": ("DeliveryRestrictionInput", "restriction { id productId zone { id } kind }"),
    "deliveryRestrictionRemove": ("DeliveryRestrictionRemoveInput", "id"),
    "pickupPointUpsert": ("PickupPointInput", "pickupPoint { id code carrier name address { city } isActive }"),
}
GROUPS = """
query Groups($id: ID!, $near: GeoPointInput, $code: String) { checkout(id: $id) { missing deliveryGroups {
  id warehouse { id } undeliverableLines { id } pickup { id name }
  selected { name pickupPoint { city } }
  options { id kind name price { gross { amountMinor } }
    pickupPoints(near: $near, postalCode: $code) { id name openingHours distanceKm isInStock address { city } } } } } }
"""
CHOOSE = f"""
mutation Choose($input: CheckoutUpdateInput!) {{ checkoutUpdate(input: $input) {{ {ERRORS} checkout {{ id }} }} }}
"""


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    scopes = frozenset({"staff", "delivery:read", "delivery:write"})
    return Shopper(shop, Actor(customer_id=CustomerId(new_id("customer")), scopes=scopes))


async def manage(staff: Shopper, mutation: str, **values: Any) -> Any:
    kind, wanted = MUTATIONS[mutation]
    document = f"mutation M($input: {kind}!) {{ {mutation}(input: $input) {{ {ERRORS} {wanted} }} }}"
    result = await staff.send(document, input=values)
    assert not result.errors, result.errors
    return result.data[mutation]


async def market(staff: Shopper) -> str:
    return str(await staff.shop.pool.fetchval("SELECT id FROM market WHERE handle = 'de'"))


async def rate(staff: Shopper, **values: Any) -> Any:
    known = {
        "marketId": await market(staff),
        "name": "By weight",
        "price": {"amountMinor": 500, "currency": "EUR"},
        "minDays": 1,
        "maxDays": 2,
    }
    return await manage(staff, "deliveryRateUpsert", **(known | values))


async def started(shop: Buying, **offer: Any) -> tuple[Shopper, dict[str, Any]]:
    shopper = Shopper(shop)
    line = {"offerId": await shop.offer(**offer), "quantity": 1}
    cart = await shopper.do("cartCreate", lines=[line], idempotencyKey=new_id("key"))
    checkout = await shopper.do("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))
    return shopper, await shopper.do("checkoutUpdate", checkoutId=checkout["id"], shippingAddress=BERLIN)


async def groups(shopper: Shopper, checkout: dict[str, Any], **wanted: Any) -> list[dict[str, Any]]:
    result = await shopper.send(GROUPS, id=checkout["id"], **wanted)
    assert not result.errors, result.errors
    found: list[dict[str, Any]] = result.data["checkout"]["deliveryGroups"]
    return found


async def test_zones_and_rates_read_back_as_they_were_written(staff: Shopper):
    zone = (
        await manage(
            staff,
            "deliveryZoneUpsert",
            name="Islands",
            areas=[{"country": "DE", "postalFrom": "25846", "postalUntil": "25849"}],
            position={"latitude": 54.7, "longitude": 8.5},
        )
    )["zone"]
    tiers = [{"start": 0, "priceMinor": 900}, {"start": 5000, "priceMinor": 1500, "furtherMinor": 200}]
    made = await rate(staff, zoneId=zone["id"], basis="WEIGHT", tiers=tiers, freeFromMinor=20_000)
    changed = await rate(staff, id=made["rate"]["id"], name="By weight, once more", isActive=False)

    listed = await staff.send('{ admin { deliveryZones { name } deliveryRates(market: "de") { id isActive } } }')

    assert zone["areas"][0]["postalUntil"] == "25849"
    assert made["rate"]["zone"]["id"] == zone["id"]
    assert made["rate"]["freeFrom"] == {"amountMinor": 20_000}
    assert [tier["further"]["amountMinor"] for tier in made["rate"]["tiers"]] == [0, 200]
    assert (changed["rate"]["basis"], changed["rate"]["zone"], changed["rate"]["isActive"]) == ("FLAT", None, False)
    assert "Islands" in [found["name"] for found in listed.data["admin"]["deliveryZones"]]
    assert {"id": made["rate"]["id"], "isActive": False} in listed.data["admin"]["deliveryRates"]


async def test_an_edited_rate_holds_at_once_for_the_next_price(staff: Shopper):
    shopper, checkout = await started(staff.shop)
    await rate(
        staff, name="Standard delivery", price={"amountMinor": 1, "currency": "EUR"}, zoneId=await germany(staff)
    )

    (group,) = await groups(shopper, checkout)

    assert group["options"][0]["price"]["gross"]["amountMinor"] == 1


async def germany(staff: Shopper) -> str:
    return str(await staff.shop.pool.fetchval("SELECT id FROM delivery_zone WHERE name = 'Germany'"))


@pytest.mark.parametrize(
    ("mutation", "values", "path"),
    [
        ("deliveryZoneUpsert", {"name": " ", "areas": [{"country": "DE"}]}, ["name"]),
        ("deliveryZoneUpsert", {"name": "A", "areas": []}, ["areas"]),
        (
            "deliveryZoneUpsert",
            {"name": "A", "areas": [{"country": "DE", "postalFrom": "9", "postalUntil": "1"}]},
            ["areas", "0", "postalFrom"],
        ),
        (
            "deliveryZoneUpsert",
            {"name": "A", "areas": [{"country": "DE"}], "position": {"latitude": 91, "longitude": 0}},
            ["position"],
        ),
        ("deliveryRateUpsert", {"minDays": 5}, ["minDays"]),
        ("deliveryRateUpsert", {"basis": "WEIGHT"}, ["tiers"]),
        ("deliveryRateUpsert", {"tiers": [{"start": 0, "priceMinor": 1}]}, ["tiers"]),
        ("deliveryRestrictionUpsert", {}, ["productId"]),
        (
            "pickupPointUpsert",
            {"carrier": "", "code": "1", "name": "A", "address": {"line1": "A", "city": "B", "country": "DE"}},
            ["code"],
        ),
    ],
)
async def test_what_makes_no_sense_is_refused_where_it_stands(
    staff: Shopper, mutation: str, values: dict[str, Any], path: list[str]
):
    known = {"marketId": await market(staff), "name": "A", "price": {"amountMinor": 1, "currency": "EUR"}}
    base = known | {"minDays": 1, "maxDays": 2} if mutation == "deliveryRateUpsert" else {}

    refused = await manage(staff, mutation, **(base | values))

    assert [(problem["code"] in ("INVALID", "REQUIRED"), problem["path"]) for problem in refused["errors"]] == [
        (True, path)
    ]


async def test_what_refers_to_nothing_is_not_found(staff: Shopper):
    gone = await rate(staff, id=new_id("delivery_option"), zoneId=new_id("delivery_zone"))
    never = await manage(staff, "deliveryRestrictionRemove", id=new_id("delivery_restriction"))

    assert [(problem["code"], problem["path"]) for problem in gone["errors"]] == [
        ("NOT_FOUND", ["id"]),
        ("NOT_FOUND", ["zoneId"]),
    ]
    assert [problem["code"] for problem in never["errors"]] == ["NOT_FOUND"]


async def test_a_restriction_names_its_lines_until_it_is_removed(staff: Shopper):
    shopper, checkout = await started(staff.shop)
    product = await staff.shop.pool.fetchval("SELECT product_id FROM checkout_line")
    (before,) = await groups(shopper, checkout)
    kept = await manage(staff, "deliveryRestrictionUpsert", productId=product, zoneId=await germany(staff))

    (group,) = await groups(shopper, checkout)
    choice = {"groupId": group["id"], "optionId": before["options"][0]["id"]}
    refused = (await shopper.send(CHOOSE, input={"checkoutId": checkout["id"], "deliveries": [choice]})).data
    await manage(staff, "deliveryRestrictionRemove", id=kept["restriction"]["id"])
    (after,) = await groups(shopper, checkout)

    lines = [line["id"] for line in group["undeliverableLines"]]
    assert group["options"] == []
    assert refused["checkoutUpdate"]["errors"] == [
        {"code": "NO_DELIVERY_OPTION", "path": ["deliveries", "0", "optionId"], "lineIds": lines}
    ]
    assert len(lines) == 1
    assert after["options"] == before["options"]


async def test_points_are_found_by_position_and_postal_code_and_chosen(staff: Shopper):
    shopper, checkout = await started(staff.shop)
    await rate(staff, name="Parcel shop", kind="PICKUP_POINT", carrier="DHL", position=9)
    for code, city, postal_code, latitude, longitude in (
        ("1", "Berlin", "10117", 52.52, 13.39),
        ("2", "Potsdam", "14467", 52.40, 13.06),
        ("3", "Berlin", "10115", 52.53, 13.38),
    ):
        address = {"line1": "Weg 1", "city": city, "postalCode": postal_code, "country": "DE"}
        place = {"latitude": latitude, "longitude": longitude}
        values = {"carrier": "DHL", "code": code, "name": f"Kiosk {code}", "address": address, "position": place}
        assert (await manage(staff, "pickupPointUpsert", **values))["errors"] == []

    (by_address,) = await groups(shopper, checkout)
    (near,) = await groups(shopper, checkout, near={"latitude": 52.39, "longitude": 13.07})
    option = by_address["options"][-1]
    place = option["pickupPoints"][0]["id"]
    choice = {"groupId": by_address["id"], "optionId": option["id"], "placeId": place}
    chosen = (await shopper.send(CHOOSE, input={"checkoutId": checkout["id"], "deliveries": [choice]})).data
    (group,) = await groups(shopper, checkout)

    assert [found["name"] for found in option["pickupPoints"]] == ["Kiosk 3", "Kiosk 1"]
    nearest = near["options"][-1]["pickupPoints"]
    assert [found["name"] for found in nearest] == ["Kiosk 2", "Kiosk 1", "Kiosk 3"]
    assert nearest[0]["distanceKm"] == pytest.approx(1.3, abs=0.1)
    assert chosen["checkoutUpdate"]["errors"] == []
    assert group["pickup"] == {"id": place, "name": "Kiosk 3"}
    assert group["selected"] == {"name": "Parcel shop", "pickupPoint": {"city": "Berlin"}}


async def test_stores_say_whether_all_of_the_goods_lie_there(staff: Shopper):
    shop = staff.shop
    shopper, checkout = await started(shop)
    offer, owner = tuple((await shop.pool.fetch("SELECT offer_id, vendor_id FROM checkout_line"))[0])
    for name, units in (("Full", 5), ("Empty", 0)):
        store = await shop.catalog.warehouse(
            owner, name=name, is_pickup=True, address={"line1": "Weg 1", "city": name, "country": "DE"}
        )
        await shop.catalog.stock(offer, store, on_hand=units)
    shop.reference.forget()

    (group,) = await groups(shopper, checkout)

    places = group["options"][-1]["pickupPoints"]
    assert group["options"][-1]["kind"] == "PICKUP_STORE"
    assert {found["name"]: found["isInStock"] for found in places} == {"Full": True, "Empty": False}


async def test_an_offers_estimate_goes_by_the_zone_of_the_postal_code_and_the_hours_of_its_vendor(staff: Shopper):
    shop = staff.shop
    zone = {"name": "Islands", "areas": [{"country": "DE", "postalPrefix": "27498"}]}
    islands = (await manage(staff, "deliveryZoneUpsert", **zone))["zone"]["id"]
    await rate(staff, name="Standard delivery", zoneId=islands, minDays=9, maxDays=12)
    offer = await shop.offer()
    document = """query Estimate($id: ID!) { node(id: $id) { ... on Offer {
        near: deliveryEstimate(country: "DE") { earliest }
        far: deliveryEstimate(country: "DE", postalCode: "27498") { earliest latest } } } }"""

    before = (await Shopper(shop).send(document, id=offer)).data["node"]
    await shop.pool.execute("UPDATE warehouse SET cutoff_hour = 14, handling_days = 3, time_zone = 'Europe/Berlin'")
    shop.reference.forget()
    after = (await Shopper(shop).send(document, id=offer)).data["node"]

    def days(one: str, other: str) -> int:
        return (date.fromisoformat(other) - date.fromisoformat(one)).days

    assert days(before["near"]["earliest"], before["far"]["earliest"]) == 9 - 2
    assert days(before["far"]["earliest"], before["far"]["latest"]) == 12 - 9
    assert days(before["near"]["earliest"], after["near"]["earliest"]) >= 3


async def test_managing_delivery_asks_for_its_scope(shop: Buying):
    without = Shopper(
        shop, Actor(customer_id=CustomerId(new_id("customer")), scopes=frozenset({"staff", "orders:read"}))
    )
    zone = {"name": "A", "areas": [{"country": "DE"}]}
    document = "mutation M($input: DeliveryZoneInput!) { deliveryZoneUpsert(input: $input) { zone { id } } }"

    refused = await without.send(document, input=zone)
    unread = await without.send("{ admin { deliveryRates { id } } }")

    assert [error["extensions"]["code"] for error in refused.errors] == ["FORBIDDEN"]
    assert [error["extensions"]["code"] for error in unread.errors] == ["FORBIDDEN"]
