"""What may stand in a line of text."""

import pytest

from domain.shared.text import is_plain


@pytest.mark.parametrize("text", ["", "Grüße", "👩‍🚀", "می‌خواهم", "\u200fעברית", "日本語"], ids=ascii)
def test_what_people_write_is_plain(text: str):
    assert is_plain(text)


@pytest.mark.parametrize("text", ["\x00", "a\nb", "\x7f", "\x85", "\ud83d", "\x1b[31m"], ids=ascii)
def test_controls_and_halves_of_characters_are_not(text: str):
    assert not is_plain(text)
