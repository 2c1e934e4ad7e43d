import pytest
import strawberry
from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
)

from execution import Executor, directive_arguments, with_directives
from tests.execution.toy import in_context, make_schema


def arguments_of(document: str, **variables: object) -> object:
    executor = Executor(make_schema())
    admitted = executor.admit(document, variables)
    return directive_arguments(admitted.operation, "inContext", executor.schema, admitted.variables)


def test_the_arguments_of_an_operations_directive_are_read_with_its_variables():
    assert arguments_of("{ hello }") is None
    assert arguments_of('query @inContext(country: "DE") { hello }') == {"country": "DE"}
    assert arguments_of("query @inContext { hello }") == {}
    assert arguments_of("query($c: String) @inContext(country: $c) { hello }", c="JP") == {"country": "JP"}
    assert arguments_of("query($c: String) @inContext(country: $c) { hello }") == {}
    assert arguments_of('query($c: String = "GB") @inContext(country: $c) { hello }') == {"country": "GB"}


@pytest.mark.parametrize(
    "document",
    [
        "query @inContext(country: 7) { hello }",
        'query @inContext(town: "Ulm") { hello }',
        "{ hello @inContext }",
    ],
)
async def test_a_directive_used_wrongly_is_refused(document):
    result = await Executor(make_schema()).execute(document)

    assert [error["extensions"]["code"] for error in result.errors] == ["GRAPHQL_VALIDATION_FAILED"]


async def test_the_printed_schema_and_introspection_show_the_directive():
    schema = make_schema()

    result = await Executor(schema).execute("{ __schema { directives { name } } }")

    assert "directive @inContext(country: String) on QUERY | MUTATION | SUBSCRIPTION" in schema.as_str()
    assert {"name": "inContext"} in (result.data or {})["__schema"]["directives"]


def test_strawberry_runs_nothing_for_the_directive():
    schema = make_schema()

    assert (schema.directives, schema.get_extensions()) == ((), [])


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ValueError, match="inContext"):
        with_directives(make_schema(), in_context)


def test_the_types_of_arguments_join_the_schema_unless_another_has_the_name():
    @strawberry.type
    class Query:
        hello: str = "x"

    def directive(name: str, type_: GraphQLScalarType | GraphQLEnumType) -> GraphQLDirective:
        argument = GraphQLArgument(GraphQLNonNull(type_))
        return GraphQLDirective(name, [DirectiveLocation.QUERY], args={"of": argument})

    schema = with_directives(strawberry.Schema(Query), directive("first", GraphQLEnumType("Country", {"DE": "DE"})))

    assert "enum Country" in schema.as_str()
    assert with_directives(schema, directive("second", GraphQLString)) is schema
    with pytest.raises(ValueError, match="Country"):
        with_directives(schema, directive("third", GraphQLEnumType("Country", {"JP": "JP"})))
