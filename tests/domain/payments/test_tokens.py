"""What may stand where a gateway's token is expected."""

import pytest

from domain.payments.tokens import looks_like_card_number


@pytest.mark.parametrize("text", ["4242424242424242", "4242 4242 4242 4242", "3782-822463-10005", "6304000000000000"])
def test_y10_card_numbers_are_known_however_they_are_written(text: str):
    assert looks_like_card_number(text)


@pytest.mark.parametrize(
    "text", ["tok_ok", "4242424242424241", "424242424242", "42424242424242424242", "", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"]
)
def test_y10_what_is_no_card_number_is_none(text: str):
    assert not looks_like_card_number(text)
