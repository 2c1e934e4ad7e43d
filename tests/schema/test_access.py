"""What the SDL declares of access is enforced, for every field of it and on every path that leads there.

The cases are made from the published SDL, so that a field which is declared tomorrow is tested tomorrow.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    get_named_type,
    is_leaf_type,
    parse,
    subscribe,
)

from domain.customers.model import Customer
from domain.shared.actor import GUEST, STAFF_SCOPE, Actor
from domain.shared.ids import CustomerId, VendorId
from persistence.ids import new_id
from resolvers import policies
from schema.access import Requirement, requirements_of, schema_of
from schema.root import schema

GUARDS = {"authenticated", "requiresScopes", "policy"}
ROOTS = ("Query", "Mutation", "Subscription")
TYPES = (
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
)
SDL: DocumentNode = parse(schema.as_str())
CORE = schema_of(schema)
STRANGER = Actor(customer_id=CustomerId("customer_stranger"))


def _guarded() -> Iterator[tuple[str, str]]:
    """Each `(type, field)` that the SDL guards, by itself, by its type or by an interface of it."""
    types = [node for node in SDL.definitions if isinstance(node, TYPES)]
    own = {node.name.value for node in types if _is_guarded(node)}
    by_field = {
        (node.name.value, field.name.value) for node in types for field in node.fields or () if _is_guarded(field)
    }
    for node in types:
        if isinstance(node, InterfaceTypeDefinitionNode | InterfaceTypeExtensionNode):
            continue
        names = [node.name.value, *(interface.name.value for interface in node.interfaces or ())]
        for field in node.fields or ():
            if any(name in own or (name, field.name.value) in by_field for name in names):
                yield node.name.value, field.name.value


def _is_guarded(node: Any) -> bool:
    return any(directive.name.value in GUARDS for directive in node.directives or ())


GUARDED = sorted(set(_guarded()))
AT_ROOT = [case for case in GUARDED if case[0] in ROOTS]
WITHIN = [case for case in GUARDED if case[0] not in ROOTS]


@dataclass
class Fact:
    """An object of somebody else's."""

    customer_id: str = "customer_other"
    vendor_id: str = "vendor_other"


@dataclass
class Context:
    """A request without any services, unless a test gives it loaders."""

    actor: Actor
    loaders: Any = None

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a refused field reached for {name}")

    def forget_reads(self) -> None:
        """A mutation that was let in calls it."""


def _type(name: str) -> GraphQLObjectType:
    found = CORE.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def selection(type_name: str, field: str) -> str:
    """The field with the arguments that it requires, and something selected of what it answers."""
    declared = _type(type_name).fields[field]
    required = {name: value.type for name, value in declared.args.items() if isinstance(value.type, GraphQLNonNull)}
    arguments = f"({', '.join(f'{name}: {literal(kind)}' for name, kind in required.items())})" if required else ""
    return f"{field}{arguments}" + ("" if is_leaf_type(get_named_type(declared.type)) else " { __typename }")


def literal(kind: Any) -> str:
    """Any valid value of an input type."""
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return "[]"
    if isinstance(kind, GraphQLInputObjectType):
        required = {name: item.type for name, item in kind.fields.items() if isinstance(item.type, GraphQLNonNull)}
        return "{" + ", ".join(f"{name}: {literal(item)}" for name, item in required.items()) + "}"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    return {
        "Boolean": "true",
        "Int": "1",
        "Float": "1.0",
        "MinorUnits": "1",
        "CountryCode": '"DE"',
        "CurrencyCode": '"EUR"',
        "LanguageTag": '"de"',
        "Decimal": '"1"',
        "DateTime": '"2026-11-21T12:00:00Z"',
        "Date": '"2026-11-21"',
    }.get(kind.name, '"text"')


async def refusals(query: str, context: Any) -> list[str | None]:
    """The codes of an answer's errors."""
    document = parse(query)
    if query.startswith("subscription"):
        answer: Any = subscribe(CORE, document, context_value=context)
        answer = await answer if hasattr(answer, "__await__") else answer
    else:
        answer = await schema.execute(query, context_value=context)
    errors: list[GraphQLError] = list(answer.errors or [])
    return [(error.extensions or {}).get("code") for error in errors]


@pytest.mark.parametrize(("type_name", "field"), AT_ROOT, ids=[".".join(case) for case in AT_ROOT])
async def test_a_guest_is_refused_at_the_root(type_name: str, field: str):
    query = f"{type_name.lower()} {{ {selection(type_name, field)} }}"

    assert await refusals(query, Context(GUEST)) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(("type_name", "field"), WITHIN, ids=[".".join(case) for case in WITHIN])
@pytest.mark.parametrize(
    ("actor", "code"),
    [pytest.param(GUEST, "UNAUTHENTICATED", id="guest"), pytest.param(STRANGER, "FORBIDDEN", id="stranger")],
)
def test_a_field_is_refused_wherever_its_object_came_from(type_name: str, field: str, actor: Actor, code: str):
    """The one resolver that a field has is what every path ends in."""
    resolve: Any = _type(type_name).fields[field].resolve

    with pytest.raises(GraphQLError) as refused:
        resolve(Fact(), Info(Context(actor)))

    assert refused.value.extensions == {"code": code}


@dataclass
class Info:
    context: Context


def of_nodes() -> list[tuple[str, str]]:
    return [case for case in WITHIN if any(item.name == "Node" for item in _type(case[0]).interfaces)]


