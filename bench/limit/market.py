"""What a hand-written page takes for granted of the market that guests are in: prices, amounts and stock as they are.

No taxes are shown there, no promotions run and nobody sells ahead, as it is in the stores that are measured. If that
changed, the answers would be other bytes than the store's, and the measurement would say so.
"""

from dataclasses import dataclass

from persistence.statement import Pool

MARKET, CURRENCY = "us", "USD"
LOW_STOCK_BELOW = 10

_CHEAPEST = """
SELECT price_minor, coalesce(free_from_minor, 9223372036854775807) FROM delivery_rate
WHERE market_id = (SELECT id FROM market WHERE handle = $1) AND currency = $2 AND kind = 'SHIP' AND vendor_id IS NULL
    AND is_active
ORDER BY price_minor LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the cheapest way to send goods costs, and from which price on it is free."""

    price_minor: int
    free_from_minor: int

    @classmethod
    async def read(cls, pool: Pool) -> "Delivery":
        row = await pool.fetchrow(_CHEAPEST, MARKET, CURRENCY)
        return cls(*row) if row else cls(0, 0)

    def landed_minor(self, price_minor: int) -> int:
        """Price and delivery together, by which offers are ranked."""
        return price_minor if price_minor >= self.free_from_minor else price_minor + self.price_minor


def formatted(minor: int) -> str:
    """As people in the United States write it."""
    return f"${minor // 100:,}.{minor % 100:02}"


def state_of(available: int) -> str:
    return "OUT_OF_STOCK" if available < 1 else "LOW_STOCK" if available < LOW_STOCK_BELOW else "IN_STOCK"
