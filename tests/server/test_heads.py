"""Requests that come whole, whose heads are known by their bytes: told as those are that come in pieces."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server import protocols
from server.heads import MAX_KNOWN_BYTES, head_of
from tests.server.wires import WiredServer, bodies

PLAIN = [
    b"GET / HTTP/1.1\r\nhost: shop\r\n\r\n",
    b"GET /a%20b/%C3%BC?q=%41&x HTTP/1.1\r\nHost: shop\r\nAccept:  */* \r\n\r\n",
    b"POST /graphql HTTP/1.1\r\nhost: shop\r\ncontent-length: 5\r\n\r\n12345",
    b"POST /graphql HTTP/1.1\r\nhost: shop\r\ncontent-length: 0\r\n\r\n",
    b"GET http://shop/absolute?x=1 HTTP/1.1\r\nhost: shop\r\n\r\n",
    b"PUT /x HTTP/1.1\r\nhost: shop\r\nX-Twice: 1\r\nx-twice: 2\r\ncookie: a=b\r\nContent-Length: 3\r\n\r\nabc",
    b"GET /x HTTP/1.1\r\nhost: shop\r\nconnection: keep-alive\r\nx-forwarded-for: 10.1.2.3\r\n\r\n",
    b"GET /x HTTP/1.1\r\nhost: shop\r\nx-forwarded-proto: https\r\nx-latin: \xe9\r\n\r\n",
    b"GET /x HTTP/1.1\r\nhost: shop\r\nupgrade: something\r\n\r\n",
    b"POST /x HTTP/1.1\r\nhost: shop\r\ncontent-length: \t 3  \r\n\r\nabc",
]

OUT_OF_THE_ORDINARY = [
    b"GET / HTTP/1.0\r\nhost: shop\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: shop\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nab",
]

REFUSED = [
    b"POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 99999999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 1\r\n 0\r\n\r\nabcdefghij",
    b"POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 1_0\r\n\r\nabcdefghij",
    b"POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: +3\r\n\r\nabc",
    b"GET http://shop HTTP/1.1\r\nhost: shop\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nhost: shop\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost : shop\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: shop\r\nx: a\x00b\r\n\r\n",
    b"nonsense\r\n\r\n",
    b"\x16\x03\x01\x02\x00\r\n\r\n",
]


GARBLED = 3_000


class Seen:
    """An application that writes down what it is told, and answers with the body."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append({name: value for name, value in scope.items() if name != "extensions"})
        assert "extensions" in scope
        body, is_more = b"", True
        while is_more:
            message = await receive()
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body or b"-"})


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was given to the parsers of connections."""
    given: list[bytes] = []
    received = HttpToolsProtocol.data_received

    def data_received(self: HttpToolsProtocol, data: bytes) -> None:
        given.append(data)
        received(self, data)

    monkeypatch.setattr(HttpToolsProtocol, "data_received", data_received)
    return given


def whole(asked: bytes) -> list[bytes]:
    return [asked]


def in_pieces(asked: bytes) -> list[bytes]:
    return [asked[at : at + 1] for at in range(len(asked))]


def garbled(asked: bytes, chance: random.Random) -> bytes:
    """With one or two bytes that are others, are missing, or come twice."""
    changed = bytearray(asked)
    for _ in range(chance.choice([1, 1, 2])):
        at = chance.randrange(len(changed))
        changed[at : at + 1] = chance.choice([b"", bytes([chance.randrange(256)]), changed[at : at + 1] * 2])
    return bytes(changed)


async def told(pieces: list[bytes]) -> tuple[list[dict[str, Any]], bytes, bool]:
    """What the application was told, what it answered, and whether that was the end of the connection."""
    seen = Seen()
    async with WiredServer(seen, trusted="127.0.0.1") as server:
        connection, transport = server.connection()
        for piece in pieces:
            if not transport.is_closed:
                connection.data_received(piece)
        for _ in range(5):
            await asyncio.sleep(0)
        return seen.scopes, b"".join(transport.told), transport.is_closed


@pytest.mark.parametrize("asked", [*PLAIN, *OUT_OF_THE_ORDINARY, *REFUSED])
async def test_it_is_told_as_if_it_came_in_pieces(asked: bytes):
    assert await told(whole(asked)) == await told(in_pieces(asked))


async def test_garbage_is_told_as_the_parser_tells_it(monkeypatch: pytest.MonkeyPatch):
    chance = random.Random(5)
    sent = [garbled(chance.choice([*PLAIN, *OUT_OF_THE_ORDINARY, *REFUSED]), chance) for _ in range(GARBLED)]

    known = [await told([asked]) for asked in sent]
    monkeypatch.setattr(protocols, "head_of", lambda _: None)
    parsed = [await told([asked]) for asked in sent]

    assert known == parsed
    assert sum(len(scopes) for scopes, _, _ in parsed) > GARBLED / 4, "much of it is still a request"


@pytest.mark.parametrize("asked", PLAIN)
async def test_a_plain_request_needs_no_parser(asked: bytes, parsed: list[bytes]):
    scopes, answer, is_closed = await told([asked, asked])

    assert (len(scopes), answer.count(b"HTTP/1.1 200 OK"), is_closed, parsed) == (2, 2, False, [])


@pytest.mark.parametrize("asked", [*OUT_OF_THE_ORDINARY, *REFUSED])
async def test_all_others_are_left_to_it(asked: bytes, parsed: list[bytes]):
    await told([asked])

    assert parsed == [asked]
    assert head_of(asked.partition(b"\r\n\r\n")[0] + b"\r\n\r\n") is None


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(lambda first, second: [first + second], id="at once"),
        pytest.param(lambda first, second: [first[:20], first[20:], second], id="the first in pieces"),
        pytest.param(lambda first, second: [first, second[:20], second[20:]], id="the second in pieces"),
        pytest.param(lambda first, second: [first + second[:20], second[20:]], id="one and a piece"),
        pytest.param(lambda first, second: [first[:-2], first[-2:] + second], id="a piece and one"),
        pytest.param(lambda first, second: [b"\r\n" + first, b"\r\n", second], id="with empty lines before"),
    ],
)
async def test_requests_are_told_in_order_however_they_come(pieces: Callable[[bytes, bytes], list[bytes]]):
    first = b"POST /1 HTTP/1.1\r\nhost: shop\r\ncontent-length: 3\r\n\r\none"
    second = b"POST /2 HTTP/1.1\r\nhost: shop\r\ncontent-length: 3\r\n\r\ntwo"

    scopes, answers, is_closed = await told(pieces(first, second))

    assert [scope["path"] for scope in scopes] == ["/1", "/2"]
    assert (answers.index(b"one") < answers.index(b"two"), is_closed) == (True, False)


async def test_a_body_is_not_taken_for_a_request():
    inner = b"GET /inner HTTP/1.1\r\nhost: shop\r\n\r\n"
    head = b"POST /outer HTTP/1.1\r\nhost: shop\r\ncontent-length: %d\r\n\r\n" % len(inner)

    scopes, answer, _ = await told([head, inner])

    assert [scope["path"] for scope in scopes] == ["/outer"]
    assert inner in answer


async def test_what_one_request_is_told_is_not_changed_by_another():
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        told_headers = len(scope["headers"])
        scope["headers"].append((b"x-mine", b"1"))
        scope["state"]["mine"] = scope["path"] = "/mine"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        await send({"type": "http.response.body", "body": b"%d" % told_headers})

    async with WiredServer(app) as server:
        connection, transport = server.connection()
        for _ in range(3):
            connection.data_received(PLAIN[0])
            await asyncio.sleep(0)

    assert bodies(transport) == [b"1", b"1", b"1"]


async def test_who_waits_learns_that_the_client_is_gone():
    learned: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        learned.append((await receive())["type"])
        learned.append((await receive())["type"])

    async with WiredServer(app) as server:
        connection, transport = server.connection()
        connection.data_received(PLAIN[2])
        await asyncio.sleep(0)
        before = list(learned)
        transport.close()
        for _ in range(3):
            await asyncio.sleep(0)

    assert (before, learned) == (["http.request"], ["http.request", "http.disconnect"])


async def test_a_head_that_is_long_is_parsed(parsed: list[bytes]):
    asked = b"GET / HTTP/1.1\r\nhost: shop\r\ncookie: %s\r\n\r\n" % (b"a" * MAX_KNOWN_BYTES)

    scopes, _, _ = await told([asked])

    assert (len(scopes), parsed) == (1, [asked])
