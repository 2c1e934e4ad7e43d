import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson
import pytest

from server.graphql_input import InputBounds, Media, accepted
from server.graphql_routes import TransportOptions
from tests.server.graphql_server import Toy, serving

RESPONSE = {"accept": "application/graphql-response+json"}


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Toy]:
    bounds = InputBounds(body_bytes=4096, body_seconds=0.3, url_bytes=2048)
    async with serving(TransportOptions(input_bounds=bounds)) as toy:
        yield toy


@pytest.fixture
def toy(server: Toy) -> Toy:
    server.forget()
    return server


@pytest.fixture
async def client(toy) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=toy.origin, headers=RESPONSE) as client:
        yield client


def codes(response: httpx2.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


async def test_a_query_by_post_is_answered(client):
    response = await client.post(
        "/graphql", json={"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": "Ada"}}
    )

    assert (response.status_code, response.json()) == (200, {"data": {"hello": "Hello, Ada!"}})
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


async def test_a_query_by_get_is_answered(client):
    response = await client.get(
        "/graphql", params={"query": "query($n: String!) { hello(name: $n) }", "variables": '{"n":"Ada"}'}
    )

    assert (response.status_code, response.json()) == (200, {"data": {"hello": "Hello, Ada!"}})


async def test_the_named_operation_of_several_runs(client):
    response = await client.post("/graphql", json={"query": "query A { hello } query B { slow }", "operationName": "A"})

    assert response.json() == {"data": {"hello": "Hello, world!"}}


async def test_a_mutation_by_get_is_refused_and_does_nothing(client, toy):
    response = await client.get("/graphql", params={"query": 'mutation { note(text: "x") }'})

    assert (response.status_code, response.headers["allow"], codes(response)) == (405, "POST", ["METHOD_NOT_ALLOWED"])
    assert toy.contexts == []


async def test_a_subscription_without_an_event_stream_is_refused(client):
    response = await client.post("/graphql", json={"query": "subscription { count }"})

    assert (response.status_code, codes(response)) == (406, ["NOT_ACCEPTABLE"])


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ " + "a: hello " * 101 + "}", "DOCUMENT_LIMIT_EXCEEDED"),
        ("query($n: Int!) { things(count: $n) { name } }", "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_a_request_that_cannot_run_is_400_and_200_for_old_clients(client, document, code):
    new = await client.post("/graphql", json={"query": document})
    old = await client.post("/graphql", json={"query": document}, headers={"accept": "application/json"})

    assert (new.status_code, codes(new)) == (400, [code])
    assert (old.status_code, codes(old)) == (200, [code])
    assert "data" not in new.json()


async def test_an_error_beside_data_is_200(client):
    response = await client.post("/graphql", json={"query": "{ thing { name refused } }"})

    assert (response.status_code, codes(response)) == (200, ["FORBIDDEN"])
    assert response.json()["data"] == {"thing": {"name": "a thing", "refused": None}}


@pytest.mark.parametrize(
    ("caller", "status", "code"),
    [
        ("expired", 401, "UNAUTHENTICATED"),
        ("crash", 500, "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_a_context_that_cannot_be_made_answers_by_its_code(client, caller, status, code):
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"authorization": caller})

    assert (response.status_code, codes(response)) == (status, [code])
    assert ("www-authenticate" in response.headers) is (status == 401)


BODIES = {
    "broken": b"{",
    "not UTF-8": b'{"query": "\xff"}',
    "UTF-16": '{"query": "{ hello }"}'.encode("utf-16"),
    "lone surrogate": b'{"query": "\\ud800"}',
    "empty": b"",
    "scalar": b"7",
    "null": b"null",
    "batch": b'[{"query": "{ hello }"}]',
    "deep": b'{"query": "{ hello }", "variables": ' + b"[" * 1500 + b"]" * 1500 + b"}",
    "no query": b"{}",
    "query is a number": b'{"query": 7}',
    "variables is a list": b'{"query": "{ hello }", "variables": []}',
    "variables is a string": b'{"query": "{ hello }", "variables": "{}"}',
    "operationName is a number": b'{"query": "{ hello }", "operationName": 7}',
    "extensions is a string": b'{"query": "{ hello }", "extensions": "x"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_a_body_that_is_no_request_is_400_in_graphql_json(client, body):
    response = await client.post("/graphql", content=body, headers={"content-type": "application/json"})

    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


QUERY_STRINGS = {
    "nothing": "",
    "broken variables": "?query={hello}&variables={",
    "variables is a list": "?query={hello}&variables=[]",
    "twice": "?query={hello}&query={slow}",
    "not UTF-8": "?query=%ff",
    "too many": "?query={hello}" + "&a=1" * 40,
}


@pytest.mark.parametrize("query_string", QUERY_STRINGS.values(), ids=QUERY_STRINGS.keys())
async def test_a_url_that_is_no_request_is_400_in_graphql_json(toy, query_string):
    status, body = await raw(toy, f"GET /graphql{query_string} HTTP/1.1\r\nhost: x\r\n\r\n".encode())

    assert (status, [error["extensions"]["code"] for error in body["errors"]]) == (400, ["BAD_REQUEST"])


async def test_an_integer_beyond_64_bits_is_an_ordinary_input_error(client):
    body = (
        b'{"query": "query($n: Int!) { things(count: $n) { name } }", "variables": {"n": 99999999999999999999999999}}'
    )

    response = await client.post("/graphql", content=body, headers={"content-type": "application/json"})

    assert (response.status_code, codes(response)) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": ""},
    ],
)
async def test_a_body_of_another_type_is_415(client, headers):
    response = await client.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)

    assert (response.status_code, codes(response)) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


