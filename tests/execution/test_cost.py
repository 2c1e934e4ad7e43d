"""What operations cost, by the price list of `tests.execution.shelf`: a book is 3 points, anything else 1."""

import time

import pytest
from graphql import get_introspection_query
from hypothesis import given
from hypothesis import strategies as st

from execution import Executor, Limits
from tests.execution.shelf import schema

EXECUTOR = Executor(schema, limits=Limits(fields=5_000, document_fields=5_000, aliases=1_000))


def cost(document: str, **variables: object) -> int:
    return EXECUTOR.admit(document, variables).cost


@pytest.mark.parametrize(
    ("document", "points"),
    [
        ("{ __typename plain }", 0),
        ("{ shelf { __typename } }", 1),
        ("{ book { name pages } }", 3),
        ("{ book { secret } }", 3 + 7),
        ("{ a: book { name } b: book { name } }", 6),
        ("{ shelf { books(first: 5) { nodes { name } } } }", 1 + 1 + 5 * 3),
        ("{ shelf { books(first: 5, last: 7) { nodes { name } } } }", 1 + 1 + 7 * 3),
        ("{ shelf { books { nodes { name } } } }", 1 + 1 + 4 * 3),
        ("{ shelf { books(first: null) { nodes { name } } } }", 1 + 1 + 4 * 3),
        ("{ shelf { books(first: 0) { nodes { name } } } }", 1 + 1),
        ("{ shelf { books(first: -5) { nodes { name } } } }", 1 + 1),
        ("{ shelf { books(first: 1000000000) { nodes { name } } } }", 1 + 1 + 100 * 3),
        ("{ shelf { books(first: 5) { shelves { __typename } } } }", 1 + 1 + 10),
        ("{ shelf { boards { boards { __typename } } } }", 1 + 2 * (1 + 2)),
        ("{ shelf { pictures { __typename } } }", 1 + 10),
        ('{ nodes(ids: ["a", "b", "c"]) { name } }', 3 * 3),
        ("mutation { sell { name } }", 10 + 3),
        ("mutation { burn { name } }", 100 + 3),
        ("{ things { name ... on Book { secret } } }", 10 * (1 + 7)),
        ("{ ...f } fragment f on Query { book { ...g } } fragment g on Book { secret }", 3 + 7),
        ("{ shelf { books(first: 2) { ...f } } } fragment f on Books { nodes { name } }", 1 + 1 + 2 * 3),
    ],
)
def test_an_operation_costs_what_it_may_answer(document, points):
    assert cost(document) == points


def test_a_page_size_in_a_variable_counts_with_its_value():
    document = "query($n: Int) { shelf { books(first: $n) { nodes { name } } } }"

    assert cost(document, n=50) == 1 + 1 + 50 * 3
    assert cost(document, n=None) == cost(document) == 1 + 1 + 4 * 3
    assert cost(document, n=10**9) == 1 + 1 + 100 * 3
    assert cost(document.replace("Int)", "Int = 9)")) == 1 + 1 + 9 * 3


def test_page_sizes_multiply():
    inner = "books(first: $m) { nodes { name } }"
    document = f"query($n: Int, $m: Int) {{ shelf {{ books(first: $n) {{ nodes {{ shelf {{ {inner} }} }} }} }} }}"

    assert cost(document, n=10, m=20) == 1 + 1 + 10 * (3 + 1 + 1 + 20 * 3)


def test_ids_in_a_variable_are_counted():
    assert cost("query($ids: [ID!]!) { nodes(ids: $ids) { name } }", ids=["a"] * 70) == 70 * 3


def test_introspection_has_a_price_of_its_own():
    assert cost(get_introspection_query()) == 500


def test_a_formula_of_fragments_that_double_is_found_at_once():
    fragments = " ".join(f"fragment f{at} on Shelf {{ a: boards {{ ...f{at + 1} }} }}" for at in range(9))
    last = "fragment f9 on Shelf { " + " ".join(f"a{at}: books(first: $n) {{ nodes {{ name }} }}" for at in range(90))
    started = time.process_time()

    points = cost(f"query($n: Int) {{ shelf {{ ...f0 }} }} {fragments} {last} }}", n=100)

    assert points == 1 + sum(2**level for level in range(1, 10)) + 2**9 * 90 * (1 + 100 * 3)
    assert time.process_time() - started < 1


@st.composite
def shelves(draw: st.DrawFn, depth: int) -> tuple[str, int]:
    """What to select of a shelf, and what one shelf of it costs beside itself, with `$n` = 7."""
    parts, points = ["__typename"], 0
    for at in range(draw(st.integers(0, 3))):
        below, inner = draw(shelves(depth - 1)) if depth else ("__typename", 0)
        size, said = draw(
            st.sampled_from([(3, "(first: 3)"), (7, "(first: $n)"), (4, ""), (9, "(first: $n, last: 9)")])
        )
        if draw(st.booleans()):
            parts.append(f"a{at}: boards {{ {below} }}")
            points += 2 * (1 + inner)
        else:
            parts.append(f"a{at}: books{said} {{ nodes {{ shelf {{ {below} }} }} }}")
            points += 1 + size * (3 + 1 + inner)
    return " ".join(parts), points


@given(shelves(3))
def test_the_cost_is_the_sum_of_all_that_is_counted_one_by_one(drawn):
    selection, points = drawn
    unused = "nodes(ids: []) { shelf { books(first: $n) { __typename } } }"

    assert cost(f"query($n: Int) {{ shelf {{ {selection} }} {unused} }}", n=7) == 1 + points
