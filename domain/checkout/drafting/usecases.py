"""From a draft to an order: the buyer pays by a link, or staff place it without a payment at a gateway.

Both lead through the same checkout and the same completion as every purchase.
"""

from datetime import datetime, timedelta
from enum import Enum

from domain.cart.access import may_draft
from domain.cart.model import Cart, CartState
from domain.checkout.completion.outcome import Completion
from domain.checkout.completion.ports import Surroundings
from domain.checkout.completion.usecases import CompleteCheckout, complete_checkout
from domain.checkout.drafting.ports import PaymentLink, UnitOfWork
from domain.checkout.model import Checkout, CheckoutState, Holder
from domain.checkout.priced import PricedCheckout
from domain.checkout.tendering.usecases import terms_of
from domain.checkout.usecases import StartCheckout, begun, locked_with_cart, priced, replaced
from domain.payments.balances.model import BalanceKind
from domain.payments.model import PaymentKind, Tender, TenderState
from domain.payments.tendering import BALANCE_METHODS, DUE, PAID_OUTSIDE
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import CartId, CheckoutId, TenderId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money

MAX_DAYS = 90


class DraftPayment(Enum):
    """How an order that staff place is paid: by what was paid already elsewhere, on the customer's terms, or later."""

    PAID_OUTSIDE = "PAID_OUTSIDE"
    ON_TERMS = "ON_TERMS"
    DUE = "DUE"


@dataclass(frozen=True, slots=True)
class SendDraft:
    """Make a link by which whoever holds it can pay for the draft for so many days."""

    cart_id: CartId
    valid_days: int = 7


@dataclass(frozen=True, slots=True)
class CompleteDraft:
    """Place the order, if the total is what was seen, without asking any gateway."""

    checkout_id: CheckoutId
    payment: DraftPayment
    expected_total: Money
    idempotency_key: str


async def send_draft(uow: UnitOfWork, command: SendDraft, token_hash: bytes, *, now: datetime) -> PaymentLink:
    """A link to the draft under this token, beside those that were made before."""
    if not 1 <= command.valid_days <= MAX_DAYS:
        raise refuse(ErrorCode.INVALID, f"A link is good for 1 to {MAX_DAYS} days.", "valid_days")
    async with uow:
        cart = await _draft(uow, command.cart_id)
        if not cart.lines:
            raise refuse(ErrorCode.REQUIRED, "The cart is empty.", "cart_id")
        link = PaymentLink(token_hash, cart.id, uow.actor.id or "", now + timedelta(days=command.valid_days))
        await uow.payment_links.add(link)
        await uow.commit()
    return link


async def open_link(uow: UnitOfWork, token_hash: bytes, *, now: datetime) -> PricedCheckout:
    """The checkout that the link leads to: the one that was opened before, or a new one of the draft as it is now.

    What staff told already stands in it, and the buyer pays as anywhere. Refused with NOT_FOUND once the link is over.
    """
    async with uow:
        link = await uow.payment_links.get(token_hash)
        if link is None or now >= link.expires_at:
            raise refuse(ErrorCode.NOT_FOUND, "No such link, or no longer.", "token")
        cart = await uow.carts.lock(link.cart_id)
        assert cart is not None, "a link goes with its draft"
        if cart.state is not CartState.ACTIVE:
            raise refuse(ErrorCode.INVALID_TRANSITION, "This was ordered already.", "token")
        live = await uow.checkouts.live_of_cart(cart.id)
        if live is not None and _goes_on(live, cart, now):
            return priced(uow, live, now)
        checkout_id = CheckoutId(uow.new_id("checkout"))
        command = StartCheckout(cart.id, checkout_id)
        earlier = await replaced(uow, cart)
        checkout = await begun(uow, command, checkout_id, cart, earlier, None, now, holder=Holder.LINK)
        whole = priced(uow, checkout, now)
        await uow.commit()
    return whole


async def complete_draft(uow: UnitOfWork, command: CompleteDraft, around: Surroundings) -> Completion:
    """Exactly one order, by the same completion as a buyer's; staff accept the terms for whom they act.

    What staff offer stays in the checkout when the completion is refused. So it has to be a checkout of staff: the
    holder of a link would have it paid by a word.
    """
    now = around.now()
    async with uow:
        cart, checkout = await locked_with_cart(uow, command.checkout_id)
        if cart.draft is None or not may_draft(uow.actor):
            raise refuse(ErrorCode.NOT_ALLOWED, "This is no draft of staff.", "checkout_id")
        if checkout.held_by is not Holder.STAFF:
            raise refuse(
                ErrorCode.NOT_ALLOWED, "The buyer is paying this; start a checkout of your own.", "checkout_id"
            )
        if checkout.state is CheckoutState.OPEN and not checkout.has_expired(now):
            await uow.checkouts.save(replace(checkout, terms_accepted=True, version=checkout.version + 1))
            await uow.payments.offer(await _tender(uow, checkout, command.payment))
            uow.tell(checkout.id)
            await uow.commit()
    placing = CompleteCheckout(command.checkout_id, command.expected_total, command.idempotency_key)
    return await complete_checkout(uow, placing, around)


async def _draft(uow: UnitOfWork, cart_id: CartId) -> Cart:
    cart = await uow.carts.lock(cart_id)
    if cart is None or cart.draft is None or not may_draft(uow.actor):
        raise refuse(ErrorCode.NOT_FOUND, "No such draft.", "cart_id")
    if cart.state is not CartState.ACTIVE:
        raise refuse(ErrorCode.INVALID_TRANSITION, "This was ordered already.", "cart_id")
    return cart


def _goes_on(live: Checkout, cart: Cart, now: datetime) -> bool:
    """Whether a checkout that was opened by a link is still good, or being paid."""
    if live.state is CheckoutState.COMPLETING:
        return live.held_by is Holder.LINK
    return live.held_by is Holder.LINK and not live.has_expired(now) and live.cart_version == cart.version


async def _tender(uow: UnitOfWork, checkout: Checkout, payment: DraftPayment) -> Tender:
    tender_id = TenderId(uow.new_id("tender"))
    if payment is DraftPayment.ON_TERMS:
        account = await terms_of(uow, checkout)
        if account is None:
            raise refuse(ErrorCode.NOT_FOUND, "This buyer has no terms of payment.", "payment")
        method = BALANCE_METHODS[BalanceKind.TERMS]
        return Tender(tender_id, checkout.id, method.kind, method.id, None, None, TenderState.PENDING, balance=account)
    is_paid = payment is DraftPayment.PAID_OUTSIDE
    kind, name = (PaymentKind.BANK_TRANSFER, PAID_OUTSIDE) if is_paid else (PaymentKind.INVOICE, DUE)
    return Tender(tender_id, checkout.id, kind, name, None, None, TenderState.PENDING)
