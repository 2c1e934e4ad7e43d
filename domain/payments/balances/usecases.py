"""Giving out gift cards, store credit and credit limits, and giving back what was paid with them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from domain.payments.balances.model import NEW_TERM, Balance, BalanceKind, EntryKind, GiftCardCode
from domain.payments.balances.ports import UnitOfWork
from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import BalanceId, CompanyId, CustomerId, OrderLineId
from domain.shared.making import dataclass, replace
from domain.shared.money import EXPONENTS, MAX_MINOR, Money

MAX_NOTE_LENGTH = 500
TAKEN_BACK = "given back by the order that bought it"
PREFIXES = {
    BalanceKind.GIFT_CARD: "gift_card",
    BalanceKind.STORE_CREDIT: "store_credit",
    BalanceKind.TERMS: "credit_terms",
}

type NewCode = Callable[[], GiftCardCode]


@dataclass(frozen=True, slots=True)
class IssueGiftCard:
    """A member of staff gives out a gift card."""

    amount: Money
    expires_at: datetime | None
    note: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class IssuedGiftCard:
    """A gift card with its code, which is never told again: a repeated call has none."""

    gift_card: Balance
    code: str | None = None


@dataclass(frozen=True, slots=True)
class AdjustGiftCard:
    """Add `amount` to what is left on a card, or take it off if it is negative."""

    gift_card_id: BalanceId
    amount: Money
    note: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class RenewGiftCardCode:
    """Replace a code that was lost; the one before no longer works."""

    gift_card_id: BalanceId
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class GrantStoreCredit:
    """Give a customer credit; with `expires_at` all their credit of this currency lasts until then at least."""

    customer_id: CustomerId
    amount: Money
    expires_at: datetime | None
    note: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class SetCreditLimit:
    """Say how much a customer or a company may owe in a currency: what is bought on invoice and not paid (rule B1)."""

    customer_id: CustomerId | None
    limit: Money
    note: str | None
    idempotency_key: str
    company_id: CompanyId | None = None


async def issue_gift_card(
    uow: UnitOfWork, command: IssueGiftCard, *, new_code: NewCode, now: datetime
) -> IssuedGiftCard:
    """A new card with its code; the code is None when the key was used before."""
    _check_amount(command.amount)
    _check_note(command.note)
    _check_expiry(command.expires_at, now)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        if done is not None:
            return IssuedGiftCard(await _locked(uow, BalanceId(done["gift_card_id"]), "idempotency_key"))
        code = new_code()
        card = replace(_new(uow, BalanceKind.GIFT_CARD, None, command.amount, command.expires_at), last4=code.last4)
        await uow.balances.open(card, code=code, note=command.note)
        uow.record(_changed(EventType.GIFT_CARD_ISSUED, card, command.amount))
        await uow.idempotency.finish(act, {"gift_card_id": card.id})
        await uow.commit()
    return IssuedGiftCard(card, code.text)


async def adjust_gift_card(uow: UnitOfWork, command: AdjustGiftCard) -> Balance:
    """The card with what is left on it; INSUFFICIENT_BALANCE if less is left than shall be taken off."""
    _check_note(command.note)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        card = await _locked(uow, command.gift_card_id, "gift_card_id")
        if done is not None:
            return card
        _check_delta(card, command.amount)
        changed = await uow.balances.change(card.id, command.amount, EntryKind.ADJUSTMENT, note=command.note)
        if changed is None:
            message = f"Only {card.available} is left on this card."
            raise refuse(ErrorCode.INSUFFICIENT_BALANCE, message, "amount")
        uow.record(_changed(EventType.BALANCE_CHANGED, changed, command.amount))
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return changed


async def renew_gift_card_code(uow: UnitOfWork, command: RenewGiftCardCode, *, new_code: NewCode) -> IssuedGiftCard:
    """The card with a new code; the code is None when the key was used before."""
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        card = await _locked(uow, command.gift_card_id, "gift_card_id")
        if done is not None:
            return IssuedGiftCard(card)
        code = new_code()
        await uow.balances.set_code(card.id, code)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return IssuedGiftCard(replace(card, last4=code.last4, version=card.version + 1), code.text)


async def grant_store_credit(uow: UnitOfWork, command: GrantStoreCredit, *, now: datetime) -> Balance:
    """The customer's credit in this currency, with the new amount in it."""
    _check_amount(command.amount)
    _check_note(command.note)
    _check_expiry(command.expires_at, now)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        if done is not None:
            return await _locked(uow, BalanceId(done["balance_id"]), "customer_id")
        if not await uow.balances.has_customer(command.customer_id):
            raise refuse(ErrorCode.NOT_FOUND, "No such customer.", "customer_id")
        credit = await _credited(
            uow,
            command.customer_id,
            command.amount,
            EntryKind.GRANT,
            expires_at=command.expires_at,
            note=command.note,
            now=now,
        )
        await uow.idempotency.finish(act, {"balance_id": credit.id})
        await uow.commit()
    return credit


