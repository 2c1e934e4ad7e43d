"""GraphQL over HTTP: POST, GET and server-sent events at one address, as the GraphQL-over-HTTP specification has it."""

from collections.abc import AsyncGenerator, Iterable

from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from execution import AdmittedOperation, Result, Service, encode
from server.connection import Connection
from server.graphql_input import (
    Accepted,
    BadRequest,
    ClientGone,
    InputBounds,
    Media,
    accepted,
    check_content,
    check_url,
    has_long_body,
    read_body,
    read_get,
    read_post,
)
from server.graphql_kept import send_kept
from server.graphql_sse import EventStreams
from server.protocols import answered_at_once, body_that_has_come
from server.request_ids import present_line

STATUS_OF_CODE = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "RATE_LIMITED": 429,
    "INTERNAL_SERVER_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
}
HEADERS = {
    media: (
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"cache-control", b"private, no-store"),
        (b"vary", b"accept"),
    )
    for media in Media
}
HEADS = {
    media: b"HTTP/1.1 200 OK\r\n" + b"".join([b"%s: %s\r\n" % line for line in headers])
    for media, headers in HEADERS.items()
}
CHALLENGE = (b"www-authenticate", b"Bearer")


class GraphQLHTTP:
    """The ASGI endpoint for HTTP. Every refusal is GraphQL JSON with `extensions.code`.

    A browser that asks for a page gets `editor`, if there is one.
    """

    def __init__(
        self,
        service: Service[Connection],
        *,
        streams: EventStreams | None = None,
        editor: ASGIApp | None = None,
        bounds: InputBounds | None = None,
        stale_seconds: int = 0,
    ) -> None:
        self._service = service
        self._streams = streams or EventStreams()
        self._editor = editor
        self._bounds = bounds or InputBounds()
        self._stale_seconds = stale_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = Connection(scope)
        choice = accepted(connection.by_name.get(b"accept", b""))
        if self._editor and choice.page and scope["method"] == "GET":
            await self._editor(scope, receive, send)
            return
        try:
            await self._respond(connection, receive, send, choice)
        except ClientGone:
            return
        except BadRequest as bad:
            await _send_bad_request(send, bad, choice)

    async def _respond(self, connection: Connection, receive: Receive, send: Send, choice: Accepted) -> None:
        scope, headers = connection.scope, connection.by_name
        if choice.preferred is None:
            raise BadRequest(406, "NOT_ACCEPTABLE", f"Accept one of {Media.RESPONSE}, {Media.JSON}, {Media.EVENTS}.")
        if (turn := self._service.turn()) is not None:
            await turn
        admitted = self._known(connection)
        if admitted is None:
            if has_long_body(headers) and (refused := self._service.entered(connection)):
                await _send_result(scope, send, refused, choice.preferred, is_last=True)
                return
            admitted = await self._prepared(connection, receive)
        if isinstance(admitted, Result):
            await self._refuse(scope, receive, send, admitted, choice.preferred)
            return
        media = _media_for(admitted, choice, scope["method"])
        if media is Media.EVENTS:
            if self._streams.is_full:
                raise BadRequest(503, "TOO_MANY_STREAMS", "Too many event streams are open here; try again later.")
            is_brief = admitted.type is not OperationType.SUBSCRIPTION
            results = self._service.stream(connection, admitted)
            await self._streams.respond(results, scope, receive, send, is_brief=is_brief)
            return
        result = await self._service.answer(connection, admitted)
        policy = admitted.operation.cache_policy
        if policy.max_age_seconds and not result.errors:
            await send_kept(send, scope, headers, result, media, policy, stale_seconds=self._stale_seconds)
            return
        status, body = _status(result, media), result.to_bytes()
        if not _sent_at_once(scope, status, body, media):
            await _send_in_steps(send, status, body, media, result)

    def _known(self, connection: Connection) -> AdmittedOperation | Result | None:
        """What a body asks for that has come whole, and came before; None for all others."""
        scope = connection.scope
        body = None if scope["method"] != "POST" or scope["query_string"] else body_that_has_come(scope)
        if body is None:
            return None
        check_content(connection.by_name)
        return self._service.known(connection, body)

    async def _prepared(self, connection: Connection, receive: Receive) -> AdmittedOperation | Result:
        scope = connection.scope
        check_url(scope, self._bounds)
        if scope["method"] == "POST":
            body = await read_body(scope, receive, connection.by_name, self._bounds)
            return await self._service.prepare(connection, read_post(body), body)
        if scope["method"] == "GET":
            return await self._service.prepare(connection, read_get(scope))
        raise BadRequest(405, "METHOD_NOT_ALLOWED", "GraphQL takes GET and POST.", allow="GET, POST")

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, result: Result, media: Media) -> None:
        """An event stream gets a refusal as its one event, since an EventSource cannot read the body of a 400."""
        if media is Media.EVENTS:
            await self._streams.respond(_only(result), scope, receive, send)
        else:
            await _send_result(scope, send, result, media)


