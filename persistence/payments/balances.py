"""Balances, changed by one conditional statement each, in which the entry and the sum stand together (rule Y7)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.payments.balances.model import Balance, BalanceKind, EntryKind, GiftCardCode
from domain.shared.ids import BalanceId, CompanyId, CustomerId, NewId, OrderId, OrderLineId
from domain.shared.money import Money
from persistence.orders.tables import order_line
from persistence.payments.balance_tables import balance
from persistence.statement import Connection, Database, Record, Statement

_COLUMNS = (
    balance.c.id,
    balance.c.kind,
    balance.c.customer_id,
    balance.c.currency,
    balance.c.granted_minor,
    balance.c.available_minor,
    balance.c.expires_at,
    balance.c.last4,
    balance.c.order_line_id,
    balance.c.version,
    balance.c.company_id,
)
_read = select(*_COLUMNS)
_BY_ID = Statement(_read.where(balance.c.id == func.any(bindparam("ids", type_=ARRAY(Text)))))
_BY_CODE = Statement(_read.where(balance.c.code_hash == bindparam("hash")))
_OF_CUSTOMERS = Statement(
    _read.where(balance.c.customer_id == func.any(bindparam("customers", type_=ARRAY(Text))))
    .where(balance.c.kind != BalanceKind.GIFT_CARD.value)
    .order_by(balance.c.currency)
)
_OF_CUSTOMER = Statement(
    _read.where(
        (balance.c.customer_id == bindparam("customer"))
        & (balance.c.kind == bindparam("of_kind"))
        & (balance.c.currency == bindparam("of_currency"))
    )
)
_OF_COMPANIES = Statement(
    _read.where(balance.c.company_id == func.any(bindparam("companies", type_=ARRAY(Text)))).order_by(
        balance.c.currency
    )
)
_OF_COMPANY = Statement(
    _read.where(
        (balance.c.company_id == bindparam("company"))
        & (balance.c.kind == bindparam("of_kind"))
        & (balance.c.currency == bindparam("of_currency"))
    )
)
_OF_ORDERS = Statement(
    select(*_COLUMNS, order_line.c.order_id)
    .join(order_line, order_line.c.id == balance.c.order_line_id)
    .where(order_line.c.order_id == func.any(bindparam("orders", type_=ARRAY(Text))))
    .order_by(order_line.c.position, balance.c.unit)
)
_LOCK = Statement(_read.where(balance.c.id == bindparam("of_id")).with_for_update())
_NAMES = ", ".join(column.name for column in _COLUMNS)

_OPEN = """
WITH opened AS (
    INSERT INTO balance (id, kind, customer_id, currency, granted_minor, available_minor, expires_at, last4,
                         order_line_id, code_hash, unit, company_id)
    VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $14)
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO balance_entry (id, balance_id, kind, amount_minor, actor, note)
SELECT $11, id, 'GRANT', $5, $12, $13 FROM opened
"""
_CHANGE = f"""
WITH changed AS (
    UPDATE balance SET available_minor = available_minor + $2, granted_minor = granted_minor + $3,
           version = version + 1
    WHERE id = $1 AND (available_minor + $2 >= 0 OR kind = 'TERMS')
    RETURNING {_NAMES}
), entry AS (
    INSERT INTO balance_entry (id, balance_id, kind, amount_minor, reference, actor, note)
    SELECT $4, id, $5, $2, $6, $7, $8 FROM changed
)
SELECT {_NAMES} FROM changed
"""  # noqa: S608 - made of constants
_HOLD = """
WITH held AS (
    UPDATE balance SET available_minor = available_minor - $2, version = version + 1
    WHERE id = $1 AND currency = $3 AND available_minor >= $2 AND (expires_at IS NULL OR expires_at > $4)
    RETURNING id
)
INSERT INTO balance_entry (id, balance_id, kind, amount_minor, reference, actor)
SELECT $5, id, 'HOLD', -$2, $6, $7 FROM held
"""
_RELEASE = """
WITH released AS (
    INSERT INTO balance_entry (id, balance_id, kind, amount_minor, reference, actor)
    SELECT fresh.id, held.balance_id, 'RELEASE', -held.amount_minor, held.reference, $3
    FROM balance_entry held JOIN unnest($1::text[], $2::text[]) AS fresh (id, reference) USING (reference)
    WHERE held.kind = 'HOLD'
    ON CONFLICT DO NOTHING
    RETURNING balance_id, amount_minor
), sums AS (
    SELECT balance_id, sum(amount_minor)::bigint AS amount_minor FROM released GROUP BY balance_id
)
UPDATE balance SET available_minor = available_minor + sums.amount_minor, version = version + 1
FROM sums WHERE balance.id = sums.balance_id
"""
_SET_CODE = "UPDATE balance SET code_hash = $2, last4 = $3, version = version + 1 WHERE id = $1"
_SET_EXPIRY = "UPDATE balance SET expires_at = $2, version = version + 1 WHERE id = $1"
_HAS_CUSTOMER = "SELECT EXISTS (SELECT FROM customer WHERE id = $1)"
_HAS_COMPANY = "SELECT EXISTS (SELECT FROM company WHERE id = $1)"


async def balances_by_id(database: Database, ids: Sequence[BalanceId]) -> list[Balance]:
    """Those that exist, in no order."""
    return [balance_of(row) for row in await _BY_ID.rows(database, ids=ids)]


async def balance_by_code(database: Database, code_hash: bytes) -> Balance | None:
    row = await _BY_CODE.row(database, hash=code_hash)
    return balance_of(row) if row else None


async def gift_cards_of_orders(database: Database, ids: Sequence[OrderId]) -> list[tuple[OrderId, Balance]]:
    """The gift cards that the orders bought, each with its order, in the order of their lines."""
    return [(OrderId(row["order_id"]), balance_of(row)) for row in await _OF_ORDERS.rows(database, orders=ids)]


async def accounts_of_customers(database: Database, ids: Sequence[CustomerId]) -> list[Balance]:
    """The store credit and the terms of the customers, by currency."""
    return [balance_of(row) for row in await _OF_CUSTOMERS.rows(database, customers=ids)]


async def accounts_of_companies(database: Database, ids: Sequence[CompanyId]) -> list[Balance]:
    """How much the companies may owe, by currency."""
    return [balance_of(row) for row in await _OF_COMPANIES.rows(database, companies=ids)]


class Balances:
    """Implements `domain.payments.balances.ports.BalanceRepository` within one transaction."""

    def __init__(self, connection: Connection, new_id: NewId, actor: str | None) -> None:
        self._connection = connection
        self._new_id = new_id
        self._actor = actor

    async def by_code(self, code_hash: bytes) -> Balance | None:
        return await balance_by_code(self._connection, code_hash)

    async def of_customer(self, customer_id: CustomerId, kind: BalanceKind, currency: str) -> Balance | None:
        row = await _OF_CUSTOMER.row(self._connection, customer=customer_id, of_kind=kind.value, of_currency=currency)
        return balance_of(row) if row else None

    async def of_company(self, company_id: CompanyId, currency: str) -> Balance | None:
        kind = BalanceKind.TERMS.value
        row = await _OF_COMPANY.row(self._connection, company=company_id, of_kind=kind, of_currency=currency)
        return balance_of(row) if row else None

    async def lock(self, balance_id: BalanceId) -> Balance | None:
        row = await _LOCK.row(self._connection, of_id=balance_id)
        return balance_of(row) if row else None

    async def open(
        self, balance: Balance, *, code: GiftCardCode | None = None, unit: int | None = None, note: str | None = None
    ) -> bool:
        """Write a new balance with what is available on it; False if its owner or the sold unit has one already."""
        status = await self._connection.execute(
            _OPEN,
            balance.id,
            balance.kind.value,
            balance.customer_id,
            balance.granted.currency,
            balance.granted.minor,
            balance.expires_at,
            balance.last4,
            balance.order_line_id,
            code.hash if code else None,
            unit,
            self._new_id("balance_entry"),
            self._actor,
            note,
            balance.company_id,
        )
        return status == "INSERT 0 1"

    async def change(
        self,
        balance_id: BalanceId,
        amount: Money,
        kind: EntryKind,
        *,
        granted: Money | None = None,
        reference: str | None = None,
        note: str | None = None,
    ) -> Balance | None:
        """Add an entry of `amount`, which may be negative, and count `granted` in; None if too little is left."""
        row = await self._connection.fetchrow(
            _CHANGE,
            balance_id,
            amount.minor,
            granted.minor if granted else 0,
            self._new_id("balance_entry"),
            kind.value,
            reference,
            self._actor,
            note,
        )
        return balance_of(row) if row else None

    async def hold(self, balance_id: BalanceId, amount: Money, *, reference: str, now: datetime) -> bool:
        status = await self._connection.execute(
            _HOLD,
            balance_id,
            amount.minor,
            amount.currency,
            now,
            self._new_id("balance_entry"),
            reference,
            self._actor,
        )
        return status == "INSERT 0 1"

    async def release(self, references: Sequence[str]) -> None:
        """Give back what was held for these payments; what was given back already stays so."""
        fresh = [self._new_id("balance_entry") for _ in references]
        await self._connection.execute(_RELEASE, fresh, list(references), self._actor)

    async def set_code(self, balance_id: BalanceId, code: GiftCardCode) -> None:
        await self._connection.execute(_SET_CODE, balance_id, code.hash, code.last4)

    async def set_expiry(self, balance_id: BalanceId, expires_at: datetime | None) -> None:
        await self._connection.execute(_SET_EXPIRY, balance_id, expires_at)

    async def has_customer(self, customer_id: CustomerId) -> bool:
        found: bool = await self._connection.fetchval(_HAS_CUSTOMER, customer_id)
        return found

    async def has_company(self, company_id: CompanyId) -> bool:
        found: bool = await self._connection.fetchval(_HAS_COMPANY, company_id)
        return found


def balance_of(row: Record) -> Balance:
    currency = row["currency"]
    return Balance(
        id=BalanceId(row["id"]),
        kind=BalanceKind(row["kind"]),
        customer_id=CustomerId(row["customer_id"]) if row["customer_id"] else None,
        granted=Money(row["granted_minor"], currency),
        available=Money(row["available_minor"], currency),
        expires_at=row["expires_at"],
        last4=row["last4"],
        order_line_id=OrderLineId(row["order_line_id"]) if row["order_line_id"] else None,
        version=row["version"],
        company_id=CompanyId(row["company_id"]) if row["company_id"] else None,
    )
