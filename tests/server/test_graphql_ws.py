import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
import pytest
from graphql import GraphQLError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.typing import Origin, Subprotocol

from server.graphql_routes import TransportOptions
from server.graphql_ws import SocketBounds
from tests.execution.toy import FLOOD_BYTES
from tests.server.graphql_server import MOST_BYTES_ON_THEIR_WAY, Toy, eventually, serving, unread, until_stalled

PROTOCOL = Subprotocol("graphql-transport-ws")
ACK = {"type": "connection_ack"}
PATIENCE_SECONDS = 15.0


banned, unknowable = {"banned"}, {"unknowable"}
"""Clients whose credentials are not good, and those of whom nobody can tell just now."""


async def only_known_clients(connection) -> None:
    client = connection.scope["connection_init"].get("client")
    if client in banned:
        raise GraphQLError("Not you.")
    if client in unknowable:
        raise ConnectionRefusedError


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Toy]:
    options = TransportOptions(
        socket_bounds=SocketBounds(
            init_seconds=1.0, stall_seconds=0.5, recheck_seconds=0.1, message_bytes=4096, operations=3, sockets=4
        ),
        is_origin_allowed=lambda origin, scope: origin != "https://evil.example",
        authorize_socket=only_known_clients,
    )
    async with serving(options) as toy:
        yield toy


@pytest.fixture
def toy(server: Toy) -> Toy:
    server.forget()
    return server


