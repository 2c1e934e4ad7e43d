"""What the double remembers, in a SQLite file: every change is on disk before it is told, so that it survives a kill.

Objects are kept as the JSON that the API answers; a request's changes, its events and its idempotency key are written
in one transaction.
"""

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain.shared.making import dataclass
from integrations.stripe.double.faults import missing

TABLES = """
CREATE TABLE IF NOT EXISTS object (id TEXT PRIMARY KEY, kind TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS object_kind ON object (kind);
CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, endpoint_id TEXT NOT NULL,
    due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, is_done INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS appointment (id INTEGER PRIMARY KEY, act TEXT NOT NULL, subject TEXT NOT NULL,
    due_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS switch (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
MAX_PAGE = 100

type Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    event_id: str
    endpoint_id: str
    attempts: int


class Book:
    """All objects of one account."""

    def __init__(self, path: Path | str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.executescript(TABLES)

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Kept when the block ends, undone when it raises."""
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:
            yield

    def now(self) -> float:
        """The double's clock, which `/double/clock` moves on."""
        return time.time() + float(self.switch("clock_seconds", 0))

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{secrets.token_hex(12)}"

    def add(self, kind: str, prefix: str, **values: Any) -> Document:
        document = {
            "id": self.new_id(prefix),
            "object": kind,
            "created": int(self.now()),
            "livemode": False,
            **values,
        }
        self.save(document)
        return document

    def save(self, document: Document) -> None:
        self._database.execute(
            "INSERT INTO object VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            (document["id"], document["object"], json.dumps(document)),
        )

    def find(self, kind: str, object_id: str) -> Document | None:
        row = self._database.execute(
            "SELECT document FROM object WHERE id = ? AND kind = ?", (object_id, kind)
        ).fetchone()
        return None if row is None else json.loads(row["document"])

    def get(self, kind: str, object_id: str, *, param: str = "id") -> Document:
        found = self.find(kind, object_id)
        if found is None:
            raise missing(kind, object_id, param=param)
        return found

    def all(self, kind: str, **values: Any) -> list[Document]:
        """Newest first, those that have these values."""
        conditions = "".join(f" AND json_extract(document, '$.{name}') = ?" for name in values)
        rows = self._database.execute(
            f"SELECT document FROM object WHERE kind = ?{conditions} ORDER BY rowid DESC",  # noqa: S608 - our own names
            (kind, *values.values()),
        )
        return [json.loads(row["document"]) for row in rows]

    def delete(self, object_id: str) -> None:
        self._database.execute("DELETE FROM object WHERE id = ?", (object_id,))

    def answer(self, key: str) -> Answer | None:
        row = self._database.execute("SELECT * FROM answer WHERE key = ?", (key,)).fetchone()
        return None if row is None else Answer(row["status"], row["body"], row["fingerprint"])

    def keep_answer(self, key: str, answer: Answer) -> None:
        self._database.execute(
            "INSERT INTO answer VALUES (?, ?, ?, ?)", (key, answer.fingerprint, answer.status, answer.body)
        )

    def forget_answers(self) -> None:
        """What Stripe does with idempotency keys once they are a day old."""
        self._database.execute("DELETE FROM answer")

    def deliver(self, event_id: str, endpoint_id: str, *, due_at: float) -> None:
        self._database.execute(
            "INSERT INTO delivery (event_id, endpoint_id, due_at) VALUES (?, ?, ?)", (event_id, endpoint_id, due_at)
        )

    def deliveries(self, *, due_before: float, newest_first: bool = False, limit: int = 100) -> list[Delivery]:
        order = "DESC" if newest_first else "ASC"
        rows = self._database.execute(
            f"SELECT * FROM delivery WHERE NOT is_done AND due_at <= ? ORDER BY id {order} LIMIT ?",  # noqa: S608
            (due_before, limit),
        )
        return [Delivery(row["id"], row["event_id"], row["endpoint_id"], row["attempts"]) for row in rows]

    def delivered(self, delivery_id: int) -> None:
        self._database.execute("UPDATE delivery SET is_done = 1, attempts = attempts + 1 WHERE id = ?", (delivery_id,))

    def put_off(self, delivery_id: int, *, until: float) -> None:
        self._database.execute(
            "UPDATE delivery SET due_at = ?, attempts = attempts + 1 WHERE id = ?", (until, delivery_id)
        )

    def drop_deliveries(self) -> None:
        self._database.execute("UPDATE delivery SET is_done = 1 WHERE NOT is_done")

    def appoint(self, act: str, subject: str, *, due_at: float) -> None:
        """Something to be done to an object by itself, later: `settle` a delayed payment, say."""
        self._database.execute(
            "INSERT INTO appointment (act, subject, due_at) VALUES (?, ?, ?)", (act, subject, due_at)
        )

    def take_appointment(self, act: str, subject: str) -> bool:
        taken = self._database.execute("DELETE FROM appointment WHERE act = ? AND subject = ?", (act, subject))
        return taken.rowcount > 0

    def appointments(self, *, due_before: float) -> list[tuple[str, str]]:
        rows = self._database.execute(
            "SELECT act, subject FROM appointment WHERE due_at <= ? ORDER BY due_at, id", (due_before,)
        )
        return [(row["act"], row["subject"]) for row in rows]

    def switch(self, name: str, default: Any = None) -> Any:
        row = self._database.execute("SELECT value FROM switch WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row["value"])

    def set_switch(self, name: str, value: Any) -> None:
        self._database.execute(
            "INSERT INTO switch VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )

    def count_down(self, name: str) -> bool:
        """Whether a switch that holds for so many calls still holds; one call less is left."""
        left = int(self.switch(name, 0))
        if left > 0:
            self.set_switch(name, left - 1)
        return left > 0


def page_of(found: list[Document], url: str, *, limit: int = 10, starting_after: str | None = None) -> Document:
    """One page of a list, as Stripe paginates."""
    if starting_after is not None:
        ids = [item["id"] for item in found]
        if starting_after not in ids:
            raise missing("object", starting_after, param="starting_after")
        found = found[ids.index(starting_after) + 1 :]
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": found[:limit]}


def fingerprint_of(method: str, path: str, parameters: Mapping[str, Any]) -> str:
    """What an idempotency key stands for."""
    asked = json.dumps([method, path, parameters], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()
