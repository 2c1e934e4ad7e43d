"""How what staff decided for a draft stands in the columns `cart.draft` and `cart_line.manual`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.cart.model import ByHand, Draft
from domain.pricing.manual import ManualDiscount


def draft_document(draft: Draft | None) -> dict[str, Any] | None:
    if draft is None:
        return None
    return {
        "staff_id": draft.staff_id,
        "email": draft.email,
        "discount": discount_document(draft.discount),
        "with_promotions": draft.with_promotions,
    }


def draft_of(document: Mapping[str, Any] | None) -> Draft | None:
    if document is None:
        return None
    discount = discount_of(document["discount"])
    return Draft(document["staff_id"], document["email"], discount, document["with_promotions"])


def by_hand_document(by_hand: ByHand | None) -> dict[str, Any] | None:
    if by_hand is None:
        return None
    return {"unit_minor": by_hand.unit_price, "discount": discount_document(by_hand.discount)}


def by_hand_of(document: Mapping[str, Any] | None) -> ByHand | None:
    return None if document is None else ByHand(document["unit_minor"], discount_of(document["discount"]))


def discount_document(discount: ManualDiscount | None) -> dict[str, Any] | None:
    if discount is None:
        return None
    percent = None if discount.percent is None else str(discount.percent)
    return {
        "staff_id": discount.staff_id,
        "reason": discount.reason,
        "percent": percent,
        "amount_minor": discount.amount,
    }


def discount_of(document: Mapping[str, Any] | None) -> ManualDiscount | None:
    if document is None:
        return None
    percent = None if document["percent"] is None else Decimal(document["percent"])
    return ManualDiscount(document["staff_id"], document["reason"], percent, document["amount_minor"])
