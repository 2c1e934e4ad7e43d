"""Every field for every role, what is expected against what is observed.

What is expected is read from the printed SDL and from facts about roles that stand here, without the code that enforces
it. What is observed is what the guard of each field does, given objects of that role and objects of others.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from graphql import (
    DirectiveNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    get_named_type,
    parse,
)

from domain.shared.actor import GUEST, STAFF_SCOPE, Actor
from domain.shared.ids import ApiKeyId, CompanyId, CustomerId, VendorId
from schema.access import schema_of, scopes_of
from schema.root import schema

CORE = schema_of(schema)
ROOTS = ("Query", "Mutation", "Subscription")
SCOPES = sorted(scopes_of(schema) - {STAFF_SCOPE})
ADA, GRACE, STAN = CustomerId("customer_ada"), CustomerId("customer_grace"), CustomerId("customer_stan")
VALLEY, VICTOR, ACME = VendorId("vendor_valley"), VendorId("vendor_victor"), CompanyId("company_acme")

type Outcome = str
"""`shown`, or the code of the refusal."""


@dataclass(frozen=True)
class Role:
    """Who asks, and what is known of them without looking at the actor."""

    actor: Actor
    customer: str | None = None
    vendor: str | None = None
    company: str | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def is_somebody(self) -> bool:
        return self.actor is not GUEST


def _staff(*scopes: str) -> Role:
    granted = frozenset({STAFF_SCOPE, *scopes})
    return Role(Actor(customer_id=STAN, scopes=granted), customer=STAN, scopes=granted)


def _key(*scopes: str) -> Role:
    return Role(Actor(api_key_id=ApiKeyId("api_key_1"), scopes=frozenset(scopes)), scopes=frozenset(scopes))


def _customer(id_: CustomerId, *vendors: VendorId) -> Role:
    return Role(Actor(customer_id=id_, vendor_ids=frozenset(vendors)), customer=id_, vendor=next(iter(vendors), None))


ROLES: Mapping[str, Role] = {
    "guest": Role(GUEST),
    "customer": _customer(ADA),
    "other customer": _customer(GRACE),
    "vendor's member": _customer(CustomerId("customer_val"), VALLEY),
    "other vendor's member": _customer(CustomerId("customer_vic"), VICTOR),
    "company's member": Role(Actor(customer_id=ADA, company_ids=frozenset({ACME})), customer=ADA, company=ACME),
    "staff without scopes": _staff(),
    "staff with every scope": _staff(*SCOPES),
    **{f"staff with {scope}": _staff(scope) for scope in SCOPES},
    "key without scopes": _key(),
    "key with every scope": _key(*SCOPES),
    **{f"key with {scope}": _key(scope) for scope in SCOPES},
    "vendor's key": Role(Actor(api_key_id=ApiKeyId("api_key_2"), vendor_ids=frozenset({VALLEY})), vendor=VALLEY),
}


@dataclass
class Row:
    """An object that belongs to somebody."""

    customer_id: str = "customer_nobody"
    vendor_id: str = "vendor_nobody"
    company_id: str = "company_nobody"


ROWS: Mapping[str, Row] = {"theirs": Row(ADA, VALLEY, ACME), "of others": Row(GRACE, VICTOR), "of nobody": Row()}


@dataclass(frozen=True)
class Guards:
    """What the SDL asks of one field: every group must be met, each by one of its alternatives."""

    needs_login: bool = False
    groups: tuple[tuple[frozenset[str], ...], ...] = ()

    def expected(self, role: Role, row: Row | None) -> Outcome:
        if not self.needs_login:
            return "shown"
        if not role.is_somebody:
            return "UNAUTHENTICATED"
        met = all(any(all(_holds(word, role, row) for word in words) for words in group) for group in self.groups)
        return "shown" if met else "FORBIDDEN"


def _holds(word: str, role: Role, row: Row | None) -> bool:
    match word.partition(":"):
        case ("policy", _, "self"):
            return role.customer is not None and (row is None or row.customer_id == role.customer)
        case ("policy", _, "vendor"):
            return role.vendor is not None and (row is None or row.vendor_id == role.vendor)
        case ("policy", _, "member"):
            return role.company is not None and (row is None or row.company_id == role.company)
        case ("policy", _, "staff"):
            return STAFF_SCOPE in role.scopes
        case ("policy", _, scope):
            return scope.removeprefix("scope:") in role.scopes
    return word.removeprefix("scope:") in role.scopes


@cache
def _declared() -> Mapping[tuple[str, str | None], list[DirectiveNode]]:
    """The directives of types, under None, and of their fields, as the SDL prints them."""
    found: dict[tuple[str, str | None], list[DirectiveNode]] = {}
    for node in parse(schema.as_str()).definitions:
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            found[node.name.value, None] = list(node.directives or ())
            for each in node.fields or ():
                found[node.name.value, each.name.value] = _of_field(each)
    return found


def _of_field(node: FieldDefinitionNode) -> list[DirectiveNode]:
    return list(node.directives or ())


def guards(type_name: str, name: str) -> Guards:
    """What the field, its type and the interfaces that declare it ask for."""
    parent = object_type(type_name)
    owners = [type_name, *(interface.name for interface in parent.interfaces)]
    directives = [each for owner in owners for place in (None, name) for each in _declared().get((owner, place), [])]
    asked = [each for each in directives if each.name.value in {"authenticated", "requiresScopes", "policy"}]
    return Guards(bool(asked), tuple(_group(each) for each in asked if each.arguments))


def _group(directive: DirectiveNode) -> tuple[frozenset[str], ...]:
    alternatives = (directive.arguments or ())[0].value
    prefix = "policy" if directive.name.value == "policy" else "scope"
    assert isinstance(alternatives, ListValueNode)
    return tuple(frozenset(f"{prefix}:{text}" for text in _texts(each)) for each in alternatives.values)


def _texts(node: object) -> list[str]:
    assert isinstance(node, ListValueNode)
    return [each.value for each in node.values if isinstance(each, StringValueNode)]


def object_type(name: str) -> GraphQLObjectType:
    found = CORE.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def every_field() -> list[tuple[str, str]]:
    objects = [each for each in CORE.type_map.values() if isinstance(each, GraphQLObjectType)]
    return [(each.name, name) for each in objects if not each.name.startswith("__") for name in each.fields]


@dataclass
class Context:
    """A request with no services: whoever reaches for one was let in."""

    actor: Actor

    def __getattr__(self, name: str) -> Any:
        raise LookupError(name)


@dataclass
class Info:
    context: Context
    path: Any = None
    variable_values: dict[str, Any] = field(default_factory=dict)


def observed(type_name: str, name: str, role: Role, row: Row | None) -> Outcome:
    declared = object_type(type_name).fields[name]
    resolver: Any = declared.subscribe or declared.resolve
    if "guarded" not in getattr(resolver, "__qualname__", ""):
        return "shown"
    try:
        answer = resolver(row, Info(Context(role.actor)))
        if hasattr(answer, "close"):
            answer.close()
    except GraphQLError as refused:
        return str((refused.extensions or {}).get("code"))
    except Exception:  # noqa: BLE001 - it was let in, and found nothing there to work with
        return "shown"
    return "shown"


def cells(name: str) -> Iterator[tuple[str, Outcome, Outcome]]:
    """Each cell of a role's column: which it is, what is expected, and what is observed."""
    role = ROLES[name]
    for type_name, each in every_field():
        asked = guards(type_name, each)
        rows: Mapping[str, Row | None] = {"": None} if type_name in ROOTS else ROWS
        for whose, row in rows.items():
            cell = f"{type_name}.{each} {whose}".strip()
            yield cell, asked.expected(role, row), observed(type_name, each, role, row)


