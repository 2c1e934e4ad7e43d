"""Tenders and payments of a checkout, read and written under the checkout's lock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, case, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.checkout.model import Checkout
from domain.inventory.sourcing import Pick
from domain.payments.balances.model import Balance, BalanceKind
from domain.payments.model import Attempt, Payment, PaymentAction, PaymentKind, PaymentState, Tender, TenderState
from domain.shared.ids import CheckoutId, OrderId, PaymentId, TenderId
from domain.shared.money import Money
from persistence.checkout.tables import checkout
from persistence.inventory.reservations import STILL_HELD, kept_until, picks_of
from persistence.payments.balance_tables import balance
from persistence.payments.tables import payment, stored_method, tender
from persistence.statement import Connection, Database, Record, Statement

_TENDER_COLUMNS = ("id", "checkout_id", "kind", "method_id", "token", "amount_minor", "currency", "state", "attempt")
_TENDER_LINKS = ("balance_id", "stored_method_id", "saves_method")
_PAYMENT_COLUMNS = (
    "id",
    "checkout_id",
    "tender_id",
    "order_id",
    "attempt",
    "kind",
    "gateway",
    "gateway_key",
    "gateway_reference",
    "state",
    "currency",
    "amount_minor",
    "authorized_minor",
    "captured_minor",
    "refunded_minor",
    "failure",
    "authorization_expires_at",
)

_BALANCE_COLUMNS = ("kind", "customer_id", "granted_minor", "available_minor", "currency", "expires_at", "last4")
_tender_fields = (
    *[tender.c[name].label(f"tender_{name}") for name in (*_TENDER_COLUMNS, "action", *_TENDER_LINKS)],
    stored_method.c.reference.label("tender_stored_reference"),
    stored_method.c.gateway_customer.label("tender_gateway_customer"),
    *[balance.c[name].label(f"balance_{name}") for name in _BALANCE_COLUMNS],
)
_held = (
    select(func.sum(payment.c.amount_minor).cast(BigInteger))
    .where(payment.c.tender_id == tender.c.id, payment.c.state == literal_column("'AUTHORIZED'"))
    .scalar_subquery()
)
TENDERS = Statement(
    select(*_tender_fields, case((tender.c.balance_id.is_not(None), _held)).label("tender_held_minor"))
    .join(balance, balance.c.id == tender.c.balance_id, isouter=True)
    .join(stored_method, stored_method.c.id == tender.c.stored_method_id, isouter=True)
).sql
"""All tenders, to be read with their checkouts; `tender_of` understands a row of it, also as JSON."""
_OFFER = Statement(
    insert(tender)
    .values({name: bindparam(name) for name in (*_TENDER_COLUMNS, "action", *_TENDER_LINKS)})
    .add_cte(
        update(tender)
        .where(tender.c.checkout_id == bindparam("of_checkout"), tender.c.state == TenderState.PENDING.value)
        .where(tender.c.balance_id.is_not_distinct_from(bindparam("of_balance", type_=Text)))
        .values(state=TenderState.RELEASED.value)
        .cte("released")
    )
    .add_cte(
        update(checkout)
        .where(checkout.c.id == bindparam("of_checkout"))
        .values(version=checkout.c.version + 1)
        .cte("touched")
    )
)

_attempts = (
    select(
        *[payment.c[name] for name in _PAYMENT_COLUMNS],
        payment.c.claimed_minor,
        *_tender_fields,
        case((tender.c.balance_id.is_not(None), payment.c.amount_minor)).label("tender_held_minor"),
    )
    .join(tender, tender.c.id == payment.c.tender_id)
    .join(balance, balance.c.id == tender.c.balance_id, isouter=True)
    .join(stored_method, stored_method.c.id == tender.c.stored_method_id, isouter=True)
    .order_by(payment.c.id)
)
_ATTEMPT = Statement(_attempts.where(payment.c.id == bindparam("of_id")).with_for_update(of=payment))
_ATTEMPTS = Statement(_attempts.where(payment.c.checkout_id == bindparam("of_checkout")))
_BEGIN = Statement(
    insert(payment)
    .values({name: bindparam(name) for name in _PAYMENT_COLUMNS})
    .add_cte(
        update(tender)
        .where(tender.c.id == bindparam("of_tender"))
        .values(attempt=bindparam("of_attempt"), state=bindparam("of_state"))
        .cte("tried")
    )
)
_BEGIN_PAYING = f"""
{kept_until("$2")}, paying AS (
    UPDATE checkout SET state = 'COMPLETING', version = version + 1, expires_at = $2, lease_until = $3 WHERE id = $1
), tried AS (
    UPDATE tender SET attempt = $4, state = $5 WHERE id = $6
), begun AS (
    INSERT INTO payment ({", ".join(_PAYMENT_COLUMNS)})
    VALUES ({", ".join(f"${position}" for position, _ in enumerate(_PAYMENT_COLUMNS, 7))})
)
{STILL_HELD}
"""  # noqa: S608 - made of constants
_RECORDED = """
offered AS (
    UPDATE tender SET state = ${10}, action = ${11} WHERE id = ${9}
), recorded AS (
    UPDATE payment SET order_id = ${1}, gateway_reference = ${2}, state = ${3}, authorized_minor = ${4},
           captured_minor = ${5}, refunded_minor = ${6}, failure = ${7}, authorization_expires_at = ${8},
           updated_at = clock_timestamp()
    WHERE id = ${0}
)
"""


def recording(first: int) -> str:
    """Parts of a WITH that write how an attempt stands; its `recorded_values` are the parameters from `first` on."""
    return _RECORDED.format(*range(first, first + 12))


_RECORD = f"WITH {recording(1)} SELECT"
_WITHDRAW = """
WITH touched AS (UPDATE checkout SET version = version + 1 WHERE id = $2)
UPDATE tender SET state = 'RELEASED' WHERE id = $1
"""
_UNSETTLED = """
SELECT p.id FROM payment p JOIN checkout c ON c.id = p.checkout_id
WHERE p.updated_at < $1
  AND (p.state = 'VOID_INTENDED' OR p.state = 'INTENDED' AND (c.lease_until IS NULL OR c.lease_until < $2))
