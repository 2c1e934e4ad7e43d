"""Promotions of a test's shop, of which a test names what matters to it."""

from datetime import UTC, datetime
from typing import Any

from domain.pricing.promoting.usecases import UpsertPromotion, upsert_promotion
from domain.shared.ids import PromotionId
from tests.factories.buying import Buying

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

TEN_PERCENT: dict[str, Any] = {"kind": "percentage", "percent": "10"}
TEN_PERCENT_OF_ORDER: dict[str, Any] = {"kind": "percentage", "percent": "10", "per": "ORDER"}


async def promote(shop: Buying, **values: Any) -> PromotionId:
    """Ten percent off everything for everybody, unless told; the shop's own process knows of it at once."""
    known: dict[str, Any] = {
        "id": None,
        "name": "Ten off",
        "starts_at": LONG_AGO,
        "conditions": {},
        "action": TEN_PERCENT,
    }
    promotion_id = await upsert_promotion(shop.unit_of_work(), UpsertPromotion(**(known | values)))
    shop.reference.forget()
    await shop.reference.facts()
    return promotion_id
