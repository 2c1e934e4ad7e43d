"""Documents by their hash or id, before any transport: who knows which, and what is kept."""

from hashlib import sha256
from typing import Any

import pytest

from execution import Executor, Parameters, PersistedDocuments, RequestRefused, Result, Service
from execution.persisted import MAX_TEXT_BYTES
from tests.execution.toy import Context, make_schema

HELLO = "{ hello }"


class Shelf:
    """What other processes keep: `SharedTexts` and `TrustedTexts`."""

    def __init__(self, *texts: str) -> None:
        self.texts = {hash_of(text): text for text in texts}
        self.asked: list[str] = []

    async def get(self, sha256: str) -> str | None:
        self.asked.append(sha256)
        return self.texts.get(sha256)

    async def put(self, sha256: str, text: str) -> None:
        self.texts[sha256] = text

    async def text_of(self, id: str) -> str | None:
        return self.texts.get(id)


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def by_hash(text: str, *, query: str | None = None) -> Parameters:
    return Parameters(query, extensions={"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}})


async def outcome(persisted: PersistedDocuments, asked: Parameters) -> Any:
    """The code of a refusal, or what the operation answers."""

    async def make_context(*_: object) -> Context:
        return Context()

    service = Service[None](Executor(make_schema()), make_context, persisted=persisted)
    admitted = await service.prepare(None, asked)
    if isinstance(admitted, Result):
        return admitted.code
    return (await service.answer(None, admitted)).data


async def test_a_document_is_sent_once_and_then_named_by_its_hash():
    persisted = PersistedDocuments()

    assert await outcome(persisted, by_hash(HELLO)) == "PERSISTED_QUERY_NOT_FOUND"
    assert await outcome(persisted, by_hash(HELLO, query=HELLO)) == {"hello": "Hello, world!"}
    assert await outcome(persisted, by_hash(HELLO)) == {"hello": "Hello, world!"}
    assert await outcome(persisted, Parameters(None, document_id=f"sha256:{hash_of(HELLO)}")) is not None


async def test_another_process_finds_what_one_has_kept():
    shared = Shelf()
    await outcome(PersistedDocuments(shared=shared), by_hash(HELLO, query=HELLO))
    other = PersistedDocuments(shared=shared)

    assert await outcome(other, by_hash(HELLO)) == {"hello": "Hello, world!"}
    assert await outcome(other, by_hash(HELLO)) == {"hello": "Hello, world!"}
    assert shared.asked == [hash_of(HELLO)]


async def test_a_hash_of_another_document_is_refused_and_nothing_is_kept():
    shared = Shelf()
    persisted = PersistedDocuments(shared=shared)

    assert await outcome(persisted, by_hash("{ slow }", query=HELLO)) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert await outcome(persisted, by_hash("{ slow }")) == "PERSISTED_QUERY_NOT_FOUND"
    assert shared.texts == {}


async def test_what_others_changed_in_the_shared_store_is_not_run():
    shared = Shelf()
    shared.texts[hash_of(HELLO)] = "{ slow }"

    assert await outcome(PersistedDocuments(shared=shared), by_hash(HELLO)) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("document", ["{ nope }", "{", "query($n: String!) { hello(name: $n) }"])
async def test_a_document_that_cannot_run_as_it_was_sent_is_not_kept(document):
    shared = Shelf()
    persisted = PersistedDocuments(shared=shared)

    await outcome(persisted, by_hash(document, query=document))

    assert await outcome(persisted, by_hash(document)) == "PERSISTED_QUERY_NOT_FOUND"
    assert shared.texts == {}


async def test_the_document_used_longest_ago_makes_room():
    persisted = PersistedDocuments(max_texts=2)
    texts = [f"{{ a{number}: hello }}" for number in range(3)]
    for text in texts[:2]:
        await outcome(persisted, by_hash(text, query=text))
    await outcome(persisted, by_hash(texts[0]))

    await outcome(persisted, by_hash(texts[2], query=texts[2]))

    found = [await outcome(persisted, by_hash(text)) != "PERSISTED_QUERY_NOT_FOUND" for text in texts]
    assert found == [True, False, True]


async def test_a_very_long_document_is_answered_and_not_kept():
    document = HELLO + "#" * MAX_TEXT_BYTES
    shared = Shelf()

    assert await outcome(PersistedDocuments(shared=shared), by_hash(document, query=document)) is not None
    assert shared.texts == {}


@pytest.mark.parametrize(
    "persisted_query",
    ["x", {}, {"version": 2, "sha256Hash": hash_of(HELLO)}, {"version": 1, "sha256Hash": "abc"}, {"version": 1}],
)
async def test_a_malformed_hash_is_refused(persisted_query):
    asked = Parameters(HELLO, extensions={"persistedQuery": persisted_query})

    assert await outcome(PersistedDocuments(), asked) == "BAD_REQUEST"


@pytest.mark.parametrize("prefix", ["", "sha256:"])
async def test_a_registered_document_is_found_by_its_id(prefix):
    persisted = PersistedDocuments(trusted=Shelf(HELLO))

    assert await outcome(persisted, Parameters(None, document_id=prefix + hash_of(HELLO))) == {"hello": "Hello, world!"}
    assert await outcome(persisted, by_hash(HELLO)) == {"hello": "Hello, world!"}
    assert (
        await outcome(persisted, Parameters(None, document_id=prefix + hash_of("{ slow }")))
        == "PERSISTED_DOCUMENT_NOT_FOUND"
    )


async def test_where_only_registered_documents_run_nothing_else_is_even_parsed():
    persisted = PersistedDocuments(trusted=Shelf(HELLO), trusted_only=True)

    assert await outcome(persisted, Parameters(HELLO)) == {"hello": "Hello, world!"}
    assert await outcome(persisted, by_hash(HELLO, query=HELLO)) == {"hello": "Hello, world!"}
    for other in ("{ slow }", "{ nope", HELLO + " "):
        assert await outcome(persisted, Parameters(other)) == "DOCUMENT_NOT_TRUSTED"
        assert await outcome(persisted, by_hash(other, query=other)) == "DOCUMENT_NOT_TRUSTED"
        assert await outcome(persisted, by_hash(other)) == "PERSISTED_QUERY_NOT_FOUND"


async def test_only_a_registered_document_is_trusted():
    persisted = PersistedDocuments(trusted=Shelf(HELLO))

    assert (await persisted.found(by_hash(HELLO))).is_trusted
    assert not (await persisted.found(Parameters("{ slow }"))).is_trusted
    with pytest.raises(RequestRefused):
        await persisted.found(by_hash("{ slow }"))
