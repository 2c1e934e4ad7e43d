"""What customers see and change of themselves, and what nobody else does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from persistence.ids import new_id
from persistence.statement import Pool
from tests.factories.customers import VIEWER, Door, codes, fresh_email, open_door

UPDATE = """mutation($input: CustomerUpdateInput!) { customerUpdate(input: $input) {
    customer {
        firstName lastName language version
        addresses { id isDefaultShipping isDefaultBilling address { line1 city postalCode country } }
        defaultShippingAddress { city } defaultBillingAddress { city }
    }
    errors { code path }
} }"""


@pytest.fixture
async def door(pool: Pool, redis_url: str) -> AsyncIterator[Door]:
    async with open_door(pool, redis_url) as opened:
        yield opened


def an_address(city: str = "Berlin", **more: Any) -> dict[str, Any]:
    place = {"firstName": "Ada", "lastName": "Lovelace", "line1": "Hauptstraße 1", "city": city}
    return {"address": {**place, "postalCode": "10115", "country": "DE"}, **more}


async def update(visitor: Any, **values: Any) -> Any:
    return (await visitor.ask(UPDATE, input=values))["customerUpdate"]


async def test_a_customer_changes_names_and_language_and_keeps_what_is_left_out(door: Door):
    visitor = await door.customer()
    await update(visitor, firstName="Ada", lastName="Lovelace", language="en")

    changed = await update(visitor, firstName="", language="pt-BR")

    assert changed["errors"] == []
    assert changed["customer"]["firstName"] is None
    assert changed["customer"]["lastName"] == "Lovelace"
    assert changed["customer"]["language"] == "pt-BR"
    assert changed["customer"]["version"] == 3


async def test_the_address_book_is_what_the_customer_says_in_that_order(door: Door):
    visitor = await door.customer()
    first = await update(
        visitor, addresses=[an_address("Hamburg", isDefaultShipping=True), an_address("Bonn", isDefaultBilling=True)]
    )
    [_, bonn] = first["customer"]["addresses"]

    second = await update(
        visitor, addresses=[an_address("Ulm", isDefaultShipping=True), an_address("Bonn", id=bonn["id"])]
    )

    assert first["customer"]["defaultShippingAddress"] == {"city": "Hamburg"}
    assert first["customer"]["defaultBillingAddress"] == {"city": "Bonn"}
    assert [entry["address"]["city"] for entry in second["customer"]["addresses"]] == ["Ulm", "Bonn"]
    assert second["customer"]["addresses"][1]["id"] == bonn["id"]
    assert second["customer"]["defaultShippingAddress"] == {"city": "Ulm"}
    assert second["customer"]["defaultBillingAddress"] is None


async def test_an_address_that_nothing_could_reach_is_refused_with_the_path_to_it(door: Door):
    visitor = await door.customer()
    nowhere = an_address()
    nowhere["address"] |= {"postalCode": "123"}

    refused = await update(visitor, firstName="Ada", addresses=[an_address(), nowhere])

    assert codes(refused) == [("ADDRESS_INVALID", ["addresses", "1", "address", "postalCode"])]
    assert (await visitor.ask("{ viewer { firstName addresses { id } } }"))["viewer"] == {
        "firstName": None,
        "addresses": [],
    }


async def test_an_address_of_another_customer_cannot_be_taken(door: Door):
    theirs = (await update(await door.customer(), addresses=[an_address()]))["customer"]["addresses"][0]["id"]
    visitor = await door.customer()

    refused = await update(visitor, addresses=[an_address(id=theirs)])

    assert codes(refused) == [("NOT_FOUND", ["addresses"])]
    assert await door.pool.fetchval("SELECT count(*) FROM customer_address WHERE id = $1", theirs) == 1


async def test_what_changed_meanwhile_is_not_overwritten(door: Door):
    visitor = await door.customer()

    answers = await asyncio.gather(*(update(visitor, firstName=name, expectedVersion=1) for name in ("Ada", "Eve")))

    assert sorted(map(codes, answers)) == [[], [("VERSION_CONFLICT", ["expectedVersion"])]]


async def test_nobody_but_the_customer_and_their_staff_sees_a_customer(door: Door):
    email = fresh_email()
    owner = await door.customer(email)
    id_ = (await owner.ask(VIEWER))["viewer"]["id"]
    by_id = "query($id: ID!) { node(id: $id) { ... on Customer { email } } }"
    as_entity = """query($all: [_Any!]!) { _entities(representations: $all) { ... on Customer { email } } }"""
    anyone = [await door.customer(), await door.staff("orders:read"), door.visitor()]
    clerk = await door.staff("customers:read")

    for stranger in anyone:
        assert await stranger.ask(by_id, id=id_) == {"node": None}
        assert await stranger.ask(as_entity, all=[{"__typename": "Customer", "id": id_}]) == {"_entities": [None]}
    for known in (owner, clerk):
        assert await known.ask(by_id, id=id_) == {"node": {"email": email}}
        assert await known.ask(as_entity, all=[{"__typename": "Customer", "id": id_}]) == {
            "_entities": [{"email": email}]
        }


@pytest.mark.parametrize("text", ["\u0007", "x" * 101, "\n"])
async def test_odd_names_are_refused_and_nothing_is_written(door: Door, text: str):
    visitor = await door.customer()

    refused = await update(visitor, firstName=text, lastName="Lovelace")

    assert codes(refused) == [("INVALID", ["firstName"])]
    assert await door.pool.fetchval("SELECT count(last_name) FROM customer") == 0


async def test_an_id_of_another_kind_is_a_fault_of_the_request(door: Door):
    visitor = await door.customer()

    assert await visitor.code(UPDATE, input={"addresses": [an_address(id=new_id("order"))]}) == "BAD_USER_INPUT"
