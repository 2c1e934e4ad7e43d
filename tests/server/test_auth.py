"""From credentials to an actor: who it is, what they may do by now, and what it costs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from domain.shared.actor import GUEST
from domain.shared.errors import RequestFault
from domain.shared.ids import CustomerId, SessionId, VendorId
from integrations.identity.tokens import SignedTokens
from persistence.ids import new_id
from persistence.statement import Pool
from server import sample_accounts
from server.auth import Authenticator
from tests.database import StatementLog
from tests.factories.customers import VIEWER, Door, Visitor, codes, make_keys, open_door

KEY_CREATE = """mutation($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) {
    key apiKey { id name prefix scopes revokedAt } errors { code path } } }"""
KEY_REVOKE = """mutation($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) {
    apiKey { id revokedAt } errors { code path } } }"""


@pytest.fixture
async def door(pool: Pool, redis_url: str) -> AsyncIterator[Door]:
    async with open_door(pool, redis_url) as opened:
        yield opened


async def refusal(door: Door, headers: dict[str, str]) -> str:
    with pytest.raises(RequestFault) as refused:
        await door.parts.authenticator.of_headers(headers)
    return str(refused.value.extensions["code"])


async def make_vendor(pool: Pool, slug: str = "acme") -> VendorId:
    vendor_id = VendorId(new_id("vendor"))
    await pool.execute("INSERT INTO vendor (id, slug, name, country) VALUES ($1, $2, $2, 'DE')", vendor_id, slug)
    return vendor_id


async def make_key(door: Door, **values: Any) -> Any:
    maker = await door.staff("integrations:write", "events:read")
    answer = await maker.ask(KEY_CREATE, input={"name": "ERP", **values})
    return answer["apiKeyCreate"]


async def test_whoever_sends_no_credentials_is_a_guest_at_no_cost(door: Door, statement_log: StatementLog):
    authenticator = replace(door.parts.authenticator, pool=statement_log.pool)

    async with statement_log.count() as statements:
        actor = await authenticator.of_headers({"accept-language": "de"})

    assert actor is GUEST
    assert statements == []


async def test_a_customer_costs_one_statement(door: Door, statement_log: StatementLog):
    visitor = await door.customer()
    authenticator = replace(door.parts.authenticator, pool=statement_log.pool)

    async with statement_log.count() as statements:
        actor = await authenticator.of_headers(visitor.headers)

    assert actor.customer_id is not None
    assert (actor.vendor_ids, actor.scopes) == (frozenset(), frozenset())
    assert len(statements) == 1


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"authorization": ""}, id="empty"),
        pytest.param({"authorization": "Bearer"}, id="no token"),
        pytest.param({"authorization": "Basic YTpi"}, id="another scheme"),
        pytest.param({"authorization": "Bearer nonsense"}, id="nonsense"),
        pytest.param({"authorization": "Bearer " + "x" * 10_000}, id="too long"),
        pytest.param({"authorization": "Bearer a.b.c"}, id="three parts"),
        pytest.param({"authorization": "Bearer gc_"}, id="an empty key"),
        pytest.param({"authorization": "Bearer gc_abcdefghijkl_"}, id="a key without a secret"),
        pytest.param({"x-api-key": "gc_abcdefghijkl_secret"}, id="an unknown key"),
        pytest.param({"x-api-key": "gc_\u0000bcdefghijkl_secret"}, id="a key with NUL"),
        pytest.param({"x-api-key": "secret"}, id="no key at all"),
        pytest.param({"x-api-key": "gc_a_b", "authorization": "Bearer x"}, id="two at once"),
    ],
)
async def test_bad_credentials_are_refused_and_never_pass_for_a_guests(door: Door, headers: dict[str, str]):
    assert await refusal(door, headers) == "UNAUTHENTICATED"


async def test_bad_credentials_are_answered_with_401_before_anything_runs(door: Door):
    answer = await door.visitor().bearing("nonsense").post("{ __typename }")

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in answer.json()


async def test_the_name_of_the_scheme_is_read_in_any_case(door: Door):
    visitor = await door.customer()

    actor = await door.parts.authenticator.of_headers(
        {"authorization": visitor.headers["authorization"].replace("Bearer", "bearer ")}
    )

    assert actor.customer_id is not None


async def test_an_access_token_ends_after_a_quarter_of_an_hour(door: Door):
    visitor = await door.customer()

    door.clock.forward(minutes=14, seconds=59)
    just_in_time = await visitor.code(VIEWER)
    door.clock.forward(seconds=2)

    assert just_in_time is None
    assert await visitor.code(VIEWER) == "UNAUTHENTICATED"


async def test_a_token_signed_by_another_key_is_refused(door: Door):
    actor = await door.parts.authenticator.of_headers((await door.customer()).headers)
    assert actor.customer_id
    assert actor.session_family_id
    forged = SignedTokens(make_keys()).issue(actor.customer_id, actor.session_family_id, door.clock.now())

    assert await refusal(door, {"authorization": f"Bearer {forged.text}"}) == "UNAUTHENTICATED"


async def test_a_token_for_the_session_of_another_is_refused(door: Door):
    one, other = [await door.parts.authenticator.of_headers((await door.customer()).headers) for _ in range(2)]
    assert one.customer_id
    assert other.session_family_id
    mixed = door.parts.authenticator.tokens.issue(one.customer_id, other.session_family_id, door.clock.now())

    assert await refusal(door, {"authorization": f"Bearer {mixed.text}"}) == "UNAUTHENTICATED"


async def test_a_membership_that_is_taken_away_has_no_power_at_once(door: Door):
    visitor, vendor_id = await door.customer(), await make_vendor(door.pool)
    authenticator = door.parts.authenticator
    customer_id = (await authenticator.of_headers(visitor.headers)).customer_id
    await door.pool.execute("INSERT INTO vendor_member VALUES ($1, $2, 'OWNER')", vendor_id, customer_id)

    member = await authenticator.of_headers(visitor.headers)
    await door.pool.execute("DELETE FROM vendor_member")
    gone = await authenticator.of_headers(visitor.headers)

    assert (member.vendor_ids, gone.vendor_ids) == (frozenset({vendor_id}), frozenset())


async def test_a_member_who_may_only_look_on_does_not_act_for_the_vendor(door: Door):
    visitor, vendor_id = await door.customer(), await make_vendor(door.pool)
    customer_id = (await door.parts.authenticator.of_headers(visitor.headers)).customer_id
    await door.pool.execute("INSERT INTO vendor_member VALUES ($1, $2, 'VIEWER')", vendor_id, customer_id)

    actor = await door.parts.authenticator.of_headers(visitor.headers)

    assert actor.vendor_ids == frozenset()


async def test_staff_have_their_scopes_for_as_long_as_they_are_staff(door: Door):
    visitor = await door.staff("orders:read")

    staff = await door.parts.authenticator.of_headers(visitor.headers)
    await door.pool.execute("DELETE FROM staff_member")
    gone = await door.parts.authenticator.of_headers(visitor.headers)

    assert staff.scopes == {"staff", "orders:read"}
    assert gone.scopes == frozenset()


@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
async def test_an_api_key_has_its_scopes_and_is_no_staff(door: Door, header: str):
    made = await make_key(door, scopes=["events:read"])
    credential = f"Bearer {made['key']}" if header == "authorization" else made["key"]

    actor = await door.parts.authenticator.of_headers({header: credential})

    assert made["errors"] == []
    assert actor.api_key_id == made["apiKey"]["id"]
    assert actor.scopes == {"events:read"}
    assert not actor.is_staff
    assert actor.customer_id is None


async def test_a_vendors_key_acts_for_the_vendor_alone(door: Door):
    vendor_id = await make_vendor(door.pool)
    made = await make_key(door, vendorId=vendor_id)

    actor = await door.parts.authenticator.of_headers({"x-api-key": made["key"]})

    assert (actor.vendor_ids, actor.scopes) == (frozenset({vendor_id}), frozenset())


async def test_only_the_hash_of_a_key_is_kept(door: Door):
    made = await make_key(door)
    prefix, secret = made["key"].removeprefix("gc_").split("_", 1)

    [row] = await door.pool.fetch("SELECT * FROM api_key")

    assert row["prefix"] == prefix == made["apiKey"]["prefix"]
    assert len(row["secret_hash"]) == 32
    assert secret not in str(tuple(row))


async def test_staff_who_make_keys_are_shown_all_of_them_and_never_a_secret(door: Door):
    names = [(await make_key(door, name=name))["apiKey"]["name"] for name in ("ERP", "Shop")]
    document = "{ admin { apiKeys(first: 5) { nodes { name revokedAt } } } }"

    shown = await (await door.staff("integrations:write")).ask(document)

    assert [key["name"] for key in shown["admin"]["apiKeys"]["nodes"]] == names[::-1]
    assert await (await door.staff("orders:read")).code(document) == "FORBIDDEN"


async def test_a_customer_is_told_the_vendors_that_they_act_for(door: Door):
    visitor = await door.customer()
    vendor_id = await make_vendor(door.pool)
    document = "{ viewer { id vendors { slug } } }"
    before = (await visitor.ask(document))["viewer"]
    await door.pool.execute(
        "INSERT INTO vendor_member (vendor_id, customer_id) VALUES ($1, $2)", vendor_id, before["id"]
    )

    assert before["vendors"] == []
    assert (await visitor.ask(document))["viewer"]["vendors"] == [{"slug": "acme"}]


async def test_a_key_with_a_wrong_secret_is_refused(door: Door):
    made = await make_key(door)

    assert await refusal(door, {"x-api-key": made["key"][:-1] + "!"}) == "UNAUTHENTICATED"


async def test_a_revoked_key_is_refused_at_once_and_stays_revoked(door: Door):
    maker = await door.staff("integrations:write")
    made = (await maker.ask(KEY_CREATE, input={"name": "ERP"}))["apiKeyCreate"]
    key_id = made["apiKey"]["id"]

    first = (await maker.ask(KEY_REVOKE, input={"apiKeyId": key_id}))["apiKeyRevoke"]
    door.clock.forward(minutes=1)
    again = (await maker.ask(KEY_REVOKE, input={"apiKeyId": key_id}))["apiKeyRevoke"]

    assert first["errors"] == []
    assert first == again
    assert await refusal(door, {"x-api-key": made["key"]}) == "UNAUTHENTICATED"


async def test_a_key_cannot_be_given_what_its_maker_has_not(door: Door):
    vendor_id = await make_vendor(door.pool)

    refused = await make_key(door, name=" ", scopes=["events:read", "orders:write", "staff"])
    beyond = await make_key(door, scopes=["events:read"], vendorId=vendor_id)
    nobody = await make_key(door, vendorId=new_id("vendor"))

    assert codes(refused) == [
        ("INVALID", ["name"]),
        ("NOT_ALLOWED", ["scopes", "1"]),
        ("NOT_ALLOWED", ["scopes", "2"]),
    ]
    assert codes(beyond) == [("NOT_ALLOWED", ["scopes"])]
    assert codes(nobody) == [("NOT_FOUND", ["vendorId"])]
    assert await door.pool.fetchval("SELECT count(*) FROM api_key") == 0


@pytest.mark.parametrize("scopes", [(), ("events:read",)])
async def test_keys_are_made_and_revoked_by_staff_with_the_scope_alone(door: Door, scopes: tuple[str, ...]):
    staff = await door.staff(*scopes)

    assert await staff.code(KEY_CREATE, input={"name": "ERP"}) == "FORBIDDEN"
    assert await staff.code(KEY_REVOKE, input={"apiKeyId": new_id("api_key")}) == "FORBIDDEN"


async def test_an_api_key_cannot_sign_out_or_have_an_address_book(door: Door):
    key = Visitor(door.app, headers={"x-api-key": (await make_key(door))["key"]})

    refused = await key.sign_out(everywhere=True)

    assert codes(refused) == [("NOT_ALLOWED", [])]
    assert await key.code('mutation { customerUpdate(input: {firstName: "A"}) { errors { code } } }') == "FORBIDDEN"
    assert await key.ask(VIEWER) == {"viewer": None}


async def test_the_public_keys_verify_tokens_and_hold_nothing_private(door: Door):
    transport = httpx2.ASGITransport(door.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
        answer = await client.get("/.well-known/jwks.json")

    [key] = answer.json()["keys"]
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert {name: key[name] for name in ("kty", "crv", "use", "alg")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "alg": "Ed25519",
    }
    assert "d" not in key


async def test_an_unknown_session_is_refused(door: Door):
    now = door.clock.now() - timedelta(seconds=1)
    token = door.parts.authenticator.tokens.issue(CustomerId(new_id("customer")), SessionId(new_id("session")), now)

    assert await refusal(door, {"authorization": f"Bearer {token.text}"}) == "UNAUTHENTICATED"


async def test_the_sample_accounts_open_what_they_should(door: Door):
    vendor_id = await make_vendor(door.pool, "acme")
    await sample_accounts.create_sample_accounts(door.pool)
    await sample_accounts.create_sample_accounts(door.pool)
    authenticator: Authenticator = door.parts.authenticator

    actors = {}
    for email in (sample_accounts.SHOPPER, sample_accounts.vendor_email("acme"), sample_accounts.STAFF):
        grant = await door.visitor().sign_in(email, sample_accounts.PASSWORD)
        actors[email] = await authenticator.of_headers({"authorization": f"Bearer {grant['accessToken']}"})
    key = await authenticator.of_headers({"x-api-key": sample_accounts.EVENTS_KEY})

    shopper, member, staff = actors.values()
    assert (shopper.vendor_ids, shopper.scopes) == (frozenset(), frozenset())
    assert (member.vendor_ids, member.scopes) == (frozenset({vendor_id}), frozenset())
    assert staff.scopes >= {"staff", "orders:read", "customers:read", "integrations:write"}
    assert key.scopes == {"events:read"}
