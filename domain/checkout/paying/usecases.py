"""Paying what an order costs more since it was edited, by a link that staff sends to its buyer (rule O6).

The payment is one of the order's checkout: it is asked for, resumed and observed like the one that placed the order.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.checkout.completion.outcome import Completion
from domain.checkout.due.usecases import give_up
from domain.checkout.model import Checkout
from domain.checkout.paying.ports import OrderPaymentLink, Surroundings, UnitOfWork
from domain.checkout.settling.usecases import OPEN, settle
from domain.orders.model import Order
from domain.orders.settling.model import is_payable
from domain.orders.settling.usecases import books_of
from domain.payments.gateways import Gateways
from domain.payments.model import Attempt, Payment, PaymentMethod, PaymentState, Tender, TenderState
from domain.payments.tokens import looks_like_card_number
from domain.pricing.quote import changed_total
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.idempotency import once
from domain.shared.ids import OrderId, PaymentId, TenderId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money

MAX_DAYS = 90


@dataclass(frozen=True, slots=True)
class SendOrderLink:
    """Make a link by which whoever holds it can pay what is due of an order, for so many days."""

    order_id: OrderId
    valid_days: int = 7


@dataclass(frozen=True, slots=True)
class PayDue:
    """Pay what is due of the order of a link by a method, with the token that its gateway's client was given."""

    token_hash: bytes
    method_id: str
    token: str | None
    expected: Money
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class OrderDue:
    """What the holder of a link is told: `due` of an order's `total`, and by what it can be paid."""

    order_number: str
    total: Money
    due: Money
    expires_at: datetime
    payment_methods: Sequence[PaymentMethod]


async def send_order_link(
    uow: UnitOfWork, command: SendOrderLink, token_hash: bytes, *, now: datetime
) -> OrderPaymentLink:
    """A link to the order under this token, beside those that were made before. For staff with `orders:write`.

    INVALID_TRANSITION if nothing is due, or if nothing may be taken for the order now.
    """
    if not 1 <= command.valid_days <= MAX_DAYS:
        raise refuse(ErrorCode.INVALID, f"A link is good for 1 to {MAX_DAYS} days.", "valid_days")
    async with uow:
        order = await uow.orders.lock(command.order_id)
        if order is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such order.", "order_id")
        await _due(uow, order, "order_id")
        link = OrderPaymentLink(token_hash, order.id, uow.actor.id or "", now + timedelta(days=command.valid_days))
        await uow.order_payment_links.add(link)
        await uow.commit()
    return link


async def order_due(uow: UnitOfWork, token_hash: bytes, gateways: Gateways, *, now: datetime) -> OrderDue | None:
    """What is due of the order of a link, which may be nothing by now; None once the link is over."""
    async with uow:
        link = await uow.order_payment_links.get(token_hash)
        if link is None or now >= link.expires_at:
            return None
        order = await uow.orders.lock(link.order_id)
        assert order is not None, "orders are never deleted"
        books = await books_of(uow, order)
    due = books.uncovered if is_payable(order) else Money.zero(order.currency)
    methods = gateways.methods(order.currency, order.country) if due.minor else ()
    return OrderDue(order.number, order.net_total, due, link.expires_at, methods)


async def pay_due(uow: UnitOfWork, command: PayDue, around: Surroundings) -> Completion:
    """The order, or what the buyer has to do first: then the same key goes on.

    NOT_FOUND once the link is over, PRICE_CHANGED unless what is due was expected, PAYMENT_DECLINED if the gateway
    declines. INVALID_TRANSITION if nothing is due, IDEMPOTENCY_IN_PROGRESS while another payment is on its way.
    """
    attempt = await _begun(uow, command, around)
    state, order_id = attempt.payment.state, attempt.payment.order_id
    assert order_id is not None, "it is for an order that stands"
    if state in OPEN:
        return await settle(uow, attempt, around)
    if state is PaymentState.AUTHORIZED:
        return Completion(order_id)
    raise refuse(ErrorCode.PAYMENT_DECLINED, "This payment came to nothing.", "token")


