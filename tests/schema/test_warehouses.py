"""Warehouses as vendors keep their own, and staff anybody's."""

from typing import Any

import pytest

from domain.inventory.warehouses import usecases
from domain.shared.actor import GUEST, Actor
from domain.shared.errors import Refused
from domain.shared.ids import CustomerId, VendorId, WarehouseId
from persistence.ids import new_id
from persistence.unit_of_work import PostgresUnitOfWork
from tests.buying.conftest import gateway, shop
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

__all__ = ["gateway", "shop"]

WAREHOUSE = """
id code name country pickup priority address { line1 city country } position { latitude longitude } openingHours
timeZone cutoffHour handlingDays
"""
CREATE = f"""
mutation M($input: WarehouseCreateInput!) {{
    warehouseCreate(input: $input) {{ errors {{ code path }} warehouse {{ {WAREHOUSE} }} }} }}
"""
UPDATE = f"""
mutation M($input: WarehouseUpdateInput!) {{
    warehouseUpdate(input: $input) {{ errors {{ code path }} warehouse {{ {WAREHOUSE} }} }} }}
"""
PORTAL = "query Q($id: ID!) { vendorPortal(vendorId: $id) { warehouses { totalCount nodes { code } } } }"
KASSEL = {"line1": "Am Lager 1", "city": "Kassel", "postalCode": "34117", "country": "DE"}
TOLD = {
    "code": "kassel-2",
    "name": "Kassel",
    "country": "DE",
    "pickup": True,
    "priority": 3,
    "address": KASSEL,
    "position": {"latitude": 51.3, "longitude": 9.5},
    "openingHours": "Mo-Fr 9-18",
    "timeZone": "Europe/Berlin",
    "handling": {"cutoffHour": 14, "days": 1},
}
SHOWN = {
    **{name: TOLD[name] for name in ("code", "name", "country", "pickup", "priority", "openingHours", "timeZone")},
    "address": {"line1": "Am Lager 1", "city": "Kassel", "country": "DE"},
    "position": {"latitude": 51.3, "longitude": 9.5},
    "cutoffHour": 14,
    "handlingDays": 1,
}


@pytest.fixture
async def vendor_id(shop: Buying) -> str:
    return await shop.catalog.vendor("Lindner")


def keeper(shop: Buying, vendor_id: str) -> Shopper:
    actor = Actor(customer_id=CustomerId(new_id("customer")), vendor_ids=frozenset({VendorId(vendor_id)}))
    return Shopper(shop, actor)


@pytest.fixture
def vendor(shop: Buying, vendor_id: str) -> Shopper:
    return keeper(shop, vendor_id)


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    scopes = frozenset({"staff", "inventory:read", "inventory:write"})
    return Shopper(shop, Actor(customer_id=CustomerId(new_id("customer")), scopes=scopes))


async def ask(shopper: Shopper, document: str, **values: Any) -> Any:
    result = await shopper.send(document, input=values)
    assert not shopper.faults, shopper.faults
    assert not result.errors, result.errors
    (payload,) = result.data.values()
    return payload


async def test_v8_a_vendor_makes_and_changes_a_warehouse_of_its_own(vendor: Shopper, vendor_id: str):
    made = await ask(vendor, CREATE, vendorId=vendor_id, **TOLD)
    key = made["warehouse"]["id"]

    changed = await ask(vendor, UPDATE, id=key, name="Kassel, east", openingHours="", handling={"days": 2})
    portal = await vendor.send(PORTAL, id=vendor_id)

    assert made == {"errors": [], "warehouse": {"id": key, **SHOWN}}
    other = {"name": "Kassel, east", "openingHours": None, "cutoffHour": None, "handlingDays": 2}
    assert changed == {"errors": [], "warehouse": {"id": key, **SHOWN, **other}}
    assert portal.data["vendorPortal"]["warehouses"] == {"totalCount": 1, "nodes": [{"code": "kassel-2"}]}


async def test_staff_keeps_the_warehouses_of_the_house_and_of_anybody(staff: Shopper, vendor_id: str):
    house = await staff.shop.catalog.vendor("House", is_house=True)

    for owner, code in ((house, "reno"), (vendor_id, "kassel")):
        made = await ask(staff, CREATE, vendorId=owner, code=code, name=code, country="US")
        assert made["errors"] == []

    listed = await staff.send("query($id: ID) { admin { warehouses(vendorId: $id) { nodes { code } } } }", id=house)
    everything = await staff.send("{ admin { warehouses { nodes { code } } } }")
    assert listed.data["admin"]["warehouses"]["nodes"] == [{"code": "reno"}]
    assert everything.data["admin"]["warehouses"]["nodes"] == [{"code": "kassel"}, {"code": "reno"}]


async def test_a_store_is_offered_to_buyers_at_once(vendor: Shopper, vendor_id: str):
    await ask(vendor, CREATE, vendorId=vendor_id, **TOLD)

    facts = await vendor.shop.reference.facts()

    (store,) = (facts.delivery.stores or {})[VendorId(vendor_id)]
    assert (store.place.name, store.place.address.city, store.place.opening_hours) == ("Kassel", "Kassel", "Mo-Fr 9-18")
    assert facts.handlings[VendorId(vendor_id)].cutoff_hour == 14


