"""What a query is taken apart into, and which searches no client should send."""

from decimal import Decimal

import pytest

from domain.catalog.search import Filter, SearchInput, checked, code_of, codes_of, price_bounds, words_of
from domain.shared.errors import RequestFault

CATEGORY = "category_01jd3kq0r2e5ta3wbz9x7m4h6n"


def texts(query: str) -> list[str]:
    return [word.text for word in words_of(query)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Brother TN-2110", ["brother", "tn", "2110"]),
        ("  a|b & !(c):*  ", ["a", "b", "c"]),
        ("\uff35\uff33\uff22 Hub", ["usb", "hub"]),
        ("Größe", ["größe"]),
        ("😀", []),
        ("ヘッドホン", ["ヘッ", "ッド", "ドホ", "ホン"]),
        ("usbハブ", ["usb", "ハブ"]),
        ("سماعات", ["سماعات"]),
    ],
)
def test_a_query_is_taken_apart_into_words(query: str, words: list[str]):
    assert texts(query) == words


def test_neighboring_words_count_as_one_word_too():
    assert [word.joined for word in words_of("smart watch band")] == [
        ("smartwatch",),
        ("smartwatch", "watchband"),
        ("watchband",),
    ]


def test_only_the_first_words_of_a_long_query_are_searched_for():
    assert len(words_of("word " * 100)) == 16


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("TN-2110", ["tn2110"]),
        ("0882780756328", ["882780756328"]),
        ("usb cable", []),
        ("headphones", ["headphones"]),
        ("brother tn 2110 toner", ["brothertn2110", "tn2110", "tn2110toner", "2110toner", "brothertn2110toner"]),
    ],
)
def test_a_query_spells_the_codes_that_its_words_make_up(query: str, codes: list[str]):
    assert codes_of(query) == sorted(codes)


def test_codes_are_equal_whatever_their_case_separators_and_leading_zeros():
    assert code_of("WH-1000xm3/B") == code_of("wh1000XM3 b")
    assert code_of("0012345678905") == code_of("12345678905")
    assert code_of("00A1") != code_of("A1")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (SearchInput("x" * 501), "A query has at most 500 characters."),
        (SearchInput("a\0b"), "A text may not contain NUL or half a surrogate pair."),
        (SearchInput("\ud83d"), "A text may not contain NUL or half a surrogate pair."),
        (SearchInput(filters=(Filter("brand", ("x",)),) * 21), "At most 20 filters at once."),
        (SearchInput(filters=(Filter("brand", ("x",) * 51),)), "A filter has at most 50 values."),
        (SearchInput(filters=(Filter("brand", ("x" * 201,)),)), "A filter's value has at most 200 characters."),
        (SearchInput(filters=(Filter("brand", ("a\0",)),)), "A text may not contain NUL or half a surrogate pair."),
        (SearchInput(filters=(Filter("category", ("shoes",)),)), "The filter `category` takes ids of a category."),
        (SearchInput(filters=(Filter("vendor", (CATEGORY,)),)), "The filter `vendor` takes ids of a vendor."),
        (SearchInput(filters=(Filter("price", ("10",)),)), "The filter `price` takes `min` and `max`."),
        (
            SearchInput(filters=(Filter("price", (), Decimal(2), Decimal(1)),)),
            "`min` must not be above `max`.",
        ),
        (
            SearchInput(filters=(Filter("price", (), Decimal("NaN")),)),
            "`min` and `max` must be numbers of at most 20 digits.",
        ),
        (
            SearchInput(filters=(Filter("price", (), Decimal("1e30")),)),
            "`min` and `max` must be numbers of at most 20 digits.",
        ),
        (
            SearchInput(filters=(Filter("availability", ("SOON",)),)),
            "The filter `availability` takes IN_STOCK and OUT_OF_STOCK.",
        ),
    ],
)
def test_what_no_client_should_send_is_a_request_fault(asked: SearchInput, message: str):
    with pytest.raises(RequestFault) as fault:
        checked(asked)

    assert str(fault.value) == message


@pytest.mark.parametrize(
    "entry",
    [
        Filter("brand"),
        Filter("brand", (), Decimal(1)),
        Filter("attributes.weight", ("1",), Decimal(1)),
        Filter("attributes."),
        Filter("color", ("red",)),
    ],
    ids=repr,
)
def test_a_filter_takes_values_or_a_range_of_a_known_key(entry: Filter):
    with pytest.raises(RequestFault):
        checked(SearchInput(filters=(entry,)))


@pytest.mark.parametrize(
    ("low", "high", "currency", "bounds"),
    [
        ("9.99", "20", "EUR", (999, 2000)),
        ("9.991", "20.009", "EUR", (1000, 2000)),
        ("-5", "1500.9", "JPY", (0, 1500)),
    ],
)
def test_a_price_range_is_rounded_inward_to_the_currency(low: str, high: str, currency: str, bounds: tuple[int, int]):
    assert price_bounds(Filter("price", (), Decimal(low), Decimal(high)), currency) == bounds
