"""Answers that may be kept: who may keep them and for how long, and the tag by which they are asked for again."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

from starlette.types import Scope, Send

from execution import CachePolicy, Result
from server.graphql_input import Media

VARY = b"accept, accept-language, authorization, x-api-key, x-country, x-currency, x-market"
"""All that an answer depends on beside its address (`server/context.py`)."""

CREDENTIALS = (b"authorization", b"x-api-key")


async def send_kept(
    send: Send, scope: Scope, headers: Mapping[bytes, bytes], result: Result, media: Media, policy: CachePolicy
) -> None:
    """Answer a query without errors; a GET that names what the client has by its tag is answered 304."""
    body = result.to_bytes()
    control = _control(policy, is_known=any(name in headers for name in CREDENTIALS))
    answer = [*_headers(media), (b"cache-control", control)]
    if scope["method"] == "GET":
        tag = b'"%s"' % blake2b(body, digest_size=16).hexdigest().encode()
        answer.append((b"etag", tag))
        if _names(headers.get(b"if-none-match", b""), tag):
            await send({"type": "http.response.start", "status": 304, "headers": answer})
            await send({"type": "http.response.body", "body": b""})
            return
    answer.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": 200, "headers": answer})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=8)
def _headers(media: Media) -> tuple[tuple[bytes, bytes], ...]:
    return (b"content-type", f"{media}; charset=utf-8".encode()), (b"vary", VARY)


@lru_cache(maxsize=256)
def _control(policy: CachePolicy, *, is_known: bool) -> bytes:
    """Who signs in may see more, and sees their own changes at once: their client asks each time whether it changed."""
    if is_known:
        return b"private, no-cache"
    return b"%s, max-age=%d" % (b"private" if policy.is_private else b"public", policy.max_age_seconds)


def _names(if_none_match: bytes, tag: bytes) -> bool:
    """By the weak comparison of RFC 9110, since compression makes a tag weak."""
    tags = (each.strip().removeprefix(b"W/") for each in if_none_match.split(b","))
    return if_none_match.strip() == b"*" or tag in tags