def blank(type_name: str) -> Any:
    """An object of the type's model, found by its id and belonging to somebody else."""
    definition: Any = schema.schema_converter.type_map[type_name].definition
    model: Any = definition.origin.models[0]
    made = object.__new__(model)
    for item in fields(model):
        object.__setattr__(made, item.name, Blank(f"{item.name}_of_another"))
    object.__setattr__(made, "id", new_id("blank"))
    return made


class Blank(str):
    """A text that passes for what a row rule may look at."""

    __slots__ = ()

    def __and__(self, _other: object) -> frozenset[str]:
        return frozenset()

    def __getattr__(self, name: str) -> Any:
        return Blank(name)

    def __bool__(self) -> bool:
        return False


@dataclass
class Loaders:
    """Every loader finds the one object."""

    found: Any

    def __getattr__(self, name: str) -> "Loaders":
        return self

    async def load(self, _key: object) -> Any:
        return self.found


def prefix(type_name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type_name).lstrip("_")


@pytest.mark.parametrize(("type_name", "field"), of_nodes(), ids=[".".join(case) for case in of_nodes()])
@pytest.mark.parametrize("path", ["node", "nodes", "_entities"])
@pytest.mark.parametrize(
    ("actor", "code"),
    [pytest.param(GUEST, "UNAUTHENTICATED", id="guest"), pytest.param(STRANGER, "FORBIDDEN", id="stranger")],
)
async def test_a_field_is_refused_by_id_as_well(type_name: str, field: str, path: str, actor: Actor, code: str):
    found = blank(type_name)
    id_ = new_id(prefix(type_name))
    start = {
        "node": f'node(id: "{id_}")',
        "nodes": f'nodes(ids: ["{id_}"])',
        "_entities": f'_entities(representations: [{{__typename: "{type_name}", id: "{id_}"}}])',
    }[path]
    query = f"query {{ {start} {{ ... on {type_name} {{ {selection(type_name, field)} }} }} }}"

    answer = await schema.execute(query, context_value=Context(actor, Loaders(found)))

    shown = answer.data and answer.data[path]
    hidden = shown in (None, [None])
    assert hidden or [(error.extensions or {}).get("code") for error in answer.errors or []] == [code]


def test_there_is_something_to_test():
    assert {("Query", "viewer"), ("Query", "admin"), ("Mutation", "signOut"), ("Customer", "email")} <= set(GUARDED)
    assert ("Customer", "email") in of_nodes()


def test_fields_that_ask_for_nothing_are_left_as_they_are():
    """The guard costs only those who need it."""
    guarded = {
        (found.name, name)
        for found in CORE.type_map.values()
        if isinstance(found, GraphQLObjectType)
        for name, field in found.fields.items()
        if "guarded" in getattr(field.subscribe or field.resolve, "__qualname__", "")
    }

    assert guarded == set(GUARDED)


CUSTOMER = Customer(CustomerId("customer_1"), "ada@example.com")
VENDOR = VendorId("vendor_1")


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        pytest.param(Actor(customer_id=CUSTOMER.id), True, id="themselves"),
        pytest.param(Actor(customer_id=CustomerId("customer_2")), False, id="another"),
        pytest.param(Actor(customer_id=CustomerId("customer_2"), vendor_ids=frozenset({VENDOR})), False, id="a vendor"),
        pytest.param(Actor(customer_id=CustomerId("c"), scopes=frozenset({STAFF_SCOPE})), False, id="any staff"),
        pytest.param(
            Actor(customer_id=CustomerId("c"), scopes=frozenset({STAFF_SCOPE, "customers:read"})),
            True,
            id="their staff",
        ),
        pytest.param(GUEST, False, id="a guest"),
    ],
)
def test_a_customer_is_seen_by_themselves_and_those_who_may_read_customers(actor: Actor, may: bool):
    field = _type("Customer").fields["email"]

    assert all(rule.is_met(actor, CUSTOMER, {}) for rule in requirements_of(_type("Customer"), field)) is may


MEMBER = Actor(customer_id=CUSTOMER.id, vendor_ids=frozenset({VENDOR}))


@pytest.mark.parametrize(
    ("root", "arguments", "may"),
    [
        pytest.param(None, {}, True, id="of any vendor, where the use case checks the row"),
        pytest.param(None, {"vendorId": VENDOR}, True, id="named by an argument"),
        pytest.param(None, {"input": {"vendorId": VENDOR}}, True, id="named in the input"),
        pytest.param(None, {"vendorId": "vendor_2"}, False, id="another, named by an argument"),
        pytest.param(None, {"input": {"vendorId": "vendor_2"}}, False, id="another, named in the input"),
        pytest.param(Fact(vendor_id=VENDOR), {}, True, id="an object of theirs"),
        pytest.param(Fact(), {}, False, id="an object of another's"),
        pytest.param(Fact(), {"vendorId": VENDOR}, False, id="an object of another's, whatever the argument"),
        pytest.param(object(), {"vendorId": VENDOR}, False, id="an object of nobody's"),
    ],
)
def test_a_vendor_is_let_in_to_what_is_theirs(root: Any, arguments: dict[str, Any], may: bool):
    assert policies.is_vendor(MEMBER, root, arguments) is may


def test_alternatives_are_joined_by_or_and_what_each_names_by_and():
    required = Requirement(scopes=(frozenset({"a", "b"}), frozenset({"c"})))

    met = [
        required.is_met(Actor(customer_id=CUSTOMER.id, scopes=frozenset(scopes)), None, {})
        for scopes in ({"a"}, {"a", "b"}, {"c"}, {"b"}, set())
    ]

    assert met == [False, True, True, False, False]


def test_a_misspelled_policy_does_not_start():
    with pytest.raises(LookupError):
        policies.policy("vendors")
