"""Paying and placing: from a checkout that lacks nothing to exactly one order, whatever fails on the way.

A charge is three steps. `begin` records the intent in one transaction, in which balances set their share aside; the
gateway is asked outside of any, under a key made from the tender and its attempt; `settle` records the answer and
places the order in a second transaction. Whoever finds a payment between the two (the buyer asking again, another
process, a job after a crash) asks the gateway again under the same key and settles: one charge, one order.
"""

from datetime import datetime, timedelta

from domain.cart.model import Cart
from domain.checkout.completion.attempts import gateway_attempt
from domain.checkout.completion.outcome import Completion, stored, told
from domain.checkout.completion.ports import Surroundings
from domain.checkout.delivering.choices import undeliverable
from domain.checkout.gifts import gift_problems
from domain.checkout.holding import expired
from domain.checkout.model import LONGEST_HOLD, PAYMENT_GRACE, Checkout, CheckoutRequirement, CheckoutState
from domain.checkout.placement.usecases import completion, hold_balances, place_order, save, spend_balances
from domain.checkout.ports import UnitOfWork
from domain.checkout.priced import PricedCheckout
from domain.checkout.pricing import used_up_codes
from domain.checkout.promising.usecases import used_up
from domain.checkout.settling.usecases import OPEN, settle
from domain.checkout.taxation.usecases import at_present_sales
from domain.checkout.usecases import own_with_cart, priced
from domain.payments.balances.model import BalanceKind
from domain.payments.model import Attempt
from domain.payments.tendering import USABLE
from domain.pricing.quote import changed_total
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.idempotency import Once, once
from domain.shared.ids import CheckoutId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money

LEASE = timedelta(seconds=6)
"""How long whoever asks the gateway is left alone with it. Asking beside them is harmless, under the same key."""
PATIENCE = 50
"""How many times a second call looks whether the first is done before it gives up."""


@dataclass(frozen=True, slots=True)
class CompleteCheckout:
    """Pay what is due and place the order, if the total is what the buyer saw."""

    checkout_id: CheckoutId
    expected_total: Money
    idempotency_key: str


async def complete_checkout(uow: UnitOfWork, command: CompleteCheckout, around: Surroundings) -> Completion:
    """Exactly one order for a checkout, however often and from wherever it is completed.

    While another call is at it this one waits up to 5 seconds for its outcome, then refuses with
    IDEMPOTENCY_IN_PROGRESS, which asks to be called again with the same key.
    """
    act = once(command, scope=command.checkout_id, key=command.idempotency_key)
    for _ in range(PATIENCE):
        begun = await begin(uow, command, act, around)
        if isinstance(begun, Completion):
            return begun
        if isinstance(begun, Attempt):
            return await settle(uow, begun, around, act=act)
        await around.pause()
    raise refuse(ErrorCode.IDEMPOTENCY_IN_PROGRESS, "The payment is under way; ask again with the same key.")


async def begin(
    uow: UnitOfWork, command: CompleteCheckout, act: Once, around: Surroundings
) -> Completion | Attempt | None:
    """Record the intent to charge. The outcome if there is one already; None while somebody else is asking."""
    now = around.now()
    async with uow:
        found, done = await uow.checkouts.lock_with_cart_and_begin(command.checkout_id, act)
        cart, checkout = own_with_cart(uow, found)
        if done is not None:
            return told(done)
        if checkout.state is CheckoutState.COMPLETED:
            return await _finished(uow, act, Completion(checkout.order_id))
        if checkout.lease_until is not None and now < checkout.lease_until:
            return None
        if checkout.state is CheckoutState.COMPLETING:
            return await _taken_over(uow, checkout, now)
        whole = await _checked(uow, cart, checkout, command, now)
        if not whole.totals.due.minor:
            return await _finished(uow, act, await _paid_by_balances(uow, whole, around, now))
        return await _intended(uow, whole, around, now)


async def _finished(uow: UnitOfWork, act: Once, outcome: Completion) -> Completion:
    await uow.idempotency.finish(act, stored(outcome))
    await uow.commit()
    return outcome


