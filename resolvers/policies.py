"""The row policies that `@policy` names: what each asks of the actor, the object and the arguments.

- `self`: the object belongs to the customer who asks.
- `vendor`: the actor acts for the vendor that the object, or the `vendorId` argument, belongs to.
- `member`: the object belongs to a company that the customer who asks is a member of.
- `staff`: the actor is a member of staff.
- `scope:<name>`: the actor was granted the scope. For where a scope is one way in of several.

At the root of a query or mutation the row is not known yet: `self` then asks for a customer, and `vendor` and `member`
for a member of any vendor or company, and the use case checks the row.
"""

from collections.abc import Callable, Mapping
from typing import Any

from domain.companies.model import Company
from domain.customers.model import Customer
from domain.shared.actor import Actor
from domain.vendors.model import Vendor

type Policy = Callable[[Actor, Any, Mapping[str, Any]], bool]

SCOPE_PREFIX = "scope:"


def policy(name: str) -> Policy:
    """The rule of that name; a LookupError if there is none, so that a misspelled one never starts."""
    if name.startswith(SCOPE_PREFIX):
        scope = name.removeprefix(SCOPE_PREFIX)
        return lambda actor, _root, _arguments: scope in actor.scopes
    return POLICIES[name]


def is_self(actor: Actor, root: Any, _arguments: Mapping[str, Any]) -> bool:
    if actor.customer_id is None:
        return False
    return root is None or owner_of(root) == actor.customer_id


def is_vendor(actor: Actor, root: Any, arguments: Mapping[str, Any]) -> bool:
    if root is not None:
        return vendor_of(root) in actor.vendor_ids
    vendor_id = asked_vendor(arguments)
    return bool(actor.vendor_ids) if vendor_id is None else vendor_id in actor.vendor_ids


def is_member(actor: Actor, root: Any, _arguments: Mapping[str, Any]) -> bool:
    return bool(actor.company_ids) if root is None else company_of(root) in actor.company_ids


def is_staff(actor: Actor, _root: Any, _arguments: Mapping[str, Any]) -> bool:
    return actor.is_staff


POLICIES: Mapping[str, Policy] = {"self": is_self, "vendor": is_vendor, "member": is_member, "staff": is_staff}


def owner_of(found: Any) -> str | None:
    """The customer that an object belongs to; a customer belongs to themselves."""
    owner: str | None = getattr(found, "customer_id", None)
    return found.id if isinstance(found, Customer) else owner


def company_of(found: Any) -> str | None:
    """The company that an object belongs to; a company belongs to itself."""
    owner: str | None = getattr(found, "company_id", None)
    return found.id if isinstance(found, Company) else owner


def vendor_of(found: Any) -> str | None:
    """The vendor that an object belongs to; a vendor belongs to itself."""
    owner: str | None = getattr(found, "vendor_id", None)
    return found.id if isinstance(found, Vendor) else owner


def asked_vendor(arguments: Mapping[str, Any]) -> str | None:
    """The vendor that the arguments name, directly or in `input`."""
    named: str | None = arguments.get("vendorId")
    if named is None and isinstance(given := arguments.get("input"), Mapping):
        named = given.get("vendorId")
    return named
