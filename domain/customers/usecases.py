"""Registering, signing in and out, and keeping one's own data.

A wrong password and an unknown email get the same answer after the same time. Orders that a guest placed with the same
email stay the guest's: an email is not proven by registering it.
"""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime

from domain.customers.model import (
    REFRESH_LIFETIME,
    Customer,
    SavedAddress,
    Session,
    address_book_problems,
    email_problems,
    language_problems,
    name_problems,
    normalized_email,
    password_problems,
)
from domain.customers.ports import AddressBook, Identity, UnitOfWork
from domain.shared.address import Address
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import AddressId, CustomerId, SessionId
from domain.shared.making import dataclass, replace


@dataclass(frozen=True, slots=True)
class Register:
    email: str
    password: str = field(repr=False)
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RefreshSession:
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignOut:
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class AddressEntry:
    """An address of the book as the customer wants it; one without `id` is new."""

    address: Address
    id: AddressId | None = None
    is_default_shipping: bool = False
    is_default_billing: bool = False


@dataclass(frozen=True, slots=True)
class UpdateCustomer:
    """None leaves a value as it is; an empty name removes it. `addresses` replaces the whole book."""

    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    addresses: tuple[AddressEntry, ...] | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A session's tokens; `expires_at` is when the access token ends."""

    customer: Customer
    session_family_id: SessionId
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime


async def register(uow: UnitOfWork, identity: Identity, command: Register, now: datetime) -> Grant:
    """A new customer, signed in. An email that is taken is refused, which cannot be hidden from who registers it."""
    problems = [
        *email_problems(command.email),
        *password_problems(command.password),
        *_profile_problems(command.first_name, command.last_name, command.language),
    ]
    if problems:
        raise Refused(*problems)
    password_hash = await identity.passwords.hash(command.password)
    async with uow:
        customer = Customer(
            CustomerId(uow.new_id("customer")),
            normalized_email(command.email),
            command.first_name or None,
            command.last_name or None,
            command.language or None,
        )
        if not await uow.customers.add(customer, password_hash):
            raise refuse(ErrorCode.NOT_ALLOWED, "This email cannot be registered; sign in if it is yours.", "email")
        grant = await _open_session(uow, identity, customer, now)
        await uow.commit()
    return grant


async def sign_in(uow: UnitOfWork, identity: Identity, command: SignIn, now: datetime) -> Grant:
    """A new session. The password is verified outside of any transaction, for it takes long."""
    email = normalized_email(command.email)
    async with uow:
        account = await uow.customers.account(email) if not email_problems(email) else None
    stored = account.password_hash if account else None
    if not await identity.passwords.verify(command.password, stored) or account is None or stored is None:
        raise refuse(ErrorCode.NOT_ALLOWED, "Email or password is wrong.")
    fresh = await identity.passwords.hash(command.password) if identity.passwords.is_outdated(stored) else None
    async with uow:
        if fresh is not None:
            await uow.customers.set_password_hash(account.customer.id, stored, fresh)
        grant = await _open_session(uow, identity, account.customer, now)
        await uow.commit()
    return grant


async def refresh_session(uow: UnitOfWork, identity: Identity, command: RefreshSession, now: datetime) -> Grant:
    """New tokens for a refresh token, which is spent by that.

    A spent token that comes again is in two hands: its whole family ends. Within `REFRESH_GRACE` it is taken for a
    client whose answer was lost, or for its second tab, and is answered with tokens of its own.
    """
    async with uow:
        session = await uow.sessions.lock(identity.secrets.hash_of(command.refresh_token))
        if session is None or not session.is_alive(now):
            raise _not_a_session()
        if session.is_reused(now):
            await uow.sessions.revoke_family(session.family_id, now)
            await uow.commit()
            raise _not_a_session()
        customer = await uow.customers.lock(session.customer_id)
        assert customer is not None, "a session goes with its customer"
        if session.rotated_at is None:
            await uow.sessions.rotate(session.id, now)
        grant = await _open_session(uow, identity, customer, now, session.family_id)
        await uow.commit()
    return grant


