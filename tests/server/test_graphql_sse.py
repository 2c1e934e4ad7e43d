import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx2
import orjson
import pytest

from server.graphql_routes import TransportOptions
from tests.execution.toy import FLOOD_BYTES
from tests.server.graphql_server import MOST_BYTES_ON_THEIR_WAY, Toy, eventually, serving, unread, until_stalled

EVENTS = {"accept": "text/event-stream"}


@pytest.fixture
async def toy() -> AsyncIterator[Toy]:
    async with serving(TransportOptions(heartbeat_seconds=0.05, stall_seconds=0.2)) as toy:
        yield toy


@pytest.fixture
async def client(toy) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=toy.origin, headers=EVENTS) as client:
        yield client


async def begun(response: httpx2.Response) -> AsyncIterator[str]:
    """The rest of a stream that has sent something. Who lets go of it has closed the stream."""
    chunks = response.aiter_text()
    await anext(chunks)
    return chunks


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream, with their data from JSON; comments are left out."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    parts = [dict(line.split(":", 1) for line in block.split("\n")) for block in blocks]
    return [(part["event"].strip(), orjson.loads(part["data"]) if part["data"].strip() else None) for part in parts]


async def test_a_subscription_streams_its_events_and_completes(client):
    response = await client.post("/graphql", json={"query": "subscription { count(to: 2) }"})

    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert events(response.text) == [
        ("next", {"data": {"count": 1}}),
        ("next", {"data": {"count": 2}}),
        ("complete", None),
    ]


async def test_a_subscription_by_get_is_served_to_an_event_source(client):
    response = await client.get("/graphql", params={"query": "subscription { count(to: 1) }"})

    assert events(response.text) == [("next", {"data": {"count": 1}}), ("complete", None)]


@pytest.mark.parametrize("document", ["query { answer: hello }", 'mutation { answer: note(text: "x") }'])
async def test_a_query_or_mutation_is_one_event(client, document):
    response = await client.post("/graphql", json={"query": document})

    assert [name for name, _ in events(response.text)] == ["next", "complete"]


async def test_a_client_that_also_takes_events_gets_json_for_a_query_and_events_for_a_subscription(client):
    headers = {"accept": "application/json, text/event-stream"}

    query = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    subscription = await client.post("/graphql", json={"query": "subscription { count(to: 1) }"}, headers=headers)

    assert query.json() == {"data": {"hello": "Hello, world!"}}
    assert events(subscription.text)[0] == ("next", {"data": {"count": 1}})


