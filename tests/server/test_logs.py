"""What a real process logs: enough to find what went wrong, and nothing of what people told us."""

import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from persistence.statement import Pool
from server import logs
from server.personal import masked
from server.sample_data import load_sample
from server.told_errors import named, told
from tests.journeys.buying import buy, two_offers
from tests.journeys.client import REGISTER, SIGN_IN, Client
from tests.journeys.processes import Store
from tests.places import new_folder
from tests.server.watched import serving

EMAIL, PASSWORD = "ada.lovelace@countess.example", "analytical engine 1843"
CARD = "4111 1111 1111 1111"
FAULT = "ALTER TABLE customer ADD CONSTRAINT nobody_of_that_name CHECK (email NOT LIKE 'babbage%') NOT VALID"
MEND = "ALTER TABLE customer DROP CONSTRAINT nobody_of_that_name"


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("commerce-logs-")
    yield path
    shutil.rmtree(path)


@asynccontextmanager
async def stocked_store(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path
) -> AsyncIterator[tuple[Store, Client]]:
    """A web process on the test's database, filled with the sample, and a guest of it."""
    await load_sample(pool)
    async with serving(folder, worker_database_url, redis_url) as (store, guest):
        yield store, guest


def events(store: Store, name: str) -> list[dict[str, Any]]:
    """The events of this name in the log of a process that has ended, each line of which is JSON."""
    logged = [orjson.loads(line) for line in store.log.read_bytes().splitlines()]
    return [event for event in logged if event["event"] == name]


async def test_y10_what_people_send_is_in_no_log(pool: Pool, worker_database_url: str, redis_url: str, folder: Path):
    async with stocked_store(pool, worker_database_url, redis_url, folder) as (store, guest):
        granted = await guest.do(REGISTER, email=EMAIL, password=PASSWORD, firstName="Augusta")
        await guest.post(SIGN_IN, input={"email": EMAIL, "password": "a wrong password 77"})
        await guest.http.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"X-Request-Id": EMAIL, "Authorization": "Bearer x"}
        )
        buyer = guest.bearing(granted["accessToken"]).in_market("de")
        pot, cards = await two_offers(buyer)
        order = await buy(buyer, "de", (pot, 1), (cards, 1), email="someone.else@countess.example")
        await guest.post("query Wrong($card: String!) { product(slug: $card) { id } }", card=CARD)
        await guest.post(f'{{ node(id: "{CARD}") {{ id }} }}')
        await fail(pool, guest)

    logged = store.log.read_text()
    placed = events(store, "order_placed")

    sent = [EMAIL, PASSWORD, "Augusta", "a wrong password 77", "someone.else@", granted["accessToken"], "Bearer"]
    sent += ["Hauptstra", "Lovelace", "Berlin", "tok_ok", "babbage", "difference", CARD, CARD.replace(" ", "")]
    assert [words for words in sent if words in logged] == []
    total = order["totals"]["total"]["gross"]["amountMinor"]
    assert [(each["order_id"], each["total_minor"]) for each in placed] == [(order["id"], total)]


async def fail(pool: Pool, guest: Client) -> dict[str, Any]:
    """The error of an operation that fails on our side, with an exception whose words quote the row."""
    await pool.execute(FAULT)
    try:
        answer = await guest.post(REGISTER, input={"email": "babbage@example.com", "password": "difference engine"})
    finally:
        await pool.execute(MEND)
    error: dict[str, Any] = answer["errors"][0]
    return error


