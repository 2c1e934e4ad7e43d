"""The short way to a kept answer: from the bytes of a request, past everything that only finds out what it asks for.

A request that was answered from a kept answer is remembered by its query string or body, and the few headers that
matter. The next one like it is given the same answer, if that is still current, before its parameters are read, its
document is looked up or its context is made. It costs its client one point of the rate. Now and then it goes the long
way all the same, so that whatever only that looks at, such as which document an id stands for, is not remembered for
longer, and is told in the log. Requests of pages of other origins go the long way, which knows what browsers are to be
told, as do those whose body has not come with the headers.
"""

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import blake2b

from starlette.types import ASGIApp, Receive, Scope, Send

from execution import Answers, KeptAnswer
from server.allowance import Allowance
from server.graphql_input import has_long_body
from server.graphql_kept import KEPT, KeptReply
from server.protocols import answered_at_once, body_that_has_come
from server.request_ids import HEADER, ids_of

METHODS = frozenset({"GET", "POST"})
MAX_BYTES = 8 << 20
"""Of requests and the heads of their answers. The answers are held where they are kept, and nowhere else."""
MAX_QUERY_BYTES = 1_000
KNOWN_SECONDS = 10.0
"""After which a request goes the long way again."""

WISHES = (b"accept", b"accept-language", b"x-market", b"x-country", b"x-currency")
OF_BODIES = (b"content-type", b"content-encoding")
PERSONAL = frozenset({b"authorization", b"x-api-key", b"router-authorization"})
ELSEWHERE = frozenset({*PERSONAL, b"origin", b"expect"})
"""Requests with these go the long way."""
LOOKED_AT = frozenset(
    {*WISHES, *OF_BODIES, *ELSEWHERE, b"accept-encoding", b"if-none-match", b"content-length", b"transfer-encoding"}
)

type Asked = tuple[bytes | None, ...]
"""All of a request that its answer may depend on."""


class AnswerFront:
    """ASGI middleware before everything else, for the address `path`."""

    def __init__(self, app: ASGIApp, *, answers: Answers, allowance: Allowance, path: str = "/graphql") -> None:
        self._app = app
        self._answers = answers
        self._allowance = allowance
        self._path = path
        self._known: OrderedDict[Asked, tuple[KeptReply, float]] = OrderedDict()
        self._size_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _looked_at(scope) if self._is_for_us(scope) else None
        if headers is None:
            await self._app(scope, receive, send)
            return
        asked: Asked | None = None
        if scope["method"] == "GET":
            asked = _asked(scope, headers)
        elif not has_long_body(headers) and (body := body_that_has_come(scope)) is not None:
            asked = _asked(scope, headers, body)
        if asked is None:
            await self._app(scope, receive, send)
        elif (known := self._given(asked)) is not None and self._allowance.spend_kept(scope):
            self._answers.figures.hits["front"] += 1
            await self._give(*known, headers, scope, send)
        else:
            await self._answered(asked, scope, receive, send)

    def _is_for_us(self, scope: Scope) -> bool:
        is_here = scope["type"] == "http" and scope["path"] == self._path and scope["method"] in METHODS
        return is_here and len(scope["query_string"]) <= MAX_QUERY_BYTES

    def _given(self, asked: Asked) -> tuple[KeptReply, KeptAnswer] | None:
        known = self._known.get(asked)
        if known is None:
            return None
        reply, until = known
        answer = reply.answer()
        if answer is not None and self._answers.now() < until and self._answers.is_given(answer):
            return reply, answer
        self._forget(asked)
        return None

    async def _give(
        self, reply: KeptReply, answer: KeptAnswer, headers: Mapping[bytes, bytes], scope: Scope, send: Send
    ) -> None:
        own = HEADER, ids_of(scope).request_id.encode("ascii")
        now = self._answers.now()
        head, body = reply.whole(answer, headers, now)
        if not answered_at_once(scope, b"%s%s: %s\r\n" % (head, *own), body):
            await reply.send(answer, send, headers, now, own)

    async def _answered(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """By the long way; what it finds kept is remembered."""
        told: list[KeptReply] = []
        scope[KEPT] = told
        await self._app(scope, receive, send)
        for reply in told:
            self._remember(asked, reply)

    def _remember(self, asked: Asked, reply: KeptReply) -> None:
        self._forget(asked)
        self._known[asked] = reply, self._answers.now() + KNOWN_SECONDS
        self._size_bytes += _size_bytes(asked, reply)
        while self._size_bytes > MAX_BYTES:
            self._forget(next(iter(self._known)))

    def _forget(self, asked: Asked) -> None:
        known = self._known.pop(asked, None)
        if known is not None:
            self._size_bytes -= _size_bytes(asked, known[0])


def _size_bytes(asked: Asked, reply: KeptReply) -> int:
    return reply.size_bytes + sum(len(part) for part in asked if part is not None)


def _looked_at(scope: Scope) -> Mapping[bytes, bytes] | None:
    """The headers that matter; None for a request of somebody in particular, or one that says a thing twice."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in LOOKED_AT:
            if name in ELSEWHERE or name in found:
                return None
            found[name] = value
    return found


def _asked(scope: Scope, headers: Mapping[bytes, bytes], body: bytes | None = None) -> Asked:
    """`body` is None for a GET."""
    wishes = map(headers.get, WISHES)
    if body is None:
        return scope["query_string"], *wishes
    digest = blake2b(body, digest_size=20).digest()
    return scope["query_string"], digest, *map(headers.get, OF_BODIES), *wishes
