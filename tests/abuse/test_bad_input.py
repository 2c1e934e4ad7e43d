"""Whatever is sent, wherever: a clear error, no fault, nothing written, nobody else's business, in good time.

The cases are made from the schema, so that a field which is added tomorrow is tried tomorrow. A run tries a sample
that stays the same; `make test-slow` tries all.
"""

import asyncio
import json
import random
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.abuse.bad import as_json, bad_values, many
from tests.abuse.documents import Place, document, places, root_fields, value_at, with_value
from tests.abuse.good import good_arguments
from tests.abuse.world import JSON, World

PARTIES = ("guest", "ada", "val", "stacy", "program", "vendor_program")
SAMPLE = 600
MAX_SECONDS = 5.0
MAX_ERROR_CHARACTERS = 1_000
LISTENING_SECONDS = 0.25
INNARDS = re.compile(r"Traceback|site-packages|\.py\b|asyncpg|SELECT |INSERT |/work|/home|Error\(|violates|relation \"")
KEPT_REFUSALS = {
    "Mutation.checkoutComplete": {"idempotency"},
    "Mutation.draftOrderComplete": {"idempotency", "checkout", "tender"},
}
"""What refusals leave behind: their outcome for who asks again, and what staff offered in a checkout of theirs."""


def cases(world: World, name: str) -> Iterator[tuple[Place, Any]]:
    """Every place with every bad value for it, among them the ids of others."""
    good = good_arguments(world, name)
    foreign = [*world.things.values(), *(id for bought in world.bought.values() for id in bought.ids)]
    for place in places():
        values = list(bad_values(place.type, place.name))
        if place.name.endswith(("id", "Id", "source", "target")):
            values += foreign
        if (filled := many(place.type, value_at(good[f"{place.root}.{place.field}"], place.path))) is not None:
            values.append(filled)
        yield from ((place, value) for value in values)


def chosen(world: World, name: str, size: int | None) -> list[tuple[Place, Any]]:
    """A sample that is always the same; who signs out does so last."""
    found = list(cases(world, name))
    if size is not None and size < len(found):
        found = random.Random(name).sample(found, size)
    return sorted(found, key=lambda case: case[0].field == "signOut")


async def try_all(world: World, name: str, size: int | None) -> None:
    before = await world.contents()
    for place, value in chosen(world, name, size):
        arguments = with_value(good_arguments(world, name)[f"{place.root}.{place.field}"], place.path, value)
        body = f'{{"query": {json.dumps(document(place.root, place.field))}, "variables": {as_json(arguments)}}}'
        before = await try_one(world, name, place, body, before)


async def try_one(world: World, name: str, place: Place, body: str, before: Any) -> Any:
    """What the tables hold afterwards."""
    started = time.perf_counter()
    status, answer = await send(world, name, place, body)
    told = f"{name} {place}\n{body[:3000]}\n{status} {answer[:3000]}"
    assert time.perf_counter() - started < MAX_SECONDS, told
    check(status, answer, told)
    assert [word for word in world.hidden_from(name) if word in answer and word not in body] == [], told
    after = await world.contents()
    if place.root != "Mutation" or is_refused(answer):
        kept = KEPT_REFUSALS.get(f"{place.root}.{place.field}", set())
        assert {table for table in after if after[table] != before[table]} <= kept, told
    return after


async def send(world: World, name: str, place: Place, body: str) -> tuple[int, str]:
    party = world[name]
    if place.root != "Subscription":
        response = await party.send(body)
        return response.status_code, response.text
    headers = {**JSON, **party.headers, "accept": "text/event-stream"}
    try:
        async with asyncio.timeout(LISTENING_SECONDS):
            response = await party.client.post("/graphql", content=body.encode(), headers=headers)
    except TimeoutError:
        return 200, "{}"
    events = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    return response.status_code, next(iter(events), response.text or "{}")


