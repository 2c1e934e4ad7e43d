"""Notices of gateways, and disputes, written once whatever is told how often."""

from collections.abc import Sequence
from datetime import datetime

from domain.payments.observing import Dispute, Notice
from domain.payments.operations import Operation
from domain.payments.ports import DisputeState
from domain.shared.ids import DisputeId, GatewayEventId, OrderId, PaymentId, PaymentOperationId
from domain.shared.money import Money
from persistence.payments.operations import operation_of
from persistence.statement import Connection, Database, Record

_TAKE = """
INSERT INTO gateway_event (id, gateway, notice_id, type, gateway_reference, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (gateway, notice_id) DO NOTHING
"""
_GET = "SELECT * FROM gateway_event WHERE id = $1"
_OBSERVED = "UPDATE gateway_event SET observed_at = $2 WHERE id = $1"
_FORGET = """
DELETE FROM gateway_event WHERE id IN (
    SELECT id FROM gateway_event WHERE observed_at IS NOT NULL AND received_at < $1 LIMIT $2)
"""
_PAYMENT_OF = """
SELECT id FROM payment WHERE gateway = $1 AND (gateway_reference = $2 OR gateway_key = $3) ORDER BY id LIMIT 1
"""
_OPERATIONS = "SELECT * FROM payment_operation WHERE payment_id = $1 ORDER BY id"
_UNHEARD = """
SELECT id FROM payment
WHERE state IN ('ACTION_REQUIRED', 'PENDING') AND gateway = ANY($1::text[]) AND updated_at < $2
ORDER BY updated_at LIMIT $3
"""
_UNFINISHED = """
SELECT id FROM payment_operation WHERE state IN ('INTENDED', 'PENDING') AND updated_at < $1 ORDER BY updated_at LIMIT $2
"""
_READ_UNTIL = "SELECT read_until FROM gateway_reading WHERE gateway = $1"
_READ = """
INSERT INTO gateway_reading (gateway, read_until) VALUES ($1, $2)
ON CONFLICT (gateway) DO UPDATE SET read_until = greatest(gateway_reading.read_until, excluded.read_until)
"""
_LOCK_PAYMENT = "SELECT id FROM payment WHERE id = $1 FOR UPDATE"
_DISPUTES = "SELECT * FROM dispute WHERE payment_id = $1 ORDER BY id"
_DISPUTES_OF_PAYMENTS = "SELECT * FROM dispute WHERE payment_id = ANY($1::text[]) ORDER BY id"
_NEWEST_DISPUTES = """
SELECT * FROM dispute WHERE $1::text IS NULL OR state = $1 ORDER BY id DESC LIMIT $2
"""
_SAVE_DISPUTE = """
INSERT INTO dispute (id, payment_id, order_id, gateway_reference, state, reason, currency, amount_minor, fee_minor,
       fee_currency, opened_at, evidence_due_by, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, amount_minor = excluded.amount_minor,
       fee_minor = excluded.fee_minor, fee_currency = excluded.fee_currency,
       evidence_due_by = excluded.evidence_due_by, closed_at = excluded.closed_at
"""


class Notices:
    """Implements `domain.checkout.observing.ports.Notices` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, notice: Notice, event_id: GatewayEventId) -> bool:
        """Write a notice; False if it was told before."""
        status = await self._connection.execute(
            _TAKE, event_id, notice.gateway, notice.id, notice.type, notice.reference, notice.occurred_at
        )
        return bool(status == "INSERT 0 1")

    async def get(self, event_id: GatewayEventId) -> Notice | None:
        row = await self._connection.fetchrow(_GET, event_id)
        if row is None:
            return None
        return Notice(row["notice_id"], row["gateway"], row["type"], row["gateway_reference"], row["occurred_at"])

    async def observed(self, event_id: GatewayEventId, *, now: datetime) -> None:
        await self._connection.execute(_OBSERVED, event_id, now)

    async def payment_of(self, gateway: str, *, reference: str, key: str | None = None) -> PaymentId | None:
        found: str | None = await self._connection.fetchval(_PAYMENT_OF, gateway, reference, key)
        return None if found is None else PaymentId(found)

    async def operations_of(self, payment_id: PaymentId) -> Sequence[Operation]:
        return [operation_of(row) for row in await self._connection.fetch(_OPERATIONS, payment_id)]


class Disputes:
    """Implements `domain.checkout.observing.ports.Disputes` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock_of(self, payment_id: PaymentId) -> Sequence[Dispute]:
        await self._connection.fetchval(_LOCK_PAYMENT, payment_id)
        return [dispute_of(row) for row in await self._connection.fetch(_DISPUTES, payment_id)]

    async def save(self, dispute: Dispute) -> None:
        await self._connection.execute(
            _SAVE_DISPUTE,
            dispute.id,
            dispute.payment_id,
            dispute.order_id,
            dispute.reference,
            dispute.state.value,
            dispute.reason,
            dispute.amount.currency,
            dispute.amount.minor,
            dispute.fee.minor if dispute.fee else None,
            dispute.fee.currency if dispute.fee else None,
            dispute.opened_at,
            dispute.evidence_due_by,
            dispute.closed_at,
        )


def dispute_of(row: Record) -> Dispute:
    fee_minor = row["fee_minor"]
    return Dispute(
        id=DisputeId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        order_id=OrderId(row["order_id"]) if row["order_id"] else None,
        reference=row["gateway_reference"],
        state=DisputeState(row["state"]),
        reason=row["reason"],
        amount=Money(row["amount_minor"], row["currency"]),
        fee=None if fee_minor is None else Money(fee_minor, row["fee_currency"]),
        opened_at=row["opened_at"],
        evidence_due_by=row["evidence_due_by"],
        closed_at=row["closed_at"],
    )


async def disputes_of_payments(database: Database, ids: Sequence[PaymentId]) -> list[Dispute]:
    """Each payment's disputes, the oldest first."""
    return [dispute_of(row) for row in await database.fetch(_DISPUTES_OF_PAYMENTS, ids)]


async def newest_disputes(database: Database, *, state: DisputeState | None, limit: int) -> list[Dispute]:
    """The newest, in one state if it is named."""
    return [dispute_of(row) for row in await database.fetch(_NEWEST_DISPUTES, state and state.value, limit)]


async def unheard_payments(
    database: Database, gateways: Sequence[str], *, before: datetime, limit: int
) -> list[PaymentId]:
    """Payments that wait for a buyer or for money, and of which nothing was heard since `before`."""
    return [PaymentId(row["id"]) for row in await database.fetch(_UNHEARD, list(gateways), before, limit)]


async def unfinished_operations(database: Database, *, before: datetime, limit: int) -> list[PaymentOperationId]:
    """Captures, voids and refunds without an end, to which nothing happened since `before`."""
    return [PaymentOperationId(row["id"]) for row in await database.fetch(_UNFINISHED, before, limit)]


async def read_until(database: Database, gateway: str) -> datetime | None:
    """Up to when a gateway's own list of notices was read; None if it never was."""
    found: datetime | None = await database.fetchval(_READ_UNTIL, gateway)
    return found


async def note_read(database: Database, gateway: str, moment: datetime) -> None:
    """A gateway's own list of notices was read up to this moment."""
    await database.execute(_READ, gateway, moment)


async def forget_notices(database: Database, *, before: datetime, limit: int) -> bool:
    """Delete notices that were observed and are older; whether there may be more."""
    status: str = await database.execute(_FORGET, before, limit)
    return status == f"DELETE {limit}"