async def test_a_refused_document_is_told_as_an_event(client):
    response = await client.post("/graphql", json={"query": "subscription { nope }"})

    [(name, refusal), (end, _)] = events(response.text)
    assert (name, end) == ("next", "complete")
    assert [error["extensions"]["code"] for error in refusal["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]


async def test_a_broken_request_is_told_by_its_status(client):
    response = await client.post("/graphql", content=b"{", headers={"content-type": "application/json"})

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_a_crash_in_the_source_is_masked_and_ends_the_stream(client, toy):
    response = await client.post("/graphql", json={"query": "subscription { crashAfterOne }"})

    [first, (_, crash), end] = events(response.text)
    assert (first, end) == (("next", {"data": {"crashAfterOne": 1}}), ("complete", None))
    assert crash["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "traceId": toy.faults[0].trace_id}
    assert "secret" not in response.text


async def test_a_silent_stream_beats(client):
    response = await client.post("/graphql", json={"query": "subscription { count(to: 1, pause: 0.3) }"})

    assert response.text.count(":\n\n") >= 3


@pytest.mark.parametrize(("field", "status"), [("count(to: 5, pause: 30)", "canceled"), ("flood", "ok")])
async def test_a_client_that_goes_ends_the_subscription_at_once(client, toy, field, status):
    request = {"query": f"subscription {{ {field} }}"}
    async with client.stream("POST", "/graphql", json=request) as response:
        _rest = await begun(response)
        await eventually(lambda: toy.contexts and toy.contexts[0].events_open == 1)

    await eventually(lambda: toy.contexts[0].events_open == 0 and toy.contexts[0].closed == 1)
    assert toy.observed[0][:3] == (None, "subscription", status)


async def test_a_client_that_reads_nothing_is_cut_off(client, toy):
    async with client.stream("POST", "/graphql", json={"query": "subscription { flood }"}):
        await eventually(lambda: bool(toy.contexts) and toy.contexts[0].events_open == 1)

        await eventually(lambda: (toy.contexts[0].events_open, toy.contexts[0].closed) == (0, 1))


def ask_and_read_nothing(toy: Toy) -> socket.socket:
    connection = unread(toy)
    body = orjson.dumps({"query": "subscription { flood }"})
    head = "POST /graphql HTTP/1.1\r\nHost: shop\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


async def test_little_is_made_for_a_client_that_reads_nothing_and_its_connection_is_let_go(toy):
    with ask_and_read_nothing(toy) as connection:
        await eventually(lambda: bool(toy.contexts) and toy.contexts[0].closed == 1)
        await eventually(lambda: toy.connections == 0)
        told = await asyncio.to_thread(everything_in, connection)

    assert toy.contexts[0].events_made * FLOOD_BYTES < MOST_BYTES_ON_THEIR_WAY
    assert told.startswith(b"HTTP/1.1 200")
    assert b"complete" not in told
    assert not told.endswith(b"0\r\n\r\n"), "a client must see that the stream was broken off"


def everything_in(connection: socket.socket) -> bytes:
    found = b""
    with suppress(ConnectionResetError):
        while chunk := connection.recv(1 << 20):
            found += chunk
    return found


async def test_a_draining_server_does_not_wait_for_a_client_that_reads_nothing(monkeypatch):
    monkeypatch.setattr("server.graphql_sse.FINISH_SECONDS", 0.2)
    async with serving() as toy:
        with ask_and_read_nothing(toy):
            await until_stalled(toy)

            await toy.drain.drain(seconds=10)

            assert toy.drain.open_count == 0
            await eventually(lambda: toy.connections == 0)


async def test_a_draining_server_ends_streams_without_complete(client, toy):
    request = {"query": "subscription { count(to: 5, pause: 30) }"}
    async with client.stream("POST", "/graphql", json=request) as response:
        chunks = response.aiter_text()
        await anext(chunks)
        started = time.monotonic()
        await toy.drain.drain()
        rest = "".join([chunk async for chunk in chunks])

    assert "complete" not in rest
    assert (toy.drain.open_count, time.monotonic() - started < 4) == (0, True)
    assert toy.contexts[0].events_open == 0


async def test_a_draining_server_answers_a_query_that_runs(client, toy):
    asking = asyncio.create_task(client.post("/graphql", json={"query": "{ slow(seconds: 0.5) }"}))
    await eventually(lambda: bool(toy.contexts))

    await toy.drain.drain()

    assert events((await asking).text) == [("next", {"data": {"slow": "done"}}), ("complete", None)]


async def test_one_stream_too_many_is_refused_until_another_ends():
    long, short = ({"query": f"subscription {{ count(to: 1, pause: {pause}) }}"} for pause in (30, 0))
    async with (
        serving(TransportOptions(streams=1)) as toy,
        httpx2.AsyncClient(base_url=toy.origin, headers=EVENTS) as client,
    ):
        async with client.stream("POST", "/graphql", json=long) as response:
            _rest = await begun(response)
            refused = await client.post("/graphql", json=short)
            query = await client.post("/graphql", json={"query": "{ hello }"}, headers={"accept": "application/json"})
        await eventually(lambda: (toy.drain.open_count, toy.contexts[0].closed) == (0, 1))
        afterwards = await client.post("/graphql", json=short)

    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (503, "TOO_MANY_STREAMS")
    assert refused.headers["retry-after"] == "1"
    assert (query.status_code, len(events(afterwards.text))) == (200, 2)


async def test_many_streams_run_beside_each_other(client):
    request = {"query": "subscription { count(to: 3, pause: 0.05) }"}

    answers = await asyncio.gather(*(client.post("/graphql", json=request) for _ in range(20)))

    assert {len(events(answer.text)) for answer in answers} == {4}
