"""Directives clients put on operations, known to the schema but never run by it.

A directive registered with Strawberry wraps every field; one appended here costs nothing until somebody reads it.
"""

from collections.abc import Mapping
from typing import Any

import strawberry
from graphql import GraphQLDirective, GraphQLSchema, assert_valid_schema, get_directive_values, get_named_type
from graphql.execution.values import VariableValues

from execution.documents import Operation


def with_directives(schema: strawberry.Schema, *directives: GraphQLDirective) -> strawberry.Schema:
    """The same schema, whose validation, introspection and printed SDL now know `directives`."""
    built = graphql_schema(schema)
    taken = {directive.name for directive in built.directives} & {directive.name for directive in directives}
    if taken:
        raise ValueError(f"The schema has a directive of this name already: {', '.join(sorted(taken))}.")
    for directive in directives:
        _add_argument_types(built, directive)
    built.directives = (*built.directives, *directives)
    assert_valid_schema(built)
    return schema


def directive_arguments(
    operation: Operation, name: str, schema: GraphQLSchema, variables: VariableValues
) -> Mapping[str, Any] | None:
    """The coerced arguments of the directive on the operation itself, or None where it is absent."""
    if not operation.definition.directives:
        return None
    directive = schema.get_directive(name)
    return get_directive_values(directive, operation.definition, variables) if directive else None


def graphql_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The graphql-core schema behind a Strawberry one, which has no public name for it."""
    return schema._schema  # noqa: SLF001


def _add_argument_types(schema: GraphQLSchema, directive: GraphQLDirective) -> None:
    for argument in directive.args.values():
        type_ = get_named_type(argument.type)
        if schema.type_map.setdefault(type_.name, type_) is not type_:
            raise ValueError(f"@{directive.name} needs the schema's own type {type_.name}.")