async def set_credit_limit(uow: UnitOfWork, command: SetCreditLimit) -> Balance:
    """The terms under the new limit. What is owed already stays owed, even if it is more than the limit."""
    if (command.customer_id is None) == (command.company_id is None):
        raise refuse(ErrorCode.REQUIRED, "Name either a customer or a company.", "customer_id")
    if command.limit.minor < 0:
        raise refuse(ErrorCode.INVALID, "A limit is not negative.", "limit", "amount_minor")
    _check_currency(command.limit, "limit")
    _check_note(command.note)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        if done is not None:
            return await _locked(uow, BalanceId(done["balance_id"]), "customer_id")
        terms = await _terms(uow, command)
        more = command.limit - terms.granted
        changed = await uow.balances.change(terms.id, more, EntryKind.GRANT, granted=more, note=command.note)
        assert changed is not None, "what may be owed can become less than what is"
        uow.record(_changed(EventType.BALANCE_CHANGED, changed, more))
        await uow.idempotency.finish(act, {"balance_id": changed.id})
        await uow.commit()
    return changed


async def give_back(
    uow: UnitOfWork,
    balance_id: BalanceId,
    amount: Money,
    *,
    customer_id: CustomerId | None,
    refund_id: str,
    now: datetime,
) -> Balance:
    """Refund what was paid with a balance, within the caller's transaction; where it went to.

    A gift card that has expired is refunded as store credit of the order's customer, with a new term; for a guest, who
    has no store credit, the card itself is given a new term, for this amount alone (rule Y6). A second call for the
    same refund is an error.
    """
    balance = await uow.balances.lock(balance_id)
    assert balance is not None, "balances are never deleted"
    if balance.has_expired(now):
        if balance.kind is BalanceKind.GIFT_CARD and customer_id is not None:
            return await refund_as_store_credit(uow, customer_id, amount, refund_id=refund_id, now=now)
        await _renewed(uow, balance, now + NEW_TERM)
    changed = await uow.balances.change(balance.id, amount, EntryKind.REFUND, reference=refund_id)
    assert changed is not None, "more is always allowed"
    uow.record(_changed(EventType.BALANCE_CHANGED, changed, amount))
    return changed


async def refund_as_store_credit(
    uow: UnitOfWork, customer_id: CustomerId, amount: Money, *, refund_id: str, now: datetime
) -> Balance:
    """Give back as store credit what was paid otherwise, as the buyer agreed to, within the caller's transaction."""
    return await _credited(
        uow, customer_id, amount, EntryKind.REFUND, expires_at=now + NEW_TERM, reference=refund_id, now=now
    )


async def issue_sold(uow: UnitOfWork, line_id: OrderLineId, *, units: int, value: Money) -> Sequence[Balance]:
    """The gift cards that an order line was sold as, one a unit, within the caller's transaction; twice is as once.

    They have no codes until the buyer asks for them: so none is ever written down or sent.
    """
    issued = []
    for unit in range(1, units + 1):
        card = replace(_new(uow, BalanceKind.GIFT_CARD, None, value, None), order_line_id=line_id)
        if await uow.balances.open(card, unit=unit):
            uow.record(_changed(EventType.GIFT_CARD_ISSUED, card, value))
            issued.append(card)
    return issued


async def take_back_sold(uow: UnitOfWork, card: Balance) -> bool:
    """Take all off a gift card that an order gives back, within the caller's transaction; False if it was spent."""
    card = await _locked(uow, card.id)
    if not card.is_unspent:
        return False
    nothing = Money.zero(card.granted.currency)
    changed = await uow.balances.change(
        card.id, nothing - card.available, EntryKind.ADJUSTMENT, granted=nothing - card.granted, note=TAKEN_BACK
    )
    assert changed is not None, "it is locked"
    uow.record(_changed(EventType.BALANCE_CHANGED, changed, nothing - card.available))
    return True


