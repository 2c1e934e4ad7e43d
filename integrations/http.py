"""Requests to servers of others, by clients that are made when first used.

To read the certificates that are trusted takes 25 ms, and twice that to import what connections need: most processes
are asked something long before they have to ask anybody.
"""

import ssl
from collections.abc import Container
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2


@cache
def trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once for all clients."""
    import httpx2  # noqa: PLC0415 - see above

    return httpx2.create_ssl_context()


@lru_cache(maxsize=64)
def _address(base_url: str, path: str) -> "httpx2.URL":
    """Where a path of a server is; most are asked for over and over, and to parse one takes as long as to send it."""
    import httpx2  # noqa: PLC0415 - see above

    return httpx2.URL(f"{base_url.rstrip('/')}/{path.lstrip('/')}" if base_url else path)


class Unanswered(Exception):  # noqa: N818 - it is not ours
    """A server of others did not answer, or not what was asked; the text is the kind of what happened."""


class LazyClient:
    """Makes its `client` when that is first asked for."""

    def __init__(self, *, timeout_seconds: float, base_url: str = "") -> None:
        self._timeout_seconds = timeout_seconds
        self._base_url = base_url

    @cached_property
    def client(self) -> "httpx2.AsyncClient":
        import httpx2  # noqa: PLC0415 - see above

        return httpx2.AsyncClient(base_url=self._base_url, timeout=self._timeout_seconds, verify=trusted())

    async def json(self, method: str, path: str, body: Any = None, *, none_for: Container[int] = ()) -> Any:
        """The JSON of the answer, None for these statuses; Unanswered for any other that is no success."""
        import httpx2  # noqa: PLC0415 - see above

        try:
            response = await self.client.request(method, _address(self._base_url, path), json=body)
            return None if response.status_code in none_for else response.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise Unanswered(type(error).__name__) from error

    async def aclose(self) -> None:
        if "client" in vars(self):
            await self.client.aclose()
