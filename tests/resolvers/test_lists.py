"""Pages of lists that were read whole."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.errors import RequestFault
from domain.shared.page import PageRequest
from persistence.paging import encode_cursor
from resolvers.lists import first_of, page_of

LETTERS = "abcde"


def letters(**request: Any) -> str:
    return "".join(page_of(LETTERS, PageRequest(**request), "letters").nodes)


def cursor_at(letter: str) -> str:
    return page_of(LETTERS, PageRequest(), "letters").edges[LETTERS.index(letter)].cursor


def test_a_page_begins_after_a_cursor_or_ends_before_one():
    assert letters() == "abcde"
    assert letters(first=2) == "ab"
    assert letters(first=0) == ""
    assert letters(first=2, after=cursor_at("b")) == "cd"
    assert letters(last=2) == "de"
    assert letters(last=2, before=cursor_at("d")) == "bc"
    assert letters(after=cursor_at("e")) == ""


@given(size=st.integers(1, 7))
def test_paging_through_meets_every_item_once(size: int):
    met, after, has_more = "", None, True
    while has_more:
        page = page_of(LETTERS, PageRequest(first=size, after=after), "letters")
        met += "".join(page.nodes)
        after, has_more = page.page_info.end_cursor, page.page_info.has_next_page

    assert met == LETTERS


async def test_the_whole_list_is_counted():
    assert await page_of(LETTERS, PageRequest(first=1), "letters").count() == 5


@pytest.mark.parametrize(
    "cursor",
    ["", "!", "bm90IGpzb24", page_of("x", PageRequest(), "others").edges[0].cursor, encode_cursor("letters", -3)],
)
def test_other_cursors_are_refused(cursor: str):
    with pytest.raises(RequestFault):
        page_of(LETTERS, PageRequest(first=1, after=cursor), "letters")


@pytest.mark.parametrize("first", [-1, 101])
def test_sizes_that_no_list_has_are_refused(first: int):
    with pytest.raises(RequestFault):
        first_of(LETTERS, first)
