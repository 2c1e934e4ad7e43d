"""The test gateway and the double of Stripe as one process."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from integrations.stripe.double.server import StripeDouble
from integrations.test_gateway.server import TestGateway
from server.doubles import STRIPE_DOUBLE, WEBHOOK_SECRET, WEBHOOK_URL
from server.listening import address_of, inherited_socket, listening_socket


async def serve_gateway(data_dir: Path, host: str, port: int) -> None:
    """Serve both until told to stop. Their books lie in the data folder.

    The address is printed, unless the socket was handed down by a parent, who knows it.
    """
    listener = inherited_socket()
    if listener is None:
        listener = listening_socket(host, port)
        print(address_of(listener), flush=True)  # noqa: T201
    config = uvicorn.Config(both_in(data_dir), log_config=None, access_log=False, timeout_graceful_shutdown=2)
    await uvicorn.Server(config).serve([listener])


def both_in(data_dir: Path) -> Starlette:
    """Both gateways over their books. Stripe's double tells the webhook of the environment, if it names one."""
    gateway, stripe = TestGateway(data_dir / "test-gateway.sqlite"), StripeDouble(data_dir / "stripe-double.sqlite")
    url, secret = os.environ.get(WEBHOOK_URL), os.environ.get(WEBHOOK_SECRET)
    if url and secret:
        stripe.tell(url, secret)

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        async with stripe.running(), gateway.running():
            yield

    routes = [Mount(STRIPE_DOUBLE, stripe.app()), Mount("/", gateway.app())]
    return Starlette(routes=routes, lifespan=running)
