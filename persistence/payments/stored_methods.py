"""Means of payment that gateways keep for customers."""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.payments.model import PaymentKind
from domain.payments.stored import StoredMethod
from domain.shared.ids import CustomerId, StoredMethodId
from persistence.payments.tables import stored_method
from persistence.statement import Connection, Database, Record, Statement

_COLUMNS = tuple(column for column in stored_method.c if column.name not in ("created_at", "forgotten_at"))
_kept = select(*_COLUMNS).where(stored_method.c.forgotten_at.is_(None)).order_by(stored_method.c.id.desc())
_ANY_BY_ID = Statement(select(*_COLUMNS).where(stored_method.c.id == func.any(bindparam("ids", type_=ARRAY(Text)))))
_BY_ID = Statement(_kept.where(stored_method.c.id == func.any(bindparam("ids", type_=ARRAY(Text)))))
_OF_CUSTOMERS = Statement(
    _kept.where(stored_method.c.customer_id == func.any(bindparam("customers", type_=ARRAY(Text))))
)
_ADD = Statement(
    insert(stored_method).values({column.name: bindparam(column.name) for column in _COLUMNS}).on_conflict_do_nothing()
)
_FORGET = Statement(
    update(stored_method).where(stored_method.c.id == bindparam("of_id")).values(forgotten_at=func.now())
)


async def stored_methods_of(database: Database, customers: Sequence[CustomerId]) -> list[StoredMethod]:
    """What gateways keep for these customers, the latest first."""
    return [_method(row) for row in await _OF_CUSTOMERS.rows(database, customers=customers)]


class StoredMethodRepository:
    """Implements `domain.payments.stored.StoredMethods` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, method_id: StoredMethodId, *, with_forgotten: bool = False) -> StoredMethod | None:
        statement = _ANY_BY_ID if with_forgotten else _BY_ID
        row = await statement.row(self._connection, ids=[method_id])
        return _method(row) if row else None

    async def add(self, method: StoredMethod) -> None:
        values = {column.name: getattr(method, column.name) for column in _COLUMNS}
        await _ADD.run(self._connection, **(values | {"kind": method.kind.value}))

    async def forget(self, method_id: StoredMethodId) -> None:
        await _FORGET.run(self._connection, of_id=method_id)


def _method(row: Record) -> StoredMethod:
    return StoredMethod(**{**dict(row), "kind": PaymentKind(row["kind"])})
