"""Enforces what the SDL declares: `@authenticated`, `@requiresScopes` and `@policy`.

The declarations are made for a federation gateway, which may or may not stand before this server. So each field that
carries one, or whose type or interface does, is guarded here as well, however a query reaches it. Other fields are left
untouched and run at full speed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

import strawberry
from graphql import GraphQLError, GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from strawberry.federation.schema_directives import Authenticated, RequiresScopes
from strawberry.federation.schema_directives import Policy as PolicyDirective

from domain.shared.actor import Actor
from domain.shared.making import dataclass
from resolvers.policies import Policy, policy

DEFINITION = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class Requirement:
    """All three must hold; scopes and policies name alternatives, each a set of which all must hold."""

    scopes: tuple[frozenset[str], ...] = ()
    policies: tuple[tuple[Policy, ...], ...] = ()

    def is_met(self, actor: Actor, root: Any, arguments: Mapping[str, Any]) -> bool:
        if not actor.is_authenticated:
            return False
        if self.scopes and not any(wanted <= actor.scopes for wanted in self.scopes):
            return False
        return not self.policies or any(
            all(rule(actor, root, arguments) for rule in alternative) for alternative in self.policies
        )


def enforce[Schema: strawberry.Schema](schema: Schema) -> Schema:
    """Guard every field that requires something; call it once, when the schema is complete."""
    for parent, field in fields(schema_of(schema)):
        if requirements := list(requirements_of(parent, field)):
            guard(field, requirements)
    return schema


def schema_of(schema: strawberry.Schema) -> GraphQLSchema:
    return cast("GraphQLSchema", cast("Any", schema)._schema)  # noqa: SLF001 - Strawberry names it in no other way


def fields(schema: GraphQLSchema) -> Iterator[tuple[GraphQLObjectType, GraphQLField]]:
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__"):
            yield from ((named, field) for field in named.fields.values())


def requirements_of(parent: GraphQLObjectType, field: GraphQLField) -> Iterator[Requirement]:
    """What the field, its type, and the interfaces that declare either ask for."""
    yield from _declared(field)
    yield from _declared(parent)
    name = next(name for name, own in parent.fields.items() if own is field)
    for interface in parent.interfaces:
        yield from _declared(interface)
        if name in interface.fields:
            yield from _declared(interface.fields[name])


def scopes_of(schema: strawberry.Schema) -> frozenset[str]:
    """Every scope that some field asks for."""
    found: set[str] = set()
    for parent, field in fields(schema_of(schema)):
        for element in (parent, field):
            for directive in _directives(element):
                if isinstance(directive, RequiresScopes):
                    found.update(scope for alternative in directive.scopes for scope in alternative)
                if isinstance(directive, PolicyDirective):
                    names = (name for alternative in directive.policies for name in alternative)
                    found.update(name.removeprefix("scope:") for name in names if name.startswith("scope:"))
    return frozenset(found)


def guard(field: GraphQLField, requirements: list[Requirement]) -> None:
    """Let the field's resolver, or the subscription's source, run only for those who may."""
    if field.subscribe is not None:
        field.subscribe = guarded(field.subscribe, requirements)
    elif field.resolve is not None:
        field.resolve = guarded(field.resolve, requirements)


def guarded(resolver: Callable[..., Any], requirements: Iterable[Requirement]) -> Callable[..., Any]:
    required = tuple(requirements)

    def guarded_resolver(root: Any, info: Any, **arguments: Any) -> Any:
        actor: Actor = info.context.actor
        for requirement in required:
            if not requirement.is_met(actor, root, arguments):
                raise refused(actor)
        return resolver(root, info, **arguments)

    return guarded_resolver


def refused(actor: Actor) -> GraphQLError:
    if actor.is_authenticated:
        return GraphQLError("You may not do this.", extensions={"code": "FORBIDDEN"})
    return GraphQLError("Sign in to do this.", extensions={"code": "UNAUTHENTICATED"})


def _declared(element: GraphQLField | GraphQLObjectType | GraphQLInterfaceType) -> Iterator[Requirement]:
    for directive in _directives(element):
        match directive:
            case Authenticated():
                yield Requirement()
            case RequiresScopes(scopes=scopes):
                yield Requirement(scopes=tuple(frozenset(wanted) for wanted in scopes))
            case PolicyDirective(policies=policies):
                yield Requirement(policies=tuple(tuple(policy(name) for name in wanted) for wanted in policies))


def _directives(element: GraphQLField | GraphQLObjectType | GraphQLInterfaceType) -> Iterable[object]:
    definition = element.extensions.get(DEFINITION)
    return cast("Iterable[object]", getattr(definition, "directives", None) or ())
