"""Stripe's own client over our HTTP client."""

from collections.abc import Mapping

import httpx2
import stripe

from integrations.http import LazyClient

API_VERSION = "2026-10-28.endive"


class HttpClient(stripe.HTTPClient):
    """Stripe's requests over our own HTTP client, with its bound on each: the library's own allows 80 seconds."""

    name = "httpx2"

    def __init__(self, requests: LazyClient) -> None:
        super().__init__()
        self._requests = requests

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | bytes | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            response = await self._requests.client.request(
                method, url, headers=dict(headers), content=post_data or None
            )
        except httpx2.HTTPError as error:
            failed = stripe.APIConnectionError(type(error).__name__)  # type: ignore[no-untyped-call] # of the library
            raise failed from error
        return response.content, response.status_code, response.headers


def client_of(secret_key: str, requests: LazyClient, *, api_base: str | None = None) -> stripe.StripeClient:
    """Stripe's client for an account; it repeats nothing by itself, since ours decides what is done again."""
    return stripe.StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base} if api_base else None,
        max_network_retries=0,
        http_client=HttpClient(requests),
    )
