import time

import pytest
from graphql import get_introspection_query, parse

from execution import DocumentStore, Limits, RequestRefused, graphql_schema
from execution.limits import exceeded
from tests.execution.toy import make_schema


def broken_by(document: str, **limits: int) -> str | None:
    error = exceeded(parse(document), Limits(**limits))
    return error.message if error else None


def doubled(selection: str, times: int, inner: str = "name") -> str:
    """Fragments that each spread the next one twice, in `selection`."""
    fragments = [f"fragment f{at} on Thing {{ {selection.replace('NEXT', f'...f{at + 1}')} }}" for at in range(times)]
    return f"{{ thing {{ ...f0 }} }} {' '.join(fragments)} fragment f{times} on Thing {{ {inner} }}"


@pytest.mark.parametrize(
    ("document", "limits", "what"),
    [
        ("{ a { b { c } } }", {"depth": 3}, "levels of selections"),
        ("{ a { ...f } } fragment f on T { b { c } }", {"depth": 3}, "levels of selections"),
        ("{ a { ... on T { ... { b { c } } } } }", {"depth": 3}, "levels of selections"),
        ("{ a b c }", {"fields": 3}, "fields"),
        ("{ a { ...f } b { ...f } } fragment f on T { x }", {"fields": 4}, "fields"),
        ("{ x: a y: b ... { z: c } }", {"aliases": 3}, "aliases"),
        ("{ a { ...f } b { ...f } } fragment f on T { x: y }", {"aliases": 2}, "aliases"),
        ("query @d { a @d ...f @d ... @d { b } } fragment f on T { c @d }", {"directives": 5}, "directives"),
        ("query A { a } query B { a } query C { a }", {"operations": 3}, "operations"),
        ("query A { a } query B { ...f } fragment f on T { b c }", {"document_fields": 3}, "fields in all operations"),
        ("query ($a: Int, $b: Int) { a }", {"variables": 2}, "variables"),
        ("{ a } fragment f on T { a } fragment g on T { a }", {"fragments": 2}, "fragments"),
    ],
)
def test_a_document_may_reach_a_bound_and_not_pass_it(document, limits, what):
    [(name, bound)] = limits.items()

    assert broken_by(document, **{name: bound}) is None
    assert broken_by(document, **{name: bound - 1}) == f"The document has more than {bound - 1} {what}."


def test_each_operation_is_measured_on_its_own():
    document = "query A { a b } query B { a b }"

    assert broken_by(document, fields=2) is None


def test_standard_introspection_passes():
    assert broken_by(get_introspection_query(), depth=8) is None


def test_an_of_type_outside_introspection_is_a_level():
    assert broken_by("{ a { ofType { ofType { x } } } }", depth=3) is not None
    assert broken_by("{ __type { ofType { ofType { x } } } }", depth=2) is None


@pytest.mark.parametrize(
    "document",
    [
        "{ ...missing }",
        "{ ...a } fragment a on T { ...b } fragment b on T { ...a x }",
    ],
)
def test_unknown_and_circular_fragments_are_left_to_validation(document):
    assert broken_by(document) is None


@pytest.mark.parametrize(
    "document",
    [
        doubled("NEXT NEXT", 30),
        doubled("a: thing { NEXT } b: thing { NEXT }", 30),
        doubled("NEXT ... { NEXT }", 99),
        "{ thing { " + "name " * 990 + "} }",
        "{ " + "thing { " * 190 + "name" + " }" * 191,
        "{ thing { name " + "@skip(if: false) " * 300 + "} }",
        "{ " + "hello " * 100_000 + "}",
        "#\n" * 100_000 + "{ hello }",
        "query (" + "$v: Int " * 2000 + ") { hello }",
        "{ ...f0 }" + "".join(f"fragment f{at} on Query {{ ...f{at + 1} }}" for at in range(200)),
        "{ echo(value: " + "[" * 5000 + "]" * 5000 + ") }",
    ],
    ids=[
        "doublings",
        "deep doublings",
        "99 doublings",
        "fields",
        "depth",
        "directives",
        "tokens",
        "comments",
        "variables",
        "chain",
        "nested list",
    ],
)
def test_a_bomb_is_refused_at_once(document):
    store = DocumentStore(graphql_schema(make_schema()), Limits())
    started = time.process_time()

    with pytest.raises(RequestRefused):
        store.admit(document)

    assert time.process_time() - started < 2
