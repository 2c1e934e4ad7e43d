"""An order that was bought in a shop, and what staff does with it afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.fulfillment.model import FulfillmentLine
from domain.fulfillment.usecases import CreateFulfillment, create_fulfillment
from domain.orders.canceling.usecases import CancelOrder, cancel_order
from domain.orders.capturing.usecases import CapturePayment, VoidPayment, capture_payment, void_payment
from domain.orders.holding.usecases import settle_order
from domain.orders.model import Order, OrderLine, VendorOrder
from domain.orders.refunding.model import Units
from domain.orders.refunding.usecases import CreateRefund, create_refund
from domain.orders.settling.ports import Surroundings
from domain.orders.settling.usecases import carry_out
from domain.orders.usecases import AcceptVendorOrder, accept_vendor_order
from domain.shared.actor import STAFF_SCOPE, Actor
from domain.shared.ids import ApiKeyId, CustomerId, OfferId, OrderId, PaymentId, PaymentOperationId, WarehouseId
from domain.shared.money import Money
from persistence.ids import new_id
from persistence.orders import queries
from persistence.unit_of_work import PostgresUnitOfWork
from tests.factories.buying import Buying

STAFF = Actor(
    customer_id=CustomerId("customer_staff"), scopes=frozenset({STAFF_SCOPE, "orders:write", "payments:write"})
)


def eur(amount: str) -> Money:
    return Money.parse(amount, "EUR")


@dataclass
class Sale:
    """One order in a shop. Staff acts, unless `actor` says who."""

    shop: Buying
    order_id: OrderId
    actor: Actor = STAFF

    @property
    def around(self) -> Surroundings:
        return Surroundings(self.shop.around.gateways, lambda: self.shop.now)

    def unit_of_work(self) -> PostgresUnitOfWork:
        return replace(self.shop, actor=self.actor).unit_of_work()

    def by(self, actor: Actor) -> "Sale":
        return replace(self, actor=actor)

    def later(self, **period: float) -> "Sale":
        return replace(self, shop=self.shop.later(**period))

    async def order(self) -> Order:
        (found,) = await queries.orders_by_id(self.shop.pool, [self.order_id])
        return found

    async def lines(self) -> Sequence[OrderLine]:
        return await queries.lines_of_orders(self.shop.pool, [self.order_id])

    async def parts(self) -> Sequence[VendorOrder]:
        return await queries.vendor_orders_of_orders(self.shop.pool, [self.order_id])

    async def payment_id(self) -> PaymentId:
        sql = "SELECT id FROM payment WHERE order_id = $1 ORDER BY id DESC LIMIT 1"
        return PaymentId(await self.shop.pool.fetchval(sql, self.order_id))

    async def capture(self, amount: str | None = None, *, final: bool = False, key: str | None = None) -> OrderId:
        asked = eur(amount) if amount else None
        command = CapturePayment(await self.payment_id(), asked, final, key or new_id("key"))
        return await capture_payment(self.unit_of_work(), command, self.around)

    async def void(self) -> OrderId:
        command = VoidPayment(await self.payment_id(), new_id("key"))
        return await void_payment(self.unit_of_work(), command, self.around)

    async def refund(self, *units: tuple[int, int], key: str | None = None, **options: Any) -> OrderId:
        """Refund `(line, quantity)` units, `shipping` and an `adjustment`, both as decimals."""
        lines = await self.lines()
        command = CreateRefund(
            order_id=self.order_id,
            lines=tuple(Units(lines[at].id, quantity) for at, quantity in units),
            shipping=eur(options["shipping"]) if "shipping" in options else None,
            adjustment=eur(options["adjustment"]) if "adjustment" in options else None,
            to_store_credit=options.get("to_store_credit", False),
            reason=options.get("reason"),
            idempotency_key=key or new_id("key"),
        )
        return await create_refund(self.unit_of_work(), command, self.around)

    async def cancel(self, *units: tuple[int, int], part: int | None = None, key: str | None = None) -> OrderId:
        """Cancel `(line, quantity)` units, or a vendor's part, or without either all of it."""
        lines, parts = await self.lines(), await self.parts()
        command = CancelOrder(
            order_id=self.order_id,
            lines=tuple(Units(lines[at].id, quantity) for at, quantity in units),
            vendor_order_id=None if part is None else parts[part].id,
            reason="changed my mind",
            idempotency_key=key or new_id("key"),
        )
        return await cancel_order(self.unit_of_work(), command, self.around)

    async def send(self, line: int, quantity: int) -> None:
        """Accept the part of a line, and send units of it."""
        found = (await self.lines())[line]
        part = next(item for item in await self.parts() if item.id == found.vendor_order_id)
        vendor = Actor(api_key_id=ApiKeyId("api_key_vendor"), vendor_ids=frozenset({part.vendor_id}))
        uow = self.by(vendor).unit_of_work()
        if part.status.value == "NEW":
            await accept_vendor_order(uow, AcceptVendorOrder(part.id, new_id("key")))
        sql = "SELECT warehouse_id FROM allocation WHERE order_line_id = $1"
        warehouse = WarehouseId(await self.shop.pool.fetchval(sql, found.id))
        sent = (FulfillmentLine(found.id, quantity),)
        await create_fulfillment(uow, CreateFulfillment(part.id, warehouse, sent, (), new_id("key")), now=self.shop.now)

    async def settle(self) -> Any:
        """What the worker does with the order."""
        return await settle_order(self.unit_of_work(), self.order_id, self.around)

    async def resume(self) -> list[str]:
        """What the worker does with operations that somebody left; their states then."""
        rows = await self.shop.pool.fetch("SELECT id FROM payment_operation WHERE state IN ('INTENDED', 'PENDING')")
        done = [await carry_out(self.unit_of_work(), PaymentOperationId(row["id"]), self.around) for row in rows]
        return [operation.state.value for operation in done]

    async def money(self) -> list[tuple[str, str, str, str]]:
        """State, authorized, captured and refunded of each payment, in the order they were made."""
        sql = """SELECT state, authorized_minor, captured_minor, refunded_minor FROM payment
                 WHERE order_id = $1 ORDER BY id"""
        rows = await self.shop.pool.fetch(sql, self.order_id)
        return [(row[0], *[Money(minor, "EUR").amount for minor in row[1:]]) for row in rows]

    async def operations(self) -> list[tuple[str, str, str]]:
        """Kind, state and amount of each operation, in the order they were decided."""
        rows = await self.shop.pool.fetch("SELECT kind, state, amount_minor FROM payment_operation ORDER BY id")
        return [(row[0], row[1], Money(row[2], "EUR").amount) for row in rows]

    async def refunds(self) -> list[tuple[str, str, str]]:
        """Kind, state and amount of each refund."""
        rows = await self.shop.pool.fetch("SELECT kind, state, amount_minor FROM refund ORDER BY id")
        return [(row[0], row[1], Money(row[2], "EUR").amount) for row in rows]

    async def told(self) -> list[str]:
        """The types of events since the order was placed."""
        rows = await self.shop.pool.fetch(
            """SELECT type FROM event
               WHERE type NOT IN ('ORDER_PLACED', 'VENDOR_ORDER_CREATED', 'VENDOR_ORDER_ACCEPTED')
                 AND type NOT LIKE 'FULF%'
               ORDER BY recorded_at, id"""
        )
        return [row["type"] for row in rows]


async def sold(shop: Buying, *lines: tuple[OfferId, int], token: str = "tok_ok") -> Sale:
    """An order whose total is authorized, and of which nothing was taken or sent."""
    done = await shop.complete(await shop.ready(*lines, token=token))
    assert done.order_id is not None
    return Sale(shop, done.order_id)