async def test_a_charset_that_says_utf_8_is_taken(client):
    headers = {"content-type": "application/json;charset=UTF-8"}

    response = await client.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)

    assert response.status_code == 200


async def test_another_method_is_405(client):
    response = await client.put("/graphql", json={"query": "{ hello }"})

    assert (response.status_code, response.headers["allow"], codes(response)) == (
        405,
        "GET, POST",
        ["METHOD_NOT_ALLOWED"],
    )


async def test_an_accept_that_we_cannot_serve_is_406(client):
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"accept": "image/png"})

    assert (response.status_code, codes(response)) == (406, ["NOT_ACCEPTABLE"])


async def test_a_body_too_large_is_413_however_it_is_announced(client):
    async def chunks():
        for _ in range(5):
            yield b" " * 1000

    headers = {"content-type": "application/json"}
    announced = await client.post("/graphql", content=b" " * 5000, headers=headers)
    chunked = await client.post("/graphql", content=chunks(), headers=headers)

    assert [announced.status_code, chunked.status_code] == [413, 413]
    assert codes(announced) == codes(chunked) == ["PAYLOAD_TOO_LARGE"]


async def test_a_body_of_the_largest_size_in_chunks_is_read(client):
    async def chunks():
        yield b'{"query": "{ hello }"'
        yield b" " * (4096 - 22)
        yield b"}"

    response = await client.post("/graphql", content=chunks(), headers={"content-type": "application/json"})

    assert response.status_code == 200


async def test_a_url_too_long_is_414(client):
    response = await client.get("/graphql", params={"query": "{ hello }" + " " * 2100})

    assert (response.status_code, codes(response)) == (414, ["URI_TOO_LONG"])


async def test_a_body_that_does_not_come_is_408(toy):
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 30\r\n\r\n{"

    status, body = await raw(toy, head)

    assert (status, body["errors"][0]["extensions"]["code"]) == (408, "REQUEST_TIMEOUT")


async def test_a_client_that_goes_while_it_sends_does_no_harm(toy, client):
    address = urlsplit(toy.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 30\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    response = await client.post("/graphql", json={"query": "{ hello }"})

    assert (response.status_code, toy.contexts[0].closed, len(toy.contexts)) == (200, 1, 1)


async def test_the_context_is_closed_after_every_answer(client, toy):
    await client.post("/graphql", json={"query": "{ hello }"})
    await client.post("/graphql", json={"query": "{ thing { crash } }"})

    assert [context.closed for context in toy.contexts] == [1, 1]


async def test_the_directive_on_the_operation_reaches_the_context(client):
    document = "query($country: String) @inContext(country: $country) { caller }"

    response = await client.post("/graphql", json={"query": document, "variables": {"country": "DE"}})

    assert response.json() == {"data": {"caller": "nobody in DE"}}


async def test_every_operation_is_observed_with_its_outcome(client, toy):
    await client.post("/graphql", json={"query": "query Good { hello }"})
    await client.post("/graphql", json={"query": 'mutation Noted { note(text: "x") }'})
    await client.post("/graphql", json={"query": "query Bad { thing { crash } }"})
    await client.post("/graphql", json={"query": "query Refused { hello }"}, headers={"authorization": "expired"})
    await client.post("/graphql", json={"query": "{"})

    assert [told[:3] for told in toy.observed] == [
        ("Good", "query", "ok"),
        ("Noted", "mutation", "ok"),
        ("Bad", "query", "errors"),
        ("Refused", "query", "refused"),
        (None, "unknown", "refused"),
    ]
    assert all(0 <= told[3] < 5 for told in toy.observed)


@pytest.mark.parametrize(
    ("header", "preferred", "events"),
    [
        ("", Media.JSON, False),
        ("*/*", Media.JSON, True),
        ("application/*", Media.JSON, False),
        ("application/json, application/graphql-response+json", Media.JSON, False),
        ("application/json;q=0.9, application/graphql-response+json", Media.RESPONSE, False),
        ("application/graphql-response+json, application/json, text/event-stream", Media.RESPONSE, True),
        ("text/event-stream", Media.EVENTS, True),
        ("text/html, */*;q=0.1", Media.JSON, True),
        ("application/json;q=0, */*;q=0", None, False),
        ("application/json; charset=iso-8859-1", None, False),
        ("application/json; q=high", None, False),
        ("image/png", None, False),
    ],
)
def test_the_media_type_is_chosen_by_q_then_by_order(header, preferred, events):
    choice = accepted(header.encode())

    assert (choice.preferred, choice.events) == (preferred, events)


async def raw(toy: Toy, request: bytes) -> tuple[int, Any]:
    """Send bytes as they are; the status and the JSON of the answer."""
    address = urlsplit(toy.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), orjson.loads(body)
