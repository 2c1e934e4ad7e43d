"""Who pays how much of a total: balances first, in the order they were offered, then one gateway (rule Y5)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.payments.balances.model import BalanceKind
from domain.payments.model import PaymentKind, PaymentMethod, Tender, TenderState
from domain.shared.making import dataclass
from domain.shared.money import Money

BALANCE = "balance"
"""Stands as the gateway of payments that balances make: nobody outside is asked."""
OWN_ACCOUNT = "bank_transfer"
"""The gateway of transfers to the shop's own bank account, which nobody but staff can see come in."""
PAID_OUTSIDE = "paid_outside"
"""The gateway of what staff say was paid elsewhere; buyers are not offered it."""
DUE = "due"
"""The gateway of what staff let a buyer pay later; buyers are not offered it."""
RECEIVED_BY_HAND = frozenset({PaymentKind.INVOICE, PaymentKind.CASH_ON_DELIVERY})
"""What is paid after the goods are sent: captured when staff say that the money came, never by itself."""
BALANCE_METHODS = {
    BalanceKind.GIFT_CARD: PaymentMethod("gift_card", PaymentKind.GIFT_CARD, "Gift card", BALANCE, {}),
    BalanceKind.STORE_CREDIT: PaymentMethod("store_credit", PaymentKind.STORE_CREDIT, "Store credit", BALANCE, {}),
    BalanceKind.TERMS: PaymentMethod("invoice", PaymentKind.INVOICE, "Invoice", BALANCE, {}),
}
USABLE = frozenset({TenderState.PENDING, TenderState.HELD, TenderState.ACTION_REQUIRED, TenderState.AUTHORIZED})


@dataclass(frozen=True, slots=True)
class Share:
    """What one balance pays."""

    tender: Tender
    amount: Money

    @property
    def is_on_terms(self) -> bool:
        """Whether it is owed, to be paid by an invoice."""
        return _is_on_terms(self.tender)


def shares_of(tenders: Iterable[Tender], total: Money, *, now: datetime) -> tuple[Share, ...]:
    """What each balance pays of the total, as far as it reaches; the rest is due from a gateway.

    Terms come last, and pay all that is left or nothing: an invoice for a part of it is nobody's wish.
    """
    shares = []
    usable = [tender for tender in tenders if tender.balance is not None and tender.state in USABLE]
    for tender in sorted(usable, key=_is_on_terms):
        amount = _covered(tender, total, now)
        if amount.minor:
            shares.append(Share(tender, amount))
            total -= amount
    return tuple(shares)


def gateway_tender(tenders: Sequence[Tender]) -> Tender | None:
    """The one that is asked for what balances leave: the latest offered."""
    return next((tender for tender in reversed(tenders) if tender.balance is None and tender.state in USABLE), None)


def _is_on_terms(tender: Tender) -> bool:
    return tender.balance is not None and tender.balance.kind is BalanceKind.TERMS


def _covered(tender: Tender, rest: Money, now: datetime) -> Money:
    if tender.held is not None:
        return min(rest, tender.held)
    assert tender.balance is not None, "only balances pay a share"
    usable = tender.balance.usable(now)
    if _is_on_terms(tender) and usable < rest:
        return Money.zero(rest.currency)
    return min(rest, usable, tender.amount or rest)
