"""Money as an exact count of a currency's minor units."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units: `Money(1999, "EUR")` is EUR 19.99."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class TaxedMoney:
    """`net + tax = gross`, exactly, always."""

    net: Money
    tax: Money
    gross: Money
