"""What a GraphQL request over HTTP may look like: reading its parameters and choosing its answer's media type.

Whatever is wrong raises BadRequest, which says how to answer.
"""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from domain.shared.making import dataclass
from execution import Parameters
from server.protocols import body_that_has_come


class Media(StrEnum):
    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"
    HTML = "text/html"


class BadRequest(Exception):  # noqa: N818 - HTTP's own name
    """A request that is refused before its document is looked at."""

    def __init__(self, status: int, code: str, message: str, *, allow: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.allow = allow


MAX_HEADER_BYTES = 1_000
MAX_ID_CHARACTERS = 256
LONG_BODY_BYTES = 16 * 1024
ANSWERS = {
    **{media.value: media for media in (Media.RESPONSE, Media.JSON, Media.EVENTS)},
    "*/*": Media.JSON,
    "application/*": Media.JSON,
}


@dataclass(frozen=True, slots=True)
class InputBounds:
    """How much of a request is read before it is refused."""

    body_bytes: int = 256 * 1024
    body_seconds: float = 5.0
    url_bytes: int = 16 * 1024


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the client takes: `preferred` of the media types GraphQL has, None if none of them.

    `events`: it takes an event stream as well; `page`: it would rather have a page than anything else.
    """

    preferred: Media | None
    events: bool = False
    page: bool = False


def accepted(header: bytes) -> Accepted:
    """The client's choice by q, then by order. No header means JSON."""
    return _accepted(header[:MAX_HEADER_BYTES])


@lru_cache(maxsize=512)
def _accepted(told: bytes) -> Accepted:
    header = told.decode("latin-1")
    if not header.strip():
        return Accepted(Media.JSON)
    ranges = sorted(_media_range(part, at) for at, part in enumerate(header.split(",")))
    names = [name for minus_quality, _, name in ranges if minus_quality < 0]
    answers = [media for name in names if (media := ANSWERS.get(name))]
    return Accepted(
        answers[0] if answers else None,
        events=Media.EVENTS in answers or "*/*" in names,
        page=bool(names) and names[0] == Media.HTML,
    )


def _media_range(part: str, at: int) -> tuple[float, int, str]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "q":
            quality = _quality(value)
        elif key == "charset" and value.strip('"') not in {"utf-8", "utf8"}:
            quality = 0.0
    return -quality, at, name


def _quality(value: str) -> float:
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def has_long_body(headers: Mapping[bytes, bytes]) -> bool:
    """Whether more is coming than can be with the headers already."""
    length = headers.get(b"content-length", b"0")
    return b"transfer-encoding" in headers or not length.isdigit() or int(length[:20]) > LONG_BODY_BYTES


async def read_body(scope: Scope, receive: Receive, headers: Mapping[bytes, bytes], bounds: InputBounds) -> bytes:
    """The body of a POST, which is meant to be JSON."""
    check_content(headers)
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length[:20]) > bounds.body_bytes:
        raise _too_large(bounds)
    body = body_that_has_come(scope)
    if body is not None and len(body) <= bounds.body_bytes:
        return body
    try:
        async with asyncio.timeout(bounds.body_seconds):
            return await _whole(receive, bounds)
    except TimeoutError as error:
        raise BadRequest(408, "REQUEST_TIMEOUT", f"No body within {bounds.body_seconds:g} seconds.") from error


def read_post(body: bytes) -> Parameters:
    """The parameters in a JSON body."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _bad("The body is not valid JSON in UTF-8.") from error
    if isinstance(value, list):
        raise _bad("Batching is not supported: the body must be one JSON object.")
    if not isinstance(value, dict):
        raise _bad("The body must be a JSON object.")
    return parameters(value, len(body))


def read_get(scope: Scope) -> Parameters:
    """The parameters in the URL; `variables` and `extensions` are JSON."""
    pairs = _query_pairs(scope["query_string"])
    values: dict[str, Any] = dict(pairs)
    if len(values) != len(pairs):
        raise _bad("A parameter is given twice.")
    for name in ("variables", "extensions"):
        if text := values.get(name):
            values[name] = _json(name, text)
        elif name in values:
            del values[name]
    return parameters(values, len(scope["query_string"]))


def check_url(scope: Scope, bounds: InputBounds) -> None:
    if len(scope["query_string"]) + len(scope.get("raw_path") or b"") > bounds.url_bytes:
        raise BadRequest(414, "URI_TOO_LONG", f"The URL is longer than {bounds.url_bytes} bytes.")


def parameters(values: Mapping[str, Any], size_bytes: int) -> Parameters:
    """The parameters, their types checked; unknown ones are ignored, as the specification says."""
    query, document_id = _text(values, "query"), _text(values, "documentId")
    extensions = _object(values, "extensions")
    if query is None and document_id is None and not (extensions and "persistedQuery" in extensions):
        raise _bad("The request has no `query`.")
    if document_id is not None and (query is not None or not 0 < len(document_id) <= MAX_ID_CHARACTERS):
        raise _bad(f"`documentId` stands in the place of `query` and has 1 to {MAX_ID_CHARACTERS} characters.")
    operation_name = _text(values, "operationName")
    return Parameters(query, _object(values, "variables"), operation_name or None, extensions, document_id, size_bytes)


def _text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise _bad(f"`{name}` must be a string.")
    return value


def _object(values: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = values.get(name)
    if value is not None and not isinstance(value, dict):
        raise _bad(f"`{name}` must be an object.")
    return value


def _json(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _bad(f"`{name}` is not valid JSON.") from error


def _query_pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=32)
    except ValueError as error:
        raise _bad("The query string is not valid.") from error


def check_content(headers: Mapping[bytes, bytes]) -> None:
    if not _is_json(headers.get(b"content-type", b"")[:MAX_HEADER_BYTES]):
        raise BadRequest(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json in UTF-8.")
    encoding = headers.get(b"content-encoding")
    if encoding is not None and encoding.strip().lower() != b"identity":
        raise BadRequest(415, "UNSUPPORTED_MEDIA_TYPE", "The body must not be compressed.")


@lru_cache(maxsize=128)
def _is_json(content_type: bytes) -> bool:
    name, *parameters = (piece.strip().lower() for piece in content_type.split(b";"))
    charsets = [piece.removeprefix(b"charset=").strip(b'"') for piece in parameters if piece.startswith(b"charset=")]
    return name == b"application/json" and all(charset in {b"utf-8", b"utf8"} for charset in charsets)


async def _whole(receive: Receive, bounds: InputBounds) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > bounds.body_bytes:
            raise _too_large(bounds)
        more = message.get("more_body", False)
    return b"".join(chunks)


class ClientGone(Exception):  # noqa: N818 - not an error: nobody is left to be told
    """The client closed the connection before its request was complete."""


def _too_large(bounds: InputBounds) -> BadRequest:
    return BadRequest(413, "PAYLOAD_TOO_LARGE", f"The body is larger than {bounds.body_bytes} bytes.")


def _bad(message: str) -> BadRequest:
    return BadRequest(400, "BAD_REQUEST", message)
