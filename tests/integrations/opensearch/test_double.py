"""The double is as strict as what it stands for: it knows what it is told, and refuses the rest in the same words."""

from typing import Any

import httpx2
import pytest

from integrations.opensearch.double.server import OpenSearchDouble
from tests.factories.gateways import served
from tests.integrations.opensearch.conftest import Engine

BODY = {
    "settings": {
        "analysis": {
            "analyzer": {"en": {"type": "custom", "tokenizer": "whitespace", "filter": ["lowercase", "stem"]}},
            "filter": {"stem": {"type": "stemmer", "language": "english"}},
        }
    },
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "title": {"type": "text", "analyzer": "en"},
            "color": {"type": "keyword"},
            "price": {"type": "long"},
            "sizes": {"type": "nested", "properties": {"name": {"type": "keyword"}, "stock": {"type": "integer"}}},
        },
    },
}
LAMP = {
    "title": "Red lamps",
    "color": "red",
    "price": 5,
    "sizes": [{"name": "S", "stock": 0}, {"name": "L", "stock": 9}],
}
CHAIR = {"title": "Green chair", "color": "green", "price": 9, "sizes": [{"name": "S", "stock": 4}]}


async def make(engine: Engine) -> None:
    (await engine.plain.put("/goods", json=BODY)).raise_for_status()
    lines = [{"index": {"_id": "lamp"}}, LAMP, {"index": {"_id": "chair"}}, CHAIR]
    await bulk(engine, *lines)
    await engine.plain.post("/goods/_refresh")


async def bulk(engine: Engine, *lines: Any, **parameters: str) -> Any:
    content = "".join(f"{httpx2.Request('POST', engine.url, json=line).content.decode()}\n" for line in lines)
    headers = {"content-type": "application/x-ndjson"}
    response = await engine.plain.post("/goods/_bulk", content=content, headers=headers, params=parameters)
    return response.json()


async def found(engine: Engine, query: Any, **more: Any) -> list[str]:
    status, answer = await engine.post("/goods/_search", {"query": query} | more)
    assert status == 200, answer
    return [hit["_id"] for hit in answer["hits"]["hits"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"term": {"color": {"value": "red"}}}, ["lamp"]),
        ({"range": {"price": {"gte": 6}}}, ["chair"]),
        ({"multi_match": {"query": "LAMP", "type": "cross_fields", "fields": ["title"]}}, ["lamp"]),
        ({"bool": {"must_not": [{"terms": {"color": ["red", "blue"]}}]}}, ["chair"]),
        ({"prefix": {"color": {"value": "gr"}}}, ["chair"]),
        ({"match_phrase": {"title": {"query": "red lamp"}}}, ["lamp"]),
        ({"match_phrase": {"title": {"query": "lamp red"}}}, []),
    ],
)
async def test_queries_find_what_they_say(engine: Engine, query: Any, expected: list[str]):
    await make(engine)

    assert await found(engine, query) == expected


async def test_conditions_on_a_nested_object_are_met_by_one_and_the_same(engine: Engine):
    await make(engine)
    small = [{"term": {"sizes.name": {"value": "S"}}}, {"range": {"sizes.stock": {"gte": 1}}}]

    assert await found(engine, {"nested": {"path": "sizes", "query": {"bool": {"filter": small}}}}) == ["chair"]


async def test_what_is_rare_weighs_more(engine: Engine):
    await make(engine)
    titles = ["lamp common", "lamp", "lamp"]
    await bulk(engine, *[line for n, t in enumerate(titles) for line in ({"index": {"_id": f"{n}"}}, {"title": t})])
    await engine.plain.post("/goods/_refresh")
    either = {"multi_match": {"query": "chair lamp", "type": "cross_fields", "fields": ["title"]}}

    assert (await found(engine, either, sort=[{"_score": {"order": "desc"}}]))[0] == "chair"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"query": {"fuzzy": {"color": "rde"}}}, "parsing_exception"),
        ({"query": {"term": {"color": {"value": "red"}}, "range": {}}}, "parsing_exception"),
        ({"query": {"bool": {"musst": []}}}, "parsing_exception"),
        ({"highlight": {}}, "parsing_exception"),
        ({"aggs": {"a": {"cardinality": {"field": "color"}}}}, "parsing_exception"),
        ({"aggs": {"a": {"terms": {"field": "title"}}}}, "illegal_argument_exception"),
        ({"sort": [{"unknown": {"order": "asc"}}]}, "illegal_argument_exception"),
        ({"sort": [{"price": {"order": "asc"}}], "search_after": [1, 2]}, "illegal_argument_exception"),
        ({"suggest": {"a": {"text": "x", "term": {"field": "unknown"}}}}, "illegal_argument_exception"),
        ({"size": 10_001}, "illegal_argument_exception"),
    ],
    ids=str,
)
async def test_what_it_does_not_know_is_refused(engine: Engine, body: Any, kind: str):
    await make(engine)

    status, answer = await engine.post("/goods/_search", body)

    assert (status, answer["status"], answer["error"]["type"]) == (400, 400, kind)
    assert answer["error"]["root_cause"][0]["reason"] == answer["error"]["reason"]


