"""What goods cost that cross a customs border (rule T13): an estimate, since customs has the last word."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from domain.pricing.model import is_open
from domain.shared.making import dataclass
from domain.shared.money import Rounding, round_ratio


@dataclass(frozen=True, slots=True)
class DutyRate:
    """The duty of a customs area on goods whose tariff number begins so; an empty prefix is any number, or none."""

    customs_area: str
    hs_prefix: str
    rate: Decimal
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportedGoods:
    """Goods of one tariff number, with what they cost without tax, in minor units."""

    value: int
    duty: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class ImportEstimate:
    """Minor units of one currency: goods + freight + duty + VAT = landed."""

    goods: int
    freight: int
    duty: int
    vat: int

    @property
    def landed(self) -> int:
        return self.goods + self.freight + self.duty + self.vat

    @property
    def due(self) -> int:
        """What is payable on delivery beside the price."""
        return self.duty + self.vat


def duty_rate(rates: Iterable[DutyRate], customs_area: str, hs_code: str | None, on: datetime) -> Decimal:
    """The rate by the longest prefix of the tariff number; 0 where the area's rates do not know it."""
    fitting = [
        found
        for found in rates
        if found.customs_area == customs_area
        and (hs_code or "").startswith(found.hs_prefix)
        and is_open(found.valid_from, found.valid_until, on)
    ]
    return max(fitting, key=lambda found: len(found.hs_prefix)).rate if fitting else Decimal(0)


def import_estimate(goods: Sequence[ImportedGoods], freight: int, rounding: Rounding) -> ImportEstimate:
    """Duty on the CIF value (goods and freight), VAT on that and the duty, each rounded once.

    Freight is borne by the goods in proportion to their value.
    """
    value = sum(item.value for item in goods)
    if not value:
        return ImportEstimate(0, freight, 0, 0)
    cif = [Fraction(item.value * (value + freight), value) for item in goods]
    duties = [part * Fraction(item.duty) for part, item in zip(cif, goods, strict=True)]
    exact = sum(duties, Fraction(0))
    duty = _rounded(exact, rounding)
    scale = duty / exact if exact else Fraction(0)
    bases = [part + own * scale for part, own in zip(cif, duties, strict=True)]
    vat = sum((base * Fraction(item.vat) for base, item in zip(bases, goods, strict=True)), Fraction(0))
    return ImportEstimate(value, freight, duty, _rounded(vat, rounding))


def _rounded(exact: Fraction, rounding: Rounding) -> int:
    return round_ratio(exact.numerator, exact.denominator, rounding)
