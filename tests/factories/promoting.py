"""Purchases and promotions as the pure engine sees them, of which a test names what matters to it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.pricing.promotions.actions import Action, AmountOff, Per, PercentageOff
from domain.pricing.promotions.engine import Promoted, promote
from domain.pricing.promotions.model import Promotion
from domain.pricing.promotions.selection import Goods, Selection, Targets
from domain.pricing.promotions.situation import Delivery, Item, Offered, Situation
from domain.pricing.promotions.units import Run
from domain.shared.ids import CategoryId, MarketId, OfferId, ProductId, PromotionId, VariantId, VendorId
from tests.factories.pricing import HOUSE

MARKET = MarketId("market_de")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make_goods(name: str = "a", *categories: str, vendor_id: VendorId = HOUSE, **facts: Any) -> Goods:
    return Goods(
        ProductId(f"product_{name}"),
        VariantId(f"variant_{name}"),
        OfferId(f"offer_{name}"),
        vendor_id,
        categories=frozenset(categories),
        **facts,
    )


def make_item(price: int, quantity: int = 1, goods: Goods | None = None, **facts: Any) -> Item:
    return Item(goods or make_goods(), (Run(price, quantity),), **facts)


def make_situation(*items: Item, deliveries: Sequence[Delivery] = (), **facts: Any) -> Situation:
    return Situation(facts.pop("market_id", MARKET), facts.pop("currency", "EUR"), items, tuple(deliveries), **facts)


def in_category(*names: str) -> Selection:
    return Selection(include=(Targets(categories=frozenset(map(CategoryId, names))),))


def make_promotion(name: str, action: Action, **facts: Any) -> Promotion:
    return Promotion(PromotionId(f"promotion_{name}"), name, action, facts.pop("starts_at", LONG_AGO), **facts)


def percent(name: str, off: str, per: Per = Per.UNIT, **facts: Any) -> Promotion:
    return make_promotion(name, PercentageOff(Decimal(off), per), **facts)


def amount(name: str, minor: int, per: Per = Per.ORDER, **facts: Any) -> Promotion:
    return make_promotion(name, AmountOff({"EUR": minor}, per), **facts)


def offered(promotion: Promotion, **facts: Any) -> Offered:
    """With its name as the code, if it needs one."""
    return Offered(promotion, facts.pop("code", promotion.name.upper() if promotion.needs_code else None), **facts)


def promoted(situation: Situation, *promotions: Promotion | Offered) -> Promoted:
    offers = [each if isinstance(each, Offered) else offered(each) for each in promotions]
    return promote(offers, situation, language="en")


def paid(found: Promoted) -> list[int]:
    """What each item costs after promotions."""
    return list(found.amounts)


def taken(found: Promoted) -> list[tuple[str, int, int]]:
    """Each discount of goods: whose it is, the base it saw, and the amount, by items."""
    return [
        (each.promotion.name, each.base.minor, each.amount.minor)
        for allocations in found.allocations
        for each in allocations
    ]


def applied(found: Promoted) -> set[str]:
    return {each.promotion_id.removeprefix("promotion_") for each in found.applied}