@pytest.mark.parametrize("name", ROLES)
def test_every_field_is_shown_to_this_role_exactly_where_the_schema_says_so(name: str):
    wrong = [(cell, expected, found) for cell, expected, found in cells(name) if expected != found]

    assert wrong == []


def test_the_matrix_has_every_field_and_outcomes_of_every_kind():
    counted = Counter(outcome for name in ("guest", "customer", "key without scopes") for _, outcome, _ in cells(name))

    assert set(counted) == {"shown", "UNAUTHENTICATED", "FORBIDDEN"}
    assert len({cell for cell, *_ in cells("guest")}) >= len(every_field())
    assert all(role in ROLES for scope in SCOPES for role in (f"staff with {scope}", f"key with {scope}"))


def test_every_scope_opens_something_that_nothing_else_does():
    """A scope that changes no cell is either misspelled or of no use."""
    shown = {name: {cell for cell, outcome, _ in cells(name) if outcome == "shown"} for name in ROLES}

    idle = [scope for scope in SCOPES if shown[f"staff with {scope}"] == shown["staff without scopes"]]

    assert set(idle) <= OF_ROWS


OF_ROWS = {"vendors:read"}
"""Scopes that open rows alone, as `resolvers/access.py` has it."""

BY_ROW = {
    "Query": {"node", "nodes", "_entities", "cart", "checkout", "order", "orderDue", "wishlist", "giftCard"},
    "Mutation": {
        "cartCreate",
        "cartUpdate",
        "checkoutComplete",
        "checkoutStart",
        "checkoutTenderAdd",
        "checkoutTenderRemove",
        "checkoutUpdate",
        "customerRegister",
        "giftCardCodeReveal",
        "orderPay",
        "paymentLinkOpen",
        "reorder",
        "returnCancel",
        "returnRequest",
        "sessionRefresh",
        "signIn",
    },
    "Subscription": {"cartChanged", "checkoutChanged", "orderChanged"},
}
"""Roots that ask for nothing, as guests use them: what they answer is decided by the row, its id or a secret."""

