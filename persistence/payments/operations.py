"""Captures, voids and refunds of payments, each counted by one conditional update (rules Y1 and Y2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.payments.model import Payment
from domain.payments.operations import (
    CounterChange,
    Operation,
    OperationKind,
    OperationState,
    on_failure,
    on_intent,
    on_success,
)
from domain.shared.ids import OrderId, PaymentId, PaymentOperationId, RefundId
from domain.shared.money import Money
from persistence.payments.repository import payment_of
from persistence.statement import Connection, Database, Record

_PAYMENT = "SELECT * FROM payment WHERE id = $1"
_PAYMENTS = "SELECT * FROM payment WHERE order_id = $1 ORDER BY id FOR UPDATE"
_COUNTED = """
UPDATE payment SET authorized_minor = authorized_minor + $2, captured_minor = captured_minor + $3,
       refunded_minor = refunded_minor + $4, claimed_minor = claimed_minor + $5, updated_at = clock_timestamp()
WHERE id = $1
  AND 0 <= refunded_minor + $4 AND refunded_minor + $4 <= captured_minor + $3
  AND 0 <= claimed_minor + $5 AND captured_minor + $3 + claimed_minor + $5 <= authorized_minor + $2
RETURNING id
"""
_INTEND = f"""
WITH counted AS ({_COUNTED})
INSERT INTO payment_operation (id, payment_id, order_id, refund_id, kind, state, currency, amount_minor,
       released_minor, is_final, to_store_credit, gateway_key, reason)
SELECT $6, counted.id, $7, $8, $9, 'INTENDED', $10, $11, $12, $13, $14, $15, $16 FROM counted
"""  # noqa: S608 - made of constants
_GET = "SELECT * FROM payment_operation WHERE id = $1"
_LOCK = f"{_GET} FOR UPDATE"
_OF_REFUND = "SELECT * FROM payment_operation WHERE refund_id = $1 ORDER BY id"
_OF_REFUNDS = "SELECT * FROM payment_operation WHERE refund_id = ANY($1::text[]) ORDER BY id"
_RECORD = """
UPDATE payment_operation SET state = $2, gateway_reference = coalesce($3, gateway_reference), failure = $4,
       updated_at = clock_timestamp()
WHERE id = $1
"""
_MARK_VOIDED = """
UPDATE payment SET state = 'VOIDED' WHERE id = $1 AND authorized_minor = 0 AND state = 'AUTHORIZED'
"""
_GIVE_UP = """
UPDATE payment SET state = 'VOID_INTENDED', failure = $2, updated_at = clock_timestamp()
WHERE order_id = $1 AND state IN ('PENDING', 'ACTION_REQUIRED') AND gateway_reference IS NOT NULL
RETURNING id
"""
_BALANCE_OF = "SELECT t.balance_id FROM payment p JOIN tender t ON t.id = p.tender_id WHERE p.id = $1"

_EXPIRING = """
SELECT p.id FROM payment p JOIN "order" o ON o.id = p.order_id
WHERE p.state = 'AUTHORIZED' AND p.captured_minor + p.claimed_minor < p.authorized_minor
  AND p.authorization_expires_at <= $1 AND o.status = 'CONFIRMED'
  AND NOT EXISTS (SELECT FROM event e WHERE e.subject_id = p.id AND e.type = 'PAYMENT_EXPIRING')
