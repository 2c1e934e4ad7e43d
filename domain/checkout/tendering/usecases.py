"""Offering means of payment in a checkout, and taking them back. Nothing is charged or held before it completes."""

from datetime import datetime

from domain.checkout.model import Checkout
from domain.checkout.ports import UnitOfWork
from domain.checkout.priced import PricedCheckout
from domain.checkout.usecases import Methods, check_open, locked_open, own, priced
from domain.payments.balances.model import Balance, BalanceKind, code_hash
from domain.payments.model import PaymentMethod, Tender, TenderState
from domain.payments.stored import StoredMethod, stored_tender
from domain.payments.tendering import BALANCE_METHODS
from domain.payments.tokens import looks_like_card_number
from domain.shared.errors import ErrorCode, refuse
from domain.shared.idempotency import once
from domain.shared.ids import CheckoutId, StoredMethodId, TenderId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money

MAX_TOKEN_LENGTH = 500
KINDS = {method.id: kind for kind, method in BALANCE_METHODS.items()}
GIFT_CARD = BALANCE_METHODS[BalanceKind.GIFT_CARD].id


@dataclass(frozen=True, slots=True)
class AddTender:
    """Offer a means of payment: a gateway's for what is due, or a balance for as much of it as `amount` says.

    One of a gateway takes the place of the gateway's offered before, a balance that of its own earlier offer. Without
    an amount a balance pays as much as it can.
    """

    checkout_id: CheckoutId
    method_id: str
    token: str | None
    amount: Money | None
    idempotency_key: str
    gift_card_code: str | None = None
    stored_method_id: StoredMethodId | None = None
    saves_method: bool = False
    """Whether the gateway shall keep the method for the customer."""


@dataclass(frozen=True, slots=True)
class RemoveTender:
    """Take an offered means of payment back; one that was taken back already stays so."""

    checkout_id: CheckoutId
    tender_id: TenderId


async def add_tender(uow: UnitOfWork, command: AddTender, *, methods: Methods, now: datetime) -> PricedCheckout:
    """Offer a means of payment: one of the `methods` of the checkout's currency and country, or a balance."""
    _check_token(command.token)
    act = once(command, scope=command.checkout_id, key=command.idempotency_key)
    async with uow:
        found, done = await uow.checkouts.lock_and_claim(command.checkout_id, act, {})
        checkout = own(uow, found)
        if done is not None:
            return priced(uow, checkout, now)
        check_open(checkout, now)
        kind = KINDS.get(command.method_id)
        if kind is None:
            tender = await _of_gateway(uow, checkout, command, methods, now)
        else:
            tender = await _of_balance(uow, checkout, command, kind, now)
        await uow.payments.offer(tender)
        uow.tell(checkout.id)
        await uow.commit()
    tenders = [_released(each) if _is_replaced(each, tender) else each for each in checkout.tenders]
    return priced(uow, replace(checkout, version=checkout.version + 1, tenders=(*tenders, tender)), now)


async def remove_tender(uow: UnitOfWork, command: RemoveTender, *, now: datetime) -> PricedCheckout:
    async with uow:
        checkout = await locked_open(uow, command.checkout_id, now)
        tender = next((tender for tender in checkout.tenders if tender.id == command.tender_id), None)
        if tender is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such tender in this checkout.", "tender_id")
        if tender.state is not TenderState.PENDING:
            return priced(uow, checkout, now)
        await uow.payments.withdraw(tender)
        uow.tell(checkout.id)
        await uow.commit()
    tenders = tuple(_released(each) if each.id == tender.id else each for each in checkout.tenders)
    return priced(uow, replace(checkout, version=checkout.version + 1, tenders=tenders), now)


def _is_replaced(offered: Tender, by: Tender) -> bool:
    """Whether a tender gives way to a new one: of the same balance, or like it of none."""
    one, other = offered.balance, by.balance
    return offered.state is TenderState.PENDING and (one and one.id) == (other and other.id)


def _released(tender: Tender) -> Tender:
    return replace(tender, state=TenderState.RELEASED)


