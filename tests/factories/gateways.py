"""Gateways on sockets of their own: the test gateway and the double of Stripe, with our adapters to them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette

from integrations.stripe.adapter import StripeAccount, StripeAdapter
from integrations.stripe.asking import TYPES
from integrations.stripe.double.server import StripeDouble
from server.listening import address_of, listening_socket


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """The application on a free port, and its address."""
    with listening_socket("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        serving = asyncio.create_task(server.serve([listener]))
        yield address_of(listener)
        server.should_exit = True
        await serving


@dataclass
class RunningDouble:
    """The double of Stripe, with a client for what is the double's own."""

    url: str
    client: httpx2.AsyncClient

    async def tell(self, act: str, **told: Any) -> Any:
        """One of the acts under `/double`."""
        response = await self.client.post(f"/double/{act}", json=told)
        response.raise_for_status()
        return response.json()

    async def objects(self, kind: str) -> list[dict[str, Any]]:
        """All of a kind, oldest first."""
        found: list[dict[str, Any]] = (await self.client.get(f"/double/objects/{kind}")).json()
        return found[::-1]

    async def answer_bank(self, reference: str, result: str) -> None:
        """What the buyer does on the page of their bank."""
        response = await self.client.post(f"/double/authenticate/{reference}", data={"result": result})
        assert response.status_code in {200, 303}, response.text

    async def ask(
        self, method: str, path: str, parameters: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx2.Response:
        """A plain request to the API, as any client may make it."""
        authorization = {"authorization": "Bearer sk_test_double"} | headers
        return await self.client.request(method, f"/v1/{path}", data=parameters, headers=authorization)


@asynccontextmanager
async def running_double(
    state: Path | str = ":memory:", *, settle_after_seconds: float = 3600
) -> AsyncIterator[RunningDouble]:
    async with served(StripeDouble(state).app()) as url, httpx2.AsyncClient(base_url=url) as client:
        double = RunningDouble(url, client)
        await double.tell("switches", settle_after_seconds=settle_after_seconds)
        yield double


@asynccontextmanager
async def stripe_at(url: str, **account: Any) -> AsyncIterator[StripeAdapter]:
    """Our adapter, with an account that may do everything."""
    known: dict[str, Any] = {
        "secret_key": "sk_test_double",
        "publishable_key": "pk_test_double",
        "types": TYPES,
        "multicapture": True,
        "return_url": "https://shop.example/return",
    } | account
    async with StripeAdapter(StripeAccount(api_base=url, **known), timeout_seconds=3) as adapter:
        yield adapter
