"""What signing in and its neighbors need from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.customers.model import Account, ApiKey, Customer, SavedAddress, Session
from domain.shared.address import Address
from domain.shared.errors import Problem
from domain.shared.ids import ApiKeyId, CustomerId, SessionId, VendorId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction


class Passwords(Protocol):
    """Slow on purpose. Raises RequestFault RATE_LIMITED when too many wait already."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether they belong together; takes as long, and says no, if there is no hash."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a new hash of the same password would be stronger."""
        ...


@dataclass(frozen=True, slots=True)
class AccessToken:
    text: str
    expires_at: datetime


class AccessTokens(Protocol):
    def issue(self, customer_id: CustomerId, family_id: SessionId, now: datetime) -> AccessToken: ...


@dataclass(frozen=True, slots=True)
class Secret:
    """A random secret, shown once, and the hash that is kept of it."""

    text: str
    hash: bytes


class Secrets(Protocol):
    def refresh_token(self) -> Secret: ...

    def api_key(self) -> tuple[str, Secret]:
        """A key's prefix, and the whole key with its secret's hash."""
        ...

    def hash_of(self, refresh_token: str) -> bytes: ...


class AttemptLimits(Protocol):
    """How often credentials may be tried. Each raises RequestFault RATE_LIMITED with `retryAfter` in seconds."""

    async def sign_in(self, email: str, address: str | None) -> None: ...

    async def signed_in(self, email: str, address: str | None) -> None:
        """The attempts were the owner's: forget them."""
        ...

    async def register(self, address: str | None) -> None: ...

    async def refresh(self, token_hash: bytes) -> None: ...


class AddressBook(Protocol):
    """What is known of the world's addresses."""

    def problems(self, address: Address, *path: str) -> Sequence[Problem]:
        """Why no parcel would arrive there; none if it may."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """The means of proving who one is."""

    passwords: Passwords
    access_tokens: AccessTokens
    secrets: Secrets
    limits: AttemptLimits


class CustomerRepository(Protocol):
    async def account(self, email: str) -> Account | None: ...

    async def lock(self, customer_id: CustomerId) -> Customer | None: ...

    async def add(self, customer: Customer, password_hash: str) -> bool:
        """False, and nothing written, if the email is taken."""
        ...

    async def save(self, customer: Customer) -> None: ...

    async def set_password_hash(self, customer_id: CustomerId, old: str, new: str) -> None:
        """Replace the hash, if it still is the old one."""
        ...

    async def addresses(self, customer_id: CustomerId) -> Sequence[SavedAddress]: ...

    async def replace_addresses(self, customer_id: CustomerId, book: Sequence[SavedAddress]) -> None: ...


class SessionRepository(Protocol):
    async def add(self, session: Session) -> None: ...

    async def lock(self, token_hash: bytes) -> Session | None:
        """The session with this token, with nobody else changing its family until the transaction ends."""
        ...

    async def rotate(self, session_id: SessionId, now: datetime) -> None: ...

    async def revoke_family(self, family_id: SessionId, now: datetime) -> int:
        """End the family; 1 if it was alive, else 0."""
        ...

    async def revoke_all(self, customer_id: CustomerId, now: datetime) -> int:
        """End every session of the customer; how many families were alive."""
        ...


class ApiKeyRepository(Protocol):
    async def add(self, key: ApiKey, secret_hash: bytes) -> None: ...

    async def has_vendor(self, vendor_id: VendorId) -> bool: ...

    async def revoke(self, key_id: ApiKeyId, now: datetime) -> ApiKey | None:
        """The key, which no longer works; None if there is none. A revoked one keeps its moment."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Customers, their sessions and keys."""

    @property
    def customers(self) -> CustomerRepository: ...
    @property
    def sessions(self) -> SessionRepository: ...
    @property
    def api_keys(self) -> ApiKeyRepository: ...
