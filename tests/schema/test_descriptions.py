"""Everything that a client meets says what it is."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, specified_directives

import server.web  # noqa: F401 - makes the schema know @inContext
from schema.access import schema_of
from schema.contracts import Contract
from schema.describing import elements
from schema.enum_words import VALUES
from schema.root import schema
from schema.words import IN_ITS_PLACE
from server.published import published_contract

CORE = schema_of(schema)
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}
OF_FEDERATION = {"_FieldSet", "link__Import", "link__Purpose"}


def ours(found: GraphQLSchema) -> list[tuple[str, str, Any]]:
    """What of a schema is declared here, not by GraphQL or by Apollo Federation."""
    foreign = BUILT_IN | OF_FEDERATION
    return [each for each in elements(found.type_map.values()) if each[0].partition(".")[0] not in foreign]


def test_every_type_field_argument_and_value_is_described():
    silent = [place for place, _, element in ours(CORE) if not (element.description or "").strip()]

    assert silent == []


@pytest.mark.parametrize("contract", Contract)
def test_a_contract_says_it_all_too(contract: Contract):
    """So the printed SDL does: a contract is made of it."""
    silent = [
        place for place, _, element in ours(build_schema(published_contract(contract))) if not element.description
    ]

    assert silent == []


def test_directives_of_operations_are_described():
    standard = {directive.name for directive in specified_directives}
    found = build_schema(published_contract(Contract.STOREFRONT)).directives

    own = [each for each in found if each.name not in standard]
    assert [each.name for each in own] == ["inContext"]
    assert all(each.description and all(value.description for value in each.args.values()) for each in own)


def test_descriptions_are_sentences():
    """They begin with a capital letter, a digit or code, and end with a full stop or code."""
    odd = [
        (place, element.description)
        for place, _, element in ours(CORE)
        if not (_begins_well(element.description.strip()) and element.description.strip()[-1] in ".`)")
    ]

    assert odd == []


def _begins_well(text: str) -> bool:
    return text[0].isupper() or text[0].isdigit() or text[0] in "`'\"@"


def test_no_word_is_kept_of_what_is_gone():
    places = {place for place, _, _ in ours(CORE)}

    assert [place for place in IN_ITS_PLACE if place not in places] == []
    assert [
        f"{owner}.{name}" for owner, names in VALUES.items() for name in names if f"{owner}.{name}" not in places
    ] == []
