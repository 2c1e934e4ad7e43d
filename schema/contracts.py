"""The schema as one kind of client needs it: without what is tagged for others, and what then nothing leads to.

An element without tags is for everybody, one with tags for the contracts that they name. So `@tag(name: "admin")` keeps
a mutation out of the storefront's contract, and its input and payload go with it.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, cast

from graphql import (
    REMOVE,
    DirectiveDefinitionNode,
    DirectiveLocation,
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeNode,
    Visitor,
    build_ast_schema,
    parse,
    print_schema,
    specified_directives,
    specified_scalar_types,
    visit,
)

ROOTS = ("Query", "Mutation", "Subscription")
FOR_ROUTERS = frozenset({"_Any", "_Entity", "_Service", "_entities", "_service"})
BUILT_IN = frozenset(specified_scalar_types)
STANDARD = frozenset(directive.name for directive in specified_directives)
OF_OPERATIONS = frozenset({DirectiveLocation.QUERY.name, DirectiveLocation.FIELD.name})
PARTS = ("fields", "types", "values")


class Contract(StrEnum):
    """Who a contract is for, which is the tag of what it has beside what is for everybody."""

    STOREFRONT = "storefront"
    VENDOR = "vendor"
    ADMIN = "admin"


def contract_sdl(sdl: str, contract: Contract) -> str:
    """The part of a federated schema that is for these clients, as plain SDL of the GraphQL specification."""
    document = visit(parse(sdl, no_location=True), _WithoutOthers(contract))
    while (pruned := visit(document, _WithoutLoose(document))) is not document:
        document = pruned
    return print_schema(build_ast_schema(_reachable(document))) + "\n"


class _WithoutOthers(Visitor):
    """Drops what is tagged for other contracts alone, what is for routers, and federation's own directives."""

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        self._contract = contract

    def enter(self, node: Node, *_: object) -> Any:
        match node:
            case DirectiveNode():
                is_kept = node.name.value in STANDARD
            case DirectiveDefinitionNode():
                is_kept = any(place.value in OF_OPERATIONS for place in node.locations)
            case SchemaDefinitionNode():
                is_kept = False
            case FieldDefinitionNode() | TypeDefinitionNode():
                is_kept = node.name.value not in FOR_ROUTERS and self._has(node)
            case _:
                is_kept = self._has(node)
        return None if is_kept else REMOVE

    def _has(self, node: Node) -> bool:
        tags = [each for each in getattr(node, "directives", None) or () if each.name.value == "tag"]
        names = {cast("StringValueNode", tag.arguments[0].value).value for tag in tags}
        return not names or self._contract in names


class _WithoutLoose(Visitor):
    """Drops what names a type that is gone, and types that have nothing left; to be repeated until nothing changes."""

    def __init__(self, document: DocumentNode) -> None:
        super().__init__()
        self._known = BUILT_IN | {each.name.value for each in _types(document)}

    def enter(self, node: Node, *_: object) -> Any:
        match node:
            case FieldDefinitionNode():
                required = [each.type for each in node.arguments or () if isinstance(each.type, NonNullTypeNode)]
                return None if all(map(self._is_known, [node.type, *required])) else REMOVE
            case InputValueDefinitionNode():
                return None if self._is_known(node.type) else REMOVE
            case NamedTypeNode():
                return None if self._is_known(node) else REMOVE
        return None

    def leave(self, node: Node, *_: object) -> Any:
        parts = [part for part in PARTS if isinstance(node, TypeDefinitionNode) and hasattr(node, part)]
        return REMOVE if parts and not any(getattr(node, part) for part in parts) else None

    def _is_known(self, type_: TypeNode) -> bool:
        return _name(type_) in self._known


def _reachable(document: DocumentNode) -> DocumentNode:
    """The document with those types alone that the roots lead to; an interface leads to whatever implements it."""
    types = {each.name.value: each for each in _types(document)}
    directives = [each for each in document.definitions if isinstance(each, DirectiveDefinitionNode)]
    ahead = [*(name for name in ROOTS if name in types), *(name for each in directives for name in _named_in(each))]
    reached: set[str] = set()
    while ahead:
        name = ahead.pop()
        if name in reached or name not in types:
            continue
        reached.add(name)
        ahead += _named_in(types[name])
        ahead += [other for other, each in types.items() if name in _interfaces(each)]
    kept = [*directives, *(each for name, each in types.items() if name in reached)]
    return DocumentNode(definitions=tuple(kept))


def _types(document: DocumentNode) -> Iterator[TypeDefinitionNode]:
    return (each for each in document.definitions if isinstance(each, TypeDefinitionNode))


def _interfaces(node: TypeDefinitionNode) -> list[str]:
    return [each.name.value for each in node.interfaces or ()] if isinstance(node, ObjectTypeDefinitionNode) else []


def _named_in(node: Node) -> list[str]:
    """The types that a definition names."""
    names: list[str] = []

    class Names(Visitor):
        def enter_named_type(self, named: NamedTypeNode, *_: object) -> None:
            names.append(named.name.value)

    visit(node, Names())
    return names


def _name(type_: TypeNode) -> str:
    while not isinstance(type_, NamedTypeNode):
        type_ = cast("Any", type_).type
    return type_.name.value