async def test_a_document_that_does_not_fit_is_refused_alone(engine: Engine):
    await make(engine)

    answer = await bulk(
        engine, {"index": {"_id": "a"}}, {"weight": 3}, {"index": {"_id": "b"}}, {"price": "dear"},
        {"index": {"_id": "c"}}, {"price": 1},
    )  # fmt: skip

    outcomes = [(item["index"]["status"], item["index"].get("error", {}).get("type")) for item in answer["items"]]
    assert answer["errors"]
    assert outcomes == [(400, "strict_dynamic_mapping_exception"), (400, "mapper_parsing_exception"), (201, None)]


async def test_a_version_from_outside_must_grow_even_after_a_deletion(engine: Engine):
    await make(engine)

    def versioned(kind: str, version: int) -> Any:
        return {kind: {"_id": "x", "version": version, "version_type": "external"}}

    answer = await bulk(
        engine, versioned("index", 5), CHAIR, versioned("index", 5), CHAIR, versioned("delete", 7),
        versioned("index", 6), CHAIR,
    )  # fmt: skip

    statuses = [next(iter(item.values()))["status"] for item in answer["items"]]
    assert statuses == [201, 409, 200, 409]
    assert answer["items"][1]["index"]["error"]["type"] == "version_conflict_engine_exception"


async def test_what_was_written_is_found_after_a_refresh(engine: Engine):
    await make(engine)
    await engine.plain.post("/goods/_refresh")
    await bulk(engine, {"index": {"_id": "late"}}, {"color": "blue"})

    before = await found(engine, {"term": {"color": {"value": "blue"}}})
    await engine.plain.post("/goods/_refresh")

    assert before in ([], ["late"])  # a second may have passed
    assert await found(engine, {"term": {"color": {"value": "blue"}}}) == ["late"]


async def test_aliases_change_together_or_not_at_all(engine: Engine):
    await make(engine)
    (await engine.plain.put("/other", json=BODY)).raise_for_status()
    add = {"add": {"index": "goods", "alias": "shown"}}

    refused = await engine.post("/_aliases", {"actions": [add, {"remove": {"index": "other", "alias": "shown"}}]})
    missing = (await engine.plain.get("/_alias/shown")).json()
    await engine.post("/_aliases", {"actions": [add]})

    assert refused[0] == 404
    assert missing == {"error": "alias [shown] missing", "status": 404}
    assert (await engine.plain.get("/_alias/shown")).json() == {"goods": {"aliases": {"shown": {}}}}


async def test_an_index_that_is_declared_wrongly_is_refused(engine: Engine):
    unknown_filter = {"settings": {"analysis": {"analyzer": {"a": {"tokenizer": "whitespace", "filter": ["polish"]}}}}}
    unknown_type = {"mappings": {"properties": {"color": {"type": "colour"}}}}

    bodies: list[Any] = [unknown_filter, unknown_type, {"aliases": {}}]
    for body in bodies:
        assert (await engine.plain.put("/wrong", json=body)).status_code == 400
    assert (await engine.post("/wrong/_search", {}))[1]["error"]["type"] == "index_not_found_exception"


async def test_credentials_are_asked_for():
    async with served(OpenSearchDouble(credentials="ada:secret").app()) as url, httpx2.AsyncClient() as client:
        without = await client.get(f"{url}/_alias/x")
        with_them = await client.get(f"{url}/_alias/x", auth=("ada", "secret"))

    assert (without.status_code, without.json()["error"]["type"]) == (401, "security_exception")
    assert with_them.status_code == 404