ORDER BY p.updated_at LIMIT $3
"""


async def unsettled_payments(database: Database, *, before: datetime, now: datetime, limit: int) -> list[PaymentId]:
    """Payments left between intent and outcome, that nobody is at and that nothing happened to since `before`."""
    return [PaymentId(row["id"]) for row in await database.fetch(_UNSETTLED, before, now, limit)]


class Payments:
    """Implements `domain.checkout.ports.PaymentRepository` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def offer(self, item: Tender) -> None:
        await _OFFER.run(
            self._connection,
            of_checkout=item.checkout_id,
            of_balance=item.balance.id if item.balance else None,
            balance_id=item.balance.id if item.balance else None,
            stored_method_id=item.stored_method_id,
            saves_method=item.saves_method,
            id=item.id,
            checkout_id=item.checkout_id,
            kind=item.kind.value,
            method_id=item.method_id,
            token=item.token,
            amount_minor=item.amount.minor if item.amount else None,
            currency=item.amount.currency if item.amount else None,
            state=item.state.value,
            attempt=item.attempt,
            action=_action_document(item.action),
        )

    async def withdraw(self, item: Tender) -> None:
        await self._connection.execute(_WITHDRAW, item.id, item.checkout_id)

    async def attempt(self, payment_id: PaymentId) -> Attempt | None:
        row = await _ATTEMPT.row(self._connection, of_id=payment_id)
        return _attempt_of(row) if row else None

    async def attempts_of(self, checkout_id: CheckoutId) -> Sequence[Attempt]:
        return [_attempt_of(row) for row in await _ATTEMPTS.rows(self._connection, of_checkout=checkout_id)]

    async def begin(self, attempt: Attempt) -> None:
        await _BEGIN.run(self._connection, **_begun(attempt))

    async def begin_paying(self, attempt: Attempt, paid: Checkout) -> Sequence[Pick]:
        begun = _begun(attempt)
        rows = await self._connection.fetch(
            _BEGIN_PAYING,
            paid.id,
            paid.expires_at,
            paid.lease_until,
            *[begun[name] for name in ("of_attempt", "of_state", "of_tender", *_PAYMENT_COLUMNS)],
        )
        return picks_of(rows)

    async def record(self, attempt: Attempt) -> None:
        await self._connection.execute(_RECORD, *recorded_values(attempt))