def check(status: int, answer: str, told: str) -> None:
    assert status < 500, told
    for error in json.loads(answer).get("errors", []):
        assert error["extensions"]["code"] not in ("", "INTERNAL_SERVER_ERROR"), told
        assert error["extensions"]["code"] != "RATE_LIMITED" or "path" in error, told  # only codes may be too many here
        assert 0 < len(error["message"]) <= MAX_ERROR_CHARACTERS, told
        assert not INNARDS.search(error["message"]), told


def is_refused(answer: str) -> bool:
    data = json.loads(answer).get("data")
    payload = next(iter(data.values())) if data else None
    return payload is None or bool(payload.get("errors"))


@pytest.mark.parametrize("name", PARTIES)
async def test_a_sample_of_bad_values(world: World, name: str):
    await try_all(world, name, SAMPLE)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", PARTIES)
async def test_every_bad_value_in_every_place(world: World, name: str):
    await try_all(world, name, None)


LITERALS = ('"a\\u0000b"', '"\\ud800"', '"\\uDFFF\\uD83D"', '"\\u{0}"', '"\\u{D800}"', '"a\0b"', '"""a\0b"""', "\0")


async def test_text_that_cannot_be_kept_is_refused_in_documents(world: World):
    before = await world.contents()
    for text in LITERALS:
        person = f'email: "literal@example.com", password: "long enough it is", firstName: {text}'

        response = await world["guest"].post(
            f"mutation {{ customerRegister(input: {{ {person} }}) {{ errors {{ code }} }} }}"
        )

        check(response.status_code, response.text, f"{text!r} {response.text}")
        assert response.status_code == 400
    assert await world.contents() == before


@pytest.mark.parametrize("name", PARTIES)
async def test_there_are_good_arguments_for_every_field(world: World, name: str):
    assert set(good_arguments(world, name)) == {".".join(field) for field in root_fields()}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        pytest.param(
            "ada",
            [
                *("customerUpdate", "cartCreate", "cartUpdate", "checkoutStart", "checkoutUpdate", "reorder"),
                *("wishlistUpdate", "wishlistMoveToCart", "wishlistDelete", "returnRequest", "returnCancel"),
            ],
            id="ada",
        ),
        pytest.param(
            "vic", ["vendorOrderAccept", "offerUpsert", "stockAdjust", "warehouseCreate", "warehouseUpdate"], id="vic"
        ),
        pytest.param("val", ["fulfillmentUpdate"], id="val"),
        pytest.param(
            "stacy",
            [
                *("apiKeyCreate", "jobReplay", "vendorLegalEntitySet", "taxRegistrationSet", "taxCertificateSet"),
                *("promotionUpsert", "promotionCodesGenerate", "promotionCodesRemove", "promotionArchive"),
                *("priceListUpsert", "priceListPricesSet", "giftCardIssue", "giftCardAdjust", "giftCardCodeRenew"),
                *("storeCreditGrant", "creditLimitSet", "deliveryZoneUpsert", "deliveryRateUpsert"),
                *("deliveryRestrictionUpsert", "deliveryRestrictionRemove", "pickupPointUpsert"),
                *("priceListDerive", "priceListRatesUpdate", "priceListDetach", "marketCreate", "marketUpdate"),
                *(
                    "orderNoteAdd",
                    "orderHold",
                    "orderRelease",
                    "draftOrderCreate",
                    "draftOrderUpdate",
                    "draftOrderSend",
                ),
            ],
            id="stacy",
        ),
        pytest.param(
            "guest",
            ["customerRegister", "cartCreate", "cartUpdate", "checkoutTenderAdd", "paymentLinkOpen"],
            id="guest",
        ),
    ],
)
async def test_good_arguments_are_good(world: World, name: str, fields: list[str]):
    """Otherwise the one bad value among them would not be what is refused."""
    for field in fields:
        response = await world[name].post(document("Mutation", field), good_arguments(world, name)[f"Mutation.{field}"])

        assert response.json()["data"][field]["errors"] == [], field
