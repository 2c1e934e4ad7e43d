"""Registering, signing in, staying signed in and signing out, as a client lives through it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from domain.customers.model import REFRESH_LIFETIME
from persistence.customers.repository import delete_expired_sessions
from persistence.statement import Pool
from tests.factories.customers import (
    PASSWORD,
    SIGN_IN,
    VIEWER,
    Door,
    codes,
    fresh_email,
    open_door,
)
from tests.factories.orders import make_shop, place_order


@pytest.fixture
async def door(pool: Pool, redis_url: str) -> AsyncIterator[Door]:
    async with open_door(pool, redis_url) as opened:
        yield opened


WRONG: list[tuple[str, list[str]]] = [("NOT_ALLOWED", [])]
ENDED = [("NOT_ALLOWED", ["refreshToken"])]


async def test_a_customer_registers_and_is_signed_in_at_once(door: Door):
    visitor = door.visitor()

    grant = await visitor.register("  Ada@Example.COM ", firstName="Ada", language="pt-BR")
    me = await visitor.bearing(grant["accessToken"]).ask(
        "{ viewer { email firstName lastName language addresses { id } } }"
    )

    assert grant["errors"] == []
    assert datetime.fromisoformat(grant["expiresAt"]) == door.clock.now() + timedelta(minutes=15)
    assert me["viewer"] == {
        "email": "ada@example.com",
        "firstName": "Ada",
        "lastName": None,
        "language": "pt-BR",
        "addresses": [],
    }


async def test_core_1510_a_customer_signs_in_before_the_email_is_confirmed(door: Door):
    await door.visitor().register("ada@example.com")

    grant = await door.visitor().sign_in(" ADA@example.com")

    assert grant["errors"] == []
    assert grant["customer"]["email"] == "ada@example.com"


async def test_core_1506_wrong_passwords_and_unknown_emails_get_one_answer(door: Door):
    await door.visitor().register("ada@example.com")

    wrong_password = await door.visitor().sign_in("ada@example.com", "correct horse")
    wrong_email = await door.visitor().sign_in("eve@example.com")

    assert wrong_password == wrong_email
    assert codes(wrong_password) == WRONG
    assert wrong_password["accessToken"] is wrong_password["refreshToken"] is wrong_password["customer"] is None


async def test_core_1519_guessing_is_stopped_and_the_owner_gets_in_elsewhere(door: Door):
    email, thief = fresh_email(), door.visitor()
    await door.visitor().register(email)

    guesses = [await thief.sign_in(email, f"guess number {at}") for at in range(5)]
    refused = (await thief.post(SIGN_IN, input={"email": email, "password": PASSWORD})).json()["errors"][0]
    owner = await door.visitor().sign_in(email)

    assert [codes(guess) for guess in guesses] == [WRONG] * 5
    assert refused["extensions"]["code"] == "RATE_LIMITED"
    assert 1 <= refused["extensions"]["retryAfter"] <= 60
    assert owner["errors"] == []


async def test_unknown_emails_are_limited_like_known_ones(door: Door):
    email, thief = fresh_email(), door.visitor()

    answers = [await thief.code(SIGN_IN, input={"email": email, "password": PASSWORD}) for _ in range(6)]

    assert answers == [None] * 5 + ["RATE_LIMITED"]


async def test_guesses_sent_in_parallel_are_all_counted(door: Door):
    email, thief = fresh_email(), door.visitor()
    await door.visitor().register(email)

    answers = await asyncio.gather(
        *(thief.code(SIGN_IN, input={"email": email, "password": f"guess number {at}"}) for at in range(20))
    )

    assert sorted(filter(None, answers)) == ["RATE_LIMITED"] * 15


async def test_signing_in_rightly_again_and_again_is_not_limited(door: Door):
    email, owner = fresh_email(), door.visitor()
    await owner.register(email)

    grants = [await owner.sign_in(email) for _ in range(8)]

    assert [grant["errors"] for grant in grants] == [[]] * 8


async def test_an_email_is_registered_once_whatever_its_case(door: Door):
    await door.visitor().register("ada@example.com")

    again = await door.visitor().register("ADA@example.com", "another password")

    assert codes(again) == [("NOT_ALLOWED", ["email"])]
    assert again["accessToken"] is None
    assert codes(await door.visitor().sign_in("ada@example.com", "another password")) == WRONG


async def test_of_two_who_register_one_email_at_once_one_gets_it(door: Door):
    answers = await asyncio.gather(*(door.visitor().register("ada@example.com") for _ in range(8)))

    assert sorted(len(answer["errors"]) for answer in answers) == [0] + [1] * 7
    assert await door.pool.fetchval("SELECT count(*) FROM customer") == 1


async def test_all_that_is_wrong_with_a_registration_is_told_at_once(door: Door):
    refused = await door.visitor().register("nobody", "short", firstName="\n", lastName="x" * 101)

    assert codes(refused) == [
        ("INVALID", ["email"]),
        ("INVALID", ["password"]),
        ("INVALID", ["firstName"]),
        ("INVALID", ["lastName"]),
    ]
    assert await door.pool.fetchval("SELECT count(*) FROM customer") == 0


@pytest.mark.parametrize("text", ["", "x" * 100_000, "🙂@🙂", "\u202eada@example.com\u202c", "'; DROP TABLE customer"])
async def test_odd_credentials_are_wrong_and_nothing_else(door: Door, text: str):
    refused = await door.visitor().sign_in(text, text)

    assert codes(refused) == WRONG


async def test_orders_of_a_guest_stay_the_guests_until_the_email_is_proven(pool: Pool, redis_url: str):
    """Registering proves nothing: whoever types an email in must not see what its owner bought."""
    placed = await place_order(pool, await make_shop(pool))

    async with open_door(pool, redis_url) as door:
        grant = await door.visitor().register(placed.order.email)

    assert grant["errors"] == []
    assert await pool.fetchval('SELECT customer_id FROM "order" WHERE id = $1', placed.order.id) is None


async def test_a_refresh_token_is_exchanged_for_new_tokens(door: Door):
    visitor = door.visitor()
    first = await visitor.register("ada@example.com")
    door.clock.forward(minutes=16)

    expired = await visitor.bearing(first["accessToken"]).code(VIEWER)
    second = await visitor.refresh(first["refreshToken"])
    me = await visitor.bearing(second["accessToken"]).ask(VIEWER)

    assert expired == "UNAUTHENTICATED"
    assert second["errors"] == []
    assert second["refreshToken"] != first["refreshToken"]
    assert me["viewer"]["id"] == first["customer"]["id"]


async def test_a_refresh_token_used_again_ends_the_whole_session(door: Door):
    visitor = door.visitor()
    first = await visitor.register("ada@example.com")
    second = await visitor.refresh(first["refreshToken"])
    door.clock.forward(seconds=11)

    reused = await visitor.refresh(first["refreshToken"])
    after = await visitor.refresh(second["refreshToken"])

    assert codes(reused) == codes(after) == ENDED
    assert await visitor.bearing(second["accessToken"]).code(VIEWER) == "UNAUTHENTICATED"


async def test_reuse_in_one_session_leaves_the_others_alone(door: Door):
    visitor = door.visitor()
    phone = await visitor.register("ada@example.com")
    laptop = await visitor.sign_in("ada@example.com")
    await visitor.refresh(phone["refreshToken"])
    door.clock.forward(seconds=11)

    await visitor.refresh(phone["refreshToken"])

    assert await visitor.bearing(phone["accessToken"]).code(VIEWER) == "UNAUTHENTICATED"
    assert await visitor.bearing(laptop["accessToken"]).code(VIEWER) is None


async def test_a_lost_answer_can_be_asked_for_again_within_ten_seconds(door: Door):
    visitor = door.visitor()
    first = await visitor.register("ada@example.com")
    await visitor.refresh(first["refreshToken"])
    door.clock.forward(seconds=10)

    again = await visitor.refresh(first["refreshToken"])

    assert again["errors"] == []
    assert await visitor.bearing(again["accessToken"]).code(VIEWER) is None


async def test_two_tabs_that_refresh_at_once_both_go_on(door: Door):
    visitor = door.visitor()
    first = await visitor.register("ada@example.com")

    tabs = await asyncio.gather(*(visitor.refresh(first["refreshToken"]) for _ in range(2)))
    later = [await visitor.refresh(tab["refreshToken"]) for tab in tabs]

    assert [tab["errors"] for tab in (*tabs, *later)] == [[]] * 4
    assert len({tab["refreshToken"] for tab in (*tabs, *later)}) == 4


async def test_a_session_ends_thirty_days_after_its_last_use(door: Door):
    visitor = door.visitor()
    first = await visitor.register("ada@example.com")
    door.clock.forward(days=29)
    second = await visitor.refresh(first["refreshToken"])
    door.clock.forward(days=30)

    late = await visitor.refresh(second["refreshToken"])

    assert second["errors"] == []
    assert codes(late) == ENDED


@pytest.mark.parametrize("token", ["", "no-such-token", "x" * 10_000])
async def test_what_is_no_refresh_token_is_refused(door: Door, token: str):
    assert codes(await door.visitor().refresh(token)) == ENDED


async def test_signing_out_ends_this_session_at_once(door: Door):
    visitor = door.visitor()
    here = await visitor.register("ada@example.com")
    there = await visitor.sign_in("ada@example.com")
    signed_in = visitor.bearing(here["accessToken"])

    ended = await signed_in.sign_out()

    assert ended == {"sessionsEnded": 1, "errors": []}
    assert await signed_in.code(VIEWER) == "UNAUTHENTICATED"
    assert codes(await visitor.refresh(here["refreshToken"])) == ENDED
    assert await visitor.bearing(there["accessToken"]).code(VIEWER) is None


async def test_signing_out_everywhere_ends_every_session_at_once(door: Door):
    visitor = door.visitor()
    grants = [await visitor.register("ada@example.com"), *[await visitor.sign_in("ada@example.com") for _ in range(2)]]
    stranger = await door.customer()

    ended = await visitor.bearing(grants[1]["accessToken"]).sign_out(everywhere=True)

    assert ended == {"sessionsEnded": 3, "errors": []}
    for grant in grants:
        assert await visitor.bearing(grant["accessToken"]).code(VIEWER) == "UNAUTHENTICATED"
        assert codes(await visitor.refresh(grant["refreshToken"])) == ENDED
    assert await stranger.code(VIEWER) is None


async def test_no_refresh_outlives_a_sign_out_that_runs_beside_it(door: Door):
    """Whichever comes first, nothing is left alive: the race is run many times."""
    for _ in range(15):
        visitor = door.visitor()
        first = await visitor.register(fresh_email())

        refreshed, _ = await asyncio.gather(
            visitor.refresh(first["refreshToken"]),
            visitor.bearing(first["accessToken"]).sign_out(everywhere=True),
        )

        token = refreshed["refreshToken"]
        assert token is None or codes(await visitor.refresh(token)) == ENDED


async def test_expired_sessions_are_forgotten_but_a_living_familys_first_row(door: Door):
    visitor = door.visitor()
    living = await visitor.register("ada@example.com")
    await visitor.sign_in("ada@example.com")
    door.clock.forward(days=20)
    living = await visitor.refresh(living["refreshToken"])
    door.clock.forward(days=15)

    deleted = await delete_expired_sessions(door.pool, door.clock.now())

    assert deleted == 1
    assert (await visitor.refresh(living["refreshToken"]))["errors"] == []
    door.clock.moment += REFRESH_LIFETIME * 2
    assert await delete_expired_sessions(door.pool, door.clock.now()) == 3
    assert await door.pool.fetchval("SELECT count(*) FROM session") == 0