async def _checked(
    uow: UnitOfWork, cart: Cart, checkout: Checkout, command: CompleteCheckout, now: datetime
) -> PricedCheckout:
    """The checkout with its total, if it can be paid and the total is the one the buyer saw (rule P13)."""
    whole = await at_present_sales(uow, priced(uow, checkout, now), now=now)
    if checkout.state is CheckoutState.CLOSED or checkout.has_expired(now):
        message = f"This checkout has expired; start it again. Its total is {whole.totals.total.gross} now."
        raise refuse(ErrorCode.RESERVATION_EXPIRED, message, "checkout_id")
    if cart.version != checkout.cart_version:
        raise refuse(ErrorCode.VERSION_CONFLICT, "The cart has changed; start the checkout again.", "checkout_id")
    if CheckoutRequirement.DELIVERY_OPTION in whole.missing and undeliverable(whole):
        raise Refused(*undeliverable(whole, "checkout_id"))
    if whole.missing:
        raise Refused(*[_lacking(whole, requirement) for requirement in whole.missing])
    if gift_problems(whole):
        raise Refused(*used_up_codes(whole, "checkout_id"), *gift_problems(whole, "checkout_id"))
    changed = changed_total(command.expected_total, whole.totals.total.gross)
    if changed is not None:
        raise Refused(*used_up_codes(whole, "checkout_id"), changed)
    return whole


def _lacking(whole: PricedCheckout, requirement: CheckoutRequirement) -> Problem:
    if requirement is CheckoutRequirement.PAYMENT:
        if _is_on_terms(whole):
            return Problem(ErrorCode.CREDIT_LIMIT_EXCEEDED, "The credit limit does not cover this.", ("checkout_id",))
        return Problem(ErrorCode.PAYMENT_REQUIRED, "Offer a means of payment first.", ("checkout_id",))
    if requirement is CheckoutRequirement.APPROVAL:
        return _unapproved(whole)
    if requirement is CheckoutRequirement.TAX:
        return Problem(ErrorCode.TAX_UNAVAILABLE, "The tax cannot be computed just now; try again.", ("checkout_id",))
    words = requirement.value.lower().replace("_", " ")
    return Problem(ErrorCode.REQUIRED, f"The checkout lacks: {words}.", ("checkout_id",))


def _unapproved(whole: PricedCheckout) -> Problem:
    company, total = whole.checkout.company, whole.totals.total.gross
    assert company is not None, "only purchases for companies need approval"
    if company.refusal(total) is ErrorCode.NOT_ALLOWED:
        message = f"You do not buy for {company.name} any more."
        return Problem(ErrorCode.NOT_ALLOWED, message, ("checkout_id",))
    message = f"An order of yours for {company.name} may come to {company.spending_limit}."
    return Problem(ErrorCode.SPENDING_LIMIT_EXCEEDED, message, ("checkout_id",))


def _is_on_terms(whole: PricedCheckout) -> bool:
    offered = [tender.balance for tender in whole.tenders if tender.state in USABLE]
    return any(balance is not None and balance.kind is BalanceKind.TERMS for balance in offered)


async def _paid_by_balances(uow: UnitOfWork, whole: PricedCheckout, around: Surroundings, now: datetime) -> Completion:
    """The order of what costs nothing, or what balances pay whole: no gateway is asked (rule Y8).

    Counters of promotions are locked before balances (rule I4).
    """
    picks = await uow.reservations.allocate(whole.id)
    if not whole.checkout.is_covered_by(picks):
        raise expired()
    refusal = await used_up(uow, whole) if whole.shares else None
    if refusal is not None:
        raise refusal
    held = await hold_balances(uow, whole, now=now)
    order, checkout = await place_order(uow, whole, picks, around, now=now)
    paid = await spend_balances(uow, held, order.id)
    return completion(order, checkout, paid)


async def _intended(uow: UnitOfWork, whole: PricedCheckout, around: Surroundings, now: datetime) -> Attempt:
    """The payment that is about to be asked for, written down, with goods and balances held as long as it may take.

    Stock is locked before balances (rule I4).
    """
    checkout = whole.checkout
    until = max(checkout.expires_at, min(now, checkout.started_at + LONGEST_HOLD) + PAYMENT_GRACE)
    if whole.shares:
        await uow.reservations.extend(checkout.id, until)
        await hold_balances(uow, whole, now=now)
    attempt = gateway_attempt(whole, around.gateways, new_id=uow.new_id)
    paying = replace(checkout, state=CheckoutState.COMPLETING, expires_at=until, lease_until=now + LEASE)
    if not checkout.is_covered_by(await uow.payments.begin_paying(attempt, paying)):
        raise expired()
    uow.tell(checkout.id)
    await uow.commit()
    return attempt


async def _taken_over(uow: UnitOfWork, checkout: Checkout, now: datetime) -> Attempt:
    """The payment that somebody left unfinished, with the lease renewed."""
    attempts = await uow.payments.attempts_of(checkout.id)
    await save(uow, replace(checkout, lease_until=now + LEASE))
    await uow.commit()
    return next(attempt for attempt in reversed(attempts) if attempt.payment.state in OPEN)
