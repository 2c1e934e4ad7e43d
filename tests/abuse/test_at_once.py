"""Two who do the same at once: each is answered, one wins where only one can, and nothing is left half done."""

import asyncio
from dataclasses import replace
from typing import Any

from tests.abuse.world import Party, World

UPDATE = (
    "mutation($input: CustomerUpdateInput!) { customerUpdate(input: $input) { customer { version } errors { code } } }"
)
SIGN_OUT = "mutation($input: SignOutInput!) { signOut(input: $input) { sessionsEnded errors { code } } }"
UPSERT = "mutation($input: OfferUpsertInput!) { offerUpsert(input: $input) { offer { id } errors { code } } }"
KEY_CREATE = (
    "mutation($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } key errors { code } } }"
)
KEY_REVOKE = (
    "mutation($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { apiKey { revokedAt } errors { code } } }"
)
EUROS = {"amountMinor": 999, "currency": "EUR"}
TIMES = 8


async def at_once(party: Party, query: str, *inputs: dict[str, Any]) -> list[Any]:
    """The payloads of one mutation, or the code of the fault instead of one."""
    answers = await asyncio.gather(*(party.told(query, input=each) for each in inputs))
    return [
        answer["errors"][0]["extensions"]["code"] if "errors" in answer else next(iter(answer["data"].values()))
        for answer in answers
    ]


def refusals(payloads: list[Any]) -> list[list[str]]:
    return sorted([error["code"] for error in payload["errors"]] for payload in payloads)


async def test_one_of_many_changes_to_a_version_is_made(world: World):
    version = (await world["ada"].ask("{ viewer { version } }"))["viewer"]["version"]
    names = [{"firstName": f"Name {number}", "expectedVersion": version} for number in range(TIMES)]

    payloads = await at_once(world["ada"], UPDATE, *names)

    assert refusals(payloads) == [[], *[["VERSION_CONFLICT"]] * (TIMES - 1)]
    assert (await world["ada"].ask("{ viewer { version } }"))["viewer"]["version"] == version + 1


async def test_signing_out_many_times_at_once_ends_what_there_is(world: World):
    payloads = await at_once(world["ada"], SIGN_OUT, *[{"everywhere": True}] * TIMES)

    ended = [payload for payload in payloads if payload != "UNAUTHENTICATED"]
    assert sum(payload["sessionsEnded"] for payload in ended) == 1
    assert await world["ada"].told("{ viewer { id } }") == {
        "errors": [{"message": "The session has ended.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }


async def test_many_upserts_of_one_new_offer_make_one(world: World):
    variant, vendor = world.things["other_variant"], world.things["vendor"]

    payloads = await at_once(
        world["val"], UPSERT, *[{"vendorId": vendor, "variantId": variant, "price": EUROS}] * TIMES
    )

    assert refusals(payloads) == [[]] * TIMES
    assert len({payload["offer"]["id"] for payload in payloads}) == 1
    query = "SELECT count(*) FROM offer WHERE vendor_id = $1 AND variant_id = $2"
    assert await world.pool.fetchval(query, vendor, variant) == 1


async def test_one_of_many_upserts_of_a_version_is_made(world: World):
    variant, vendor = world.things["variant"], world.things["vendor"]
    version = await world.pool.fetchval("SELECT version FROM offer WHERE id = $1", world.things["offer"])
    offers = [
        {
            "vendorId": vendor,
            "variantId": variant,
            "price": {**EUROS, "amountMinor": 500 + n},
            "expectedVersion": version,
        }
        for n in range(TIMES)
    ]

    payloads = await at_once(world["val"], UPSERT, *offers)

    assert refusals(payloads) == [[], *[["VERSION_CONFLICT"]] * (TIMES - 1)]


async def test_a_key_that_is_revoked_many_times_at_once_was_revoked_once(world: World):
    made = await world["stacy"].ask(KEY_CREATE, input={"name": "A key", "scopes": ["events:read"]})
    key_id = made["apiKeyCreate"]["apiKey"]["id"]

    payloads = await at_once(world["stacy"], KEY_REVOKE, *[{"apiKeyId": key_id}] * TIMES)

    moments = {payload["apiKey"]["revokedAt"] for payload in payloads if not payload["errors"]}
    assert len(moments) == 1
    program = replace(world["guest"], headers={"x-api-key": made["apiKeyCreate"]["key"]})
    assert (await program.told("{ __typename }"))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
