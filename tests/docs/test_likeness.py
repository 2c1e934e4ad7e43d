"""The test of the pages can fail: what is unlike is told, and what three dots stand for is kept."""

import pytest

from tests.docs.examples import examples_of
from tests.docs.likeness import Page


def test_three_dots_stand_for_one_value_of_that_beginning_on_the_whole_page():
    page = Page()

    assert page.differences({"id": "cart_..."}, {"id": "cart_1"}) == []
    assert page.differences({"id": "cart_..."}, {"id": "cart_2"}) == ["answer.id is 'cart_2', not 'cart_...'"]
    assert page.differences({"id": "cart_...2"}, {"id": "cart_1"}) == ["answer.id is 'cart_1', not 'cart_...2'"]
    assert page.differences({"id": "cart_...2"}, {"id": "order_1"}) == ["answer.id is 'order_1', not 'cart_...2'"]


def test_what_an_answer_gave_is_sent_in_later_examples():
    page = Page()
    page.differences({"token": "eyJ...", "id": "cart_...2"}, {"token": "eyJhbGciOi", "id": "cart_9"})

    assert page.filled({"Authorization": "Bearer eyJ..."}) == {"Authorization": "Bearer eyJhbGciOi"}
    assert page.filled({"lines": [{"id": "cart_...2"}, {"id": "cart_..."}]}) == {
        "lines": [{"id": "cart_9"}, {"id": "cart_..."}]
    }


def test_an_answer_that_is_not_as_shown_tells_nothing():
    page = Page()

    assert page.differences({"id": "cart_...", "version": 2}, {"id": "cart_1", "version": 1}) != []
    assert page.differences({"id": "cart_...", "version": 2}, {"id": "cart_9", "version": 2}) == []


@pytest.mark.parametrize(
    ("shown", "answered"),
    [
        ("2026-11-21T05:29:49.964992Z", "2031-01-01T00:00:00Z"),
        ("2026-11-24", "2031-01-01"),
        ("EBMC-HWQ9-VTQX", "0000-1111-2222"),
        ("...", "anything"),
    ],
    ids=["moments", "dates", "numbers of orders", "dots alone"],
)
def test_what_is_another_each_time_is_like_any_of_its_kind(shown, answered):
    assert Page().differences(shown, answered) == []


@pytest.mark.parametrize(
    ("shown", "answered"),
    [
        ("$50.00", "$51.00"),
        ("2026-11-24", "tomorrow"),
        ([1], [1, 2]),
        ({"a": 1}, {"a": 1, "b": 2}),
        (None, 0),
    ],
    ids=["text", "no date", "length", "fields", "null"],
)
def test_what_differs_is_told(shown, answered):
    assert len(Page().differences(shown, answered)) == 1


def test_an_example_is_what_stands_on_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```graphql\nquery A { a }\n```\n```json variables\n{}\n```\n```http\nX-Market: de\n```\n```json\n[1]\n```\n"
        "```sh\nmake run\n```\n"
        "```sh\ncurl -N http://host/graphql \\\n  -H 'Accept: text/event-stream' --json '{\"query\": \"{ a }\"}'\n```\n"
    )

    first, second = examples_of(page)

    assert first.body == {"query": "query A { a }\n", "variables": {}}
    assert (first.headers, first.answer, first.is_stream) == ({"X-Market": "de"}, [1], False)
    assert (second.body, second.path, second.answer) == ({"query": "{ a }"}, "/graphql", None)
    assert second.is_stream
