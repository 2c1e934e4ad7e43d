"""Inputs of the whole schema are read as graphql-core reads them, and given to resolvers as Strawberry gives them."""

import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    get_variable_values,
    parse,
)
from strawberry.types.arguments import convert_arguments

from execution.compiled.answers import strawberrys_own
from execution.compiled.inputs import argument_maker
from execution.directives import graphql_schema
from execution.variables import InputReaders, NotReadError, VariableReader
from schema.root import schema

CORE = graphql_schema(schema)
CONVERTER = schema.schema_converter
TURNS = 40 if os.environ.get("PROPERTIES") == "nightly" else 4
ODD: tuple[Any, ...] = (None, True, 1, 1.5, "", "x", "2026-02-03", "2026-02-03T04:05:06Z", [], ["x"], {}, {"x": 1})
KNOWN = {"Int": (0, 7), "Float": (1.5, 2), "Boolean": (True, False), "String": ("x", ""), "ID": ("cart_1", 3)}


def arguments() -> Iterator[tuple[str, GraphQLField, str, GraphQLArgument]]:
    for kind in (CORE.query_type, CORE.mutation_type, CORE.subscription_type):
        assert kind is not None
        for name, field in kind.fields.items():
            for argument_name, argument in field.args.items():
                yield f"{kind.name}.{name}", field, argument_name, argument


ARGUMENTS = list(arguments())


def value_of(kind: Any, random: Random, depth: int = 0) -> Any:
    """Mostly what the type takes."""
    if random.random() < 0.04:
        return random.choice(ODD)
    if isinstance(kind, GraphQLNonNull):
        return value_of(kind.of_type, random, depth)
    if isinstance(kind, GraphQLList):
        return [value_of(kind.of_type, random, depth + 1) for _ in range(random.randrange(3))]
    if isinstance(kind, GraphQLEnumType):
        return random.choice(list(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: value_of(field.type, random, depth + 1)
            for name, field in kind.fields.items()
            if isinstance(field.type, GraphQLNonNull) or (depth < 5 and random.random() < 0.5)
        }
    return random.choice(KNOWN.get(kind.name, ODD))


def read_by_both(argument: GraphQLArgument, value: Any) -> tuple[Any, Any]:
    """What comes of it here (None where it is left to graphql-core), and by graphql-core alone."""
    (operation,) = parse(f"query Q($value: {argument.type}) {{ __typename }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    inputs = {"value": value}
    try:
        read = VariableReader(CORE, definitions, InputReaders()).read(inputs)
    except NotReadError:
        read = None
    return read, get_variable_values(CORE, definitions, inputs)


def known(values: Any) -> Any:
    """What resolvers and defaults see of variables."""
    return values.coerced, {name: (source.signature.name, source.value) for name, source in values.sources.items()}


@pytest.mark.timeout(600)
def test_variables_are_read_as_graphql_core_reads_them():
    random, seen = Random(7), Counter[tuple[str, bool]]()

    for where, _, name, argument in ARGUMENTS:
        for _ in range(TURNS):
            value = value_of(argument.type, random)
            read, expected = read_by_both(argument, value)
            seen["left" if read is None else "read", type(expected) is list] += 1
            assert read is None or known(read) == known(expected), (where, name, value)

    assert seen["read", False] > 4 * seen["left", False]
    assert not seen["read", True]
    assert seen["left", True]


@pytest.mark.timeout(600)
def test_resolvers_are_given_what_strawberry_would_give_them():
    random, made = Random(11), 0

    for where, field, name, argument in ARGUMENTS:
        own = strawberrys_own(field)
        make = None if own is None else argument_maker(own, CONVERTER)
        if own is None or make is None:
            continue
        for _ in range(TURNS):
            value = value_of(argument.type, random)
            _, coerced = read_by_both(argument, value)
            if isinstance(coerced, list):
                continue
            given = {name: coerced.coerced["value"]}
            expected = convert_arguments(given, own.arguments, CONVERTER.scalar_registry, CONVERTER.config)
            made += 1
            assert make(given) == expected, (where, name, value)

    assert made > len(ARGUMENTS)
