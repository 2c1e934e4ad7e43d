"""Every schema field says what the domain says: the check that fields typed by name give up.

For each field the GraphQL type is compared with the annotation of what answers it: the domain's attribute or property,
or the resolver's return.
"""

import inspect
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from enum import Enum
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, TypeAliasType, Union, get_args, get_origin, get_type_hints

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
)

from domain.shared.page import Edge, Page
from loaders.registry import Loaders
from resolvers.lists import Slice
from schema.root import schema

CONVERTER: Any = schema.schema_converter
GRAPHQL: Any = schema._schema
MODELS: dict[str, tuple[type, ...]] = {
    name: concrete.definition.origin.models
    for name, concrete in CONVERTER.type_map.items()
    if hasattr(getattr(concrete.definition, "origin", None), "models")
}
SHOWN = {model.__name__: model for models in MODELS.values() for model in models}
"""By their names, which a module may import for the type checker alone."""
JSON = GRAPHQL.type_map["JSON"]
ROOTS = {"Query", "Mutation", "Subscription"}


def shows(graphql_type: Any, hint: Any) -> bool:
    """Whether values of the Python type `hint` may be answered as the GraphQL type."""
    hint = unaliased(hint)
    if hint is Any or getattr(graphql_type, "of_type", graphql_type) is JSON:
        return True
    arms = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    if NoneType in arms and isinstance(graphql_type, GraphQLNonNull):
        return False
    if isinstance(graphql_type, GraphQLNonNull):
        graphql_type = graphql_type.of_type
    return all(shows_one(graphql_type, unaliased(arm)) for arm in arms if arm is not NoneType)


def unaliased(hint: Any) -> Any:
    return hint.__value__ if isinstance(hint, TypeAliasType) else hint


def shows_one(graphql_type: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (AsyncIterator, AsyncGenerator):
        return shows(graphql_type, arguments[0])
    if origin in (Page, Slice):
        return shows(graphql_type.fields["nodes"].type.of_type.of_type, arguments[0])
    if origin is Edge:
        return shows(graphql_type.fields["node"].type, arguments[0])
    if origin in (list, tuple, Sequence, frozenset):
        return isinstance(graphql_type, GraphQLList) and shows(graphql_type.of_type, arguments[0])
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return getattr(graphql_type, "wrapped_cls", None) is hint
    if isinstance(graphql_type, GraphQLEnumType | GraphQLList):
        return False
    if isinstance(graphql_type, GraphQLUnionType | GraphQLInterfaceType):
        return any(hint in MODELS.get(found.name, ()) for found in GRAPHQL.get_possible_types(graphql_type))
    if isinstance(graphql_type, GraphQLObjectType):
        return (
            hint in MODELS.get(graphql_type.name, ()) or hint is CONVERTER.type_map[graphql_type.name].definition.origin
        )
    return True


def hint_of(model: type, name: str) -> Any:
    value = inspect.getattr_static(model, name, None)
    if isinstance(value, property | cached_property):
        return get_type_hints(value.fget if isinstance(value, property) else value.func)["return"]
    return get_type_hints(model, localns={**SHOWN, **vars(sys.modules[model.__module__])})[name]


def graphql_type_of(type_name: str, field: Any) -> Any:
    field_name = CONVERTER.config.name_converter.get_graphql_name(field)
    return GRAPHQL.type_map[type_name].fields[field_name].type


FIELDS = [
    pytest.param(name, field, id=f"{name}.{field.python_name}")
    for name, concrete in CONVERTER.type_map.items()
    if name in MODELS or name in ROOTS
    for field in concrete.definition.fields
    if not field.python_name.startswith("_") and field.python_name not in {"service", "entities"}
]


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_agrees_with_what_answers_it(name: str, field: Any):
    graphql_type = graphql_type_of(name, field)
    if field.base_resolver is None:
        for model in MODELS[name]:
            assert shows(graphql_type, hint_of(model, field.python_name)), (model, field.python_name)
        return

    hints = get_type_hints(field.base_resolver.wrapped_func)
    root = get_origin(hints.get("root")) or hints.get("root", object)

    assert shows(graphql_type, hints["return"]), (graphql_type, hints["return"])
    if root is not Any and not getattr(root, "_is_protocol", False):
        assert all(issubclass(model, root) for model in MODELS.get(name, ())), (MODELS.get(name), root)


@pytest.mark.parametrize(
    "name", sorted(name for name in GRAPHQL.type_map if "__" not in name and not name.startswith("_"))
)
def test_everything_is_described(name: str):
    found: Any = GRAPHQL.type_map[name]
    fields = {} if isinstance(found, GraphQLInputObjectType) else getattr(found, "fields", {})
    undescribed = [field_name for field_name, field in fields.items() if not field.description]

    assert found.description or name in ROOTS
    assert [field_name for field_name in undescribed if not field_name.startswith("_")] == []


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, found in GRAPHQL.type_map.items()
        if isinstance(found, GraphQLObjectType) and any(interface.name == "Node" for interface in found.interfaces)
    ),
)
def test_every_node_can_be_read_again_by_a_loader(name: str):
    origin: Any = CONVERTER.type_map[name].definition.origin

    assert hasattr(Loaders, origin.loader)
    assert MODELS[name]


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        pytest.param("slug", str | None, id="a nullable answer to a non-null field"),
        pytest.param("seo", str, id="another class"),
        pytest.param("media", str, id="one instead of a list"),
        pytest.param("status", str, id="a text instead of an enum"),
    ],
)
def test_a_disagreement_is_noticed(field: str, hint: Any):
    assert not shows(GRAPHQL.type_map["Product"].fields[field].type, hint)
