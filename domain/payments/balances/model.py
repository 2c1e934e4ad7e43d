"""Money that buyers have with the shop: gift cards, store credit, and how much they may owe.

A balance is the sum of its entries, which are only ever added (rule Y7). What a purchase needs is held by an entry,
which is given back by another if the purchase comes to nothing.
"""

import hashlib
from datetime import datetime, timedelta
from enum import Enum

from domain.shared.ids import BalanceId, CompanyId, CustomerId, OrderLineId
from domain.shared.making import dataclass
from domain.shared.money import Money

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: none looks like another."""
CODE_LENGTH = 16
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
NEW_TERM = timedelta(days=3 * 365)
"""How long store credit lasts that takes the place of a gift card that has expired (rule Y6)."""


class BalanceKind(Enum):
    """TERMS is how much more a customer or company may owe: what is held of it is paid on invoice."""

    GIFT_CARD = "GIFT_CARD"
    STORE_CREDIT = "STORE_CREDIT"
    TERMS = "TERMS"


class EntryKind(Enum):
    """Why a balance changed. A HOLD that is not released is spent."""

    GRANT = "GRANT"
    HOLD = "HOLD"
    RELEASE = "RELEASE"
    REFUND = "REFUND"
    ADJUSTMENT = "ADJUSTMENT"
    EXPIRY = "EXPIRY"


@dataclass(frozen=True, slots=True)
class Balance:
    """`granted` is all that was ever put on it, or the credit limit; `available` what is left to pay with.

    Its currency never changes. A gift card without `last4` has no code yet: its buyer has not asked for it; one on
    which nothing was granted was taken back.
    """

    id: BalanceId
    kind: BalanceKind
    customer_id: CustomerId | None
    granted: Money
    available: Money
    expires_at: datetime | None = None
    last4: str | None = None
    order_line_id: OrderLineId | None = None
    version: int = 1
    company_id: CompanyId | None = None

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at

    def usable(self, now: datetime) -> Money:
        """What it can pay now: nothing once it has expired, or while more is owed than allowed."""
        left = 0 if self.has_expired(now) else max(0, self.available.minor)
        return Money(left, self.available.currency)

    @property
    def is_unspent(self) -> bool:
        """Whether all that was ever put on it is there: nothing was paid with it, or is held for a purchase."""
        return self.available >= self.granted

    @property
    def owed(self) -> Money:
        """Of a credit limit: what is not paid yet (rule B1)."""
        return self.granted - self.available


@dataclass(frozen=True, slots=True)
class GiftCardCode:
    """A code as it is shown, once, and what is kept of it."""

    text: str

    @property
    def last4(self) -> str:
        return normalized_code(self.text)[-4:]

    @property
    def hash(self) -> bytes:
        return code_hash(self.text)


def gift_card_code(letters: str) -> GiftCardCode:
    """The code of 16 random letters, as people read it: `7K3M-9QX2-5TA3-0WZC`."""
    assert len(letters) == CODE_LENGTH, "80 random bits cannot be guessed"
    return GiftCardCode("-".join(letters[at : at + 4] for at in range(0, CODE_LENGTH, 4)))


def normalized_code(text: str) -> str:
    """A code as it was meant, however it was typed."""
    return text.strip().upper().translate(MISREAD)


def code_hash(text: str) -> bytes:
    """What a code is found by; 80 random bits need no salt."""
    return hashlib.sha256(normalized_code(text).encode(errors="surrogatepass")).digest()
