"""Finding the first of many patterns without running them all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.imports.icecat_categories import RULES
from server.imports.patterns import FirstFound, literals_of


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("toner", {"toner"}),
        ("toner|ink", {"toner", "ink"}),
        (r"\bink\b.*(cartridge|tank)", {"cartridge", "tank"}),
        ("(wi-?fi|lan) adapter", {" adapter"}),
        ("fib(er|re)", {"fib"}),
        ("doubles?", {"double"}),
        ("x{2}y", set()),
        (r"\d+ ?w|watt", set()),
        ("(?:tower|mini)", set()),
        ("server(?! rack)", {"server"}),
        (r"[ab]cd\.ef", {"cd"}),
        ("a|", set()),
    ],
)
def test_literals_are_what_must_stand_in_a_text_that_matches(pattern, literals):
    assert literals_of(pattern) == literals


def test_the_first_rule_decides_wherever_its_words_stand():
    first_found = FirstFound([("supply", "toner|ink"), ("machine", "printer"), ("other", r"\d{4}")])

    assert first_found("printer with toner") == "supply"
    assert first_found("printer 2055") == "machine"
    assert first_found("2055") == "other"
    assert first_found("cable") is None
    assert first_found("") is None


def test_groups_that_are_nested_too_deeply_to_be_read_are_no_rule():
    with pytest.raises(AssertionError, match="nested too deeply"):
        FirstFound([("deep", "(a(b(c)))")])


WORDS = st.sampled_from([*re.findall("[a-z]{2,}", " ".join(pattern for _, pattern in RULES)), "12", "4 gb", "a4", "-"])


@given(st.lists(WORDS, max_size=8).map(" ".join))
def test_every_text_is_answered_as_if_all_rules_were_tried_in_order(text):
    expected = next((path for path, pattern in RULES if re.search(pattern, text)), None)

    assert FIRST_FOUND(text) == expected


FIRST_FOUND = FirstFound(RULES)
