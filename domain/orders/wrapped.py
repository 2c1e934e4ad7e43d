"""Gift wrap as it was sold with a line of an order."""

from domain.pricing.tax import TaxLine
from domain.pricing.wrapping.model import GiftWrapPer
from domain.shared.making import dataclass
from domain.shared.money import TaxedMoney


@dataclass(frozen=True, slots=True)
class SoldWrap:
    """What the wrapping of all units of a line cost; `given_back`: what of it went back, in minor units with tax."""

    per: GiftWrapPer
    price: TaxedMoney
    taxes: tuple[TaxLine, ...] = ()
    given_back: int = 0

    @property
    def left(self) -> int:
        """What of it did not go back, in minor units with tax."""
        return self.price.gross.minor - self.given_back
