"""What is open ends with the credentials that it was opened by: expired tokens, ended sessions, keys and rights."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from persistence.statement import Pool
from tests.factories.customers import Visitor
from tests.server.front import Front, open_front
from tests.server.graphql_server import eventually

EVENTS = "subscription { orderEvents { id } }"
PATIENCE_SECONDS = 15.0
KEY_CREATE = "mutation($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { key errors { code } } }"

SESSION_ENDS = "UPDATE session SET revoked_at = now()"
KEY_ENDS = "UPDATE api_key SET revoked_at = now()"
RIGHTS_END = "UPDATE staff_member SET scopes = '{}'"


@pytest.fixture
async def front(pool: Pool, redis_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, redis_url) as front:
        yield front


async def staff(front: Front) -> Visitor:
    return await front.door.staff("events:read")


async def program(front: Front) -> Visitor:
    """A holder of an API key that reads the log."""
    maker = await front.door.staff("integrations:write", "events:read")
    made = await maker.ask(KEY_CREATE, input={"name": "ERP", "scopes": ["events:read"]})
    return maker.bearing(made["apiKeyCreate"]["key"])


def is_listening(front: Front) -> bool:
    """Whether the server follows the log for somebody: their subscription has begun."""
    return bool(front.door.parts.news._listeners)


@asynccontextmanager
async def socket_of(front: Front, visitor: Visitor, *, listens: bool = True) -> AsyncIterator[ClientConnection]:
    """A socket, with one subscription that has begun if it `listens`."""
    url = front.origin.replace("http", "ws") + "/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(orjson.dumps({"type": "connection_init", "payload": dict(visitor.headers)}).decode())
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        if listens:
            await ask(socket, EVENTS, "events")
            await eventually(lambda: is_listening(front), PATIENCE_SECONDS)
        yield socket


async def ask(socket: ClientConnection, query: str, id: str = "query") -> None:
    await socket.send(orjson.dumps({"id": id, "type": "subscribe", "payload": {"query": query}}).decode())


async def heard_until_closed(socket: ClientConnection) -> tuple[list[Any], int | None]:
    """Every message, and the code that the server closes with."""
    heard = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        try:
            while True:
                heard.append(orjson.loads(await socket.recv()))
        except ConnectionClosed as closed:
            return heard, closed.rcvd.code if closed.rcvd else None


async def heard(socket: ClientConnection) -> Any:
    return orjson.loads(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS))


@asynccontextmanager
async def stream_of(front: Front, visitor: Visitor) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of an event stream with one subscription, from its first comment on."""
    headers = {**visitor.headers, "accept": "text/event-stream"}
    async with (
        httpx2.AsyncClient(base_url=front.origin, timeout=PATIENCE_SECONDS) as client,
        client.stream("POST", "/graphql", json={"query": EVENTS}, headers=headers) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == ":"
        await eventually(lambda: is_listening(front), PATIENCE_SECONDS)
        yield lines


async def test_a_token_that_expires_closes_its_socket_with_4403_and_completes_nothing(front: Front):
    async with socket_of(front, await staff(front)) as socket:
        front.door.clock.forward(minutes=15)

        assert await heard_until_closed(socket) == ([], 4403)


async def test_a_token_that_expires_ends_an_event_stream_with_an_error_and_complete(front: Front):
    async with stream_of(front, await staff(front)) as lines:
        front.door.clock.forward(minutes=15)

        said = [line async for line in lines if line not in ("", ":")]

    assert [said[0], said[2]] == ["event: next", "event: complete"]
    [error] = orjson.loads(said[1].removeprefix("data: "))["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("The access token has expired.", "UNAUTHENTICATED")


async def test_a_token_that_is_still_good_is_left_in_peace(front: Front):
    async with socket_of(front, await staff(front)) as socket:
        front.door.clock.forward(minutes=14, seconds=59)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 2.5)


async def test_a_socket_of_an_expired_token_is_closed_when_it_asks_for_more(front: Front):
    async with socket_of(front, await front.door.customer(), listens=False) as socket:
        front.door.clock.forward(minutes=15)
        await ask(socket, "{ context { currency } }")

        assert await heard_until_closed(socket) == ([], 4403)


@pytest.mark.parametrize(("who", "sql"), [(staff, SESSION_ENDS), (program, KEY_ENDS)], ids=["session", "key"])
async def test_credentials_that_were_ended_close_their_socket_with_4403(front: Front, who: Any, sql: str):
    async with socket_of(front, await who(front)) as socket:
        await front.door.pool.execute(sql)

        assert await heard_until_closed(socket) == ([], 4403)


async def test_a_right_that_was_taken_away_ends_what_it_was_for_and_leaves_the_socket_open(front: Front):
    async with socket_of(front, await staff(front)) as socket:
        await front.door.pool.execute(RIGHTS_END)
        refusal, end = await heard(socket), await heard(socket)
        await ask(socket, "{ __typename }")
        answer = await heard(socket)

    assert [error["extensions"]["code"] for error in refusal["payload"]["errors"]] == ["UNAUTHENTICATED"]
    assert end == {"id": "events", "type": "complete"}
    assert answer["payload"] == {"data": {"__typename": "Query"}}