PUBLIC = {
    "context",
    "markets",
    "menu",
    "resolvePath",
    "product",
    "category",
    "collection",
    "vendor",
    "search",
    "suggest",
    "_service",
}
"""Queries that answer everybody the same; `_service` asks for the secret of routers by itself."""

PERSONAL = {
    "AdminRoot",
    "ApiKey",
    "Cart",
    "Checkout",
    "Company",
    "Customer",
    "Event",
    "Fulfillment",
    "GiftCard",
    "Order",
    "OrderLine",
    "Payment",
    "Promotion",
    "Refund",
    "Return",
    "VendorOrder",
    "VendorPortal",
    "Warehouse",
    "Webhook",
    "WebhookDelivery",
    "Wishlist",
}


def test_no_root_is_open_that_is_not_known_to_be():
    open_ = {(root, name) for root in ROOTS for name in object_type(root).fields if not guards(root, name).needs_login}

    known = {(root, name) for root, names in BY_ROW.items() for name in names} | {("Query", name) for name in PUBLIC}
    assert open_ == known


def test_what_is_public_leads_to_nothing_that_is_somebodys_without_a_guard():
    ahead, led = [get_named_type(object_type("Query").fields[name].type) for name in PUBLIC], set[str]()
    ways: dict[str, str] = {}
    while ahead:
        found: Any = ahead.pop()
        if found.name in led:
            continue
        led.add(found.name)
        if isinstance(found, GraphQLInterfaceType | GraphQLUnionType):
            ahead += CORE.get_possible_types(found)
        if isinstance(found, GraphQLObjectType):
            for name, declared in found.fields.items():
                if not guards(found.name, name).needs_login:
                    ahead.append(get_named_type(declared.type))
                    ways.setdefault(ahead[-1].name, f"{found.name}.{name}")

    assert {name: ways.get(name) for name in led & PERSONAL} == {}
    assert {"Product", "Offer", "Money"} <= led