ORDER BY p.authorization_expires_at LIMIT $2
"""


async def expiring_payments(database: Database, *, before: datetime, limit: int) -> list[PaymentId]:
    """Payments of orders that stand, whose hold ends before that moment and was not looked after yet (rule Y4)."""
    return [PaymentId(row["id"]) for row in await database.fetch(_EXPIRING, before, limit)]


async def operations_of_refunds(database: Database, ids: Sequence[RefundId]) -> list[Operation]:
    """What each refund does to payments, in the order it was decided."""
    return [operation_of(row) for row in await database.fetch(_OF_REFUNDS, ids)]


class Operations:
    """Implements `domain.orders.settling.ports.OperationRepository` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def payment(self, payment_id: PaymentId) -> Payment | None:
        row = await self._connection.fetchrow(_PAYMENT, payment_id)
        return None if row is None else payment_of(row)

    async def payments_of(self, order_id: OrderId) -> Sequence[Payment]:
        """An order's payments in the order they were made, locked."""
        return [payment_of(row) for row in await self._connection.fetch(_PAYMENTS, order_id)]

    async def intend(self, operation: Operation) -> bool:
        """Write an operation and count it; False, and nothing done, if the payment's counters do not allow it."""
        status = await self._connection.execute(
            _INTEND,
            operation.payment_id,
            *_counts(on_intent(operation)),
            operation.id,
            operation.order_id,
            operation.refund_id,
            operation.kind.value,
            operation.amount.currency,
            operation.amount.minor,
            operation.released.minor,
            operation.is_final,
            operation.to_store_credit,
            operation.gateway_key,
            operation.reason,
        )
        return bool(status == "INSERT 0 1")

    async def get(self, operation_id: PaymentOperationId) -> Operation | None:
        return await self._one(_GET, operation_id)

    async def lock(self, operation_id: PaymentOperationId) -> Operation | None:
        return await self._one(_LOCK, operation_id)

    async def _one(self, sql: str, operation_id: PaymentOperationId) -> Operation | None:
        row = await self._connection.fetchrow(sql, operation_id)
        return None if row is None else operation_of(row)

    async def of_refund(self, refund_id: RefundId) -> Sequence[Operation]:
        return [operation_of(row) for row in await self._connection.fetch(_OF_REFUND, refund_id)]

    async def record(self, operation: Operation) -> None:
        """Write how a locked operation stands now, and count what came of it."""
        await self._connection.execute(
            _RECORD, operation.id, operation.state.value, operation.gateway_reference, operation.failure
        )
        change = _outcome(operation)
        if change is not None:
            counted = await self._connection.fetchval(_COUNTED, operation.payment_id, *_counts(change))
            assert counted is not None, "what was counted when it was intended can be settled"

    async def mark_voided(self, payment_id: PaymentId) -> None:
        """The payment is VOIDED, unless something is held or was taken."""
        await self._connection.execute(_MARK_VOIDED, payment_id)

    async def give_up(self, order_id: OrderId, *, reason: str) -> Sequence[PaymentId]:
        """Mark what is not authorized yet to be let go; which payments those are."""
        return [PaymentId(row["id"]) for row in await self._connection.fetch(_GIVE_UP, order_id, reason)]

    async def balance_of(self, payment_id: PaymentId) -> str | None:
        """The balance that made the payment, if one did."""
        balance_id: str | None = await self._connection.fetchval(_BALANCE_OF, payment_id)
        return balance_id


def operation_of(row: Record) -> Operation:
    currency = row["currency"]
    return Operation(
        id=PaymentOperationId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        kind=OperationKind(row["kind"]),
        amount=Money(row["amount_minor"], currency),
        released=Money(row["released_minor"], currency),
        state=OperationState(row["state"]),
        order_id=OrderId(row["order_id"]) if row["order_id"] else None,
        refund_id=RefundId(row["refund_id"]) if row["refund_id"] else None,
        is_final=row["is_final"],
        to_store_credit=row["to_store_credit"],
        reason=row["reason"],
        gateway_reference=row["gateway_reference"],
        failure=row["failure"],
        created_at=row["created_at"],
    )


def _outcome(operation: Operation) -> CounterChange | None:
    if operation.state is OperationState.SUCCEEDED:
        return on_success(operation)
    return on_failure(operation) if operation.state is OperationState.FAILED else None


def _counts(change: CounterChange) -> tuple[Any, ...]:
    return change.authorized, change.captured, change.refunded, change.claimed
