"""What may stand in a line of text."""

import pytest

from domain.shared.text import is_plain, without_card_numbers


@pytest.mark.parametrize("text", ["", "Grüße", "👩‍🚀", "می‌خواهم", "\u200fעברית", "日本語"], ids=ascii)
def test_what_people_write_is_plain(text: str):
    assert is_plain(text)


@pytest.mark.parametrize("text", ["\x00", "a\nb", "\x7f", "\x85", "\ud83d", "\x1b[31m"], ids=ascii)
def test_controls_and_halves_of_characters_are_not(text: str):
    assert not is_plain(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("My card is 4242 4242 4242 4242, call me", "My card is [masked], call me"),
        ("4000-0000-0000-0002", "[masked]"),
        ("Order 1234567890123 of last week", "Order 1234567890123 of last week"),
        ("+49 30 901820", "+49 30 901820"),
    ],
)
def test_y10_what_looks_like_a_card_number_is_not_kept_in_free_text(text: str, kept: str):
    assert without_card_numbers(text) == kept
