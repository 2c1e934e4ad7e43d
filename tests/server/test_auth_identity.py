"""The means of identity by themselves: passwords, tokens, keys and the counting of attempts."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey
from redis.asyncio import Redis

from domain.customers.errors import TooManyAttempts
from domain.shared.ids import CustomerId, SessionId
from integrations.identity.attempts import CountedAttempts, client
from integrations.identity.keys import FILE, KeyRing, keys_kept_in, read_keys
from integrations.identity.passwords import ArgonPasswords
from integrations.identity.tokens import InvalidTokenError, SignedTokens
from tests.factories.customers import CHEAP, PASSWORD, fresh_email, make_identity, make_keys

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CUSTOMER, FAMILY = CustomerId("customer_1"), SessionId("session_1")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator["Redis"]:
    connected = Redis.from_url(redis_url)
    yield connected
    await connected.aclose()


def json_of(key: OKPKey, *more: OKPKey) -> str:
    keys = [item.as_dict(private=item.is_private) for item in (key, *more)]
    return json.dumps({"keys": keys} if more else keys[0])


async def test_a_password_matches_its_own_hash_alone():
    passwords = ArgonPasswords(CHEAP)

    password_hash = await passwords.hash(PASSWORD)

    assert password_hash.startswith("$argon2id$")
    assert await passwords.verify(PASSWORD, password_hash)
    assert not await passwords.verify(PASSWORD + " ", password_hash)
    assert not await passwords.verify(PASSWORD, None)
    assert not await passwords.verify(PASSWORD, "no hash at all")


async def test_a_password_is_the_same_however_its_characters_were_composed():
    passwords = ArgonPasswords(CHEAP)

    password_hash = await passwords.hash("Schlüssel-weiß")

    assert await passwords.verify("Schlu\u0308ssel-weiß", password_hash)


async def test_verifying_nothing_costs_what_verifying_a_hash_costs():
    """Asserted by what Argon2 is given, which a busy machine cannot blur: a proper hash of the same parameters."""
    hasher = PasswordHasher(time_cost=2, memory_cost=16_384, parallelism=1)
    passwords = ArgonPasswords(hasher)

    password_hash = await passwords.hash(PASSWORD)

    assert extract_parameters(passwords._unknown) == extract_parameters(password_hash)
    with pytest.raises(VerifyMismatchError):
        hasher.verify(passwords._unknown, PASSWORD)


async def test_a_hash_of_weaker_parameters_is_outdated():
    weak, strong = ArgonPasswords(CHEAP), ArgonPasswords(PasswordHasher(2, 128, 1))

    password_hash = await weak.hash(PASSWORD)

    assert not weak.is_outdated(password_hash)
    assert strong.is_outdated(password_hash)


async def test_the_event_loop_goes_on_while_passwords_are_hashed():
    passwords = ArgonPasswords(PasswordHasher(time_cost=2, memory_cost=32_768, parallelism=1))
    hashing = asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(4)))
    turns = 0

    while not hashing.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert turns > 10


async def test_no_more_than_the_limit_wait_for_a_password():
    passwords = ArgonPasswords(CHEAP, concurrency=1, max_waiting=2)

    answers = await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(6)), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, TooManyAttempts)]
    assert len(refused) == 3
    assert refused[0].extensions == {"code": "RATE_LIMITED", "retryAfter": 2}
    assert (await passwords.hash(PASSWORD)).startswith("$argon2id$")


def test_a_token_says_whom_it_is_for():
    tokens = SignedTokens(make_keys())

    issued = tokens.issue(CUSTOMER, FAMILY, NOW)
    claims = tokens.read(issued.text, NOW)

    assert (claims.customer_id, claims.family_id) == (CUSTOMER, FAMILY)
    assert issued.expires_at == NOW + timedelta(minutes=15)


def test_a_token_that_was_good_once_still_ends_in_time():
    tokens = SignedTokens(make_keys())
    issued = tokens.issue(CUSTOMER, FAMILY, NOW)
    tokens.read(issued.text, issued.expires_at - timedelta(seconds=1))

    with pytest.raises(InvalidTokenError):
        tokens.read(issued.text, issued.expires_at)


def test_a_token_of_a_machine_whose_clock_is_ahead_is_taken():
    tokens = SignedTokens(make_keys())

    issued = tokens.issue(CUSTOMER, FAMILY, NOW + timedelta(seconds=30))

    assert tokens.read(issued.text, NOW).customer_id == CUSTOMER


def test_no_two_tokens_are_the_same():
    tokens = SignedTokens(make_keys())

    assert tokens.issue(CUSTOMER, FAMILY, NOW).text != tokens.issue(CUSTOMER, FAMILY, NOW).text


def _with(text: str, part: int, **changes: Any) -> str:
    parts = text.split(".")
    value = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
    parts[part] = base64.urlsafe_b64encode(json.dumps(value | changes).encode()).rstrip(b"=").decode()
    return ".".join(parts)


def _signed(keys: KeyRing, *, typ: str = "at+jwt", **changes: Any) -> str:
    claims = {"iss": "global-commerce", "aud": "global-commerce", "sub": CUSTOMER, "sid": FAMILY}
    moment = int(NOW.timestamp())
    key = keys.signing
    header = {"alg": "Ed25519", "kid": key.kid, "typ": typ}
    return jwt.encode(header, {**claims, "iat": moment, "exp": moment + 900} | changes, key, algorithms=["Ed25519"])


def test_the_tokens_of_these_tests_are_valid_but_for_what_each_changes():
    keys = make_keys()

    assert SignedTokens(keys).read(_signed(keys), NOW).customer_id == CUSTOMER


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": "somebody else"}, id="issuer"),
        pytest.param({"aud": "something else"}, id="audience"),
        pytest.param({"exp": int(NOW.timestamp()) - 1}, id="expired"),
        pytest.param({"exp": "soon"}, id="no moment"),
        pytest.param({"iat": int(NOW.timestamp()) + 60}, id="issued later"),
        pytest.param({"sub": None}, id="nobody"),
        pytest.param({"sid": None}, id="no session"),
        pytest.param({"typ": "JWT"}, id="another kind of token"),
    ],
)
def test_a_token_that_is_not_meant_for_us_is_refused(changes: dict[str, Any]):
    keys = make_keys()

    with pytest.raises(InvalidTokenError):
        SignedTokens(keys).read(_signed(keys, **changes), NOW)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        pytest.param(1, {"sub": "customer_2"}, id="another customer"),
        pytest.param(1, {"exp": 9_999_999_999}, id="a longer life"),
        pytest.param(0, {"alg": "none"}, id="no algorithm"),
        pytest.param(0, {"alg": "HS256"}, id="another algorithm"),
        pytest.param(0, {"kid": "unknown"}, id="an unknown key"),
    ],
)
def test_a_token_that_was_tampered_with_is_refused(part: int, changes: dict[str, Any]):
    tokens = SignedTokens(make_keys())

    with pytest.raises(InvalidTokenError):
        tokens.read(_with(tokens.issue(CUSTOMER, FAMILY, NOW).text, part, **changes), NOW)


def test_the_public_key_is_no_shared_secret():
    """The oldest trick: sign by HMAC with the key that everybody can read."""
    keys = make_keys()
    public = OctKey.import_key({"kty": "oct", "k": str(keys.signing.as_dict(private=False)["x"])})
    claims = {"iss": "global-commerce", "aud": "global-commerce", "sub": CUSTOMER, "sid": FAMILY, "exp": 9_999_999_999}
    forged = jwt.encode({"alg": "HS256", "kid": keys.signing.kid, "typ": "at+jwt"}, claims, public)

    with pytest.raises(InvalidTokenError):
        SignedTokens(keys).read(forged, NOW)


def test_keys_are_rotated_without_ending_a_session():
    old, new = (OKPKey.generate_key("Ed25519") for _ in range(2))
    before = SignedTokens(read_keys(json_of(old)))
    between = SignedTokens(read_keys(json_of(old, new)))
    after = SignedTokens(read_keys(json_of(new, old)))

    tokens = [issuer.issue(CUSTOMER, FAMILY, NOW).text for issuer in (before, between, after)]

    assert all(reader.read(token, NOW) for token in tokens for reader in (between, after))
    with pytest.raises(InvalidTokenError):
        before.read(tokens[2], NOW)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("secret", id="no JSON"),
        pytest.param("[]", id="a list"),
        pytest.param('{"kty": "OKP"}', id="half a key"),
        pytest.param(json.dumps(RSAKey.generate_key(2048).as_dict(private=True)), id="RSA"),
        pytest.param(json.dumps(OKPKey.generate_key("X25519").as_dict(private=True)), id="another curve"),
        pytest.param(json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=False)), id="none that signs"),
        pytest.param('{"keys": []}', id="no key"),
    ],
)
def test_what_is_no_signing_key_is_refused_and_not_shown(text: str):
    with pytest.raises(ValueError) as refused:
        read_keys(text)

    assert not text or text not in str(refused.value)


def test_a_data_folder_keeps_its_key_for_its_owner_alone(tmp_path: Path):
    first = keys_kept_in(tmp_path / "data")
    second = keys_kept_in(tmp_path / "data")

    assert first.published() == second.published()
    assert (tmp_path / "data" / FILE).stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "data").iterdir()] == [FILE]


def test_processes_that_start_at_once_share_one_key(tmp_path: Path):
    with ThreadPoolExecutor(8) as threads:
        rings = list(threads.map(keys_kept_in, [tmp_path] * 8))

    assert len({ring.signing.kid for ring in rings}) == 1


async def test_attempts_are_counted_across_processes(redis: "Redis"):
    email, address = fresh_email(), fresh_email()
    processes = [CountedAttempts(redis) for _ in range(5)]
    for process in processes:
        await process.sign_in(email, address)

    with pytest.raises(TooManyAttempts) as refused:
        await processes[0].sign_in(email, address)

    assert 1 <= refused.value.extensions["retryAfter"] <= 60


async def test_redis_holds_no_email(redis: "Redis"):
    email = fresh_email()

    await CountedAttempts(redis).sign_in(email, "10.0.0.1")

    assert not [key async for key in redis.scan_iter() if email.encode() in key]


async def test_without_redis_each_process_counts_for_itself():
    nowhere = Redis.from_url("redis://127.0.0.1:1")
    attempts = CountedAttempts(nowhere)
    for _ in range(5):
        await attempts.sign_in("ada@example.com", "10.0.0.1")

    with pytest.raises(TooManyAttempts):
        await attempts.sign_in("ada@example.com", "10.0.0.1")

    await attempts.signed_in("ada@example.com", "10.0.0.1")
    await attempts.sign_in("ada@example.com", "10.0.0.1")
    await nowhere.aclose()


async def test_one_address_cannot_try_the_passwords_of_many(redis: "Redis"):
    attempts, address = CountedAttempts(redis), fresh_email()
    for _ in range(60):
        await attempts.sign_in(fresh_email(), address)

    with pytest.raises(TooManyAttempts):
        await attempts.sign_in(fresh_email(), address)


async def test_one_address_registers_ten_customers_a_minute(redis: "Redis"):
    limits, address = make_identity(redis).limits, fresh_email()
    for _ in range(10):
        await limits.register(address)

    with pytest.raises(TooManyAttempts):
        await limits.register(address)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        (None, "unknown"),
        ("testclient", "testclient"),
    ],
)
def test_a_network_of_ipv6_is_one_client(address: str | None, counted: str):
    assert client(address) == counted
