"""Money as an exact count of a currency's minor units.

Integers and exact decimals only: no binary float touches an amount. Whoever computes with ratios rounds once, at the
end, by `round_ratio`; whoever splits an amount does it by `allocate`, so that the parts always sum to the whole.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Self

from domain.shared.making import dataclass

MAX_MINOR = 9_007_199_254_740_991
"""The largest count of minor units that every client can hold exactly, JavaScript included: 2 ** 53 - 1."""

_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
        "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
        "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
        "MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG "
        "YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

EXPONENTS = {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
"""Minor digits of every active currency of ISO 4217 as of 2026-01-01. Codes without minor units, like XXX, are absent.

Locale data must not stand in for it: it knows how many digits people write, not how many the currency has.
"""


class CurrencyMismatchError(ValueError):
    """Two currencies met in one sum or comparison: a mistake of the code, never a conversion."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} are different currencies")


class AmountOutOfRangeError(ValueError):
    """An amount beyond `MAX_MINOR`, which no client could be sent exactly."""

    def __init__(self, minor: int, currency: str) -> None:
        super().__init__(f"{minor} minor units of {currency} are more than an amount can hold")


def exponent_of(currency: str) -> int:
    """How many digits the currency has after the point: 2 for EUR, 0 for JPY, 3 for KWD. ValueError if unknown."""
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        raise ValueError(f"{currency!r} is not an active currency of ISO 4217 with minor units")
    return exponent


class Rounding(Enum):
    """What becomes of an exact half."""

    HALF_UP = "HALF_UP"
    """Away from zero, so that a refund mirrors its charge."""
    HALF_EVEN = "HALF_EVEN"


