"""Reads of what gateways did for an order."""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.payments.model import Payment
from domain.shared.ids import OrderId, PaymentId
from persistence.payments.repository import payment_of
from persistence.payments.tables import payment
from persistence.statement import Database, Statement

_IDS = bindparam("ids", type_=ARRAY(Text))
_PAYMENTS = Statement(select(payment).where(payment.c.id == func.any(_IDS)))
_OF_ORDERS = Statement(select(payment).where(payment.c.order_id == func.any(_IDS)).order_by(payment.c.id))


async def payments_by_id(database: Database, ids: Sequence[PaymentId]) -> list[Payment]:
    """Those that exist, in no order."""
    return [payment_of(row) for row in await _PAYMENTS.rows(database, ids=ids)]


async def payments_of_orders(database: Database, order_ids: Sequence[OrderId]) -> list[Payment]:
    """The payments of the orders, each order's in the order they were begun."""
    return [payment_of(row) for row in await _OF_ORDERS.rows(database, ids=order_ids)]
