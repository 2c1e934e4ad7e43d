"""This schema as a subgraph: `_entities` and `_service`, as Apollo Federation 2 asks for them.

https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

import strawberry
from graphql import (
    REMOVE,
    DirectiveDefinitionNode,
    DirectiveNode,
    GraphQLObjectType,
    Node,
    StringValueNode,
    TypeDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from strawberry import Info
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema_directives import Key
from strawberry.types.base import StrawberryObjectDefinition

from resolvers import federation
from schema.base import resolve

ACCESS = frozenset({"authenticated", "policy", "requiresScopes"})
DESCRIPTIONS = {
    "_Any": "What names an entity: an object of its `__typename` and a key.",
    "_Entity": "Anything that has a key.",
}


@strawberry.type(name="_Service", description="This server as a part of a federated graph.")
class Service:
    sdl: str = resolve(federation.sdl, description="Its schema with federation's directives; for routers alone.")


def this_service() -> Service:
    return Service()


@strawberry.type
class FederationQuery:
    service: Service = resolve(this_service, name="_service", description="What a router composes a graph from.")


class Schema(strawberry.federation.Schema):
    """A federated schema whose `_entities` answers each representation for itself: an entity, null or an error.

    An entity is read as `node` reads it, under the same rules of access.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        types = self._schema.type_map
        for name, description in DESCRIPTIONS.items():
            types[name].description = description
        field = cast("GraphQLObjectType", types["Query"]).fields["_entities"]
        field.description = "What routers name by its keys, in that order; null for what is not there to be seen."
        field.args["representations"].description = "Up to 1,000: each the `__typename` of an entity and a key of it."

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        return federation.entities(info, representations, self.keys_of)

    def keys_of(self, name: str) -> Sequence[str]:
        """The key fields of the entity of that name, in the order they are declared."""
        definition = self.get_type_by_name(name)
        directives: Any = definition.directives if isinstance(definition, StrawberryObjectDefinition) else None
        return tuple(str(each.fields) for each in directives or () if isinstance(each, Key))

    @cached_property
    def whole_sdl(self) -> str:
        """What routers compose that enforce what it says of access; printed once, when the first of them asks."""
        return _without(frozenset({"cacheControl", "CacheControlScope"}), self.as_str())

    @cached_property
    def open_sdl(self) -> str:
        """What any router composes. It does not say what this server asks of whom, and enforces all the same.

        Apollo's gateway takes no schema that has directives of access, as it does not enforce them.
        """
        return _without(ACCESS, self.whole_sdl)


def _without(names: frozenset[str], sdl: str) -> str:
    """The SDL without these directives and types: neither defined, nor imported, nor used."""
    return print_ast(visit(parse(sdl, no_location=True), _Without(names))) + "\n"


class _Without(Visitor):
    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self._names = names

    def enter(self, node: Node, *_: object) -> Any:
        match node:
            case DirectiveNode() | DirectiveDefinitionNode() | TypeDefinitionNode():
                return REMOVE if node.name.value in self._names else None
            case StringValueNode():
                is_import = node.value.startswith("@") and node.value[1:] in self._names
                return REMOVE if is_import else None
        return None
