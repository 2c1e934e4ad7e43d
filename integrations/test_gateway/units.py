"""What the test gateway counts money in, which is its own business and not ISO 4217's (rule M4).

It counts as many gateways do: three digits at most after the point, the last of them zero.
"""

from domain.shared.money import exponent_of

STEPS = {3: 10, 4: 100}
"""By the digits after the point: the minor units that every amount is a multiple of."""


def is_expressed(minor: int, currency: str) -> bool:
    """Whether it moves exactly so many minor units."""
    return minor % STEPS.get(exponent_of(currency), 1) == 0
