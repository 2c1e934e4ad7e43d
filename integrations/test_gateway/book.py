"""What the test gateway remembers, in a SQLite file: every change is on disk before it is told."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException

AUTHORIZATION_TERM = timedelta(days=7)

STATUS_OF_TOKEN = {
    "tok_ok": "authorized",
    "tok_declined": "declined",
    "tok_action": "action_required",
    "tok_late": "authorized",
    "tok_failing": "authorized",
    "tok_pending": "pending",
    "tok_refund_pending": "authorized",
    "tok_refund_failing": "authorized",
}
REFUND_STATUS_OF_TOKEN = {"tok_refund_pending": "pending", "tok_refund_failing": "failed"}

TABLES = """
CREATE TABLE IF NOT EXISTS authorization (id TEXT PRIMARY KEY, key TEXT UNIQUE NOT NULL, amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL, token TEXT, status TEXT NOT NULL, calls INTEGER NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS operation (id TEXT PRIMARY KEY, key TEXT UNIQUE NOT NULL, kind TEXT NOT NULL,
    authorization_id TEXT NOT NULL, amount_minor INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT);
CREATE TABLE IF NOT EXISTS method (id TEXT PRIMARY KEY, key TEXT UNIQUE NOT NULL, customer TEXT NOT NULL,
    token TEXT NOT NULL, status TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dispute (id TEXT PRIMARY KEY, authorization_id TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, opened_at TEXT NOT NULL);
"""
ADDED_COLUMNS = {
    "capture_at_once": "INTEGER NOT NULL DEFAULT 0",
    "captured_minor": "INTEGER NOT NULL DEFAULT 0",
    "refunded_minor": "INTEGER NOT NULL DEFAULT 0",
    "method_id": "TEXT",
}

type Row = dict[str, Any]


class Book:
    """Authorizations, what was done with them, and methods that were kept. Each call is one transaction."""

    def __init__(self, path: Path | str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.executescript(TABLES)
        known = {row["name"] for row in self._database.execute("PRAGMA table_info(authorization)")}
        for name, kind in ADDED_COLUMNS.items():
            if name not in known:
                self._database.execute(f"ALTER TABLE authorization ADD COLUMN {name} {kind}")

    def close(self) -> None:
        self._database.close()

    def authorize(self, asked: Row) -> Row:
        """The authorization of the key, made if there is none; 409 if the key stood for another amount."""
        token, method_id = asked.get("token"), None
        if asked.get("method") is not None:
            method = self._find("method", "id", asked["method"])
            token, method_id = (method["token"], method["id"]) if method["status"] == "kept" else ("tok_declined", None)
        status = STATUS_OF_TOKEN.get(token or "", "declined")
        if status == "action_required" and asked.get("off_session"):
            status = "authentication_required"
        at_once = bool(asked.get("capture")) or status == "pending"
        with self._transaction():
            self._insert(
                "authorization",
                id=_new_id("auth"),
                key=asked["key"],
                amount_minor=asked["amount_minor"],
                currency=asked["currency"],
                token=token,
                status=status,
                calls=0,
                expires_at=(datetime.now(UTC) + AUTHORIZATION_TERM).isoformat(),
                capture_at_once=at_once,
                method_id=method_id,
            )
            self._run("UPDATE authorization SET calls = calls + 1 WHERE key = ?", asked["key"])
            found = self._find("authorization", "key", asked["key"])
            if (found["amount_minor"], found["currency"]) != (asked["amount_minor"], asked["currency"]):
                raise HTTPException(409, "This key stands for another amount.")
            return self._authorized(found["id"]) if found["status"] == "authorized" else found

    def settle(self, authorization_id: str, *, approved: bool, when: str) -> Row:
        """The end of an action or of a delayed payment; from any other state than `when` nothing happens."""
        with self._transaction():
            status = "authorized" if approved else "declined"
            self._run("UPDATE authorization SET status = ? WHERE id = ? AND status = ?", status, authorization_id, when)
            return self._authorized(authorization_id)

    def _authorized(self, authorization_id: str) -> Row:
        """The authorization, with its amount taken if that was to be done at once."""
        self._run(
            "UPDATE authorization SET status = 'captured', captured_minor = amount_minor"
            " WHERE id = ? AND status = 'authorized' AND capture_at_once",
            authorization_id,
        )
        return self._find("authorization", "id", authorization_id)

    def capture(self, authorization_id: str, key: str, amount_minor: int, *, final: bool) -> Row:
        with self._operation(key, "capture", authorization_id, amount_minor) as (operation, found):
            if operation is not None:
                return operation
            left = found["amount_minor"] - found["captured_minor"]
            if found["status"] != "authorized" or found["expires_at"] < datetime.now(UTC).isoformat():
                return self._done(key, "capture", found, amount_minor, "failed", f"payment_is_{found['status']}")
            if not 0 < amount_minor <= left:
                return self._done(key, "capture", found, amount_minor, "failed", "amount_too_large")
            status = "captured" if final or amount_minor == left else "authorized"
            self._run(
                "UPDATE authorization SET captured_minor = captured_minor + ?, status = ? WHERE id = ?",
                amount_minor,
                status,
                found["id"],
            )
            return self._done(key, "capture", found, amount_minor, "succeeded")

    def void(self, authorization_id: str, key: str) -> Row:
        """Let go what is not captured; a part that is captured stays so."""
        with self._operation(key, "void", authorization_id, 0) as (operation, found):
            if operation is not None:
                return operation
            if found["status"] == "captured" and found["captured_minor"] == found["amount_minor"]:
                return self._done(key, "void", found, 0, "failed", "payment_is_captured")
            status = "captured" if found["captured_minor"] else "voided"
            self._run(
                "UPDATE authorization SET status = ? WHERE id = ?"
                " AND status IN ('authorized', 'action_required', 'pending')",
                status,
                found["id"],
            )
            return self._done(key, "void", found, 0, "succeeded")

    def refund(self, authorization_id: str, key: str, amount_minor: int) -> Row:
        with self._operation(key, "refund", authorization_id, amount_minor) as (operation, found):
            if operation is not None:
                return operation
            if not 0 < amount_minor <= found["captured_minor"] - found["refunded_minor"]:
                return self._done(key, "refund", found, amount_minor, "failed", "amount_too_large")
            status = REFUND_STATUS_OF_TOKEN.get(found["token"] or "", "succeeded")
            if status != "failed":
                self._add_refunded(found["id"], amount_minor)
            reason = "account_closed" if status == "failed" else None
            return self._done(key, "refund", found, amount_minor, status, reason)

    def settle_refund(self, refund_id: str, *, succeeded: bool) -> Row:
        """The end of a pending refund; one that fails gives the amount back."""
        with self._transaction():
            found = self._find("operation", "id", refund_id)
            if found["status"] == "pending":
                status, reason = ("succeeded", None) if succeeded else ("failed", "account_closed")
                self._run("UPDATE operation SET status = ?, reason = ? WHERE id = ?", status, reason, refund_id)
                if not succeeded:
                    self._add_refunded(found["authorization_id"], -found["amount_minor"])
            return self._find("operation", "id", refund_id)

    def _add_refunded(self, authorization_id: str, amount_minor: int) -> None:
        self._run(
            "UPDATE authorization SET refunded_minor = refunded_minor + ? WHERE id = ?", amount_minor, authorization_id
        )

    def keep(self, key: str, token: str, customer: str | None) -> Row:
        """Keep a method. One that is declined when charged is kept all the same; an unknown token is not."""
        with self._transaction():
            status = "kept" if token in STATUS_OF_TOKEN else "declined"
            owner = customer or _new_id("customer")
            self._insert("method", id=_new_id("method"), key=key, customer=owner, token=token, status=status)
            return self._find("method", "key", key)

    def forget(self, method_id: str) -> None:
        self._run("UPDATE method SET status = 'forgotten' WHERE id = ?", method_id)

    def dispute(self, authorization_id: str, amount_minor: int, reason: str) -> Row:
        dispute_id, opened_at = _new_id("dispute"), datetime.now(UTC).isoformat()
        self._insert(
            "dispute",
            id=dispute_id,
            authorization_id=authorization_id,
            amount_minor=amount_minor,
            status="open",
            reason=reason,
            opened_at=opened_at,
        )
        return self._find("dispute", "id", dispute_id)

    def close_dispute(self, dispute_id: str, status: str) -> Row:
        self._run("UPDATE dispute SET status = ? WHERE id = ? AND status = 'open'", status, dispute_id)
        return self._find("dispute", "id", dispute_id)

    def get(self, authorization_id: str) -> Row:
        return self._find("authorization", "id", authorization_id)

    def whole(self, authorization_id: str) -> Row:
        """An authorization with its refunds and disputes."""
        refunds = self._rows(
            "SELECT * FROM operation WHERE kind = 'refund' AND reason IS NOT 'amount_too_large'"
            " AND authorization_id = ? ORDER BY rowid",
            authorization_id,
        )
        disputes = self._rows("SELECT * FROM dispute WHERE authorization_id = ? ORDER BY rowid", authorization_id)
        return self.get(authorization_id) | {"refunds": refunds, "disputes": disputes}

    def all(self) -> list[Row]:
        return self._rows("SELECT * FROM authorization ORDER BY rowid")

    @contextmanager
    def _operation(
        self, key: str, kind: str, authorization_id: str, amount_minor: int
    ) -> Iterator[tuple[Row | None, Row]]:
        """What was done under the key if anything was, and the authorization; 409 if the key stood for another act."""
        with self._transaction():
            found = self._find("authorization", "id", authorization_id)
            done = next(iter(self._rows("SELECT * FROM operation WHERE key = ?", key)), None)
            if done is not None:
                known = (done["kind"], done["authorization_id"], done["amount_minor"])
                if known != (kind, authorization_id, amount_minor):
                    raise HTTPException(409, "This key stands for another act.")
            yield done, found

    def _done(
        self, key: str, kind: str, authorization: Row, amount_minor: int, status: str, reason: str | None = None
    ) -> Row:
        self._insert(
            "operation",
            id=_new_id(kind),
            key=key,
            kind=kind,
            authorization_id=authorization["id"],
            amount_minor=amount_minor,
            status=status,
            reason=reason,
        )
        return self._find("operation", "key", key)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:
            yield

    def _run(self, statement: str, *values: Any) -> None:
        self._database.execute(statement, values)

    def _rows(self, statement: str, *values: Any) -> list[Row]:
        return [dict(row) for row in self._database.execute(statement, values)]

    def _insert(self, table: str, **values: Any) -> None:
        """A new row, unless there is one with its key."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self._run(f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", *values.values())  # noqa: S608

    def _find(self, table: str, column: str, value: str) -> Row:
        found = self._rows(f"SELECT * FROM {table} WHERE {column} = ?", value)  # noqa: S608 - names of our own
        if not found:
            raise HTTPException(404, f"No such {table}.")
        return found[0]


def _new_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"