def round_ratio(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The whole number nearest to `numerator / denominator`, whose denominator is positive."""
    if numerator < 0:
        return -round_ratio(-numerator, denominator, rounding)
    quotient, remainder = divmod(numerator, denominator)
    excess = 2 * remainder - denominator
    if excess > 0 or (excess == 0 and (rounding is Rounding.HALF_UP or quotient % 2 == 1)):
        return quotient + 1
    return quotient


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units: `Money(1999, "EUR")` is EUR 19.99.

    Arithmetic and ordering stay within one currency and raise `CurrencyMismatchError` otherwise. The constructor trusts
    its caller; what comes from outside enters by `checked` or `parse`.
    """

    minor: int
    currency: str

    @staticmethod
    @lru_cache(maxsize=len(EXPONENTS))
    def zero(currency: str) -> "Money":
        return Money(0, currency)

    @classmethod
    def checked(cls, minor: int, currency: str) -> Self:
        """An amount from outside; ValueError if the currency is unknown or the amount out of range."""
        exponent_of(currency)
        if abs(minor) > MAX_MINOR:
            raise AmountOutOfRangeError(minor, currency)
        return cls(minor, currency)

    @classmethod
    def parse(cls, amount: str | Decimal, currency: str) -> Self:
        """The money of an exact decimal like "19.9"; ValueError if it has more digits than the currency."""
        exponent = exponent_of(currency)
        try:
            value = Decimal(amount)
        except InvalidOperation:
            raise ValueError(f"{amount!r} is not a decimal number") from None
        if not value.is_finite() or abs(value.adjusted()) > len(str(MAX_MINOR)):
            raise ValueError(f"{amount!r} is not an amount of {currency}")
        numerator, denominator = value.as_integer_ratio()
        minor, rest = divmod(numerator * 10**exponent, denominator)
        if rest:
            raise ValueError(f"{currency} has {exponent} digits after the point, {amount!r} has more")
        return cls.checked(minor, currency)

    @property
    def exponent(self) -> int:
        return exponent_of(self.currency)

    @property
    def amount(self) -> str:
        """The exact decimal, with all of the currency's digits: "19.90"."""
        exponent = exponent_of(self.currency)
        if exponent == 0:
            return str(self.minor)
        digits = str(abs(self.minor)).rjust(exponent + 1, "0")
        return f"{'-' if self.minor < 0 else ''}{digits[:-exponent]}.{digits[-exponent:]}"

    @property
    def is_zero(self) -> bool:
        return self.minor == 0

    def __add__(self, other: "Money") -> "Money":
        self._must_match(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._must_match(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> "Money":
        if not isinstance(count, int):
            return NotImplemented
        return Money(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        self._must_match(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._must_match(other)
        return self.minor <= other.minor

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _must_match(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(self.currency, other.currency)


def sum_money(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of that currency; zero if there are none."""
    minor = 0
    for amount in amounts:
        if amount.currency != currency:
            raise CurrencyMismatchError(currency, amount.currency)
        minor += amount.minor
    return Money(minor, currency) if minor else Money.zero(currency)


@dataclass(frozen=True, slots=True)
class TaxedMoney:
    """`net + tax = gross`, exactly, always."""

    net: Money
    tax: Money
    gross: Money

    def __post_init__(self) -> None:
        net, tax, gross = self.net, self.tax, self.gross
        if net.minor + tax.minor != gross.minor or not net.currency == tax.currency == gross.currency:
            raise ValueError(f"{net} and {tax} of tax are not {gross}")

    @staticmethod
    def zero(currency: str) -> "TaxedMoney":
        return TaxedMoney.of_net(0, 0, currency)

    @staticmethod
    def of_gross(gross: int, tax: int, currency: str) -> "TaxedMoney":
        """Of minor units, with the net as what remains."""
        return TaxedMoney.of_net(gross - tax, tax, currency)

    @staticmethod
    @lru_cache(maxsize=4096)
    def of_net(net: int, tax: int, currency: str) -> "TaxedMoney":
        """Of minor units, with the tax on top. A purchase comes to the same few amounts over and over."""
        untaxed = Money(net, currency)
        if not tax:
            return TaxedMoney(untaxed, Money.zero(currency), untaxed)
        return TaxedMoney(untaxed, Money(tax, currency), Money(net + tax, currency))

    @property
    def currency(self) -> str:
        return self.gross.currency

    def __add__(self, other: "TaxedMoney") -> "TaxedMoney":
        return TaxedMoney(self.net + other.net, self.tax + other.tax, self.gross + other.gross)

    def __sub__(self, other: "TaxedMoney") -> "TaxedMoney":
        return TaxedMoney(self.net - other.net, self.tax - other.tax, self.gross - other.gross)

    def __neg__(self) -> "TaxedMoney":
        return TaxedMoney(-self.net, -self.tax, -self.gross)


def sum_taxed(amounts: Iterable[TaxedMoney], currency: str) -> TaxedMoney:
    """The sum of taxed amounts of that currency; zero if there are none."""
    net = tax = 0
    for amount in amounts:
        if amount.currency != currency:
            raise CurrencyMismatchError(currency, amount.currency)
        net += amount.net.minor
        tax += amount.tax.minor
    return TaxedMoney.of_net(net, tax, currency)


def allocate(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split `total` in proportion to `weights` by the largest remainder; the parts sum exactly to it.

    Each part is its exact share rounded down; the units left over go to the largest fractions, ties to the earlier
    part. No part exceeds its own weight unless the total exceeds them all, and a part without weight gets nothing. A
    negative total mirrors the positive one. ValueError for a negative weight, or for a total without any weight.
    """
    if total < 0:
        return tuple(-part for part in allocate(-total, weights))
    whole = sum(weights)
    if any(weight < 0 for weight in weights) or (whole == 0 and total != 0):
        raise ValueError(f"{total} cannot be split by the weights {list(weights)}")
    if total == 0:
        return (0,) * len(weights)
    shares = [divmod(total * weight, whole) for weight in weights]
    parts = [part for part, _ in shares]
    by_fraction = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    for index in by_fraction[: total - sum(parts)]:
        parts[index] += 1
    return tuple(parts)


def unit_share(total: int, quantity: int, unit: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """What the `unit`-th of `quantity` units, counted from 1, has of a line's total.

    The shares of all units sum to the total, whichever units were asked for before.
    """
    if not 1 <= unit <= quantity:
        raise ValueError(f"There is no unit {unit} of {quantity}")
    return round_ratio(total * unit, quantity, rounding) - round_ratio(total * (unit - 1), quantity, rounding)


@dataclass(frozen=True, slots=True)
class PriceEnding:
    """How a market's prices end: `PriceEnding(99, 100)` is x.99 in EUR, `PriceEnding(80, 100)` is x80 in JPY."""

    minor: int
    step: int

    def __post_init__(self) -> None:
        if not 0 <= self.minor < self.step:
            raise ValueError(f"No price ends in {self.minor} at steps of {self.step}")

    def nearest(self, price: int) -> int:
        """The nearest price that ends so, the higher of two equally near; never below the lowest that is above zero."""
        steps, distance = divmod(price - self.minor, self.step)
        if 2 * distance >= self.step:
            steps += 1
        return max(steps * self.step, 0 if self.minor else self.step) + self.minor


def convert(
    money: Money,
    rate: Decimal | Fraction,
    currency: str,
    rounding: Rounding = Rounding.HALF_UP,
    ending: PriceEnding | None = None,
    *,
    granularity: int = 1,
) -> Money:
    """The money in another currency, rounded once, at that currency's exponent; a price may then be given its ending.

    `rate` says how many units of the new currency one unit of the old is worth; what comes of it is a multiple of
    `granularity` minor units. Nothing stays nothing.
    """
    numerator, denominator = rate.as_integer_ratio()
    scaled = money.minor * numerator * 10 ** exponent_of(currency)
    steps = denominator * 10 ** exponent_of(money.currency) * granularity
    minor = round_ratio(scaled, steps, rounding) * granularity
    if ending is not None and minor > 0:
        minor = ending.nearest(minor)
    return Money(minor, currency)
