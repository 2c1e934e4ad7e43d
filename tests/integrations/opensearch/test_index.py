"""Documents in an index: the newest stays, whoever comes late."""

from datetime import date, timedelta
from typing import Any

import pytest
import structlog

from domain.pricing.searching.document import DocumentPrice, DocumentWords, SearchDocument
from domain.pricing.searching.ports import SearchUnavailable
from domain.shared.ids import CategoryId, CollectionId, MarketId, ProductId, VariantId, VendorId
from tests.factories.clock import present
from tests.integrations.opensearch.conftest import Engine

LAMP = ProductId("product_1")


def make_document(product_id: str = LAMP, **facts: Any) -> SearchDocument:
    known: dict[str, Any] = {
        "product_id": ProductId(product_id),
        "newest_on": date(2025, 3, 1),
        "brand": "Acme",
        "brand_words": "acme",
        "categories": [CategoryId("category_1")],
        "vendors": [VendorId("vendor_1")],
        "collections": {CollectionId("collection_1"): 3},
        "facts": ["color=Red"],
        "numbers": {"watts": 5.5},
        "prices": [DocumentPrice(MarketId("market_1"), "EUR", 1999, in_stock=True)],
        "codes": {"l1": VariantId("variant_1")},
        "words": {"": DocumentWords("lamp, red", "lamp red", "acme lighting", "for reading", "walnut")},
    }
    return SearchDocument(**(known | facts))


async def brands(engine: Engine) -> list[str]:
    await engine.index.refresh()
    _, answer = await engine.post(f"/{engine.index.alias}/_search", {"query": {"match_all": {}}})
    return [hit["_source"]["brand"][0] for hit in answer["hits"]["hits"]]


async def test_an_older_document_that_comes_late_does_not_replace_a_newer_one(engine: Engine):
    await engine.fill()
    await engine.index.put([make_document(brand="New")], [], version=20)

    await engine.index.put([make_document(brand="Old")], [], version=10)

    assert await brands(engine) == ["New"]


async def test_a_product_that_is_gone_does_not_come_back_by_an_older_document(engine: Engine):
    await engine.fill()
    await engine.index.put([make_document()], [], version=10)
    await engine.index.put([], [LAMP], version=20)

    await engine.index.put([make_document()], [], version=15)
    await engine.index.put([], [ProductId("product_never")], version=30)

    assert await brands(engine) == []


async def test_what_the_engine_has_no_room_for_now_is_told_so_that_it_can_be_written_again(engine: Engine):
    await engine.fill()
    await engine.control(rejected_items=1)
    both = [make_document(), make_document("product_2")]

    with pytest.raises(SearchUnavailable, match="429"):
        await engine.index.put(both, [], version=10)
    await engine.index.put(both, [], version=11)

    assert await brands(engine) == ["Acme", "Acme"]


async def test_a_document_that_is_refused_holds_up_no_other(engine: Engine):
    await engine.fill()
    broken: Any = {"watts": "five"}

    with structlog.testing.capture_logs() as events:
        await engine.index.put([make_document(numbers=broken), make_document("product_2", brand="B")], [], version=1)

    assert await brands(engine) == ["B"]
    assert [(event["event"], event["product_id"]) for event in events] == [("search_document_refused", LAMP)]


async def test_nothing_is_written_where_no_alias_is(engine: Engine):
    with pytest.raises(SearchUnavailable, match="index_not_found"):
        await engine.index.put([make_document()], [], version=1)


async def test_a_switch_leads_to_the_new_index_and_drops_the_old_one(engine: Engine):
    first = await engine.fill()
    await engine.index.put([make_document(brand="Old")], [], version=1)
    second = await engine.index.create(present() + timedelta(seconds=1))
    await engine.index.put([make_document(brand="New")], [], version=1, into=second)

    dropped = await engine.index.switch(second)

    assert dropped == [first]
    assert await brands(engine) == ["New"]
    assert (await engine.post(f"/{first}/_search", {}))[0] == 404


async def test_words_are_told_apart_by_language_and_dates_in_words_stay_words(engine: Engine):
    await engine.fill()
    words = DocumentWords("2021 01 01", "2021 01 01", "", "", "")

    await engine.index.put([make_document(words={"": words, "de-AT": words, "ja": words})], [], version=1)

    assert await brands(engine) == ["Acme"]