async def sign_out(uow: UnitOfWork, command: SignOut, now: datetime) -> int:
    """End this session, or all of the customer's; how many ended. Their access tokens are refused from then on."""
    family_id, customer_id = uow.actor.session_family_id, uow.actor.customer_id
    if family_id is None or customer_id is None:
        raise refuse(ErrorCode.NOT_ALLOWED, "Only a session can be signed out of.")
    async with uow:
        if command.everywhere:
            ended = await uow.sessions.revoke_all(customer_id, now)
        else:
            ended = await uow.sessions.revoke_family(family_id, now)
        await uow.commit()
    return ended


async def update_customer(uow: UnitOfWork, world: AddressBook, command: UpdateCustomer) -> Customer:
    """Change what the customer may change of themselves. Addresses are checked, and kept as they were written."""
    if uow.actor.customer_id is None:
        raise refuse(ErrorCode.NOT_ALLOWED, "Only a customer can do this.")
    problems = _profile_problems(command.first_name, command.last_name, command.language or None)
    problems += _address_problems(world, command.addresses or ())
    if problems:
        raise Refused(*problems)
    async with uow:
        customer = await uow.customers.lock(uow.actor.customer_id)
        if customer is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such customer.")
        if command.expected_version not in (None, customer.version):
            raise refuse(ErrorCode.VERSION_CONFLICT, "It was changed meanwhile; read it again.", "expected_version")
        if command.addresses is not None:
            await _replace_addresses(uow, customer.id, command.addresses)
        customer = _changed(customer, command)
        await uow.customers.save(customer)
        await uow.commit()
    return customer


def _changed(customer: Customer, command: UpdateCustomer) -> Customer:
    return replace(
        customer,
        first_name=_given(command.first_name, customer.first_name),
        last_name=_given(command.last_name, customer.last_name),
        language=command.language or customer.language,
        version=customer.version + 1,
    )


def _given(value: str | None, present: str | None) -> str | None:
    return present if value is None else value or None


async def _replace_addresses(uow: UnitOfWork, customer_id: CustomerId, entries: Sequence[AddressEntry]) -> None:
    known = {entry.id for entry in await uow.customers.addresses(customer_id)}
    book = [
        SavedAddress(
            entry.id or AddressId(uow.new_id("address")),
            entry.address,
            entry.is_default_shipping,
            entry.is_default_billing,
        )
        for entry in entries
    ]
    given = [entry.id for entry in entries if entry.id is not None]
    if problems := address_book_problems(book, given, known):
        raise Refused(*problems)
    await uow.customers.replace_addresses(customer_id, book)


def _address_problems(world: AddressBook, entries: Sequence[AddressEntry]) -> list[Problem]:
    return [
        problem
        for at, entry in enumerate(entries)
        for problem in world.problems(entry.address, "addresses", str(at), "address")
    ]


def _profile_problems(first_name: str | None, last_name: str | None, language: str | None) -> list[Problem]:
    return [
        *name_problems(first_name, "first_name"),
        *name_problems(last_name, "last_name"),
        *language_problems(language or None),
    ]


async def _open_session(
    uow: UnitOfWork, identity: Identity, customer: Customer, now: datetime, family_id: SessionId | None = None
) -> Grant:
    session_id = SessionId(uow.new_id("session"))
    family_id = family_id or session_id
    secret = identity.secrets.refresh_token()
    await uow.sessions.add(Session(session_id, family_id, customer.id, secret.hash, expires_at=now + REFRESH_LIFETIME))
    token = identity.access_tokens.issue(customer.id, family_id, now)
    return Grant(customer, family_id, token.text, secret.text, token.expires_at)


def _not_a_session() -> Refused:
    return refuse(ErrorCode.NOT_ALLOWED, "This session has ended; sign in again.", "refresh_token")
