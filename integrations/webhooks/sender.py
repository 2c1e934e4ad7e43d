"""Posting to receivers: bounded in time and in what is read, no redirect followed, no proxy asked."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ssl import SSLContext
from types import TracebackType
from typing import Self

from httpcore2 import (
    AsyncConnectionPool,
    NetworkError,
    ProtocolError,
    Response,
    TimeoutException,
    UnsupportedProtocol,
)

from domain.shared.making import replace
from domain.webhooks.model import WebhookOutcome
from domain.webhooks.retrying import Answer
from integrations.webhooks.addresses import EVERYWHERE, ForbiddenAddressError, GuardedBackend, Network

USER_AGENT = b"Global-Commerce-Webhooks/1"
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
"""For a request from resolving the name to the end of what is read of the answer."""
RESPONSE_BYTES = 2_048
"""How much of an answer is read and kept."""
MAX_CONNECTIONS = 128
KEEP_ALIVE_SECONDS = 30.0


class HttpSender:
    """Implements `domain.webhooks.delivering.ports.Sender`.

    Requests go by TLS to public addresses. Trusted ones may go to `trusted_networks` too, and there without TLS; with
    `is_lenient` all may go anywhere, which is for development.
    """

    def __init__(
        self,
        trusted_networks: Sequence[Network] = (),
        *,
        is_lenient: bool = False,
        total_seconds: float = TOTAL_SECONDS,
        tls: SSLContext | None = None,
    ) -> None:
        self._total_seconds = total_seconds
        trusted = EVERYWHERE if is_lenient else tuple(trusted_networks)
        others = EVERYWHERE if is_lenient else ()
        # Pools of their own, so that no request goes by a connection that only others may make.
        self._pools = {
            (is_trusted, is_plain): _pool(trusted if is_trusted else others, tls, or_public=not is_plain)
            for is_trusted in (True, False)
            for is_plain in (True, False)
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, is_trusted: bool) -> Answer:
        started = time.monotonic()
        pool = self._pools[is_trusted, not url.lower().startswith("https:")]
        try:
            async with asyncio.timeout(self._total_seconds):
                answer = await self._post(pool, url, headers, body)
        except ForbiddenAddressError:
            answer = Answer(WebhookOutcome.FORBIDDEN_ADDRESS)
        except (TimeoutError, TimeoutException):
            answer = Answer(WebhookOutcome.TIMED_OUT)
        except (NetworkError, ProtocolError, UnsupportedProtocol, OSError) as error:
            answer = Answer(WebhookOutcome.UNREACHABLE, response=_reason(error))
        return replace(answer, milliseconds=round((time.monotonic() - started) * 1000))

    async def _post(self, pool: AsyncConnectionPool, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        sent = [(b"content-type", b"application/json"), (b"user-agent", USER_AGENT)]
        sent += [(name.encode(), value.encode()) for name, value in headers.items()]
        timeouts = {"connect": CONNECT_SECONDS, "read": self._total_seconds, "write": self._total_seconds}
        extensions = {"timeout": timeouts | {"pool": self._total_seconds}}
        async with pool.stream("POST", url, headers=sent, content=body, extensions=extensions) as response:
            text = await _beginning(response)
        return answered(response.status, dict(response.headers), text, datetime.now(UTC))


def answered(status: int, headers: Mapping[bytes, bytes], text: str, now: datetime) -> Answer:
    """What an answer of HTTP means. All but 2xx is a refusal, redirects too."""
    outcome = WebhookOutcome.SUCCEEDED if 200 <= status < 300 else WebhookOutcome.REFUSED
    named = {name.lower(): value for name, value in headers.items()}
    wish = None if outcome is WebhookOutcome.SUCCEEDED else _retry_after(named.get(b"retry-after"), now)
    return Answer(outcome, status_code=status, retry_after=wish, response=text)


async def _beginning(response: Response) -> str:
    """As much of the answer as is kept; the rest is not read. NUL, which no column holds, is taken out."""
    read = b""
    async for chunk in response.aiter_stream():
        read += chunk[: RESPONSE_BYTES - len(read)]
        if len(read) >= RESPONSE_BYTES:
            break
    return read.decode(errors="replace").replace("\0", "\ufffd")


def _retry_after(value: bytes | None, now: datetime) -> timedelta | None:
    """How long the receiver asked to be left alone: in seconds, or until a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (until if until.tzinfo else until.replace(tzinfo=UTC)) - now


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200].replace("\0", "")


def _pool(allowed: Sequence[Network], tls: SSLContext | None, *, or_public: bool) -> AsyncConnectionPool:
    return AsyncConnectionPool(
        ssl_context=tls,
        max_connections=MAX_CONNECTIONS,
        max_keepalive_connections=MAX_CONNECTIONS // 4,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
        network_backend=GuardedBackend(allowed, or_public=or_public),
    )
