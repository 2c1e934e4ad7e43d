"""A payment gateway to try and test with: a process of its own that holds no money, and keeps its word over a restart.

It speaks HTTP and JSON. What a token does is in its name, as gateways' published test cards do it:

    tok_ok              authorized
    tok_declined        declined: the issuer says no
    tok_action          action required: the buyer approves or refuses at `/actions/<id>`
    tok_late            authorized, but the answer comes after `late_seconds`
    tok_failing         the first call with a key fails with 500 after the hold was made; the next one tells the truth
    tok_pending         pending: taken, or not, once `/authorizations/<id>/settle` says so
    tok_refund_pending  authorized; its refunds are pending until `/refunds/<id>/settle` says how they end
    tok_refund_failing  authorized; its refunds fail

Every call carries an idempotency key: the same key is answered by the same act, and another amount under it is refused.
`POST /control` with `{"failing_calls": n}` makes the next n calls fail before anything happens, `{"lost_answers": n}`
after it has.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from integrations.test_gateway.book import Book
from integrations.test_gateway.units import is_expressed

ACTION_PAGE = """<!doctype html><meta charset="utf-8"><title>Test bank</title>
<h1>Approve {amount} {currency}?</h1>
<form method="post"><button name="result" value="approve">Approve</button>
<button name="result" value="refuse">Refuse</button></form>"""


class TestGateway:
    """The routes over one book."""

    __test__ = False

    def __init__(self, state: Path | str, *, late_seconds: float = 15.0) -> None:
        self._book = Book(state)
        self._late_seconds = late_seconds
        self._failing_calls = 0
        self._lost_answers = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/authorizations", self.authorize, methods=["POST"]),
                Route("/authorizations", self.list, methods=["GET"]),
                Route("/authorizations/{id}", self.show, methods=["GET"]),
                Route("/authorizations/{id}/captures", self.capture, methods=["POST"]),
                Route("/authorizations/{id}/void", self.void, methods=["POST"]),
                Route("/authorizations/{id}/refunds", self.refund, methods=["POST"]),
                Route("/authorizations/{id}/settle", self.settle, methods=["POST"]),
                Route("/authorizations/{id}/disputes", self.dispute, methods=["POST"]),
                Route("/disputes/{id}/close", self.close_dispute, methods=["POST"]),
                Route("/refunds/{id}/settle", self.settle_refund, methods=["POST"]),
                Route("/methods", self.keep, methods=["POST"]),
                Route("/methods/{id}", self.forget, methods=["DELETE"]),
                Route("/actions/{id}", self.show_action, methods=["GET"]),
                Route("/actions/{id}", self.act, methods=["POST"]),
                Route("/control", self.control, methods=["POST"]),
            ],
            lifespan=lambda _app: self.running(),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Its life, which an application that mounts it has to share."""
        yield
        self._book.close()

    async def authorize(self, request: Request) -> Response:
        body = await self._asked(request)
        if not is_expressed(body["amount_minor"], body["currency"]):
            raise HTTPException(400, "No such amount can be moved in this currency.")
        found = self._book.authorize(body)
        if found["calls"] == 1 and found["token"] == "tok_late":  # noqa: S105 - a name, not a secret
            await asyncio.sleep(self._late_seconds)
        if found["calls"] == 1 and found["token"] == "tok_failing":  # noqa: S105
            raise HTTPException(500, "The hold was made, and this answer lost.")
        return self._answer(found | {"action_url": str(request.url_for("show_action", id=found["id"]))})

    async def capture(self, request: Request) -> Response:
        body = await self._asked(request)
        final = bool(body.get("final", True))
        return self._answer(
            self._book.capture(request.path_params["id"], body["key"], body["amount_minor"], final=final)
        )

    async def void(self, request: Request) -> Response:
        body = await self._asked(request)
        return self._answer(self._book.void(request.path_params["id"], body["key"]))

    async def refund(self, request: Request) -> Response:
        body = await self._asked(request)
        return self._answer(self._book.refund(request.path_params["id"], body["key"], body["amount_minor"]))

    async def keep(self, request: Request) -> Response:
        body = await self._asked(request)
        return self._answer(self._book.keep(body["key"], body["token"], body.get("customer")))

    async def forget(self, request: Request) -> Response:
        self._book.forget(request.path_params["id"])
        return self._answer({})

    async def list(self, _request: Request) -> Response:
        return JSONResponse(self._book.all())

    async def show(self, request: Request) -> Response:
        found = self._book.whole(request.path_params["id"])
        return JSONResponse(found | {"action_url": str(request.url_for("show_action", id=found["id"]))})

    async def settle(self, request: Request) -> Response:
        """The end of a delayed payment: `{"result": "succeeded"}` or any other."""
        body = await request.json()
        approved = body["result"] == "succeeded"
        return JSONResponse(self._book.settle(request.path_params["id"], approved=approved, when="pending"))

    async def settle_refund(self, request: Request) -> Response:
        body = await request.json()
        return JSONResponse(
            self._book.settle_refund(request.path_params["id"], succeeded=body["result"] == "succeeded")
        )

    async def dispute(self, request: Request) -> Response:
        body = await request.json()
        return JSONResponse(self._book.dispute(request.path_params["id"], body["amount_minor"], body["reason"]))

    async def close_dispute(self, request: Request) -> Response:
        body = await request.json()
        return JSONResponse(self._book.close_dispute(request.path_params["id"], body["result"]))

    async def show_action(self, request: Request) -> Response:
        found = self._book.get(request.path_params["id"])
        return HTMLResponse(ACTION_PAGE.format(amount=found["amount_minor"], currency=found["currency"]))

    async def act(self, request: Request) -> Response:
        """The buyer's answer, by the page's form or as JSON."""
        approved = "approve" in (await request.body()).decode()
        return JSONResponse(self._book.settle(request.path_params["id"], approved=approved, when="action_required"))

    async def control(self, request: Request) -> Response:
        told = json.loads(await request.body())
        self._failing_calls = int(told.get("failing_calls", 0))
        self._lost_answers = int(told.get("lost_answers", 0))
        return JSONResponse({"failing_calls": self._failing_calls, "lost_answers": self._lost_answers})

    async def _asked(self, request: Request) -> dict[str, Any]:
        if self._failing_calls:
            self._failing_calls -= 1
            raise HTTPException(503, "Told to fail.")
        body: dict[str, Any] = await request.json()
        return body

    def _answer(self, found: dict[str, Any]) -> Response:
        if self._lost_answers:
            self._lost_answers -= 1
            raise HTTPException(502, "It was done, and this answer lost.")
        return JSONResponse(found)
