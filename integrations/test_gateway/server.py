"""A payment gateway to try and test with: a process of its own that holds no money, and keeps its word over a restart.

It speaks HTTP and JSON. What a token does is in its name, as gateways' published test cards do it:

    tok_ok         authorized
    tok_declined   declined: the issuer says no
    tok_action     action required: the buyer approves or refuses at `/actions/<id>`
    tok_late       authorized, but the answer comes after `late_seconds`
    tok_failing    the first call with a key fails with 500 after the hold was made; the next one tells the truth

Every call carries an idempotency key: the same key is answered by the same authorization, and another amount under it
is refused. `POST /control` with `{"failing_calls": n}` makes the next n calls fail before anything happens.
"""

import asyncio
import json
import sqlite3
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

AUTHORIZATION_TERM = timedelta(days=7)

STATUS_OF_TOKEN = {
    "tok_ok": "authorized",
    "tok_declined": "declined",
    "tok_action": "action_required",
    "tok_late": "authorized",
    "tok_failing": "authorized",
}

ACTION_PAGE = """<!doctype html><meta charset="utf-8"><title>Test bank</title>
<h1>Approve {amount} {currency}?</h1>
<form method="post"><button name="result" value="approve">Approve</button>
<button name="result" value="refuse">Refuse</button></form>"""


class Book:
    """The authorizations, in a SQLite file; every change is on disk before it is told."""

    def __init__(self, path: Path | str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS authorization (id TEXT PRIMARY KEY, key TEXT UNIQUE NOT NULL,"
            " amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, token TEXT, status TEXT NOT NULL,"
            " calls INTEGER NOT NULL, expires_at TEXT NOT NULL)"
        )

    def close(self) -> None:
        self._database.close()

    def authorize(self, key: str, amount_minor: int, currency: str, token: str | None) -> dict[str, Any]:
        expires_at = (datetime.now(UTC) + AUTHORIZATION_TERM).isoformat()
        status = STATUS_OF_TOKEN.get(token or "", "declined")
        self._database.execute(
            "INSERT INTO authorization VALUES (?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (key) DO NOTHING",
            (f"auth_{uuid.uuid4().hex}", key, amount_minor, currency, token, status, expires_at),
        )
        self._database.execute("UPDATE authorization SET calls = calls + 1 WHERE key = ?", (key,))
        found = self._one("key", key)
        if (found["amount_minor"], found["currency"]) != (amount_minor, currency):
            raise HTTPException(409, "This key stands for another amount.")
        return found

    def settle(self, authorization_id: str, status: str, *, when: Sequence[str]) -> dict[str, Any]:
        """Move to `status` from one of the states in `when`; from any other nothing happens."""
        marks = ", ".join("?" * len(when))
        self._database.execute(
            f"UPDATE authorization SET status = ? WHERE id = ? AND status IN ({marks})",  # noqa: S608 - question marks
            (status, authorization_id, *when),
        )
        return self._one("id", authorization_id)

    def get(self, authorization_id: str) -> dict[str, Any]:
        return self._one("id", authorization_id)

    def all(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self._database.execute("SELECT * FROM authorization ORDER BY rowid")]

    def _one(self, column: str, value: str) -> dict[str, Any]:
        row = self._database.execute(f"SELECT * FROM authorization WHERE {column} = ?", (value,)).fetchone()  # noqa: S608
        if row is None:
            raise HTTPException(404, "No such authorization.")
        return dict(row)


class TestGateway:
    """The routes over one book."""

    __test__ = False

    def __init__(self, state: Path | str, *, late_seconds: float = 15.0) -> None:
        self._book = Book(state)
        self._late_seconds = late_seconds
        self._failing_calls = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/authorizations", self.authorize, methods=["POST"]),
                Route("/authorizations", self.list, methods=["GET"]),
                Route("/authorizations/{id}/void", self.void, methods=["POST"]),
                Route("/actions/{id}", self.show_action, methods=["GET"]),
                Route("/actions/{id}", self.act, methods=["POST"]),
                Route("/control", self.control, methods=["POST"]),
            ],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        self._book.close()

    async def authorize(self, request: Request) -> Response:
        if self._failing_calls:
            self._failing_calls -= 1
            raise HTTPException(503, "Told to fail.")
        body = await request.json()
        found = self._book.authorize(body["key"], body["amount_minor"], body["currency"], body.get("token"))
        if found["calls"] == 1 and found["token"] == "tok_late":  # noqa: S105 - a name, not a secret
            await asyncio.sleep(self._late_seconds)
        if found["calls"] == 1 and found["token"] == "tok_failing":  # noqa: S105
            raise HTTPException(500, "The hold was made, and this answer lost.")
        return JSONResponse(found | {"action_url": str(request.url_for("show_action", id=found["id"]))})

    async def void(self, request: Request) -> Response:
        voided = self._book.settle(request.path_params["id"], "voided", when=("authorized", "action_required"))
        return JSONResponse(voided)

    async def list(self, _request: Request) -> Response:
        return JSONResponse(self._book.all())

    async def show_action(self, request: Request) -> Response:
        found = self._book.get(request.path_params["id"])
        return HTMLResponse(ACTION_PAGE.format(amount=found["amount_minor"], currency=found["currency"]))

    async def act(self, request: Request) -> Response:
        """The buyer's answer, by the page's form or as JSON."""
        body = (await request.body()).decode()
        approved = "approve" in body
        status = "authorized" if approved else "declined"
        return JSONResponse(self._book.settle(request.path_params["id"], status, when=("action_required",)))

    async def control(self, request: Request) -> Response:
        self._failing_calls = int(json.loads(await request.body())["failing_calls"])
        return JSONResponse({"failing_calls": self._failing_calls})