async def _of_gateway(
    uow: UnitOfWork, checkout: Checkout, command: AddTender, methods: Methods, now: datetime
) -> Tender:
    stored = await _stored(uow, checkout, command.stored_method_id) if command.stored_method_id else None
    offered = methods(checkout.currency, checkout.delivery_country)
    method_id = stored.method_id if stored else command.method_id
    method = next((method for method in offered if method.id == method_id), None)
    if method is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such payment method here.", "method_id")
    if command.amount is not None:
        due = priced(uow, checkout, now).totals.due
        if command.amount != due:
            message = f"{due.amount} {due.currency} is due, which one such tender pays whole."
            raise refuse(ErrorCode.INVALID, message, "amount")
    if stored:
        return stored_tender(stored, method, checkout.id, tender_id=TenderId(uow.new_id("tender")))
    return _tender(uow, checkout, command, method)


async def _stored(uow: UnitOfWork, checkout: Checkout, method_id: StoredMethodId) -> StoredMethod:
    """A method that is kept for the customer who buys."""
    stored = await uow.stored_methods.get(method_id)
    is_own = stored is not None and stored.customer_id == checkout.customer_id == uow.actor.customer_id
    if stored is None or not is_own:
        raise refuse(ErrorCode.NOT_FOUND, "No such stored method.", "stored_method_id")
    return stored


async def _of_balance(
    uow: UnitOfWork, checkout: Checkout, command: AddTender, kind: BalanceKind, now: datetime
) -> Tender:
    balance = await _balance(uow, checkout, command, kind)
    amount, usable = command.amount, balance.usable(now)
    if amount is not None and (amount.minor <= 0 or amount.currency != checkout.currency):
        raise refuse(ErrorCode.INVALID, f"Give an amount of {checkout.currency} above zero.", "amount")
    if not usable.minor or (amount is not None and usable < amount):
        named = "gift_card_code" if kind is BalanceKind.GIFT_CARD else "method_id"
        raise refuse(_lack(kind), f"{usable} can be paid with this.", "amount" if amount else named)
    return replace(_tender(uow, checkout, command, BALANCE_METHODS[kind]), token=None, amount=amount, balance=balance)


async def _balance(uow: UnitOfWork, checkout: Checkout, command: AddTender, kind: BalanceKind) -> Balance:
    """The gift card of the code, or the account of who buys: terms of the company, if it is for one."""
    if kind is BalanceKind.GIFT_CARD:
        if command.gift_card_code is None:
            raise refuse(ErrorCode.REQUIRED, "Give the gift card's code.", "gift_card_code")
        card = await uow.balances.by_code(code_hash(command.gift_card_code))
        if card is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such gift card.", "gift_card_code")
        if card.available.currency != checkout.currency:
            message = f"This gift card pays in {card.available.currency} only."
            raise refuse(ErrorCode.INVALID, message, "gift_card_code")
        return card
    owner = checkout.customer_id if checkout.customer_id == uow.actor.customer_id else None
    account = None
    if owner is not None and kind is BalanceKind.TERMS:
        account = await terms_of(uow, checkout)
    elif owner is not None:
        account = await uow.balances.of_customer(owner, kind, checkout.currency)
    if account is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such payment method here.", "method_id")
    return account


async def terms_of(uow: UnitOfWork, checkout: Checkout) -> Balance | None:
    """What may be owed for it: by the company that it is for, or else by its customer. None without terms."""
    if checkout.company_id is not None:
        return await uow.balances.of_company(checkout.company_id, checkout.currency)
    owner = checkout.customer_id
    return await uow.balances.of_customer(owner, BalanceKind.TERMS, checkout.currency) if owner else None


def _lack(kind: BalanceKind) -> ErrorCode:
    is_on_terms = kind is BalanceKind.TERMS
    return ErrorCode.CREDIT_LIMIT_EXCEEDED if is_on_terms else ErrorCode.INSUFFICIENT_BALANCE


def _check_token(token: str | None) -> None:
    """Card data never enters (rule Y10): what looks like a card number is refused before anything is stored."""
    if token is None:
        return
    if len(token) > MAX_TOKEN_LENGTH:
        raise refuse(ErrorCode.INVALID, f"A token has at most {MAX_TOKEN_LENGTH} characters.", "token")
    if looks_like_card_number(token):
        raise refuse(ErrorCode.INVALID, "Send the gateway's token, never a card number.", "token")


def _tender(uow: UnitOfWork, checkout: Checkout, command: AddTender, method: PaymentMethod) -> Tender:
    return Tender(
        id=TenderId(uow.new_id("tender")),
        checkout_id=checkout.id,
        kind=method.kind,
        method_id=method.id,
        token=command.token,
        amount=None,
        state=TenderState.PENDING,
        saves_method=command.saves_method and checkout.customer_id is not None,
    )
