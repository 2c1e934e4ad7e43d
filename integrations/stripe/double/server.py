"""A double of Stripe: a process of its own that speaks Stripe's HTTP API, strictly, and moves no money.

It is what `make run` pays with when no key is set, and what the adapter is tested against. Everything is in one SQLite
file, so that it keeps its word when it is killed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette

from integrations.stripe.double.api import Api
from integrations.stripe.double.book import Book
from integrations.stripe.double.control import Control, tell_fault
from integrations.stripe.double.delivery import Clockwork
from integrations.stripe.double.events import tell
from integrations.stripe.double.faults import StripeFault


class StripeDouble:
    """The application over one book."""

    def __init__(self, state: Path | str) -> None:
        self._book = Book(state)
        self._clockwork = Clockwork(self._book)

    def app(self) -> Starlette:
        routes = [*Api(self._book).routes(), *Control(self._book, self._clockwork).routes()]
        return Starlette(
            routes=routes, exception_handlers={StripeFault: tell_fault}, lifespan=lambda _app: self.running()
        )

    def tell(self, url: str, secret: str) -> None:
        """Send every event to a webhook, signed with this secret, in the place of one that was told before."""
        tell(self._book, url, secret)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Its life, which an application that mounts it has to share."""
        running = asyncio.create_task(self._clockwork.run())
        yield
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        self._book.close()
