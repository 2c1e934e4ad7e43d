"""Serves the limit: `python -m bench.limit [KEPT]`. `DATABASE_URL` names the database. It prints its address.

`/list`, `/product` and `/search` are the pages; `/typename` and `/kept` the same bytes each time, the latter those that
a GET of `KEPT` is answered. uvicorn is set up as the store sets it up.
"""

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Protocol

import uvicorn
import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.limit.bare import JSON, as_answered, type_name
from bench.limit.list_page import ListPage
from bench.limit.market import Delivery
from bench.limit.product_page import ProductPage
from bench.limit.search_page import SearchPage
from persistence.engine import open_pool
from server.children import end_with_parent
from server.garbage import collect_from_now_on
from server.listening import address_of, listening_socket
from server.web_process import KEEP_ALIVE_SECONDS


class Page(Protocol):
    async def answer(self, asked: bytes) -> bytes: ...


class Served:
    """A page as an ASGI application."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        asked = await _body(receive)
        body = await self._page.answer(asked)
        headers = [(b"content-length", b"%d" % len(body)), JSON]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _body(receive: Callable[[], Awaitable[object]]) -> bytes:
    chunks = []
    is_more = True
    while is_more:
        message = await receive()
        assert isinstance(message, dict)
        chunks.append(message.get("body", b""))
        is_more = message.get("more_body", False)
    return b"".join(chunks)


class Limit:
    """The ASGI application: what is at each path."""

    def __init__(self, paths: dict[str, ASGIApp]) -> None:
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._paths[scope["path"]](scope, receive, send)


async def serve(kept: str | None) -> None:
    pool = await open_pool(os.environ["DATABASE_URL"])
    delivery = await Delivery.read(pool)
    paths: dict[str, ASGIApp] = {
        "/typename": type_name(),
        "/list": Served(ListPage(pool, delivery)),
        "/product": Served(ProductPage(pool, delivery)),
        "/search": Served(await SearchPage.opened(pool, delivery)),
    }
    if kept is not None:
        paths["/kept"] = as_answered(kept)
    listener = listening_socket("127.0.0.1", 0)
    sys.stdout.write(f"The limit is at {address_of(listener)}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        Limit(paths),
        log_config=None,
        access_log=False,
        proxy_headers=True,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        server_header=False,
        lifespan="off",
        loop="uvloop",
        http="httptools",
    )
    collect_from_now_on()
    await uvicorn.Server(config).serve([listener])


if __name__ == "__main__":
    end_with_parent()
    uvloop.run(serve(sys.argv[1] if sys.argv[1:] else None))
