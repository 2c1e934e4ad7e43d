"""Prices by measure (rule P17)."""

from decimal import Decimal

import pytest

from domain.pricing.measures import Measure, UnitPrice, unit_price
from domain.shared.money import Money


@pytest.mark.parametrize(
    ("price", "value", "unit", "by_measure", "per"),
    [
        (3_49, "250", "g", 13_96, "kg"),
        (1_99, "1.5", "l", 1_33, "l"),
        (89, "33", "cl", 2_70, "l"),
        (4_00, "500", "ml", 8_00, "l"),
        (25_00, "2.5", "m2", 10_00, "m2"),
        (12_00, "6", "piece", 2_00, "piece"),
    ],
)
def test_p17_a_pack_is_priced_by_its_measure(price: int, value: str, unit: str, by_measure: int, per: str) -> None:
    found = unit_price(Money(price, "EUR"), Measure(Decimal(value), unit))

    assert found == UnitPrice(Money(by_measure, "EUR"), Measure(Decimal(1), per))


def test_a_pack_holds_something() -> None:
    with pytest.raises(ValueError, match="holds nothing"):
        Measure(Decimal(0), "g")