async def _credited(
    uow: UnitOfWork,
    customer_id: CustomerId,
    amount: Money,
    kind: EntryKind,
    *,
    expires_at: datetime | None,
    now: datetime,
    reference: str | None = None,
    note: str | None = None,
) -> Balance:
    """The customer's store credit with `amount` more, for a term that never becomes shorter by it."""
    credit = await _account(uow, customer_id, BalanceKind.STORE_CREDIT, amount.currency)
    if credit.has_expired(now) or not credit.granted.minor:
        await _renewed(uow, credit, expires_at)
    elif credit.expires_at is not None and (expires_at is None or expires_at > credit.expires_at):
        await uow.balances.set_expiry(credit.id, expires_at)
    changed = await uow.balances.change(credit.id, amount, kind, granted=amount, reference=reference, note=note)
    assert changed is not None, "more is always allowed"
    uow.record(_changed(EventType.BALANCE_CHANGED, changed, amount))
    return changed


async def _renewed(uow: UnitOfWork, balance: Balance, expires_at: datetime | None) -> None:
    """Begin a new term without what was left of the one before."""
    if balance.available.minor > 0:
        await uow.balances.change(balance.id, -balance.available, EntryKind.EXPIRY)
    await uow.balances.set_expiry(balance.id, expires_at)


async def _terms(uow: UnitOfWork, command: SetCreditLimit) -> Balance:
    """What the customer or the company may owe in the currency of the limit, locked."""
    currency = command.limit.currency
    if command.customer_id is not None:
        if not await uow.balances.has_customer(command.customer_id):
            raise refuse(ErrorCode.NOT_FOUND, "No such customer.", "customer_id")
        return await _account(uow, command.customer_id, BalanceKind.TERMS, currency)
    assert command.company_id is not None, "one of them was named"
    if not await uow.balances.has_company(command.company_id):
        raise refuse(ErrorCode.NOT_FOUND, "No such company.", "company_id")
    if await uow.balances.of_company(command.company_id, currency) is None:
        empty = _new(uow, BalanceKind.TERMS, None, Money.zero(currency), None)
        await uow.balances.open(replace(empty, company_id=command.company_id))
    found = await uow.balances.of_company(command.company_id, currency)
    assert found is not None, "it was just made, by us or a rival"
    return await _locked(uow, found.id)


async def _account(uow: UnitOfWork, customer_id: CustomerId, kind: BalanceKind, currency: str) -> Balance:
    """The customer's one balance of this kind and currency, locked; a new and empty one if there was none."""
    found = await uow.balances.of_customer(customer_id, kind, currency)
    if found is None:
        await uow.balances.open(_new(uow, kind, customer_id, Money.zero(currency), None))
        found = await uow.balances.of_customer(customer_id, kind, currency)
    assert found is not None, "it was just made, by us or a rival"
    return await _locked(uow, found.id)


async def _locked(uow: UnitOfWork, balance_id: BalanceId, *path: str) -> Balance:
    found = await uow.balances.lock(balance_id)
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such gift card.", *path)
    return found


def _new(
    uow: UnitOfWork, kind: BalanceKind, customer_id: CustomerId | None, amount: Money, expires_at: datetime | None
) -> Balance:
    return Balance(BalanceId(uow.new_id(PREFIXES[kind])), kind, customer_id, amount, amount, expires_at)


def _changed(event: EventType, balance: Balance, amount: Money) -> Event:
    changes = {"kind": balance.kind.value, "amountMinor": amount.minor, "currency": amount.currency}
    return Event(event, balance.id, changes=changes)


def _check_amount(amount: Money) -> None:
    if not 0 < amount.minor <= MAX_MINOR:
        raise refuse(ErrorCode.INVALID, "Give an amount above zero.", "amount", "amount_minor")
    _check_currency(amount, "amount")


def _check_currency(amount: Money, field: str) -> None:
    if amount.currency not in EXPONENTS:
        raise refuse(ErrorCode.INVALID, "This is no currency of ISO 4217.", field, "currency")


def _check_delta(card: Balance, amount: Money) -> None:
    if amount.currency != card.available.currency:
        raise refuse(ErrorCode.INVALID, f"This card is in {card.available.currency}.", "amount", "currency")
    if not amount.minor or card.available.minor + amount.minor > MAX_MINOR:
        raise refuse(ErrorCode.INVALID, "Give an amount that a card can hold.", "amount", "amount_minor")


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise refuse(ErrorCode.INVALID, "That moment is past.", "expires_at")


def _check_note(note: str | None) -> None:
    if len(note or "") > MAX_NOTE_LENGTH:
        raise refuse(ErrorCode.INVALID, f"A note has at most {MAX_NOTE_LENGTH} characters.", "note")
