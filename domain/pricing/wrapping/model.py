"""Gift wrap: what a vendor asks for wrapping goods, a fee of the line that they are (rule T6)."""

from enum import Enum

from domain.pricing.quote import Fee
from domain.shared.making import dataclass
from domain.shared.money import Money, TaxedMoney


class GiftWrapPer(Enum):
    """What is wrapped: all units of a line together, or each by itself."""

    LINE = "LINE"
    UNIT = "UNIT"


@dataclass(frozen=True, slots=True)
class WrapTerms:
    """What one wrapping costs, in minor units as price lists say theirs. Promotions do not touch it."""

    per: GiftWrapPer
    price: int

    def wrappings(self, quantity: int) -> int:
        """How many it takes to wrap so many units."""
        return quantity if self.per is GiftWrapPer.UNIT else 1


@dataclass(frozen=True, slots=True)
class WrapOffer:
    """What one wrapping of a line's goods would cost, as the market displays prices."""

    per: GiftWrapPer
    price: Money


@dataclass(frozen=True, slots=True)
class GiftWrap:
    """Wrapping that was chosen for a line: what all of it costs, and the words to go with it."""

    message: str | None
    per: GiftWrapPer
    price: TaxedMoney


def wrap_fee(line: str, terms: WrapTerms, quantity: int, *, shown: int, tax_class: str) -> Fee:
    """What it costs to wrap a line, where one wrapping is `shown` at this price, taxed as its goods are."""
    return Fee(f"{line}:wrap", shown * terms.wrappings(quantity), tax_class, line)