async def test_one_id_leads_from_the_answer_to_the_log(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path
):
    async with stocked_store(pool, worker_database_url, redis_url, folder) as (store, guest):
        given = await guest.http.post(
            "/graphql", json={"query": "query Hello { __typename }"}, headers={"X-Request-Id": "shop-7/abc"}
        )
        made = await guest.http.post("/graphql", json={"query": "{ nothing }"})
        error = await fail(pool, guest)

    answered = events(store, "operation_answered")
    failed = events(store, "request_failed")

    assert given.headers["x-request-id"] == "shop-7/abc"
    by_id = {event["request_id"]: event for event in answered}
    hello = by_id["shop-7/abc"]
    assert (hello["operation"], hello["type"], hello["status"]) == ("Hello", "query", "ok")
    assert hello["milliseconds"] > 0
    assert (hello["cost"], hello["client"]) == (0, "GUEST")
    refused = by_id[made.headers["x-request-id"]]
    assert (refused["status"], refused["codes"]) == ("refused", ["GRAPHQL_VALIDATION_FAILED"])
    assert [event["trace_id"] for event in failed] == [error["extensions"]["traceId"]]
    assert by_id[error["extensions"]["traceId"]]["codes"] == ["INTERNAL_SERVER_ERROR"]
    assert failed[0]["exception"].startswith("CheckViolationError: 23514 customer nobody_of_that_name\n  ")
    assert "persistence/customers/repository.py:" in failed[0]["exception"]


async def test_a_refusal_in_a_payload_is_told_by_its_code_alone(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path
):
    aliased = "mutation($input: SignInInput!) { signIn(input: $input) { errors { code: message } accessToken } }"
    wrong = {"email": EMAIL, "password": "nobody has this"}
    async with stocked_store(pool, worker_database_url, redis_url, folder) as (store, guest):
        await guest.post(SIGN_IN, input=wrong)
        await guest.post(aliased, input=wrong)

    told_codes = [event.get("codes") for event in events(store, "operation_answered")]

    assert told_codes == [["NOT_ALLOWED"], None]


def test_an_exception_is_told_without_its_words_and_variables():
    def work(secret: str) -> None:
        try:
            int(secret)
        except ValueError as error:
            raise KeyError(secret) from error

    with pytest.raises(KeyError) as raised:
        work("ada@example.com")

    lines = told(raised.value).splitlines()
    assert lines[0] == "KeyError"
    assert lines[-2] == "after ValueError"
    assert "ada" not in told(raised.value)
    assert lines[-1].startswith("  tests/server/test_logs.py:")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AttributeError("'NoneType' object has no attribute 'id'"), ": 'NoneType' object has no attribute 'id'"),
        (ValueError("invalid literal for int(): 'Ada'"), ""),
        (ConnectionRefusedError(111, "Connection refused", "/home/ada"), ": ECONNREFUSED"),
        (asyncpg.DataError("invalid input for query argument $1: 'Ada'"), ": 22000"),
    ],
)
def test_only_exceptions_about_code_keep_their_words(error: Exception, words: str):
    assert named(error) == type(error).__name__ + words


def test_all_parts_of_a_group_are_told():
    group = ExceptionGroup("two", [ZeroDivisionError("division by zero"), OSError()])

    assert told(group) == "ExceptionGroup\nafter ZeroDivisionError: division by zero\nafter OSError"


@pytest.mark.parametrize(
    "number", ["4111111111111111", "5500-0000-0000-0004", "3782 822463 10005", "4222222222222", "6304900017740292441"]
)
def test_y10_card_numbers_are_masked(number: str):
    assert masked(f"paid by {number}.") == "paid by [masked]."


@pytest.mark.parametrize("number", ["4111111111111112", "123456789012", "2026-11-21 12:00:00", "41111111111111111111"])
def test_y10_other_numbers_stay(number: str):
    assert masked(number) == number


def test_emails_are_masked_wherever_they_stand():
    assert masked("no room for <ada+x@sub.example.co.uk>, sorry") == "no room for <[masked]>, sorry"


def test_what_libraries_put_into_their_messages_is_left_out(monkeypatch: pytest.MonkeyPatch):
    seen: list[dict[str, Any]] = []

    class Recorder:
        def log(self, _level: int, event: str, **fields: Any) -> None:
            seen.append({"event": event, **fields})

    monkeypatch.setattr("server.logs.structlog.get_logger", lambda _name: Recorder())
    handler = logs._Passing()

    handler.emit(record("could not greet %s", "Ada"))
    handler.emit(record("Task exception was never retrieved\nfuture: <Task exception=ValueError('Ada')>"))

    assert [event["message"] for event in seen] == ["could not greet %s", "Task exception was never retrieved"]


def record(message: str, *arguments: str) -> logging.LogRecord:
    return logging.LogRecord("library", logging.ERROR, __file__, 1, message, arguments, None)
