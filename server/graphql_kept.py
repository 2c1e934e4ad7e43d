"""Answers that may be kept: who may keep them and for how long, and the tag by which they are asked for again."""

import time
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from weakref import ref

from starlette.types import Scope, Send

from execution import CachePolicy, KeptAnswer, Result
from loaders.sources import PRODUCTS
from server.graphql_input import Media
from server.protocols import answered_at_once
from server.request_ids import present_line

VARY = b"accept, accept-encoding, accept-language, authorization, x-api-key, x-country, x-currency, x-market"
"""All that an answer depends on beside its address (`server/context.py`)."""

CREDENTIALS = frozenset({b"authorization", b"x-api-key"})
MAX_SURROGATE_KEY_BYTES = 4_000
"""Above that, `products` stands for the products: CDNs take no longer headers."""
OVERHEAD_BYTES = 2_000
"""What a reply holds beside what its answer was made of, which stands in each of its heads."""

type Headers = tuple[tuple[bytes, bytes], ...]


class Form(Enum):
    """How an answer is sent: as it is, compressed, or not at all to whoever has it."""

    PLAIN = 1
    GZIP = 2
    NONE = 3


_STATUS = {Form.PLAIN: 200, Form.GZIP: 200, Form.NONE: 304}
_STATUS_LINE = {
    Form.PLAIN: b"HTTP/1.1 200 OK\r\n",
    Form.GZIP: b"HTTP/1.1 200 OK\r\n",
    Form.NONE: b"HTTP/1.1 304 Not Modified\r\n",
}

KEPT = "commerce.kept"
"""Where in the scope of a request somebody wants to be told of a kept answer that is sent again."""


class KeptReply:
    """How a kept answer is sent to guests, in one media type. Whoever holds this does not hold the answer.

    `has_tag`: it is the answer to a GET, whose client may ask whether it changed. `answer` is None when called after
    the answer has been forgotten. `size_bytes`: about what it takes of the process's memory, without the answer.
    """

    __slots__ = ("_has_tag", "_heads", "_stale_seconds", "_tagged", "_whole", "answer", "size_bytes")

    def __init__(self, answer: KeptAnswer, media: Media, stale_seconds: int, *, has_tag: bool = True) -> None:
        self.answer = ref(answer)
        self._stale_seconds = stale_seconds
        self._has_tag = has_tag
        self._tagged: Headers = _headers(media)
        self.size_bytes = OVERHEAD_BYTES
        if has_tag:
            surrogate_key = answer.surrogate_key(MAX_SURROGATE_KEY_BYTES, PRODUCTS)
            self._tagged = (*self._tagged, (b"etag", answer.tag), (b"surrogate-key", surrogate_key))
            self.size_bytes += len(surrogate_key) * (1 + len(Form))
        self._heads: dict[Form, Headers] = {}
        self._whole: dict[Form, tuple[int, bytes]] = {}

    async def send(
        self, answer: KeptAnswer, send: Send, headers: Mapping[bytes, bytes], now: float, *more: tuple[bytes, bytes]
    ) -> None:
        """Answer; 304 to a GET whose client names what it has by its tag."""
        form = self._form(answer, headers)
        control = guests_control(answer.seconds_left(now), self._stale_seconds)
        head = [*self._head(answer, form), control, *more]
        await send({"type": "http.response.start", "status": _STATUS[form], "headers": head})
        await send({"type": "http.response.body", "body": _body(answer, form)})

    def whole(self, answer: KeptAnswer, headers: Mapping[bytes, bytes], now: float) -> tuple[bytes, bytes]:
        """The same as bytes: status line and headers, to which more may be added, and body."""
        form = self._form(answer, headers)
        seconds = answer.seconds_left(now)
        known, head = self._whole.get(form, (-1, b""))
        if known != seconds:
            lines = [*self._head(answer, form), guests_control(seconds, self._stale_seconds)]
            head = _STATUS_LINE[form] + b"".join([b"%s: %s\r\n" % line for line in lines])
            self._whole[form] = seconds, head
        return head, _body(answer, form)

    def _form(self, answer: KeptAnswer, headers: Mapping[bytes, bytes]) -> "Form":
        if self._has_tag and (known := headers.get(b"if-none-match")) is not None and _names(known, answer.tag):
            return Form.NONE
        if takes_gzip(headers.get(b"accept-encoding", b"")) and answer.compressed() is not None:
            return Form.GZIP
        return Form.PLAIN

    def _head(self, answer: KeptAnswer, form: "Form") -> "Headers":
        """All headers but how long the answer may be kept. Compressed, its tag is a weak one: it has other bytes."""
        if form is Form.NONE:
            return self._tagged
        if (head := self._heads.get(form)) is None:
            head = (*self._tagged, _length(_body(answer, form)))
            if form is Form.GZIP:
                weak = [(name, b"W/" + value if name == b"etag" else value) for name, value in head]
                head = (*weak, (b"content-encoding", b"gzip"))
            self._heads[form] = head
        return head


