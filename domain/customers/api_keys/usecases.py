"""Keys by which programs come in."""

from dataclasses import field
from datetime import datetime

from domain.customers.model import CONTROL, MAX_NAME_LENGTH, ApiKey
from domain.customers.ports import Identity, UnitOfWork
from domain.shared.actor import STAFF_SCOPE
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import ApiKeyId, VendorId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    name: str
    scopes: tuple[str, ...]
    vendor_id: VendorId | None = None


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    api_key_id: ApiKeyId


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """The key itself is shown here and never again."""

    api_key: ApiKey
    key: str = field(repr=False)


async def create_api_key(uow: UnitOfWork, identity: Identity, command: CreateApiKey, now: datetime) -> NewApiKey:
    """A key with some of the scopes of who makes it, never with more; a vendor's key may what the vendor may."""
    problems = [*_name_problems(command.name), *_scope_problems(command.scopes, uow.actor.scopes)]
    if command.vendor_id is not None and command.scopes:
        problems.append(Problem(ErrorCode.NOT_ALLOWED, "Scopes reach beyond one vendor.", ("scopes",)))
    if problems:
        raise Refused(*problems)
    prefix, secret = identity.secrets.api_key()
    async with uow:
        if command.vendor_id is not None and not await uow.api_keys.has_vendor(command.vendor_id):
            raise refuse(ErrorCode.NOT_FOUND, "No such vendor.", "vendor_id")
        scopes = tuple(sorted(set(command.scopes)))
        key = ApiKey(
            ApiKeyId(uow.new_id("api_key")), command.name.strip(), prefix, scopes, command.vendor_id, created_at=now
        )
        await uow.api_keys.add(key, secret.hash)
        await uow.commit()
    return NewApiKey(key, secret.text)


async def revoke_api_key(uow: UnitOfWork, command: RevokeApiKey, now: datetime) -> ApiKey:
    """From now on the key is refused. Doing it again changes nothing."""
    async with uow:
        key = await uow.api_keys.revoke(command.api_key_id, now)
        if key is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such API key.", "api_key_id")
        await uow.commit()
    return key


def _name_problems(name: str) -> list[Problem]:
    if 0 < len(name.strip()) <= MAX_NAME_LENGTH and not CONTROL.search(name):
        return []
    return [Problem(ErrorCode.INVALID, f"Give a name of 1 to {MAX_NAME_LENGTH} characters.", ("name",))]


def _scope_problems(scopes: tuple[str, ...], held: frozenset[str]) -> list[Problem]:
    return [
        Problem(ErrorCode.NOT_ALLOWED, "A key can only have scopes that its maker has.", ("scopes", str(at)))
        for at, scope in enumerate(scopes)
        if scope == STAFF_SCOPE or scope not in held
    ]
