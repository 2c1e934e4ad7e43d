"""Requests to servers of others, by clients that are made when first used.

To import what connections need and to read the certificates that are trusted takes a tenth of a second: most processes
are asked something long before they have to ask anybody. A server does so once it answers (`be_ready`).

Unanswered    a server of others did not answer, or not what was asked; the text is the kind of what happened
    TooLate   it did not in time
"""

import asyncio
from collections.abc import Container, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

import orjson

from domain.shared.making import dataclass

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientTimeout
    from yarl import URL

JSON = {"content-type": "application/json"}

IDLE_SECONDS = 4.0
"""How long a connection is kept for another request: many servers close theirs after five seconds, maybe just then."""


class Unanswered(Exception):  # noqa: N818 - it is not ours
    """As above."""


class TooLate(Unanswered):
    """As above."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered, whatever its status; headers are found by their names in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


async def be_ready() -> None:
    """Import what the first request would, beside whatever else this process does."""
    await asyncio.to_thread(_library)


def _library() -> Any:
    import aiohttp  # noqa: PLC0415 - see above

    return aiohttp


@lru_cache(maxsize=64)
def _address(base_url: str, path: str) -> "URL":
    """Where a path of a server is; most are asked for over and over."""
    from yarl import URL  # noqa: PLC0415 - see above

    return URL(f"{base_url.rstrip('/')}/{path.lstrip('/')}" if base_url else path, encoded=True)


@lru_cache(maxsize=8)
def _within(seconds: float) -> "ClientTimeout":
    timeout: ClientTimeout = _library().ClientTimeout(total=seconds)
    return timeout


class LazyClient:
    """Makes its session when it first asks. An answer is there within `timeout_seconds` or not at all.

    It follows no redirects, keeps no cookies, and goes by the proxies that the environment names.
    """

    def __init__(self, *, timeout_seconds: float, base_url: str = "") -> None:
        self._timeout_seconds = timeout_seconds
        self._base_url = base_url

    @cached_property
    def _session(self) -> "ClientSession":
        aiohttp = _library()
        session: ClientSession = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=bool(getproxies()),
        )
        return session

    async def request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float | None = None,
    ) -> Response:
        """Raises Unanswered. `path` is a whole address where the client has none of its own."""
        library = _library()
        within = _within(timeout_seconds or self._timeout_seconds)
        try:
            async with self._session.request(
                method,
                _address(self._base_url, path),
                data=content,
                params=parameters or None,
                headers=headers,
                allow_redirects=False,
                timeout=within,
            ) as response:
                read = await response.read()
        except TimeoutError as error:
            raise TooLate(type(error).__name__) from error
        except (library.ClientError, OSError) as error:
            raise Unanswered(type(error).__name__) from error
        return Response(response.status, response.headers, read)

    async def json(self, method: str, path: str, body: Any = None, *, none_for: Container[int] = ()) -> Any:
        """The JSON of the answer, None for these statuses; Unanswered for any other that is no success."""
        content, headers = (None, None) if body is None else (orjson.dumps(body), JSON)
        response = await self.request(method, path, content, headers=headers)
        if response.status in none_for:
            return None
        if not response.is_success:
            raise Unanswered(f"HTTP {response.status}")
        try:
            return orjson.loads(response.content)
        except ValueError as error:
            raise Unanswered(type(error).__name__) from error

    async def aclose(self) -> None:
        if "_session" in vars(self):
            await self._session.close()
