"""What staff say of customers, by which prices and promotions are chosen: one group, and any number of segments."""

import re
from collections.abc import Sequence
from typing import Protocol

from domain.customers import ports
from domain.customers.model import Customer
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import CustomerId
from domain.shared.making import dataclass, replace
from domain.shared.transaction import Transaction

MAX_SEGMENTS = 100
SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
MAX_SLUG_LENGTH = 64


class CustomerRepository(ports.CustomerRepository, Protocol):
    async def set_segments(self, customer_id: CustomerId, segments: Sequence[str]) -> None:
        """Have the customer be in these segments and no other."""
        ...

    async def set_group(self, customer: Customer) -> None:
        """Write the group and version of a locked customer."""
        ...


class UnitOfWork(Transaction, Protocol):
    @property
    def customers(self) -> CustomerRepository: ...


@dataclass(frozen=True, slots=True)
class SetSegments:
    """All segments that a customer is in; those that are not named are left."""

    customer_id: CustomerId
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetGroup:
    """The one group whose price lists a customer has; None for none."""

    customer_id: CustomerId
    group: str | None


async def set_segments(uow: UnitOfWork, command: SetSegments) -> Customer:
    """The customer, whom promotions for these segments are for from now on; checkouts keep what they were promised."""
    _check(command.segments)
    async with uow:
        customer = await _locked(uow, command.customer_id)
        await uow.customers.set_segments(customer.id, sorted(set(command.segments)))
        await uow.commit()
    return customer


async def set_group(uow: UnitOfWork, command: SetGroup) -> Customer:
    """The customer, who has the prices of this group from now on."""
    group = command.group or None
    if group is not None and not is_slug(group):
        raise Refused(_not_a_slug("group"))
    async with uow:
        customer = await _locked(uow, command.customer_id)
        changed = replace(customer, customer_group=group, version=customer.version + 1)
        await uow.customers.set_group(changed)
        await uow.commit()
    return changed


def is_slug(text: str) -> bool:
    """Whether it is a name such as `lapsed` or `big-spender`: letters a to z, digits, and single joints."""
    return len(text) <= MAX_SLUG_LENGTH and SLUG.fullmatch(text) is not None


def _check(segments: Sequence[str]) -> None:
    problems = [_not_a_slug("segments", str(at)) for at, name in enumerate(segments) if not is_slug(name)]
    if len(segments) > MAX_SEGMENTS:
        problems = [Problem(ErrorCode.INVALID, f"At most {MAX_SEGMENTS} segments.", ("segments",))]
    if problems:
        raise Refused(*problems)


def _not_a_slug(*path: str) -> Problem:
    message = f"A name has up to {MAX_SLUG_LENGTH} letters a to z, digits, and - or _ between them."
    return Problem(ErrorCode.INVALID, message, path)


async def _locked(uow: UnitOfWork, customer_id: CustomerId) -> Customer:
    customer = await uow.customers.lock(customer_id)
    if customer is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such customer.", "customer_id")
    return customer
