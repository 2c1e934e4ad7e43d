"""What a cart or order adds up to, and how that is brought to what can be paid."""

from domain.pricing.tax import TaxLine
from domain.shared.making import dataclass, replace
from domain.shared.money import Money, Rounding, TaxedMoney, round_ratio


@dataclass(frozen=True, slots=True)
class Totals:
    """`lines` (after discounts) + `shipping` + `fees` + `rounding` = `total`; `tendered` + `due` = `total.gross`.

    `rounding` brings the total to what can be paid in the market's currency; it may be negative, and bears no tax.
    """

    lines: TaxedMoney
    discount: Money
    shipping: TaxedMoney
    fees: TaxedMoney
    rounding: Money
    taxes: tuple[TaxLine, ...]
    total: TaxedMoney
    tendered: Money
    due: Money
    tax_is_estimate: bool = False

    def paid_with(self, tendered: int) -> "Totals":
        """The same with so much of it set aside already, at most all of it."""
        held = Money(min(tendered, self.total.gross.minor), self.total.currency)
        if held == self.tendered:
            return self
        return replace(self, tendered=held, due=self.total.gross - held)

    def rounded(self, granularity: "Granularity") -> "Totals":
        """The same brought to the nearest total that can be paid, all of it still due."""
        if granularity.step == 1 and not self.rounding.minor:
            return self
        gross = self.total.gross.minor - self.rounding.minor
        return self.with_rounding(granularity.nearest(gross) - gross)

    def with_rounding(self, minor: int) -> "Totals":
        """The same with this much rounding in the place of its own, all of it still due. Taxes stay as they are."""
        if minor == self.rounding.minor:
            return self
        rounding = Money(minor, self.total.currency)
        change = rounding - self.rounding
        total = TaxedMoney(self.total.net + change, self.total.tax, self.total.gross + change)
        nothing = Money.zero(total.currency)
        return replace(self, rounding=rounding, total=total, tendered=nothing, due=total.gross)


@dataclass(frozen=True, slots=True)
class Granularity:
    """Totals are multiples of `step` minor units (rule M4)."""

    step: int = 1
    rounding: Rounding = Rounding.HALF_UP

    def nearest(self, minor: int) -> int:
        return minor if self.step == 1 else round_ratio(minor, self.step, self.rounding) * self.step


WHOLE = Granularity()
