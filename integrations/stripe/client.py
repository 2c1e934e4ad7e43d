"""Stripe's own client over our HTTP client."""

from collections.abc import Mapping

import stripe

from integrations.http import LazyClient, Unanswered

API_VERSION = "2026-10-28.endive"


class HttpClient(stripe.HTTPClient):
    """Stripe's requests over our own HTTP client, with its bound on each: the library's own allows 80 seconds."""

    name = "aiohttp"

    def __init__(self, requests: LazyClient) -> None:
        super().__init__()
        self._requests = requests

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | bytes | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            content = post_data.encode() if isinstance(post_data, str) else post_data
            response = await self._requests.request(method, url, content or None, headers=headers)
        except Unanswered as error:
            failed = stripe.APIConnectionError(str(error))  # type: ignore[no-untyped-call] # of the library
            raise failed from error
        return response.content, response.status, response.headers


def client_of(secret_key: str, requests: LazyClient, *, api_base: str | None = None) -> stripe.StripeClient:
    """Stripe's client for an account; it repeats nothing by itself, since ours decides what is done again."""
    return stripe.StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base} if api_base else None,
        max_network_retries=0,
        http_client=HttpClient(requests),
    )