def recorded_values(attempt: Attempt) -> tuple[Any, ...]:
    """What of an attempt can change, as `recording` numbers it."""
    item, tender = attempt.payment, attempt.tender
    return (
        item.id,
        item.order_id,
        item.gateway_reference,
        item.state.value,
        item.authorized.minor,
        item.captured.minor,
        item.refunded.minor,
        item.failure,
        item.authorization_expires_at,
        tender.id,
        tender.state.value,
        _action_document(tender.action),
    )


def _begun(attempt: Attempt) -> dict[str, Any]:
    """A new payment, and what trying it makes of its tender."""
    item = attempt.payment
    return {
        "of_tender": item.tender_id,
        "of_attempt": item.attempt,
        "of_state": attempt.tender.state.value,
        "id": item.id,
        "checkout_id": item.checkout_id,
        "tender_id": item.tender_id,
        "order_id": item.order_id,
        "attempt": item.attempt,
        "kind": item.kind.value,
        "gateway": item.gateway,
        "gateway_key": item.gateway_key,
        "gateway_reference": item.gateway_reference,
        "state": item.state.value,
        "currency": item.amount.currency,
        "amount_minor": item.amount.minor,
        "authorized_minor": item.authorized.minor,
        "captured_minor": item.captured.minor,
        "refunded_minor": item.refunded.minor,
        "failure": item.failure,
        "authorization_expires_at": item.authorization_expires_at,
    }


def tender_of(row: Mapping[str, Any] | Record) -> Tender:
    """A tender in the columns whose names begin with `tender_`, its balance in those that begin with `balance_`."""
    names = (*_TENDER_COLUMNS, *_TENDER_LINKS, "action", "held_minor", "stored_reference", "gateway_customer")
    found = {name: row[f"tender_{name}"] for name in names}
    amount, held = found["amount_minor"], found["held_minor"]
    return Tender(
        id=TenderId(found["id"]),
        checkout_id=CheckoutId(found["checkout_id"]),
        kind=PaymentKind(found["kind"]),
        method_id=found["method_id"],
        token=found["token"],
        amount=None if amount is None else Money(amount, found["currency"]),
        state=TenderState(found["state"]),
        attempt=found["attempt"],
        action=_action_of(found["action"]),
        balance=_balance_of(row) if found["balance_id"] else None,
        held=None if held is None else Money(held, row["balance_currency"]),
        stored_method_id=found["stored_method_id"],
        stored_reference=found["stored_reference"],
        gateway_customer=found["gateway_customer"],
        saves_method=found["saves_method"],
    )


def _balance_of(row: Mapping[str, Any] | Record) -> Balance:
    currency = row["balance_currency"]
    return Balance(
        id=row["tender_balance_id"],
        kind=BalanceKind(row["balance_kind"]),
        customer_id=row["balance_customer_id"],
        granted=Money(row["balance_granted_minor"], currency),
        available=Money(row["balance_available_minor"], currency),
        expires_at=_moment(row["balance_expires_at"]),
        last4=row["balance_last4"],
    )


def _moment(value: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _attempt_of(row: Record) -> Attempt:
    return Attempt(payment_of(row), tender_of(row))


def payment_of(row: Record) -> Payment:
    currency = row["currency"]
    return Payment(
        id=PaymentId(row["id"]),
        checkout_id=CheckoutId(row["checkout_id"]),
        tender_id=TenderId(row["tender_id"]),
        order_id=OrderId(row["order_id"]) if row["order_id"] else None,
        attempt=row["attempt"],
        kind=PaymentKind(row["kind"]),
        gateway=row["gateway"],
        gateway_key=row["gateway_key"],
        gateway_reference=row["gateway_reference"],
        state=PaymentState(row["state"]),
        amount=Money(row["amount_minor"], currency),
        authorized=Money(row["authorized_minor"], currency),
        captured=Money(row["captured_minor"], currency),
        refunded=Money(row["refunded_minor"], currency),
        failure=row["failure"],
        authorization_expires_at=row["authorization_expires_at"],
        claimed_minor=row["claimed_minor"],
    )


def _action_document(action: PaymentAction | None) -> dict[str, Any] | None:
    return None if action is None else {"kind": action.kind, "url": action.url, "data": dict(action.data)}


def _action_of(document: dict[str, Any] | None) -> PaymentAction | None:
    return None if document is None else PaymentAction(**document)
