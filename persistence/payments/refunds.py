"""Refunds: written with what they are for, and counted on the order's lines and deliveries in the same statement."""

from collections.abc import Sequence
from typing import Any

from domain.orders.model import Order, OrderLine
from domain.orders.refunding.clawback import SoldRules
from domain.orders.refunding.model import Refund, RefundKind, RefundPlan, RefundState, Returned, UnitsShare
from domain.orders.rounding import GivenBack
from domain.shared.ids import OrderId, RefundId
from domain.shared.money import Money, TaxedMoney
from persistence.orders.documents import tax_documents, taxes_of
from persistence.orders.sold_rules import rules_of
from persistence.statement import Connection, Database, Record

_INSERT = """
INSERT INTO refund (id, order_id, kind, state, currency, amount_minor, lines_net_minor, lines_tax_minor,
       lines_gross_minor, shipping_net_minor, shipping_tax_minor, shipping_gross_minor, fees_net_minor, fees_tax_minor,
       fees_gross_minor, adjustment_minor, clawback_minor, rounding_minor, credited_minor, taxes, to_store_credit,
       reason, actor, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
"""
_INSERT_LINE = """
INSERT INTO refund_line (refund_id, order_line_id, quantity, amount_net_minor, amount_tax_minor, amount_gross_minor,
       gift_wrap_net_minor, gift_wrap_tax_minor, gift_wrap_gross_minor, taxes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_COUNT_LINES = """
UPDATE order_line l SET refunded = l.refunded + given.quantity,
       refunded_net_minor = l.refunded_net_minor + given.net, refunded_tax_minor = l.refunded_tax_minor + given.tax,
       refunded_gross_minor = l.refunded_gross_minor + given.gross,
       gift_wrap_refunded_net_minor = l.gift_wrap_refunded_net_minor + given.wrap_net,
       gift_wrap_refunded_tax_minor = l.gift_wrap_refunded_tax_minor + given.wrap_tax,
       gift_wrap_refunded_gross_minor = l.gift_wrap_refunded_gross_minor + given.wrap_gross
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
     AS given (id, quantity, net, tax, gross, wrap_net, wrap_tax, wrap_gross)
WHERE l.id = given.id AND l.canceled + l.refunded + given.quantity <= l.quantity
"""
_COUNT_SHIPPING = """
UPDATE vendor_order v SET shipping_refunded_net_minor = v.shipping_refunded_net_minor + given.net,
       shipping_refunded_tax_minor = v.shipping_refunded_tax_minor + given.tax,
       shipping_refunded_gross_minor = v.shipping_refunded_gross_minor + given.gross
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS given (id, net, tax, gross)
WHERE v.id = given.id
  AND v.shipping_canceled_gross_minor + v.shipping_refunded_gross_minor + given.gross <= v.shipping_gross_minor
"""
_ORDER_OF = "SELECT order_id FROM refund WHERE id = $1"
_LOCK = "SELECT * FROM refund WHERE id = $1 FOR UPDATE"
_SET_STATE = "UPDATE refund SET state = $2 WHERE id = $1"
_OF_ORDERS = "SELECT * FROM refund WHERE order_id = ANY($1::text[]) ORDER BY id"
_BY_ID = "SELECT * FROM refund WHERE id = ANY($1::text[])"
_CLAWED_BACK = "SELECT coalesce(sum(clawback_minor), 0)::bigint FROM refund WHERE order_id = $1"
_GIVEN_BACK = """
WITH given AS (
    SELECT canceled_gross_minor + gift_wrap_canceled_gross_minor AS canceled,
           refunded_gross_minor + gift_wrap_refunded_gross_minor AS refunded
    FROM order_line WHERE order_id = $1
    UNION ALL
    SELECT shipping_canceled_gross_minor, shipping_refunded_gross_minor FROM vendor_order WHERE order_id = $1
), refunds AS (
    SELECT coalesce(sum(clawback_minor), 0) AS clawback, coalesce(sum(rounding_minor), 0) AS rounding
    FROM refund WHERE order_id = $1
)
SELECT sum(given.canceled)::bigint, (sum(given.refunded) - refunds.clawback)::bigint,
       (SELECT canceled_rounding_minor FROM "order" WHERE id = $1), refunds.rounding::bigint
FROM given, refunds GROUP BY refunds.clawback, refunds.rounding
"""
_RETURNED = """
SELECT (SELECT coalesce(sum(p.amount_minor), 0)::bigint
        FROM payment_operation p JOIN refund r ON r.id = p.refund_id
        WHERE r.order_id = $1 AND r.kind <> 'RETURN' AND p.state <> 'FAILED'),
       (SELECT coalesce(sum(credited_minor), 0)::bigint FROM refund WHERE order_id = $1)
"""


async def refunds_of_orders(database: Database, ids: Sequence[OrderId]) -> list[Refund]:
    """Each order's refunds, the oldest first."""
    return [refund_of(row) for row in await database.fetch(_OF_ORDERS, ids)]


async def refunds_by_id(database: Database, ids: Sequence[RefundId]) -> list[Refund]:
    """Those that exist, in no order."""
    return [refund_of(row) for row in await database.fetch(_BY_ID, ids)]


async def given_back_of(database: Database, order_id: OrderId) -> GivenBack:
    """What was canceled of an order and what was refunded of it so far, each with its rounding."""
    row = await database.fetchrow(_GIVEN_BACK, order_id)
    assert row is not None, "every order has lines"
    return GivenBack(*row)


