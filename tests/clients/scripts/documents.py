"""Documents that hypothesis-graphql makes of a schema, and the least that each of them could be.

Reads `{"sdl", "ids", "fields": [[root, field], ...], "count"}` as JSON and writes a document on each line, as JSON with
the field that it asks for. The same input gives the same documents.

Ids are asked for as a scalar of their own, since the generator would make texts of them that are never anybody's.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from graphql import FloatValueNode, GraphQLSchema, IntValueNode, StringValueNode, build_schema, print_ast
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes  # type: ignore[import-not-found] # it stands in the environment of this script
from hypothesis_graphql import strategies as documents

ID = re.compile(r"\bID\b")
COUNTRIES, CURRENCIES, LANGUAGES = ("DE", "US", "JP", "ZZ", "de"), ("EUR", "USD", "JPY", "BHD", "XXX"), ("en", "de-AT")
DATES = ("2026-11-02", "1999-12-31", "2026-02-30", "9999-12-31", "0001-01-01", "")
TIMES = ("2026-11-02T10:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-02", "now")
DECIMALS = ("0", "-1", "19.99", "1e400", "NaN", "0.0000000000000000001", "9" * 400, "")
NUMBERS = (0, 1, -1, 1999, 2**53, 2**63 - 1, 2**63, -(2**63), 10**400)


def texts(*known: str) -> st.SearchStrategy[StringValueNode]:
    return (st.sampled_from(known) | st.text(max_size=20)).map(nodes.String)


def scalars(ids: Sequence[str]) -> dict[str, st.SearchStrategy[Any]]:
    numbers = st.sampled_from(NUMBERS)
    anything = st.recursive(
        st.none().map(lambda _: nodes.Null)
        | st.booleans().map(nodes.Boolean)
        | numbers.map(lambda number: IntValueNode(value=str(number)))
        | texts(*ids[:5]),
        lambda inner: st.lists(inner, max_size=3).map(nodes.List),
        max_leaves=5,
    )
    return {
        "TypeID": texts(*ids),
        "CountryCode": texts(*COUNTRIES),
        "CurrencyCode": texts(*CURRENCIES),
        "LanguageTag": texts(*LANGUAGES),
        "Date": texts(*DATES),
        "DateTime": texts(*TIMES),
        "Decimal": texts(*DECIMALS) | st.sampled_from(("1.5", "1e-400")).map(lambda text: FloatValueNode(value=text)),
        "MinorUnits": numbers.map(lambda number: IntValueNode(value=str(number))) | texts("100", "1.5", "9" * 40),
        "JSON": anything,
        "_Any": anything,
    }


def made(schema: GraphQLSchema, ids: Sequence[str], root: str, field: str, count: int) -> Iterator[str]:
    """So many different documents that ask for the field; fewer if there are no more."""
    make = documents.mutations if root == "Mutation" else documents.queries
    known: dict[str, None] = {}

    @seed(f"{root}.{field}")
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(make(schema, fields=[field], custom_scalars=scalars(ids), print_ast=print_ast))
    def collect(document: str) -> None:
        known[document] = None

    collect()
    yield from (f"subscription {text.removeprefix('query')}" for text in known) if root == "Subscription" else known


def main() -> None:
    asked = json.load(sys.stdin)
    schema = build_schema(ID.sub("TypeID", asked["sdl"]) + "\nscalar TypeID", assume_valid_sdl=True)
    # The generator knows no subscriptions: theirs are made as queries of a schema whose queries they are.
    streams = GraphQLSchema(schema.subscription_type, types=tuple(schema.type_map.values()), assume_valid=True)
    for root, field in asked["fields"]:
        for document in made(streams if root == "Subscription" else schema, asked["ids"], root, field, asked["count"]):
            sys.stdout.write(json.dumps([root, field, document]) + "\n")


if __name__ == "__main__":
    main()
