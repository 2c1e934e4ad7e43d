"""What completing, settling and awaiting a payment write alike, each within the transaction of its caller."""

from collections.abc import Sequence
from datetime import datetime

from domain.checkout.completion.attempts import balance_attempt, let_go, spent
from domain.checkout.completion.outcome import Completion, Placed
from domain.checkout.completion.ports import Surroundings
from domain.checkout.keeping.usecases import keep_addresses
from domain.checkout.model import Checkout, CheckoutState
from domain.checkout.placing import place
from domain.checkout.ports import UnitOfWork
from domain.checkout.priced import PricedCheckout
from domain.checkout.promising.usecases import use_promotions
from domain.checkout.taxation.usecases import count_sales
from domain.inventory.sourcing import Pick
from domain.orders.model import Order
from domain.payments.balances.model import BalanceKind
from domain.payments.model import Attempt, Payment, TenderState
from domain.pricing.taxation.treatment import VOUCHER_CLASS
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.ids import BalanceId, OrderId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import replace


async def place_order(
    uow: UnitOfWork,
    whole: PricedCheckout,
    picks: Sequence[Pick],
    around: Surroundings,
    *,
    now: datetime,
    paid_by: Attempt | None = None,
    payment_due_at: datetime | None = None,
) -> tuple[Order, Checkout]:
    """The order of a checkout and the checkout as it is then, its cart ORDERED.

    `paid_by` is the payment of a gateway, if one was asked; what comes later is awaited until `payment_due_at`.
    """
    placement = place(
        whole, picks, new_id=uow.new_id, new_number=around.new_number, now=now, payment_due_at=payment_due_at
    )
    await uow.orders.add(placement.order, placement.vendor_orders, placement.lines, placement.allocations)
    await count_sales(uow, whole, now=now)
    order_id = placement.order.id
    promised = await use_promotions(uow, whole, order_id)
    uow.record(*placement.events)
    until = payment_due_at or whole.checkout.expires_at
    done = replace(
        promised,
        version=promised.version + 1,
        state=CheckoutState.COMPLETED,
        order_id=order_id,
        lease_until=None,
        expires_at=until,
    )
    await uow.checkouts.save_ordered(done, paid_by and _of_order(paid_by, order_id))
    if whole.context.market.captures_at_placement and payment_due_at is None:
        uow.enqueue(Job(JobKind.SETTLE_ORDER, order_id))
    for line in placement.lines:
        if line.backordered:
            uow.enqueue(Job(JobKind.ALLOCATE_STOCK, line.offer_id))
    if payment_due_at is None and any(line.is_download for line in placement.lines):
        uow.enqueue(Job(JobKind.DELIVER_DIGITAL, order_id))
    if any(line.tax_class == VOUCHER_CLASS for line in placement.lines):
        uow.enqueue(Job(JobKind.ISSUE_GIFT_CARDS, order_id))
    await keep_addresses(uow, done)
    uow.tell(done.cart_id, done.id, order_id)
    return placement.order, done


def _of_order(attempt: Attempt, order_id: OrderId) -> Attempt:
    return replace(attempt, payment=replace(attempt.payment, order_id=order_id))


def completion(order: Order, checkout: Checkout, attempts: Sequence[Attempt]) -> Completion:
    """The order and its checkout as they were written, with the tenders of the payments that paid for it."""
    used = {attempt.tender.id: attempt.tender for attempt in attempts}
    tenders = tuple(used.get(tender.id, tender) for tender in checkout.tenders)
    return Completion(order.id, placed=Placed(order, replace(checkout, tenders=tenders)))


async def hold_balances(uow: UnitOfWork, whole: PricedCheckout, *, now: datetime) -> tuple[Attempt, ...]:
    """What balances pay, set aside in the order of their ids; refused if one has less than it had a moment ago."""
    attempts = [balance_attempt(share, new_id=uow.new_id) for share in whole.shares]
    for attempt in sorted(attempts, key=_balance_id):
        payment = attempt.payment
        held = await uow.balances.hold(_balance_id(attempt), payment.amount, reference=payment.id, now=now)
        if not held:
            raise _lacking(attempt)
        await uow.payments.begin(attempt)
    return tuple(attempts)


async def spend_balances(uow: UnitOfWork, held: Sequence[Attempt], order_id: OrderId) -> list[Attempt]:
    """What balances held is the order's."""
    paid = [spent(attempt, order_id) for attempt in held]
    for attempt in paid:
        await uow.payments.record(attempt)
    return paid


async def release_balances(uow: UnitOfWork, held: Sequence[Attempt], tender: TenderState, *, failure: str) -> None:
    """Give back what balances held (rule Y5)."""
    if held:
        await uow.balances.release([attempt.payment.id for attempt in held])
    for attempt in held:
        await uow.payments.record(let_go(attempt, tender, failure=failure))


async def save(uow: UnitOfWork, checkout: Checkout) -> None:
    await uow.checkouts.save(replace(checkout, version=checkout.version + 1))
    uow.tell(checkout.id)


def payment_event(kind: EventType, payment: Payment) -> Event:
    changes = {"amountMinor": payment.amount.minor, "currency": payment.amount.currency, "reason": payment.failure}
    return Event(kind, payment.id, order_id=payment.order_id, changes=changes)


def _balance_id(attempt: Attempt) -> BalanceId:
    assert attempt.tender.balance is not None, "only balances are held"
    return attempt.tender.balance.id


def _lacking(attempt: Attempt) -> Refused:
    assert attempt.tender.balance is not None, "only balances are held"
    if attempt.tender.balance.kind is BalanceKind.TERMS:
        return refuse(ErrorCode.CREDIT_LIMIT_EXCEEDED, "The credit limit does not cover this.", "checkout_id")
    return refuse(ErrorCode.INSUFFICIENT_BALANCE, "Less is left than a moment ago.", "checkout_id")
