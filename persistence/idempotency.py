"""Acts that are done once: claimed by a unique row, finished in the transaction of their effect."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.shared.errors import ErrorCode, refuse
from domain.shared.idempotency import Once, Outcome
from persistence.common_tables import idempotency as table
from persistence.statement import Connection, Record, Statement

_CLAIM = Statement(
    insert(table)
    .values({name: bindparam(name) for name in ("scope", "operation", "key", "input_hash", "state", "outcome")})
    .on_conflict_do_nothing()
    .returning(table.c.key)
)
_this = (
    (table.c.scope == bindparam("of_scope"))
    & (table.c.operation == bindparam("of_operation"))
    & (table.c.key == bindparam("of_key"))
)


def claiming(locking: str) -> str:
    """SQL that locks what a SELECT by `$1` finds and claims an act at once; `claimed` is 1 in its rows if it could.

    Rows come as by `locking`, one column to the right. An act may only ever be claimed by one such statement, so that
    all who claim it lock in the same order.
    """
    return f"""
WITH claimed AS (
    INSERT INTO idempotency (scope, operation, key, input_hash, state, outcome) VALUES ($2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING RETURNING key
)
SELECT (SELECT count(*) FROM claimed) AS claimed, locked.* FROM ({locking}) AS locked
"""  # noqa: S608 - made of constants


_READ = Statement(select(table.c.input_hash, table.c.state, table.c.outcome).where(_this))
_FINISH = Statement(update(table).where(_this).values(state="DONE", outcome=bindparam("outcome")))


class IdempotencyKeys:
    """Implements `domain.shared.idempotency.Idempotency`. A second claim waits for the first transaction to end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, act: Once) -> Outcome | None:
        return await self._claimed(act, "RUNNING", None)

    async def claim(self, act: Once, outcome: Outcome) -> Outcome | None:
        """Begin and finish at once, where the outcome is known before the effect of the same transaction."""
        return await self._claimed(act, "DONE", dict(outcome))

    async def lock_and_claim(
        self, locking: str, subject_id: str, act: Once, outcome: Outcome | None
    ) -> "tuple[Record | None, Outcome | None]":
        """What a statement made by `claiming` locks, and what came of the act if it was done before.

        The act is done with `outcome`, or begun where that is None.
        """
        state, document = ("RUNNING", None) if outcome is None else ("DONE", dict(outcome))
        what = (act.scope, act.operation, act.key, act.input_hash, state, document)
        with _patient():
            row = await self._connection.fetchrow(locking, subject_id, *what)
        if row is None or row["claimed"]:
            return row, None
        return row, await self._done(act)

    async def _claimed(self, act: Once, state: str, outcome: Outcome | None) -> Outcome | None:
        """None if the act is this transaction's to do; what came of it if it was done before."""
        what = {"scope": act.scope, "operation": act.operation, "key": act.key, "input_hash": act.input_hash}
        with _patient():
            claimed = await _CLAIM.value(self._connection, **what, state=state, outcome=outcome)
        return None if claimed is not None else await self._done(act)

    async def _done(self, act: Once) -> Outcome | None:
        """What came of an act that was begun before; None if that call came to no end."""
        row = await _READ.row(self._connection, **_which(act))
        assert row is not None, "a key that could not be claimed exists"
        if row["input_hash"] != act.input_hash:
            raise refuse(ErrorCode.IDEMPOTENCY_KEY_REUSED, "This key was used with another input.", "idempotency_key")
        if row["state"] == "RUNNING":
            return None
        stored: Outcome = row["outcome"]
        return stored

    async def finish(self, act: Once, outcome: Outcome) -> None:
        await _FINISH.run(self._connection, outcome=dict(outcome), **_which(act))


@contextmanager
def _patient() -> Iterator[None]:
    """A claim waits for a rival as long as any lock does."""
    try:
        yield
    except asyncpg.LockNotAvailableError:
        raise refuse(
            ErrorCode.IDEMPOTENCY_IN_PROGRESS, "The first call with this key is still running.", "idempotency_key"
        ) from None


def _which(act: Once) -> dict[str, str]:
    return {"of_scope": act.scope, "of_operation": act.operation, "of_key": act.key}
