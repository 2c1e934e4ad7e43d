"""Prices by measure, so that buyers can compare packs of different sizes (rule P17)."""

from decimal import Decimal

from domain.shared.making import dataclass
from domain.shared.money import Money, Rounding, round_ratio

_BASES: dict[str, tuple[str, Decimal]] = {
    "mg": ("kg", Decimal("0.000001")),
    "g": ("kg", Decimal("0.001")),
    "kg": ("kg", Decimal(1)),
    "ml": ("l", Decimal("0.001")),
    "cl": ("l", Decimal("0.01")),
    "l": ("l", Decimal(1)),
    "mm": ("m", Decimal("0.001")),
    "cm": ("m", Decimal("0.01")),
    "m": ("m", Decimal(1)),
    "m2": ("m2", Decimal(1)),
    "m3": ("m3", Decimal(1)),
}
"""The measure that each unit's prices are told by, and how much of it one unit is; others are told by themselves."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How much is in a pack: `Measure(Decimal(250), "g")`."""

    value: Decimal
    unit: str

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError(f"A pack of {self.value} {self.unit} holds nothing")


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What `measure` costs, usually one kilogram or liter."""

    price: Money
    measure: Measure


def unit_price(price: Money, contents: Measure, rounding: Rounding = Rounding.HALF_UP) -> UnitPrice:
    """The price by measure of a pack that costs `price`, rounded once."""
    unit, factor = _BASES.get(contents.unit, (contents.unit, Decimal(1)))
    numerator, denominator = (contents.value * factor).as_integer_ratio()
    minor = round_ratio(price.minor * denominator, numerator, rounding)
    return UnitPrice(Money(minor, price.currency), Measure(Decimal(1), unit))
