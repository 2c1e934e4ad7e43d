"""The unit table of the test gateway (rule M4)."""

import pytest

from integrations.test_gateway.units import is_expressed


@pytest.mark.parametrize(
    ("minor", "currency", "is_possible"),
    [
        (1, "EUR", True),
        (1, "JPY", True),
        (6_140, "KWD", True),
        (6_139, "KWD", False),
        (0, "KWD", True),
        (12_300, "CLF", True),
        (12_310, "CLF", False),
    ],
)
def test_m4_an_amount_is_expressed_exactly_or_not_at_all(minor: int, currency: str, *, is_possible: bool) -> None:
    assert is_expressed(minor, currency) == is_possible
