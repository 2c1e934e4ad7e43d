"""What each kind of client is given of the schema."""

from collections.abc import Iterator

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema
from strawberry.federation.schema_directives import Policy, RequiresScopes, Tag

from schema.access import DEFINITION, fields, schema_of
from schema.contracts import FOR_ROUTERS, Contract, contract_sdl
from schema.root import schema
from server.published import published_contract

CORE = schema_of(schema)
OF_BUYERS = (["self"], ["member"])


def built(contract: Contract) -> GraphQLSchema:
    return build_schema(published_contract(contract))


def objects(found: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Each `(type, field)` of a contract."""
    return ((parent.name, name) for parent, _ in fields(found) for name in parent.fields)


def declared(type_name: str, field: str | None, kind: type) -> list[object]:
    """The directives of a kind that the schema has on a field, or on a type."""
    parent = CORE.type_map[type_name]
    assert isinstance(parent, GraphQLObjectType)
    element = parent.fields[field] if field else parent
    directives = getattr(element.extensions.get(DEFINITION), "directives", None) or ()
    return [each for each in directives if isinstance(each, kind)]


@pytest.mark.parametrize("contract", Contract)
def test_a_contract_is_plain_and_valid(contract: Contract):
    sdl = published_contract(contract)

    assert build_schema(sdl).query_type
    assert build_schema(sdl).get_directive("inContext")
    assert not any(f"@{name}" in sdl for name in ("tag", "key", "link", "shareable", "policy", "requiresScopes"))
    assert not any(name in FOR_ROUTERS for pair in objects(build_schema(sdl)) for name in pair)


@pytest.mark.parametrize("contract", Contract)
def test_a_contract_has_nothing_that_is_tagged_for_others_alone(contract: Contract):
    shown = list(objects(built(contract)))

    for type_name, field in shown:
        for element in (None, field):
            tags = {str(tag.name) for tag in declared(type_name, element, Tag) if isinstance(tag, Tag)}
            assert not tags or contract in tags, f"{type_name}.{field}"


def test_the_storefront_has_nothing_that_no_buyer_may_read():
    """Each field that asks for scopes, or for a vendor's or staff's word alone, is tagged."""
    reserved = [
        f"{type_name}.{field}"
        for type_name, field in objects(built(Contract.STOREFRONT))
        for element in (None, field)
        if declared(type_name, element, RequiresScopes)
        or any(
            not any(own in (each.policies or []) for own in OF_BUYERS)
            for each in declared(type_name, element, Policy)
            if isinstance(each, Policy)
        )
    ]

    assert reserved == []


def test_every_field_is_in_some_contract():
    shown = {pair for contract in Contract for pair in objects(built(contract))}
    whole = {(parent.name, name) for parent, _ in fields(CORE) for name in parent.fields}

    missing = {pair for pair in whole - shown if not any(name in FOR_ROUTERS for name in pair)}

    assert missing == set()


def test_what_only_a_removed_field_led_to_goes_with_it():
    sdl = """
    directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT
    type Query { shop: Shop, staff: Staff @tag(name: "admin"), search(by: Filter, like: [Like!]): Found }
    interface Thing { id: ID! }
    union Found = Shop | Secret
    type Shop implements Thing { id: ID!, secret: Secret, both: Int @tag(name: "admin") @tag(name: "storefront") }
    type Lamp implements Thing { id: ID! }
    type Staff { wage: Wage }
    type Wage { cents: Int }
    type Secret implements Thing @tag(name: "admin") { id: ID! }
    type Empty { only: Secret }
    type Mutation { hire(input: Hire!): Staff @tag(name: "admin"), buy(input: Buy): Empty }
    input Hire { name: String }
    input Buy { name: String }
    input Filter { name: String, like: Like }
    enum Like { MUCH LITTLE }
    """

    storefront = build_schema(contract_sdl(sdl, Contract.STOREFRONT))
    admin = build_schema(contract_sdl(sdl, Contract.ADMIN))

    own = {name for name in storefront.type_map if not name.startswith("__")} - {"String", "Int", "ID", "Boolean"}
    assert own == {"Query", "Thing", "Found", "Shop", "Lamp", "Filter", "Like"}
    assert [str(type_) for type_ in storefront.type_map["Found"].types] == ["Shop"]  # type: ignore[attr-defined]
    assert set(storefront.type_map["Shop"].fields) == {"id", "both"}  # type: ignore[attr-defined]
    assert {"Staff", "Wage", "Secret", "Empty", "Hire", "Buy", "Mutation"} <= set(admin.type_map)