def _body(answer: KeptAnswer, form: Form) -> bytes:
    if form is Form.NONE:
        return b""
    return (answer.compressed() if form is Form.GZIP else None) or answer.body


async def send_kept(
    send: Send,
    scope: Scope,
    headers: Mapping[bytes, bytes],
    result: Result,
    media: Media,
    policy: CachePolicy,
    *,
    stale_seconds: int = 0,
) -> None:
    """Answer a query without errors; a GET that names what the client has by its tag is answered 304."""
    if result.kept is not None:
        reply = KeptReply(result.kept, media, stale_seconds, has_tag=scope["method"] == "GET")
        if result.kept.is_asked_again and (told := scope.get(KEPT)) is not None:
            told.append(reply)
        await reply.send(result.kept, send, headers, time.time())
        return
    body = result.to_bytes()
    control = _control(policy, stale_seconds, is_known=not CREDENTIALS.isdisjoint(headers))
    if scope["method"] == "POST":
        head = b"%scontent-length: %d\r\n%s" % (_whole_head(media, control), len(body), present_line())
        if answered_at_once(scope, head, body):
            return
    answer = [*_headers(media), control]
    if scope["method"] == "GET":
        tag = b'"%s"' % blake2b(body, digest_size=16).hexdigest().encode()
        answer.append((b"etag", tag))
        if _names(headers.get(b"if-none-match", b""), tag):
            await send({"type": "http.response.start", "status": 304, "headers": answer})
            await send({"type": "http.response.body", "body": b""})
            return
    answer.append(_length(body))
    await send({"type": "http.response.start", "status": 200, "headers": answer})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=8)
def _headers(media: Media) -> tuple[tuple[bytes, bytes], ...]:
    return (b"content-type", f"{media}; charset=utf-8".encode()), (b"vary", VARY)


@lru_cache(maxsize=1024)
def _whole_head(media: Media, control: tuple[bytes, bytes]) -> bytes:
    """Status line and headers of an answer to a POST, but for its length and what names it."""
    return _STATUS_LINE[Form.PLAIN] + b"".join([b"%s: %s\r\n" % line for line in (*_headers(media), control)])


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % len(body)


@lru_cache(maxsize=1024)
def guests_control(seconds: int, stale_seconds: int) -> tuple[bytes, bytes]:
    """What anybody may do with an answer that is right for so many seconds more."""
    stale = b", stale-while-revalidate=%d" % stale_seconds if stale_seconds else b""
    return b"cache-control", b"public, max-age=%d%s" % (seconds, stale)


def _control(policy: CachePolicy, stale_seconds: int, *, is_known: bool) -> tuple[bytes, bytes]:
    """Who signs in may see more, and sees their own changes at once: their client asks each time whether it changed."""
    if is_known:
        return b"cache-control", b"private, no-cache"
    if policy.is_private:
        return b"cache-control", b"private, max-age=%d" % policy.max_age_seconds
    return guests_control(policy.max_age_seconds, stale_seconds)


@lru_cache(maxsize=512)
def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether a client takes gzip (RFC 9110); one that does not say is sent what every client understands."""
    for part in accept_encoding[:1_000].split(b","):
        name, _, parameter = part.strip().partition(b";")
        if name.strip().lower() in {b"gzip", b"*"}:
            return parameter.replace(b" ", b"").lower() not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return False


def _names(if_none_match: bytes, tag: bytes) -> bool:
    """By the weak comparison of RFC 9110, since compression makes a tag weak."""
    tags = (each.strip().removeprefix(b"W/") for each in if_none_match.split(b","))
    return if_none_match.strip() == b"*" or tag in tags
