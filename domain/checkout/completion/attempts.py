"""The payments of one purchase: what balances hold for it, and what a gateway is asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.checkout.priced import PricedCheckout
from domain.payments.balances.model import BalanceKind
from domain.payments.gateways import Gateways
from domain.payments.model import Attempt, Payment, PaymentState, Tender, TenderState
from domain.payments.ports import AuthorizationRequest
from domain.payments.tendering import BALANCE, Share, gateway_tender
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import NewId, OrderId, PaymentId, moment_of
from domain.shared.making import dataclass, replace
from domain.shared.money import Money

KEYS_REMEMBERED = timedelta(hours=12)
"""Gateways keep an idempotency key for a day at least; asking again is safe for half of that without a second look."""


def gateway_attempt(whole: PricedCheckout, gateways: Gateways, *, new_id: NewId) -> Attempt:
    """A payment of what balances leave due, to be asked for. Refused if its gateway cannot be sent the amount."""
    tender = gateway_tender(whole.tenders)
    assert tender is not None, "what is due is paid by something"
    gateway = gateways.offering(tender.method_id)
    due = whole.totals.due
    if not gateway.expresses(due):
        raise refuse(ErrorCode.INVALID, f"This method cannot pay exactly {due}.", "checkout_id")
    payment = _payment(tender, due, gateway.name, PaymentState.INTENDED, new_id=new_id)
    return Attempt(payment, replace(tender, attempt=payment.attempt))


def balance_attempt(share: Share, *, new_id: NewId) -> Attempt:
    """A payment that a balance makes; what is held for it is known by the payment's id."""
    tender, amount = share.tender, share.amount
    assert tender.balance is not None, "shares are of balances"
    payment = _payment(tender, amount, BALANCE, PaymentState.AUTHORIZED, new_id=new_id)
    held = replace(payment, authorized=amount, gateway_reference=tender.balance.id)
    return Attempt(held, replace(tender, attempt=payment.attempt, state=TenderState.HELD, held=amount))


def spent(attempt: Attempt, order_id: OrderId) -> Attempt:
    """What a balance held, now that there is an order: taken at once, but what is on terms is still to be paid."""
    payment, tender = attempt.payment, attempt.tender
    assert tender.balance is not None, "only balances are spent"
    is_owed = tender.balance.kind is BalanceKind.TERMS
    captured = payment.captured if is_owed else payment.authorized
    paid = replace(payment, order_id=order_id, captured=captured)
    return Attempt(paid, replace(tender, state=TenderState.AUTHORIZED))


def let_go(attempt: Attempt, tender: TenderState, *, failure: str) -> Attempt:
    """What a balance held, given back; the tender may be used again if it is PENDING."""
    ended = attempt.ended(PaymentState.VOIDED, tender, failure=failure)
    return replace(ended, payment=replace(ended.payment, authorized=Money.zero(ended.payment.amount.currency)))


def request_of(attempt: Attempt, *, now: datetime) -> AuthorizationRequest:
    """What the gateway is asked. It is told to look twice once it may have forgotten that it was asked before."""
    payment, tender = attempt.payment, attempt.tender
    return AuthorizationRequest(
        payment.amount,
        tender.method_id,
        tender.kind,
        token=tender.token,
        stored_method=tender.stored_reference,
        customer=tender.gateway_customer,
        save_method=tender.saves_method,
        subject=payment.checkout_id,
        is_repeated=now - moment_of(payment.id) > KEYS_REMEMBERED,
    )


@dataclass(frozen=True, slots=True)
class Purchase:
    """The payments that one completion began together: at most one of a gateway, and those of balances."""

    asked: Attempt
    held: tuple[Attempt, ...]

    @classmethod
    def of(cls, attempts: Sequence[Attempt], payment_id: PaymentId) -> "Purchase":
        """Of all that a checkout tried: the payment, and what balances hold beside it."""
        asked = next(attempt for attempt in attempts if attempt.payment.id == payment_id)
        return cls(asked, held_by_balances(attempts))


def held_by_balances(attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """What balances hold for a purchase that is under way."""
    return tuple(attempt for attempt in attempts if attempt.tender.state is TenderState.HELD and _is_balance(attempt))


def _is_balance(attempt: Attempt) -> bool:
    return attempt.payment.gateway == BALANCE and attempt.payment.state is PaymentState.AUTHORIZED


def _payment(tender: Tender, amount: Money, gateway: str, state: PaymentState, *, new_id: NewId) -> Payment:
    nothing = Money.zero(amount.currency)
    attempt = tender.attempt + 1
    return Payment(
        id=PaymentId(new_id("payment")),
        checkout_id=tender.checkout_id,
        tender_id=tender.id,
        order_id=None,
        attempt=attempt,
        kind=tender.kind,
        gateway=gateway,
        gateway_key=f"{tender.id}:{attempt}",
        gateway_reference=None,
        state=state,
        amount=amount,
        authorized=nothing,
        captured=nothing,
        refunded=nothing,
    )