class Client:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(orjson.dumps(message).decode())

    async def hear(self) -> Any:
        return orjson.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE_SECONDS))

    async def subscribe(self, id: str, query: str, **payload: Any) -> None:
        await self.say(id=id, type="subscribe", payload={"query": query, **payload})

    async def close_code(self) -> int:
        """The code the server closes with; what it says before is skipped."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionClosedError):
                async for _ in self.socket:
                    continue
        assert self.socket.close_code is not None
        return self.socket.close_code


@asynccontextmanager
async def client_of(toy: Toy, *, init: dict[str, Any] | None = None, **options: Any) -> AsyncIterator[Client]:
    async with connect(toy.socket_url, **{"subprotocols": [PROTOCOL], **options}) as socket:
        client = Client(socket)
        if init is not None:
            await client.say(type="connection_init", payload=init)
            assert await client.hear() == ACK
        yield client


async def test_a_subscription_streams_and_completes(toy):
    async with client_of(toy, init={}) as client:
        await client.subscribe("a", "subscription($to: Int!) { count(to: $to) }", variables={"to": 2})

        heard = [await client.hear() for _ in range(3)]

    assert heard == [
        {"id": "a", "type": "next", "payload": {"data": {"count": 1}}},
        {"id": "a", "type": "next", "payload": {"data": {"count": 2}}},
        {"id": "a", "type": "complete"},
    ]


async def test_a_query_and_a_mutation_run_as_well(toy):
    async with client_of(toy, init={}) as client:
        await client.subscribe("q", "query A { hello } query B { slow }", operationName="A")
        query = [await client.hear(), await client.hear()]
        await client.subscribe("m", 'mutation { note(text: "x") }')
        mutation = [await client.hear(), await client.hear()]

    assert [message["type"] for message in query + mutation] == ["next", "complete"] * 2
    assert toy.contexts[1].seen == ["x"]


async def test_an_id_can_be_used_again_as_soon_as_it_completed(toy):
    async with client_of(toy, init={}) as client:
        for _ in range(5):
            await client.subscribe("same", "{ hello }")
            assert [(await client.hear())["type"], (await client.hear())["type"]] == ["next", "complete"]


@pytest.mark.parametrize(
    ("document", "code"),
    [("{", "GRAPHQL_PARSE_FAILED"), ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED")],
)
async def test_a_refused_operation_is_an_error_and_the_socket_stays_open(toy, document, code):
    async with client_of(toy, init={}) as client:
        await client.subscribe("bad", document)
        refusal = await client.hear()
        await client.subscribe("good", "{ hello }")
        answer = await client.hear()

    assert (refusal["id"], refusal["type"]) == ("bad", "error")
    assert [error["extensions"]["code"] for error in refusal["payload"]] == [code]
    assert answer["payload"] == {"data": {"hello": "Hello, world!"}}


async def test_a_crash_in_the_source_is_masked_and_the_socket_stays_open(toy):
    async with client_of(toy, init={}) as client:
        await client.subscribe("a", "subscription { crashAfterOne }")
        heard = [await client.hear() for _ in range(3)]
        await client.say(type="ping")

        assert [message["type"] for message in heard] == ["next", "next", "complete"]
        assert heard[1]["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert await client.hear() == {"type": "pong"}


async def test_a_client_that_completes_ends_its_subscription_alone(toy):
    async with client_of(toy, init={}) as client:
        await client.subscribe("a", "subscription { count(to: 9, pause: 30) }")
        await client.subscribe("b", "subscription { count(to: 9, pause: 30) }")
        await eventually(lambda: sum(context.events_open for context in toy.contexts) == 2)
        await client.say(id="a", type="complete")

        await eventually(lambda: [context.closed for context in toy.contexts] == [1, 0])
        await client.say(type="ping")
        assert await client.hear() == {"type": "pong"}


async def test_a_client_that_goes_ends_its_subscriptions(toy):
    async with client_of(toy, init={}) as client:
        await client.subscribe("a", "subscription { count(to: 9, pause: 30) }")
        await eventually(lambda: bool(toy.contexts) and toy.contexts[0].events_open == 1)

    await eventually(lambda: toy.contexts[0].events_open == 0 and toy.contexts[0].closed == 1)
    await eventually(lambda: toy.drain.open_count == 0)


async def test_the_authorization_of_connection_init_wins_over_the_handshake(toy):
    headers = {"authorization": "from the handshake"}
    async with client_of(toy, init={"authorization": "from init"}, additional_headers=headers) as client:
        await client.subscribe("a", "{ caller }")
        assert (await client.hear())["payload"]["data"]["caller"] == "from init in None"
    async with client_of(toy, init={}, additional_headers=headers) as client:
        await client.subscribe("a", "{ caller }")
        assert (await client.hear())["payload"]["data"]["caller"] == "from the handshake in None"


async def test_a_context_that_refuses_is_an_error_of_its_operation(toy):
    async with client_of(toy, init={"Authorization": "expired"}) as client:
        await client.subscribe("a", "{ hello }")
        refusal = await client.hear()

    assert (refusal["type"], refusal["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")


async def test_another_subprotocol_is_closed_with_4406(toy):
    async with client_of(toy, subprotocols=[Subprotocol("graphql-ws")]) as client:
        assert await client.close_code() == 4406


async def test_a_client_that_does_not_initialize_is_closed_with_4408(toy):
    async with client_of(toy) as client:
        await client.say(type="ping")
        assert await client.close_code() == 4408


async def test_a_second_initialization_is_closed_with_4429(toy):
    async with client_of(toy, init={}) as client:
        await client.say(type="connection_init")
        assert await client.close_code() == 4429


async def test_an_operation_before_the_acknowledgment_is_closed_with_4401(toy):
    async with client_of(toy) as client:
        await client.subscribe("a", "{ hello }")
        assert await client.close_code() == 4401


async def test_a_payload_that_is_not_authorized_is_closed_with_4403(toy):
    async with client_of(toy) as client:
        await client.say(type="connection_init", payload={"client": "banned"})
        assert await client.close_code() == 4403


async def test_credentials_that_cannot_be_checked_just_now_are_closed_with_1013_and_the_fault_is_told(toy):
    async with client_of(toy) as client:
        await client.say(type="connection_init", payload={"client": "unknowable"})
        assert await client.close_code() == 1013
    assert [type(fault.error) for fault in toy.faults] == [ConnectionRefusedError]


async def test_credentials_that_end_close_the_socket_with_4403_once_what_runs_is_answered(toy):
    async with client_of(toy, init={"client": "ada"}) as client:
        await client.subscribe("events", "subscription { count(to: 9, pause: 30) }")
        await client.subscribe("running", "{ slow(seconds: 0.5) }")
        await eventually(lambda: len(toy.contexts) == 2)
        banned.add("ada")
        heard = [await client.hear(), await client.hear()]

        assert [(message["id"], message["type"]) for message in heard] == [("running", "next"), ("running", "complete")]
        assert await client.close_code() == 4403
    assert [context.closed for context in toy.contexts] == [1, 1]


async def test_credentials_that_cannot_be_checked_again_just_now_are_left_to_stand(toy):
    async with client_of(toy, init={"client": "grace"}) as client:
        unknowable.add("grace")
        await eventually(lambda: len(toy.faults) >= 2)
        await client.say(type="ping")

        assert await client.hear() == {"type": "pong"}


async def test_an_operation_that_is_told_of_bad_credentials_closes_the_socket_only_if_they_are_bad():
    async with (
        serving(TransportOptions(authorize_socket=only_known_clients)) as toy,
        client_of(toy, init={"client": "val", "authorization": "expired"}) as client,
    ):
        await client.subscribe("a", "{ hello }")
        refusal = await client.hear()
        banned.add("val")
        await client.subscribe("b", "{ hello }")

        assert (refusal["type"], refusal["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")
        assert await client.close_code() == 4403


async def test_an_id_in_use_is_closed_with_4409(toy):
    async with client_of(toy, init={}) as client:
        await client.subscribe("a", "subscription { count(to: 9, pause: 30) }")
        await client.subscribe("a", "{ hello }")
        assert await client.close_code() == 4409


NONSENSE: dict[str, str | bytes] = {
    "broken JSON": "{",
    "binary": b'{"type": "ping"}',
    "scalar": "7",
    "list": "[]",
    "null": "null",
    "no type": "{}",
    "type is a number": '{"type": 1}',
    "unknown type": '{"type": "start"}',
    "deep": "[" * 2000,
    "ping with text": '{"type": "ping", "payload": "x"}',
    "pong with a list": '{"type": "pong", "payload": []}',
    "subscribe without id": '{"type": "subscribe", "payload": {"query": "{ hello }"}}',
    "subscribe with an empty id": '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
    "subscribe with a long id": '{"type": "subscribe", "id": "' + "x" * 300 + '", "payload": {"query": "{ hello }"}}',
    "subscribe without payload": '{"type": "subscribe", "id": "a"}',
    "subscribe without query": '{"type": "subscribe", "id": "a", "payload": {}}',
    "variables are a list": '{"type": "subscribe", "id": "a", "payload": {"query": "{ hello }", "variables": []}}',
    "complete without id": '{"type": "complete"}',
    "server's own message": '{"type": "next", "id": "a", "payload": {}}',
}


@pytest.mark.parametrize("message", NONSENSE.values(), ids=NONSENSE.keys())
async def test_a_message_that_is_none_is_closed_with_4400(toy, message):
    async with client_of(toy, init={}) as client:
        await client.socket.send(message)
        assert await client.close_code() == 4400


async def test_an_init_payload_that_is_no_object_is_closed_with_4400(toy):
    async with client_of(toy) as client:
        await client.say(type="connection_init", payload="secret")
        assert await client.close_code() == 4400


async def test_a_message_too_big_is_closed_with_1009(toy):
    async with client_of(toy, init={}) as client:
        await client.subscribe("a", "{ hello }" + " " * 5000)
        assert await client.close_code() == 1009


async def test_one_operation_too_many_is_an_error_until_another_ends(toy):
    async with client_of(toy, init={}) as client:
        for name in "abc":
            await client.subscribe(name, "subscription { count(to: 9, pause: 30) }")
        await client.subscribe("d", "{ hello }")
        refusal = await client.hear()
        await eventually(lambda: len(toy.contexts) == 3)
        await client.say(id="a", type="complete")
        await eventually(lambda: sum(context.closed for context in toy.contexts) == 1)
        await client.subscribe("d", "{ hello }")
        answer = await client.hear()

    assert (refusal["type"], refusal["payload"][0]["extensions"]["code"]) == ("error", "TOO_MANY_OPERATIONS")
    assert answer["type"] == "next"


async def test_an_origin_that_is_not_allowed_gets_no_socket(toy):
    with pytest.raises(InvalidStatus) as refused:
        await connect(toy.socket_url, subprotocols=[PROTOCOL], origin=Origin("https://evil.example"))

    assert refused.value.response.status_code == 403


async def test_one_socket_too_many_is_refused_until_another_closes(toy):
    sockets = [await connect(toy.socket_url, subprotocols=[PROTOCOL]) for _ in range(4)]
    with pytest.raises(InvalidStatus):
        await connect(toy.socket_url, subprotocols=[PROTOCOL])
    for socket in sockets:
        await socket.close()
    await eventually(lambda: toy.drain.open_count == 0)

    async with client_of(toy, init={}) as client:
        await client.say(type="ping", payload={"any": "thing"})
        assert await client.hear() == {"type": "pong"}


async def test_a_client_that_reads_nothing_is_sent_away_to_come_back(toy):
    async with client_of(toy, init={}, max_queue=1, compression=None) as client:
        await client.subscribe("a", "subscription { flood }")
        await eventually(lambda: bool(toy.contexts) and toy.contexts[0].events_open == 1)

        await eventually(lambda: (toy.contexts[0].events_open, toy.contexts[0].closed) == (0, 1))

        assert await client.close_code() == 1013


async def test_little_is_made_for_a_client_that_reads_nothing_and_its_connection_is_let_go():
    bounds = SocketBounds(stall_seconds=0.5, finish_seconds=0.2)
    async with (
        serving(TransportOptions(socket_bounds=bounds)) as toy,
        client_of(toy, init={}, sock=unread(toy), max_queue=1, compression=None) as client,
    ):
        await client.subscribe("a", "subscription { flood }")

        await eventually(lambda: bool(toy.contexts) and toy.contexts[0].closed == 1)
        await eventually(lambda: toy.connections == 0)

        assert toy.contexts[0].events_made * FLOOD_BYTES < MOST_BYTES_ON_THEIR_WAY
        client.socket.transport.abort()


async def test_a_client_that_reads_nothing_is_let_go_also_if_it_speaks():
    bounds = SocketBounds(stall_seconds=0.5, finish_seconds=0.2)
    async with (
        serving(TransportOptions(socket_bounds=bounds)) as toy,
        client_of(toy, init={}, sock=unread(toy), max_queue=1, compression=None) as client,
    ):
        await client.subscribe("a", "subscription { flood }")
        await eventually(lambda: bool(toy.contexts) and toy.contexts[0].events_made > 1)
        await client.say(type="ping")

        await eventually(lambda: toy.connections == 0)
        client.socket.transport.abort()


async def test_a_draining_server_does_not_wait_for_a_client_that_reads_nothing():
    async with (
        serving(TransportOptions(socket_bounds=SocketBounds(finish_seconds=0.2))) as toy,
        client_of(toy, init={}, sock=unread(toy), max_queue=1, compression=None) as client,
    ):
        await client.subscribe("a", "subscription { flood }")
        await until_stalled(toy)

        await toy.drain.drain(seconds=10)

        assert toy.drain.open_count == 0
        await eventually(lambda: toy.connections == 0)
        client.socket.transport.abort()


async def test_a_draining_server_answers_what_runs_and_closes_with_1012():
    async with serving() as toy, client_of(toy, init={}) as client:
        await client.subscribe("events", "subscription { count(to: 9, pause: 30) }")
        await client.subscribe("running", "{ slow(seconds: 0.3) }")
        await eventually(lambda: len(toy.contexts) == 2)
        draining = asyncio.create_task(toy.drain.drain())

        heard = [await client.hear(), await client.hear()]
        code = await client.close_code()
        await draining

    assert [(message["id"], message["type"]) for message in heard] == [("running", "next"), ("running", "complete")]
    assert code == 1012
    assert [context.closed for context in toy.contexts] == [1, 1]
