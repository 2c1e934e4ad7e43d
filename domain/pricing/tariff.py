"""What it costs to send a load: one price, or a table by its weight, value or volume."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from domain.shared.making import dataclass

THOUSAND = 1000
"""Grams of a kilogram, milliliters of a liter."""


class TariffBasis(Enum):
    """What a table of rates goes by: grams, the displayed value of the goods in minor units, or milliliters."""

    FLAT = "FLAT"
    WEIGHT = "WEIGHT"
    VALUE = "VALUE"
    VOLUME = "VOLUME"


class Tier(NamedTuple):
    """From `start` on it costs `price_minor`, and `further_minor` for each further kilogram or liter begun."""

    start: int
    price_minor: int
    further_minor: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent together: its value after line discounts (rule P6), and weight and volume where they are known."""

    value_minor: int
    weight_grams: int | None = None
    volume_ml: int | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """How a price follows from a load. Tiers ascend; a load below the first one has no price."""

    basis: TariffBasis = TariffBasis.FLAT
    tiers: Sequence[Tier] = ()
    free_from_minor: int | None = None

    def price_of(self, load: Load, flat_minor: int) -> int | None:
        """Minor units; nothing from `free_from_minor` on, `flat_minor` without a table, None if no tier begins yet.

        What has no weight or volume counts as having none.
        """
        if self.free_from_minor is not None and load.value_minor >= self.free_from_minor:
            return 0
        if self.basis is TariffBasis.FLAT:
            return flat_minor
        measure = self._measure(load)
        tier = next((tier for tier in reversed(self.tiers) if tier.start <= measure), None)
        return None if tier is None else tier.price_minor + tier.further_minor * self._further(measure - tier.start)

    def _measure(self, load: Load) -> int:
        match self.basis:
            case TariffBasis.WEIGHT:
                return load.weight_grams or 0
            case TariffBasis.VOLUME:
                return load.volume_ml or 0
        return load.value_minor

    def _further(self, beyond: int) -> int:
        """Whole kilograms or liters, the last one as soon as it has begun."""
        return 0 if self.basis is TariffBasis.VALUE else -(-beyond // THOUSAND)


ONE_PRICE = Tariff()
