"""The dearest documents that can be sent to the real schema, let in or refused: none takes long to read.

Each takes 35 ms of CPU at the most on the machine where the bounds were chosen. The test allows for a slower, busier
one, and fails where the time grows faster than the text, as it does with rules that compare every two fields.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from graphql import get_introspection_query

import server.web  # noqa: F401 - makes the schema know @inContext
from execution import Executor, RequestRefused
from execution.text import MAX_VALUES
from schema.root import schema

EXECUTOR = Executor(schema)
MAX_SECONDS = 0.3


def fragments(body: str, count: int = 99) -> str:
    return " ".join(f"fragment f{at} on Query {{ {body} }}" for at in range(count))


def spreads(count: int = 99) -> str:
    return "{ " + " ".join(f"...f{at}" for at in range(count)) + " } "


WORST = {
    "one field, again and again": "{ " + "__typename " * 499 + "}",
    "one object, again and again": "{ " + 'product(slug: "a") { id } ' * 150 + "}",
    "lists, again and again": '{ product(slug: "a") { ' + "variants { nodes { sku } } " * 160 + "} }",
    "many fragments alike": spreads() + fragments('product(slug: "a") { id title }'),
    "a chain of fragments": "{ ...f0 } "
    + " ".join(f"fragment f{at} on Query {{ ...f{at + 1} }}" for at in range(98))
    + " fragment f98 on Query { __typename }",
    "doublings": "{ ...f0 } "
    + " ".join(f"fragment f{at} on Query {{ ...f{at + 1} ...f{at + 1} }}" for at in range(30))
    + " fragment f30 on Query { __typename }",
    "circles": "{ ...f0 } " + " ".join(f"fragment f{at} on Query {{ ...f{(at + 1) % 90} }}" for at in range(90)),
    "twenty operations of many fields": " ".join(f"query Q{at} {{ ...f0 }}" for at in range(20))
    + fragments("__typename " * 100, 1),
    "all types of a node": '{ node(id: "x") { ' + "... on Product { id } ... on Order { id } " * 110 + "} }",
    "unknown names close to known ones": "mutation { " + " ".join(f"checkoutCompletX{at}" for at in range(300)) + " }",
    "unknown arguments": "{ product(" + ", ".join(f"slug{at}: 1" for at in range(300)) + ") { id } }",
    "unknown types": "query(" + " ".join(f"$a{at}: ProductX" for at in range(100)) + ") { __typename }",
    "a long name": "{ " + "a" * 65_000 + " }",
    "a long text": '{ product(slug: "' + "\\u0061" * 10_000 + '") { id } }',
    "a long block text": '{ product(slug: """' + 'a\\"""\n' * 10_000 + '""") { id } }',
    "a long number": "{ product(slug: " + "1" * 65_000 + ") { id } }",
    "a long comment": "#" + "a" * 65_000 + "\n{ __typename }",
    "empty lines": "\n" * 65_000 + "{ __typename }",
    "256 KiB": "{ " + "__typename " * 23_000 + "}",
    "256 KiB of nothing": " " * 262_000 + "{ __typename }",
    "nested lists": "{ product(slug: " + "[" * 990 + "]" * 990 + ") { id } }",
    "nested selections": "{ " + "product { " * 400 + "id" + " }" * 401,
    "introspection": get_introspection_query(),
}


@pytest.fixture(autouse=True)
def without_garbage() -> Iterator[None]:
    """A look at all objects of a process that has run other tests takes as long as what is measured."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("name", WORST)
def test_no_document_takes_long_to_read(name: str):
    started = time.thread_time()

    with suppress(RequestRefused):
        EXECUTOR.admit(WORST[name])

    assert time.thread_time() - started < MAX_SECONDS


@pytest.mark.parametrize("item", [None, {}, "a", [[]]], ids=repr)
def test_no_variables_take_long_to_read(item: object):
    EXECUTOR.documents.admit(query := "query($ids: [ID!]!) { nodes(ids: $ids) { id } }")
    for count in (MAX_VALUES // 2, MAX_VALUES, 60_000):
        started = time.thread_time()

        with suppress(RequestRefused):
            EXECUTOR.admit(query, {"ids": [item] * count})

        assert time.thread_time() - started < MAX_SECONDS
