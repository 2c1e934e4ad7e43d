"""The taxes of an amount, exact until they are rounded once.

Amounts are minor units as the market displays them: with tax where its prices include it, without where not. Every tax
is rounded and reported by itself; the net is what remains of a gross amount, the gross what comes of a net one.
"""

from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm

from domain.pricing.model import Market, PricePolicy, TaxLevel, TaxRate
from domain.shared.making import dataclass
from domain.shared.money import Money, Rounding, TaxedMoney, allocate, round_ratio


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax on one thing, or on all things together: `amount` is due on `base`."""

    name: str
    jurisdiction: str
    rate: Decimal
    base: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class RateGroup:
    """How one kind of goods is taxed in one place: each tax takes its exact share of a displayed amount.

    Made by `rate_group`; make it once for many amounts.
    """

    rates: tuple[TaxRate, ...]
    shares: tuple[tuple[int, int], ...]
    included: bool
    rounding: Rounding

    def taxes(self, amount: int) -> tuple[int, ...]:
        """What each tax takes of the amount, each rounded by itself."""
        return tuple(
            [round_ratio(amount * numerator, denominator, self.rounding) for numerator, denominator in self.shares]
        )

    def taxes_by_unit(self, amount: int, quantity: int) -> tuple[int, ...]:
        """The same, rounded for each of `quantity` units, over which the amount is spread as evenly as it can be."""
        lower, higher_units = divmod(amount, quantity)
        return tuple(
            lower_tax * (quantity - higher_units) + higher_tax * higher_units
            for lower_tax, higher_tax in zip(self.taxes(lower), self.taxes(lower + 1), strict=True)
        )

    def taxed(self, amount: int, currency: str) -> TaxedMoney:
        """The amount as net, tax and gross: what a price is shown as."""
        return self.with_tax(amount, sum(self.taxes(amount)), currency)

    def with_tax(self, amount: int, tax: int, currency: str) -> TaxedMoney:
        """A displayed amount of which the tax is known already."""
        return (TaxedMoney.of_gross if self.included else TaxedMoney.of_net)(amount, tax, currency)

    def tax_lines(self, amount: int, taxes: Sequence[int], currency: str) -> tuple[TaxLine, ...]:
        """The report of `taxes` taken of `amount`: a compound tax shows the earlier ones in its base."""
        net = amount - sum(taxes) if self.included else amount
        lines = []
        earlier = 0
        for rate, tax in zip(self.rates, taxes, strict=True):
            base = Money(net + earlier if rate.compound else net, currency)
            lines.append(TaxLine(rate.name, rate.jurisdiction, rate.rate, base, Money(tax, currency)))
            earlier += tax
        return tuple(lines)


def rate_group(rates: Sequence[TaxRate], market: Market) -> RateGroup:
    """How the market taxes what these rates apply to, in their order; no rates, no tax."""
    found = tuple(rates)
    shares = _shares(found, included=market.prices_include_tax)
    return RateGroup(found, shares, market.prices_include_tax, market.rounding)


@lru_cache(maxsize=1024)
def _shares(rates: tuple[TaxRate, ...], *, included: bool) -> tuple[tuple[int, int], ...]:
    """What each tax takes of a displayed amount, as a ratio."""
    on_net = _shares_of_net(rates)
    whole = 1 + sum(on_net) if included else Fraction(1)
    return tuple([(share / whole).as_integer_ratio() for share in on_net])


@lru_cache(maxsize=1024)
def _gross_of_net(rates: tuple[TaxRate, ...]) -> Fraction:
    """What a net price grows to with these taxes: 1.19 at 19 %."""
    return 1 + sum(_shares_of_net(rates), Fraction(0))


def _shares_of_net(rates: Sequence[TaxRate]) -> list[Fraction]:
    shares: list[Fraction] = []
    for rate in rates:
        base = 1 + sum(shares) if rate.compound else 1
        shares.append(Fraction(rate.rate) * base)
    return shares


@dataclass(frozen=True, slots=True)
class Taxable:
    """An amount of `quantity` equal units that its group's taxes apply to."""

    amount: int
    group: RateGroup
    quantity: int = 1


def taxes_of(taxables: Sequence[Taxable], level: TaxLevel, rounding: Rounding) -> list[tuple[int, ...]]:
    """The taxes of each part of an order, rounded at the market's level, in the order of its group's rates."""
    if level is TaxLevel.UNIT:
        return [taxable.group.taxes_by_unit(taxable.amount, taxable.quantity) for taxable in taxables]
    if level is TaxLevel.LINE:
        return [taxable.group.taxes(taxable.amount) for taxable in taxables]
    if level is TaxLevel.RATE_GROUP:
        return _pooled(taxables, rounding, lambda rate: rate.identity)
    return _pooled(taxables, rounding, lambda rate: rate.jurisdiction)


def _pooled(
    taxables: Sequence[Taxable], rounding: Rounding, pool_of: Callable[[TaxRate], Hashable]
) -> list[tuple[int, ...]]:
    """Round each pool's tax once and give it back to the parts that it came from."""
    pools: dict[Hashable, list[tuple[int, int]]] = {}
    for index, taxable in enumerate(taxables):
        for position, rate in enumerate(taxable.group.rates):
            pools.setdefault(pool_of(rate), []).append((index, position))
    taxes = [[0] * len(taxable.group.rates) for taxable in taxables]
    for members in pools.values():
        shares = [taxables[index].group.shares[position] for index, position in members]
        denominator = lcm(*[part for _, part in shares])
        exact = [
            taxables[index].amount * numerator * (denominator // part)
            for (index, _), (numerator, part) in zip(members, shares, strict=True)
        ]
        rounded = allocate(round_ratio(sum(exact), denominator, rounding), exact)
        for (index, position), tax in zip(members, rounded, strict=True):
            taxes[index][position] = tax
    return [tuple(parts) for parts in taxes]


def merged(lines: Sequence[TaxLine]) -> tuple[TaxLine, ...]:
    """One line for each tax, bases and amounts summed, in the order of their first appearance."""
    sums: dict[tuple[str, str, Decimal], TaxLine] = {}
    for line in lines:
        key = (line.name, line.jurisdiction, line.rate)
        known = sums.get(key)
        sums[key] = line if known is None else TaxLine(*key, known.base + line.base, known.amount + line.amount)
    return tuple(sums.values())


def displayed_price(price: int, market: Market, home: Sequence[TaxRate], destination: Sequence[TaxRate]) -> int:
    """A price set with the `home` rates in it, as shown to a buyer who is taxed by those of the `destination`.

    Prices without tax, and those of a market that keeps the gross fixed, stay as they are; one that keeps the net fixed
    puts the destination's taxes on it. Asked once, when the base price is chosen and before any promotion.
    """
    if not market.prices_include_tax or market.price_policy is PricePolicy.FIXED_GROSS:
        return price
    ratio = _gross_of_net(tuple(destination)) / _gross_of_net(tuple(home))
    return round_ratio(price * ratio.numerator, ratio.denominator, market.rounding)


def net_price(price: int, market: Market, rates: Sequence[TaxRate]) -> int:
    """A displayed price without the taxes that the market's prices have in them: 119.00 at 19 % is 100.00."""
    if not market.prices_include_tax:
        return price
    ratio = 1 / _gross_of_net(tuple(rates))
    return round_ratio(price * ratio.numerator, ratio.denominator, market.rounding)