class Refunds:
    """Implements `domain.orders.settling.ports.RefundRepository` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, refund: Refund, plan: RefundPlan, *, actor: str | None) -> bool:
        """Write a refund; one of what was sold counts its units and delivery as refunded.

        False if a unit, or that much of the delivery, was given back meanwhile.
        """
        await self._connection.execute(_INSERT, *_values(refund), actor, refund.created_at)
        await self._connection.executemany(_INSERT_LINE, _line_values(refund.id, plan))
        return refund.kind is not RefundKind.RETURN or await self._count(plan)

    async def _count(self, plan: RefundPlan) -> bool:
        lines = await self._connection.execute(
            _COUNT_LINES,
            [item.line.id for item in plan.units],
            [item.quantity for item in plan.units],
            *amount_columns([item.share.amount for item in plan.units]),
            *amount_columns([wrap_amount(item) for item in plan.units]),
        )
        deliveries = await self._connection.execute(
            _COUNT_SHIPPING,
            [item.vendor_order_id for item in plan.deliveries],
            *amount_columns([item.share.amount for item in plan.deliveries]),
        )
        return bool(lines == f"UPDATE {len(plan.units)}" and deliveries == f"UPDATE {len(plan.deliveries)}")

    async def order_of(self, refund_id: RefundId) -> OrderId | None:
        """Whose refund it is; None if there is no such refund."""
        order_id: OrderId | None = await self._connection.fetchval(_ORDER_OF, refund_id)
        return order_id

    async def lock(self, refund_id: RefundId) -> Refund | None:
        row = await self._connection.fetchrow(_LOCK, refund_id)
        return None if row is None else refund_of(row)

    async def set_state(self, refund_id: RefundId, state: RefundState) -> None:
        await self._connection.execute(_SET_STATE, refund_id, state.value)

    async def clawed_back(self, order_id: OrderId) -> int:
        """In minor units: what returns took back of discounts so far."""
        minor: int = await self._connection.fetchval(_CLAWED_BACK, order_id)
        return minor

    async def rules_of(self, order: Order, lines: Sequence[OrderLine]) -> SoldRules | None:
        """What the order was sold under, for its returns; None if no promotion has a say in them."""
        return await rules_of(self._connection, order, lines)

    async def given_back(self, order_id: OrderId) -> GivenBack:
        """What was canceled of an order and what was refunded of it so far, each with its rounding."""
        return await given_back_of(self._connection, order_id)

    async def returned(self, order_id: OrderId) -> Returned:
        """What refunds of canceled goods gave back, or are about to, and what refunds credited to the order."""
        row = await self._connection.fetchrow(_RETURNED, order_id)
        assert row is not None, "it reads sums"
        return Returned(*row)


def refund_of(row: Record) -> Refund:
    currency = row["currency"]
    return Refund(
        id=RefundId(row["id"]),
        order_id=OrderId(row["order_id"]),
        kind=RefundKind(row["kind"]),
        state=RefundState(row["state"]),
        amount=Money(row["amount_minor"], currency),
        lines=_taxed(row, "lines", currency),
        shipping=_taxed(row, "shipping", currency),
        fees=_taxed(row, "fees", currency),
        adjustment=Money(row["adjustment_minor"], currency),
        clawback=Money(row["clawback_minor"], currency),
        rounding=Money(row["rounding_minor"], currency),
        credited=Money(row["credited_minor"], currency),
        taxes=taxes_of(row["taxes"], currency),
        to_store_credit=row["to_store_credit"],
        reason=row["reason"],
        created_at=row["created_at"],
    )


def _taxed(row: Record, name: str, currency: str) -> TaxedMoney:
    net, tax, gross = (Money(row[f"{name}_{part}_minor"], currency) for part in ("net", "tax", "gross"))
    return TaxedMoney(net, tax, gross)


def _values(refund: Refund) -> list[Any]:
    return [
        refund.id,
        refund.order_id,
        refund.kind.value,
        refund.state.value,
        refund.amount.currency,
        refund.amount.minor,
        *_parts(refund.lines),
        *_parts(refund.shipping),
        *_parts(refund.fees),
        refund.adjustment.minor,
        refund.clawback.minor,
        refund.rounding.minor,
        refund.credited.minor,
        tax_documents(refund.taxes),
        refund.to_store_credit,
        refund.reason,
    ]


def _line_values(refund_id: RefundId, plan: RefundPlan) -> list[list[Any]]:
    return [
        [
            refund_id,
            item.line.id,
            item.quantity,
            *_parts(item.share.amount),
            *_parts(wrap_amount(item)),
            tax_documents(item.share.taxes),
        ]
        for item in plan.units
    ]


def _parts(amount: TaxedMoney) -> tuple[int, int, int]:
    return amount.net.minor, amount.tax.minor, amount.gross.minor


def amount_columns(amounts: Sequence[TaxedMoney]) -> list[list[int]]:
    """Columns of nets, taxes and grosses."""
    return [list(column) for column in zip(*map(_parts, amounts), strict=True)] or [[], [], []]


def wrap_amount(item: UnitsShare) -> TaxedMoney:
    """What of the units' gift wrap goes back."""
    return item.wrap.amount if item.wrap else TaxedMoney.zero(item.line.total.currency)
