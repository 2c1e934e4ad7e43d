"""Requests to servers of others, by clients that are made when first used.

To read the certificates that are trusted takes 25 ms, and as long again to import what connections need: most processes
are asked something long before they have to ask anybody.
"""

import ssl
from functools import cache, cached_property

import httpx2


@cache
def trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once for all clients."""
    return httpx2.create_ssl_context()


class LazyClient:
    """Makes its `client` when that is first asked for."""

    def __init__(self, *, timeout_seconds: float, base_url: str = "") -> None:
        self._timeout_seconds = timeout_seconds
        self._base_url = base_url

    @cached_property
    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self._base_url, timeout=self._timeout_seconds, verify=trusted())

    async def aclose(self) -> None:
        if "client" in vars(self):
            await self.client.aclose()