def _media_for(admitted: AdmittedOperation, choice: Accepted, method: str) -> Media:
    kind = admitted.operation.type
    if method == "GET" and kind is OperationType.MUTATION:
        raise BadRequest(405, "METHOD_NOT_ALLOWED", "Mutations take POST.", allow="POST")
    if kind is not OperationType.SUBSCRIPTION:
        return choice.preferred or Media.JSON
    if not choice.events:
        raise BadRequest(406, "NOT_ACCEPTABLE", f"A subscription needs `Accept: {Media.EVENTS}` or a WebSocket.")
    return Media.EVENTS


async def _only(result: Result) -> AsyncGenerator[Result]:
    yield result


async def _send_result(scope: Scope, send: Send, result: Result, media: Media, *, is_last: bool = False) -> None:
    """`is_last`: the connection is closed, since there is something on it that nobody will read."""
    status, body = _status(result, media), result.to_bytes()
    if is_last or not _sent_at_once(scope, status, body, media):
        await _send_in_steps(send, status, body, media, result, is_last=is_last)


async def _send_in_steps(
    send: Send, status: int, body: bytes, media: Media, result: Result, *, is_last: bool = False
) -> None:
    headers: tuple[tuple[bytes, bytes], ...] = HEADERS[media]
    if status == 401:
        headers = (*headers, CHALLENGE)
    if status in {429, 503}:
        headers = (*headers, (b"retry-after", b"%d" % result.retry_after_seconds))
    if is_last:
        headers = (*headers, (b"connection", b"close"))
    await _send_json(send, status, body, headers)


def _sent_at_once(scope: Scope, status: int, body: bytes, media: Media) -> bool:
    """Send an answer of status 200 past all middleware; False where that is not possible, and nothing was sent."""
    if status != 200:
        return False
    return answered_at_once(scope, b"%scontent-length: %d\r\n%s" % (HEADS[media], len(body), present_line()), body)


def _status(result: Result, media: Media) -> int:
    """200 once anything ran. Before that 400 and its like, but application/json keeps 200 for old clients."""
    if result.executed:
        return 200
    return STATUS_OF_CODE.get(result.code or "", 400 if media is Media.RESPONSE else 200)


async def _send_bad_request(send: Send, bad: BadRequest, choice: Accepted) -> None:
    headers = [*HEADERS[Media.RESPONSE if choice.preferred is Media.RESPONSE else Media.JSON]]
    if bad.allow:
        headers.append((b"allow", bad.allow.encode()))
    if bad.status == 503:
        headers.append((b"retry-after", b"1"))
    if bad.status != 400:
        headers.append((b"connection", b"close"))  # the body may be unread and without end
    error = {"message": bad.message, "extensions": {"code": bad.code}}
    await _send_json(send, bad.status, encode({"errors": [error]}), headers)


async def _send_json(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})
