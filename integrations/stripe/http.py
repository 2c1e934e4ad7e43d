"""The HTTP client that Stripe's library is given."""

from collections.abc import Mapping

import httpx2
import stripe


class HttpClient(stripe.HTTPClient):
    """Stripe's requests over our own HTTP client, with a bound on each: the library's own allows 80 seconds."""

    name = "httpx2"

    def __init__(self, *, timeout_seconds: float) -> None:
        super().__init__()
        self._requests = httpx2.AsyncClient(timeout=timeout_seconds)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | bytes | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            response = await self._requests.request(method, url, headers=dict(headers), content=post_data or None)
        except httpx2.HTTPError as error:
            failed = stripe.APIConnectionError(type(error).__name__)  # type: ignore[no-untyped-call] # of the library
            raise failed from error
        return response.content, response.status_code, response.headers

    async def close_async(self) -> None:
        await self._requests.aclose()
