"""The messages that clients send by graphql-transport-ws. Whatever is none of them closes the socket with 4400."""

from typing import Any

import orjson
from starlette.types import Message, Scope

from execution import Parameters
from server.graphql_input import BadRequest, parameters

MAX_ID_CHARACTERS = 256


class SocketClosed(Exception):  # noqa: N818 - it ends the conversation, by the protocol's own codes
    """`is_polite`: the queries and mutations that have begun may come to their answer first."""

    def __init__(self, code: int, reason: str, *, is_polite: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.is_polite = is_polite


def parsed(message: Message, max_bytes: int) -> dict[str, Any]:
    text = message.get("text")
    if text is None:
        raise SocketClosed(4400, "Messages must be text")
    if len(text) > max_bytes:
        raise SocketClosed(1009, "Message too big")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise SocketClosed(4400, "Messages must be JSON") from error
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise SocketClosed(4400, "Messages must be objects with a type")
    return value


def id_in(message: dict[str, Any]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_ID_CHARACTERS:
        raise SocketClosed(4400, "The id must be a string that is not empty")
    return found


def optional_object(message: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = message.get(name)
    if value is not None and not isinstance(value, dict):
        raise SocketClosed(4400, f"The {name} must be an object")
    return value


def operation_parameters(message: dict[str, Any], size_bytes: int) -> Parameters:
    payload = optional_object(message, "payload")
    if payload is None:
        raise SocketClosed(4400, "A subscribe message needs a payload")
    try:
        return parameters(payload, size_bytes)
    except BadRequest as bad:
        raise SocketClosed(4400, bad.message) from bad


def initialized_scope(scope: Scope, payload: dict[str, Any]) -> Scope:
    headers = list(scope["headers"])
    authorization = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
    if isinstance(authorization, str):
        headers = [(name, value) for name, value in headers if name != b"authorization"]
        headers.append((b"authorization", authorization.encode("latin-1", "replace")))
    return {**scope, "headers": headers, "connection_init": payload}
