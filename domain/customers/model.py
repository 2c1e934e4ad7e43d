"""Customers, their address book, the sessions they sign in to, and keys for programs."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from domain.shared.address import Address
from domain.shared.errors import ErrorCode, Problem
from domain.shared.ids import AddressId, ApiKeyId, CustomerId, SessionId, VendorId
from domain.shared.making import dataclass

MAX_ADDRESSES = 50
MAX_NAME_LENGTH = 100
MAX_EMAIL_LENGTH = 254
MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 256
REFRESH_LIFETIME = timedelta(days=30)
REFRESH_GRACE = timedelta(seconds=10)
"""How long a rotated refresh token still answers: a client whose answer was lost, or its second tab, tries again."""

EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[^\s@.<>\"(),:;\\\[\]]+(?:\.[^\s@.<>\"(),:;\\\[\]]+)+")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys. `email` is in the form that `normalized_email` gives."""

    id: CustomerId
    email: str
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    customer_group: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class SavedAddress:
    """An entry of a customer's address book. At most one is the default for each purpose."""

    id: AddressId
    address: Address
    is_default_shipping: bool = False
    is_default_billing: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know; `password_hash` is None for a customer who cannot sign in by password."""

    customer: Customer
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """One refresh token. All that descend from one sign-in share a `family_id`; only the token's hash is kept.

    `revoked_at` is when the family ended.
    """

    id: SessionId
    family_id: SessionId
    customer_id: CustomerId
    token_hash: bytes
    expires_at: datetime
    rotated_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_alive(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def is_reused(self, now: datetime) -> bool:
        """Whether using the token now means that two hold it, of whom one may be a thief."""
        return self.rotated_at is not None and now - self.rotated_at > REFRESH_GRACE


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's way in: with scopes over the whole platform, or as one vendor. `prefix` is its readable part."""

    id: ApiKeyId
    name: str
    prefix: str
    scopes: tuple[str, ...]
    vendor_id: VendorId | None
    created_at: datetime
    revoked_at: datetime | None = None


def normalized_email(text: str) -> str:
    """The form in which emails are stored and compared: trimmed, in lower case."""
    return text.strip().lower()


def email_problems(text: str) -> list[Problem]:
    email = normalized_email(text)
    if len(email) <= MAX_EMAIL_LENGTH and EMAIL.fullmatch(email) and not CONTROL.search(email):
        return []
    return [Problem(ErrorCode.INVALID, "Not an email address.", ("email",))]


def password_problems(password: str) -> list[Problem]:
    """Length is what makes a password strong; which characters it has is the customer's affair."""
    if MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        return []
    message = f"A password has {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters."
    return [Problem(ErrorCode.INVALID, message, ("password",))]


def name_problems(text: str | None, field: str) -> list[Problem]:
    if text is None or (len(text) <= MAX_NAME_LENGTH and not CONTROL.search(text)):
        return []
    message = f"At most {MAX_NAME_LENGTH} characters, none of them a control character."
    return [Problem(ErrorCode.INVALID, message, (field,))]


def language_problems(text: str | None) -> list[Problem]:
    if text is None or LANGUAGE.fullmatch(text):
        return []
    return [Problem(ErrorCode.INVALID, "Not a language tag, as in `de` or `pt-BR`.", ("language",))]


def address_book_problems(
    book: Sequence[SavedAddress], given_ids: Collection[AddressId], known: Collection[AddressId]
) -> list[Problem]:
    """What is wrong with the book as a whole: its length, its defaults, and entries that were never in it."""
    problems = []
    if len(book) > MAX_ADDRESSES:
        problems.append(Problem(ErrorCode.INVALID, f"At most {MAX_ADDRESSES} addresses.", ("addresses",)))
    if sum(entry.is_default_shipping for entry in book) > 1 or sum(entry.is_default_billing for entry in book) > 1:
        problems.append(Problem(ErrorCode.INVALID, "Only one address can be a default.", ("addresses",)))
    if len(set(given_ids)) < len(given_ids):
        problems.append(Problem(ErrorCode.INVALID, "An address is given twice.", ("addresses",)))
    if not set(given_ids) <= set(known):
        problems.append(Problem(ErrorCode.NOT_FOUND, "Not an address of this customer.", ("addresses",)))
    return problems
