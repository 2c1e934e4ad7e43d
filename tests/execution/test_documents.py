import asyncio
import gc
import threading
from contextlib import suppress

import pytest
from graphql import OperationType, SourceLocation

from execution import Document, DocumentStore, Limits, RequestRefused, graphql_schema
from tests.execution.toy import make_schema

SCHEMA = graphql_schema(make_schema())


def make_store(**options) -> DocumentStore:
    return DocumentStore(SCHEMA, Limits(), **options)


def codes(refused: pytest.ExceptionInfo[RequestRefused]) -> list[str]:
    return [(error.extensions or {})["code"] for error in refused.value.errors]


def kept(store: DocumentStore, text: str) -> Document:
    """The document, asked for as often as it takes to be kept."""
    return [store.admit(text) for _ in range(2)][-1]


def test_a_document_is_kept_when_it_is_asked_for_a_second_time():
    store = make_store()
    first, second, third = [store.admit("{ hello }") for _ in range(3)]

    assert first is not second is third
    assert [document.is_repeated for document in (first, second)] == [False, True]
    assert len(store) == 1


def test_a_document_that_is_expected_is_kept_at_once():
    store = make_store()
    store.expect("{ hello }")

    assert len(store) == 0
    assert store.admit("{ hello }") is store.admit("{ hello }")


def test_documents_that_are_asked_for_once_leave_nothing_behind():
    store = make_store(max_documents=10)
    used = kept(store, "{ hello }")

    for at in range(100):
        store.admit(f"{{ a{at}: hello }}")

    assert (len(store), len(store._asked_for)) == (1, 10)
    assert store.admit("{ hello }") is used


def test_a_document_knows_its_operations():
    document = make_store().admit('query A { hello } mutation B { note(text: "x") }')

    assert [(name, operation.type) for name, operation in document.operations.items()] == [
        ("A", OperationType.QUERY),
        ("B", OperationType.MUTATION),
    ]
    assert document.operation("B").name == "B"


def test_a_document_has_the_hash_of_its_text():
    document = make_store().admit("{ hello }")

    assert document.sha256 == "001c3174e099bd72b729d0c0a529ba9f5a740c446e2a6e1d71b283cb84ec3065"


def test_one_operation_needs_no_name_and_several_do():
    store = make_store()

    assert store.admit("query A { hello }").operation(None).name == "A"
    with pytest.raises(RequestRefused, match="Must provide operation name"):
        store.admit("query A { hello } query B { hello }").operation(None)


@pytest.mark.parametrize("document", ["{ hello }", "query A { hello }"])
def test_an_unknown_operation_is_refused(document):
    with pytest.raises(RequestRefused, match="Unknown operation named 'Z'") as refused:
        make_store().admit(document).operation("Z")

    assert codes(refused) == ["OPERATION_RESOLUTION_FAILURE"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "GRAPHQL_PARSE_FAILED"),
        ("# nothing", "GRAPHQL_PARSE_FAILED"),
        ("{ hello", "GRAPHQL_PARSE_FAILED"),
        ('{ hello(name: "\\ud800") }', "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("type Query { hello: String }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment f on Query { hello }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...f } fragment f on Query { ...f }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: count b: count }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_a_document_that_is_wrong_is_refused_with_a_code_and_not_kept(document, code):
    store = make_store()

    with pytest.raises(RequestRefused) as refused:
        store.admit(document)

    assert set(codes(refused)) == {code}
    assert len(store) == 0


def test_the_errors_of_one_document_are_bounded():
    with pytest.raises(RequestRefused) as refused:
        make_store().admit("{ " + "".join(f"nope{at} " for at in range(90)) + "}")

    assert len(refused.value.errors) == 6


def test_the_document_used_longest_ago_is_dropped_first():
    store = make_store(max_documents=2)
    first = kept(store, "{ a: hello }")
    second = kept(store, "{ b: hello }")

    store.admit("{ a: hello }")
    kept(store, "{ c: hello }")

    assert store.admit("{ a: hello }") is first
    assert store.admit("{ b: hello }") is not second
    assert len(store) == 2


def test_documents_are_bounded_by_their_bytes():
    store = make_store(max_bytes=1600)

    for at in range(50):
        kept(store, f"{{ a{at:03}: hello }}".ljust(100))

    assert len(store) == 16


def test_a_giant_document_does_not_drive_out_the_others():
    store = make_store(max_bytes=1600)
    small = kept(store, "{ hello }")

    kept(store, "{ hello }".ljust(1000))

    assert (len(store), store.admit("{ hello }")) == (1, small)


def test_introspection_can_be_switched_off():
    with pytest.raises(RequestRefused) as refused:
        make_store(introspection=False).admit("{ __schema { queryType { name } } }")

    assert "introspection has been disabled" in str(refused.value)
    assert set(codes(refused)) == {"GRAPHQL_VALIDATION_FAILED"}


def test_suggestions_can_be_switched_off():
    with pytest.raises(RequestRefused, match="Did you mean 'hello'"):
        make_store().admit("{ helo }")
    with pytest.raises(RequestRefused) as refused:
        make_store(suggestions=False).admit("{ helo }")

    assert "hello" not in str(refused.value)


async def test_documents_are_read_beside_the_loop_and_short_ones_do_not_wait_for_long_ones(monkeypatch):
    store = make_store()
    readers: list[threading.Thread] = []
    read = store._read

    def noted(text: str) -> Document:
        readers.append(threading.current_thread())
        return read(text)

    monkeypatch.setattr(store, "_read", noted)
    long, short = "{ " + "hello " * 300 + "}", "{ hello }"

    first, again, other = [await store.admit_aside(text) for text in (long, long, short)]
    assert await store.admit_aside(long) is again

    assert len({first, again, other}) == len(readers) == 3
    assert len({*readers, threading.main_thread()}) == 3


@pytest.mark.parametrize("query", ["{ hello }", "{ nope }"])
async def test_reading_a_document_leaves_no_garbage(query):
    """Documents refer to themselves in circles, which are collected with the young objects when they have been read."""
    store = make_store()
    with suppress(RequestRefused):
        await store.admit_aside(query)
    gc.collect()

    with suppress(RequestRefused):
        await store.admit_aside(query + " ")

    assert gc.isenabled()
    assert not [type(thing) for thing in garbage() if type(thing).__module__.startswith(("graphql.", "execution."))]


def garbage() -> list[object]:
    """What a collection finds now, of whatever this process does."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return gc.garbage[:]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


async def test_a_long_document_that_many_send_at_once_is_kept_once():
    store = make_store()
    long = "{ " + "hello " * 300 + "}"

    store.admit(long)
    documents = await asyncio.gather(*(store.admit_aside(long) for _ in range(5)))

    assert len(store) == 1
    assert {document.sha256 for document in documents} == {documents[0].sha256}


async def test_what_is_wrong_with_a_document_is_told_alike_aside_and_without_the_document():
    text = "{ hello\n  " + "nope " * 300 + "}"
    with pytest.raises(RequestRefused) as here:
        make_store().admit(text)
    with pytest.raises(RequestRefused) as aside:
        await make_store().admit_aside(text)

    assert [error.formatted for error in aside.value.errors] == [error.formatted for error in here.value.errors]
    assert aside.value.errors[0].locations == [SourceLocation(2, 3)]
    assert {error.nodes for error in aside.value.errors} == {None}


async def test_a_long_document_that_is_wrong_is_refused_as_a_short_one():
    with pytest.raises(RequestRefused) as refused:
        await make_store().admit_aside("{ " + "nope " * 300 + "}")

    assert set(codes(refused)) == {"GRAPHQL_VALIDATION_FAILED"}