async def test_v8_the_warehouses_of_others_are_not_there(shop: Buying, vendor: Shopper, vendor_id: str):
    stranger = keeper(shop, await shop.catalog.vendor("Stranger"))
    key = (await ask(vendor, CREATE, vendorId=vendor_id, **TOLD))["warehouse"]["id"]

    made = await stranger.send(CREATE, input={"vendorId": vendor_id, "code": "mine", "name": "Mine", "country": "DE"})
    changed = await ask(stranger, UPDATE, id=key, name="Mine")
    missing = await ask(stranger, UPDATE, id=new_id("warehouse"), name="Mine")

    assert made.errors[0]["extensions"]["code"] == "FORBIDDEN"
    assert changed == missing == {"errors": [{"code": "NOT_FOUND", "path": ["id"]}], "warehouse": None}


async def test_v8_postgresql_says_so_again(
    shop: Buying, vendor: Shopper, vendor_id: str, monkeypatch: pytest.MonkeyPatch
):
    """A use case that forgets to ask whose a warehouse is does not find it."""
    key = WarehouseId((await ask(vendor, CREATE, vendorId=vendor_id, **TOLD))["warehouse"]["id"])
    stranger = keeper(shop, await shop.catalog.vendor("Stranger"))
    monkeypatch.setattr(usecases, "_may_keep", lambda _actor, _vendor: True)
    uow = PostgresUnitOfWork(
        shop.pool,
        reference=shop.reference,
        actor=stranger.actor,
        new_id=new_id,
        news=shop.news,
        confined_to=stranger.actor.vendor_ids,
    )

    with pytest.raises(Refused, match="No such warehouse"):
        await usecases.update_warehouse(uow, usecases.UpdateWarehouse(key, usecases.WarehousePatch(name="Stolen")))


async def test_what_buyers_see_of_a_store_is_where_it_is_and_not_how_it_works(
    shop: Buying, vendor: Shopper, vendor_id: str
):
    key = (await ask(vendor, CREATE, vendorId=vendor_id, **TOLD))["warehouse"]["id"]
    document = "query($id: ID!) {{ node(id: $id) {{ ... on Warehouse {{ name {} }} }} }}"

    seen = await Shopper(shop).send(document.format(""), id=key)
    guest = await Shopper(shop).send(document.format("code"), id=key)
    stranger = await keeper(shop, await shop.catalog.vendor("Stranger")).send(document.format("priority"), id=key)

    assert seen.data == {"node": {"name": "Kassel"}}
    codes = [result.errors[0]["extensions"]["code"] for result in (guest, stranger)]
    assert codes == ["UNAUTHENTICATED", "FORBIDDEN"]


async def test_there_is_no_warehouse_of_nobody(staff: Shopper):
    made = await ask(staff, CREATE, vendorId=new_id("vendor"), **TOLD)

    assert made == {"errors": [{"code": "NOT_FOUND", "path": ["vendorId"]}], "warehouse": None}


async def test_a_code_is_one_warehouses_own_and_a_vendor_must_sell(shop: Buying, vendor: Shopper, vendor_id: str):
    await ask(vendor, CREATE, vendorId=vendor_id, **TOLD)
    closed = await shop.catalog.vendor("Closed", status="SUSPENDED")

    taken = await ask(vendor, CREATE, vendorId=vendor_id, **TOLD)
    suspended = await ask(keeper(shop, closed), CREATE, vendorId=closed, code="a", name="A", country="DE")

    assert taken["errors"] == [{"code": "INVALID", "path": ["code"]}]
    assert suspended["errors"] == [{"code": "VENDOR_NOT_ACTIVE", "path": ["vendorId"]}]


@pytest.mark.parametrize(
    ("values", "code", "path"),
    [
        pytest.param({"code": "a b"}, "INVALID", ["code"], id="code"),
        pytest.param({"name": " "}, "INVALID", ["name"], id="name"),
        pytest.param({"priority": 1_000_001}, "INVALID", ["priority"], id="priority"),
        pytest.param({"position": {"latitude": 91, "longitude": 0}}, "INVALID", ["position"], id="position"),
        pytest.param({"openingHours": "x" * 201}, "INVALID", ["openingHours"], id="hours"),
        pytest.param({"timeZone": "Mars/Base"}, "INVALID", ["timeZone"], id="zone"),
        pytest.param({"handling": {"cutoffHour": 25}}, "INVALID", ["handling", "cutoffHour"], id="hour"),
        pytest.param({"handling": {"days": 61}}, "INVALID", ["handling", "days"], id="days"),
        pytest.param({"address": None}, "REQUIRED", ["address"], id="a store nowhere"),
        pytest.param({"address": {**KASSEL, "city": "\x07"}}, "INVALID", ["address", "city"], id="city"),
        pytest.param({"address": {**KASSEL, "country": "FR"}}, "INVALID", ["address", "country"], id="abroad"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    vendor: Shopper, vendor_id: str, values: dict[str, Any], code: str, path: list[str]
):
    refused = await ask(vendor, CREATE, vendorId=vendor_id, **(TOLD | values))

    assert refused == {"errors": [{"code": code, "path": path}], "warehouse": None}
    assert await vendor.shop.count("warehouse") == 0


@pytest.mark.parametrize("actor", [GUEST, Actor(customer_id=CustomerId("c"), scopes=frozenset({"staff"}))])
async def test_warehouses_are_for_vendors_and_staff_with_the_scope(shop: Buying, vendor_id: str, actor: Actor):
    shopper = Shopper(shop, actor)

    made = await shopper.send(CREATE, input={"vendorId": vendor_id, **TOLD})
    changed = await shopper.send(UPDATE, input={"id": new_id("warehouse"), "name": "A"})

    wanted = "FORBIDDEN" if actor.is_authenticated else "UNAUTHENTICATED"
    assert [result.errors[0]["extensions"]["code"] for result in (made, changed)] == [wanted] * 2
