"""Acts that are done once: claimed by a unique row, finished in the transaction of their effect."""

import asyncpg
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.shared.errors import ErrorCode, refuse
from domain.shared.idempotency import Once, Outcome
from persistence.statement import Connection, Statement
from persistence.tables import idempotency as table

_CLAIM = Statement(
    insert(table)
    .values({name: bindparam(name) for name in ("scope", "operation", "key", "input_hash")})
    .on_conflict_do_nothing()
    .returning(table.c.key)
)
_this = (
    (table.c.scope == bindparam("of_scope"))
    & (table.c.operation == bindparam("of_operation"))
    & (table.c.key == bindparam("of_key"))
)
_READ = Statement(select(table.c.input_hash, table.c.state, table.c.outcome).where(_this))
_FINISH = Statement(update(table).where(_this).values(state="DONE", outcome=bindparam("outcome")))


class IdempotencyKeys:
    """Implements `domain.shared.idempotency.Idempotency`. A second claim waits for the first transaction to end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, act: Once) -> Outcome | None:
        try:
            claimed = await _CLAIM.value(
                self._connection, scope=act.scope, operation=act.operation, key=act.key, input_hash=act.input_hash
            )
        except asyncpg.LockNotAvailableError:
            raise refuse(
                ErrorCode.IDEMPOTENCY_IN_PROGRESS, "The first call with this key is still running.", "idempotency_key"
            ) from None
        if claimed is not None:
            return None
        row = await _READ.row(self._connection, **_which(act))
        assert row is not None, "a key that could not be claimed exists"
        if row["input_hash"] != act.input_hash:
            raise refuse(ErrorCode.IDEMPOTENCY_KEY_REUSED, "This key was used with another input.", "idempotency_key")
        if row["state"] == "RUNNING":
            return None
        outcome: Outcome = row["outcome"]
        return outcome

    async def finish(self, act: Once, outcome: Outcome) -> None:
        await _FINISH.run(self._connection, outcome=dict(outcome), **_which(act))


def _which(act: Once) -> dict[str, str]:
    return {"of_scope": act.scope, "of_operation": act.operation, "of_key": act.key}
