"""The double's own switches, under `/double`, and the page on which a buyer's bank asks.

POST /double/switches   {"webhooks": "normal" | "duplicate" | "reordered" | "late" | "lost" | "held"}, and how many
                        calls to come shall fail: "failing_calls" (500, nothing ran), "limited_calls" (429),
                        "lost_answers" (500 after it ran, kept under the key), "late_answers" (after
                        "late_answer_seconds"); "settle_after_seconds" for what takes days at Stripe
POST /double/webhook   {"url": "http://...", "secret": "whsec_..."}: whom to tell of everything
POST /double/deliver    send all webhooks that are owed now; {"newest_first": true, "copies": 2}
POST /double/settle     {"id": "pi_..." | "re_..."}: end a delayed payment or refund now
POST /double/clock      {"seconds": 604800}: let time pass, as for holds that expire
POST /double/forget     forget all idempotency keys, as Stripe does after a day
POST /double/disputes   {"payment_intent": "pi_...", "amount": 500, "reason": "fraudulent"}
"""

from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from integrations.stripe.double.book import Book
from integrations.stripe.double.delivery import Clockwork
from integrations.stripe.double.disputes import open_dispute
from integrations.stripe.double.events import tell
from integrations.stripe.double.faults import StripeFault
from integrations.stripe.double.intents import finish_action
from integrations.stripe.double.methods import finish_setup

SWITCHES = frozenset(
    {
        "webhooks",
        "late_seconds",
        "failing_calls",
        "limited_calls",
        "lost_answers",
        "late_answers",
        "late_answer_seconds",
        "settle_after_seconds",
    }
)
PAGE = """<!doctype html><meta charset="utf-8"><title>Test bank</title>
<h1>Approve this payment?</h1><p>{what}</p>
<form method="post"><button name="result" value="approve">Approve</button>
<button name="result" value="refuse">Refuse</button></form>"""


class Control:
    """The switches over one book."""

    def __init__(self, book: Book, clockwork: Clockwork) -> None:
        self._book = book
        self._clockwork = clockwork

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/double/switches", self.switches, methods=["POST"]),
            Route("/double/webhook", self.webhook, methods=["POST"]),
            Route("/double/deliver", self.deliver, methods=["POST"]),
            Route("/double/settle", self.settle, methods=["POST"]),
            Route("/double/clock", self.clock, methods=["POST"]),
            Route("/double/forget", self.forget, methods=["POST"]),
            Route("/double/disputes", self.dispute, methods=["POST"]),
            Route("/double/objects/{kind}", self.objects, methods=["GET"]),
            Route("/double/authenticate/{id}", self.ask, methods=["GET"]),
            Route("/double/authenticate/{id}", self.answer, methods=["POST"]),
        ]

    async def switches(self, request: Request) -> Response:
        told: dict[str, Any] = await request.json()
        unknown = told.keys() - SWITCHES
        if unknown:
            return JSONResponse({"unknown": sorted(unknown)}, 400)
        with self._book.transaction():
            for name, value in told.items():
                self._book.set_switch(name, value)
        return JSONResponse({name: self._book.switch(name) for name in sorted(SWITCHES)})

    async def webhook(self, request: Request) -> Response:
        told = await request.json()
        tell(self._book, told["url"], told["secret"])
        return JSONResponse({})

    async def deliver(self, request: Request) -> Response:
        told = await request.json()
        statuses = await self._clockwork.deliver_all(
            newest_first=bool(told.get("newest_first")), copies=int(told.get("copies", 1))
        )
        return JSONResponse({"statuses": statuses})

    async def settle(self, request: Request) -> Response:
        subject = (await request.json())["id"]
        act = "settle_refund" if subject.startswith("re_") else "settle_intent"
        return JSONResponse({"settled": self._clockwork.settle(act, subject)})

    async def clock(self, request: Request) -> Response:
        seconds = float((await request.json())["seconds"])
        with self._book.transaction():
            self._book.set_switch("clock_seconds", float(self._book.switch("clock_seconds", 0)) + seconds)
        self._clockwork.settle_due()
        return JSONResponse({"now": self._book.now()})

    async def forget(self, _request: Request) -> Response:
        self._book.forget_answers()
        return JSONResponse({})

    async def dispute(self, request: Request) -> Response:
        told = await request.json()
        with self._book.transaction():
            intent = self._book.get("payment_intent", told["payment_intent"])
            charged = self._book.get("charge", intent["latest_charge"])
            return JSONResponse(open_dispute(self._book, charged, told["reason"], told.get("amount")))

    async def objects(self, request: Request) -> Response:
        return JSONResponse(self._book.all(request.path_params["kind"]))

    async def ask(self, request: Request) -> Response:
        found = self._intent(request.path_params["id"])
        what = f"{found['amount']} {found['currency'].upper()}" if "amount" in found else "To keep it for later."
        return HTMLResponse(PAGE.format(what=escape(what)))

    async def answer(self, request: Request) -> Response:
        """The buyer's answer, by the page's form or as JSON; the browser goes back to where it came from."""
        approved = "approve" in (await request.body()).decode()
        with self._book.transaction():
            found = self._intent(request.path_params["id"])
            if found["object"] == "setup_intent":
                finished = finish_setup(self._book, found, approved=approved)
            else:
                finished = finish_action(self._book, found, approved=approved)
        return _sent_back(found, finished["status"])

    def _intent(self, intent_id: str) -> dict[str, Any]:
        kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
        return self._book.get(kind, intent_id)


def _sent_back(intent: dict[str, Any], status: str) -> Response:
    if not intent.get("return_url"):
        return JSONResponse({"status": status})
    kind = intent["object"]
    result = "failed" if status == "requires_payment_method" else "succeeded"
    query = urlencode({kind: intent["id"], f"{kind}_client_secret": intent["client_secret"], "redirect_status": result})
    separator = "&" if "?" in intent["return_url"] else "?"
    return RedirectResponse(f"{intent['return_url']}{separator}{query}", 303)


async def tell_fault(_request: Request, fault: Exception) -> Response:
    assert isinstance(fault, StripeFault)
    return JSONResponse(fault.body, fault.status)
