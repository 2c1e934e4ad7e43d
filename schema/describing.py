"""Lays the descriptions of `schema/words.py` and `schema/enum_words.py` upon what has none of its own."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
)

from schema.access import schema_of
from schema.enum_words import VALUES
from schema.words import EVERYWHERE, IN_ITS_PLACE

ROOTS: Mapping[str, str] = {
    "Query": "What can be read.",
    "Mutation": "What can be done. Fields of one operation run one after another.",
    "Subscription": "What can be followed, by WebSocket or by server-sent events.",
}


def described[Schema: strawberry.Schema](schema: Schema) -> Schema:
    """The schema, of which all is described that the words name; call it once, when it is complete."""
    for place, name, element in elements(schema_of(schema).type_map.values()):
        if not element.description:
            element.description = IN_ITS_PLACE.get(place) or words_of(element, place, name)
    return schema


def words_of(element: Any, place: str, name: str) -> str | None:
    """What the words say of it wherever it stands; None where they do not know it."""
    if isinstance(element, GraphQLNamedType):
        return ROOTS.get(name)
    owner = place.partition(".")[0]
    return VALUES[owner].get(name) if owner in VALUES else EVERYWHERE.get(name)


def elements(types: Iterable[GraphQLNamedType]) -> Iterator[tuple[str, str, Any]]:
    """Types, fields, arguments and values: where each stands, as in `Type.field.argument`, its name, and itself."""
    for found in types:
        if found.name.startswith("__"):
            continue
        yield found.name, found.name, found
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in found.fields.items():
                yield f"{found.name}.{name}", name, field
                for argument, value in field.args.items():
                    yield f"{found.name}.{name}.{argument}", argument, value
        elif isinstance(found, GraphQLInputObjectType):
            yield from ((f"{found.name}.{name}", name, item) for name, item in found.fields.items())
        elif isinstance(found, GraphQLEnumType):
            yield from ((f"{found.name}.{name}", name, value) for name, value in found.values.items())