async def _begun(uow: UnitOfWork, command: PayDue, around: Surroundings) -> Attempt:
    """The payment of this key: the one that it began before, or one that is about to be asked for."""
    now = around.now()
    if command.token is not None and looks_like_card_number(command.token):
        raise refuse(ErrorCode.INVALID, "Give the gateway's token, never a card number.", "payment_token")
    async with uow:
        link = await uow.order_payment_links.get(command.token_hash)
        if link is None or now >= link.expires_at:
            raise refuse(ErrorCode.NOT_FOUND, "No such link, or no longer.", "token")
        act = once(command, scope=link.order_id, key=command.idempotency_key)
        done = await uow.idempotency.begin(act)
        if done is not None:
            return await _known(uow, PaymentId(done["payment_id"]))
        checkout, order = await _locked(uow, link.order_id)
        await _give_up_others(uow, checkout)
        attempt = await _attempt(uow, order, command, around.gateways)
        await uow.payments.offer(replace(attempt.tender, attempt=0))
        await uow.payments.begin(attempt)
        await uow.idempotency.finish(act, {"payment_id": attempt.payment.id})
        uow.tell(order.id)
        await uow.commit()
    return attempt


async def _known(uow: UnitOfWork, payment_id: PaymentId) -> Attempt:
    attempt = await uow.payments.attempt(payment_id)
    assert attempt is not None, "payments are never deleted"
    return attempt


async def _locked(uow: UnitOfWork, order_id: OrderId) -> tuple[Checkout, Order]:
    """The order's checkout, then the order (rule I4)."""
    known = await uow.orders.get(order_id)
    found = await uow.checkouts.lock_with_cart(known.checkout_id) if known else None
    order = await uow.orders.lock(order_id)
    assert found is not None, "orders and their checkouts are never deleted"
    assert order is not None, "orders and their checkouts are never deleted"
    return found[1], order


async def _give_up_others(uow: UnitOfWork, checkout: Checkout) -> None:
    """Let a payment go that waits for its buyer; IDEMPOTENCY_IN_PROGRESS for one that is on its way (rule I3)."""
    for attempt in await uow.payments.attempts_of(checkout.id):
        if attempt.payment.state is PaymentState.ACTION_REQUIRED:
            await give_up(uow, attempt, failure="replaced")
        elif attempt.payment.state in OPEN:
            raise refuse(ErrorCode.IDEMPOTENCY_IN_PROGRESS, "Another payment of this order is on its way.")


async def _attempt(uow: UnitOfWork, order: Order, command: PayDue, gateways: Gateways) -> Attempt:
    due = await _due(uow, order, "token")
    changed = changed_total(command.expected, due)
    if changed is not None:
        raise Refused(replace(changed, path=("expected_due",)))
    offered = gateways.methods(order.currency, order.country)
    method = next((item for item in offered if item.id == command.method_id), None)
    if method is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such payment method here.", "method_id")
    gateway = gateways.offering(method.id)
    if not gateway.expresses(due):
        raise refuse(ErrorCode.INVALID, f"This method cannot pay exactly {due}.", "method_id")
    tender = Tender(
        TenderId(uow.new_id("tender")),
        order.checkout_id,
        method.kind,
        method.id,
        command.token,
        None,
        TenderState.PENDING,
        attempt=1,
    )
    return Attempt(_payment(tender, order, due, gateway.name, PaymentId(uow.new_id("payment"))), tender)


def _payment(tender: Tender, order: Order, due: Money, gateway: str, payment_id: PaymentId) -> Payment:
    nothing = Money.zero(due.currency)
    return Payment(
        id=payment_id,
        checkout_id=order.checkout_id,
        tender_id=tender.id,
        order_id=order.id,
        attempt=tender.attempt,
        kind=tender.kind,
        gateway=gateway,
        gateway_key=f"{tender.id}:{tender.attempt}",
        gateway_reference=None,
        state=PaymentState.INTENDED,
        amount=due,
        authorized=nothing,
        captured=nothing,
        refunded=nothing,
    )


async def _due(uow: UnitOfWork, order: Order, *path: str) -> Money:
    """What the locked order costs beyond what is held for it or was taken."""
    if not is_payable(order):
        raise refuse(ErrorCode.INVALID_TRANSITION, f"The order is {order.status.value}.", *path)
    due = (await books_of(uow, order)).uncovered
    if not due.minor:
        raise refuse(ErrorCode.INVALID_TRANSITION, "Nothing is due.", *path)
    return due
