"""Asking servers of others, put to a real one that does whatever a server may."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from integrations.http import LazyClient, TooLate, Unanswered, _address
from tests.factories.tls import tls_receiver

type Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(answer: Answer, asked: list[bytes] | None = None) -> AsyncIterator[str]:
    """The address of a server that answers each request by this; `asked` gets what it was sent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
                )
                request = head + await reader.readexactly(int(length))
                if asked is not None:
                    asked.append(request)
                await answer(request, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


def saying(status: str, body: bytes = b"", *headers: str) -> Answer:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]

    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(lines).encode() + body)

    return answer


@asynccontextmanager
async def client_of(url: str, *, timeout_seconds: float = 5.0) -> AsyncIterator[LazyClient]:
    client = LazyClient(base_url=url, timeout_seconds=timeout_seconds)
    try:
        yield client
    finally:
        await client.aclose()


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8123", "https://example.com/", "https://example.com/rest/api/"])
@pytest.mark.parametrize("path", ["/authorizations", "check-vat-number", "/methods/pm_1?a=b%20c", ""])
async def test_a_path_is_laid_upon_an_address_as_another_client_lays_it(base_url: str, path: str):
    async with httpx2.AsyncClient(base_url=base_url) as client:
        assert str(_address(base_url, path)) == str(client.build_request("GET", path).url)


async def test_an_address_of_its_own_is_asked_as_it_is():
    address = "https://api.example.com/v1/charges?a=%2F"
    assert str(_address("", address)) == address


async def test_json_is_sent_and_read():
    asked: list[bytes] = []
    async with server(saying("200 OK", b'{"is": "so"}'), asked) as url, client_of(url) as client:
        assert await client.json("POST", "/a?b=%20c", {"key": "ü"}) == {"is": "so"}
        assert await client.json("GET", "/b") == {"is": "so"}

    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=%20c HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/json" in head.replace(b"content-type", b"Content-Type")
    assert body == '{"key":"ü"}'.encode()
    assert asked[1].startswith(b"GET /b HTTP/1.1\r\n")
    assert b"content-type" not in asked[1].lower()


async def test_parameters_credentials_and_headers_are_sent():
    asked: list[bytes] = []
    async with (
        server(saying("200 OK", b"{}", "X-Of: It"), asked) as url,
        client_of(url.replace("//", "//name:pass%40word@")) as client,
    ):
        response = await client.request("GET", "/_search", parameters={"size": "1 0"}, headers={"x-own": "yes"})

    assert (response.status, response.headers["x-of"], response.content) == (200, "It", b"{}")
    assert asked[0].startswith(b"GET /_search?size=1+0 HTTP/1.1\r\n")
    assert b"\r\nx-own: yes\r\n" in asked[0]
    assert b"\r\nAuthorization: Basic bmFtZTpwYXNzQHdvcmQ=\r\n" in asked[0]


async def test_one_connection_is_asked_again():
    opened: list[asyncio.StreamWriter] = []

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        await saying("200 OK", b"1")(request, writer)

    async with server(answer) as url, client_of(url) as client:
        assert [await client.json("POST", "/", {}) for _ in range(3)] == [1, 1, 1]

    assert len(set(opened)) == 1


async def test_what_comes_in_chunks_is_read_whole():
    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(b"4\r\n, 2]\r\n0\r\n\r\n")

    async with server(answer) as url, client_of(url) as client:
        assert await client.json("GET", "/") == [1, 2]


@pytest.mark.parametrize("status", ["301 Moved", "404 Not Found", "500 Oops"])
async def test_any_other_status_is_no_answer_but_for_those_that_mean_none(status: str):
    async with server(saying(status, b"{}", "Location: /elsewhere")) as url, client_of(url) as client:
        with pytest.raises(Unanswered, match=f"HTTP {status[:3]}"):
            await client.json("GET", "/")
        assert await client.json("GET", "/", none_for=(int(status[:3]),)) is None


async def test_what_is_no_json_is_no_answer():
    async with server(saying("200 OK", b"<html>")) as url, client_of(url) as client:
        with pytest.raises(Unanswered, match="JSONDecodeError"):
            await client.json("GET", "/")


async def hangs_up(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def stops_in_the_middle(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()


async def talks_nonsense(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01\x00\xa5 nonsense\r\n\r\n")


@pytest.mark.parametrize("answer", [hangs_up, stops_in_the_middle, talks_nonsense])
async def test_half_an_answer_is_none(answer: Answer):
    async with server(answer) as url, client_of(url) as client:
        with pytest.raises(Unanswered):
            await client.json("GET", "/")


async def test_nobody_there():
    async with server(hangs_up) as url:
        pass
    async with client_of(url) as client:
        with pytest.raises(Unanswered, match="ClientConnectorError"):
            await client.json("GET", "/")


async def test_whom_nobody_vouches_for_is_not_asked(tmp_path: Path):
    async with tls_receiver(tmp_path) as (port, _), client_of(f"https://localhost:{port}") as client:
        with pytest.raises(Unanswered, match="CertificateError"):
            await client.request("GET", "/")


async def dawdles(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b" ")
        await asyncio.sleep(0.02)


async def test_who_dawdles_is_too_late():
    async with server(dawdles) as url, client_of(url, timeout_seconds=0.2) as client:
        with pytest.raises(TooLate):
            await client.json("GET", "/")
        with pytest.raises(TooLate):
            await client.request("GET", "/", timeout_seconds=0.1)


async def test_after_a_request_that_was_given_up_the_next_has_its_own_answer():
    """The answer to the first, which may come yet, is not taken for that to the second."""

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        if b"/slow" in request:
            await asyncio.sleep(0.2)
        await saying("200 OK", b'"slow"' if b"/slow" in request else b'"quick"')(request, writer)

    async with server(answer) as url, client_of(url) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.json("GET", "/slow")
        assert await client.json("GET", "/quick") == "quick"
