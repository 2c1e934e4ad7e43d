"""Codes to try the sample store with: `WELCOME10` takes 10 % off the goods, `FREESHIP` off delivery of larger ones."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from domain.pricing.promotions.actions import Action, Per, PercentageOff, ShippingPercentageOff
from domain.pricing.promotions.model import Conditions, Promotion
from domain.shared.ids import PromotionId
from persistence.ids import new_id
from persistence.pricing.promotions import PromotionRepository
from persistence.statement import Pool

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
LARGE = {"USD": 3_000, "EUR": 3_000, "GBP": 2_500, "JPY": 3_000}
"""From which value on delivery is free with the code, in minor units."""

PROMOTIONS: Mapping[str, tuple[str, Action, Conditions]] = {
    "WELCOME10": ("Welcome", PercentageOff(Decimal(10), Per.ORDER), Conditions()),
    "FREESHIP": ("Free delivery", ShippingPercentageOff(), Conditions(min_value=LARGE)),
}


async def create_sample_promotions(pool: Pool) -> None:
    """One promotion for each code, for a database that has none."""
    async with pool.acquire() as connection, connection.transaction():
        promotions = PromotionRepository(connection)
        for code, (name, action, conditions) in PROMOTIONS.items():
            promotion_id = PromotionId(new_id("promotion"))
            await promotions.add(
                Promotion(promotion_id, name, action, BEGINNING, needs_code=True, conditions=conditions)
            )
            await promotions.add_codes(promotion_id, [code], usage_limit=None)
