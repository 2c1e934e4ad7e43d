"""How what a checkout was promised stands in its `pricing` column."""

from collections.abc import Mapping
from typing import Any

from domain.checkout.promised import NO_PROMISES, PromisedPrices
from domain.pricing.manual import NOTHING_MANUAL, ManualPricing
from domain.pricing.promotions.selection import Goods
from domain.pricing.promotions.situation import Buyer
from domain.pricing.promotions.units import Run
from domain.shared.ids import CartLineId, OfferId, ProductId, PromotionId, VariantId, VendorId
from persistence.cart.drafts import discount_document, discount_of


def promises_document(prices: PromisedPrices) -> dict[str, Any]:
    if prices == NO_PROMISES:
        return {}
    buyer = prices.buyer
    return {
        "revision": prices.revision,
        "goods": {line_id: _goods_document(goods) for line_id, goods in prices.goods.items()},
        "runs": {line_id: [[run.amount, run.units] for run in runs] for line_id, runs in prices.runs.items()},
        "buyer": {
            "customer_groups": sorted(buyer.customer_groups),
            "segments": sorted(buyer.segments),
            "company_id": buyer.company_id,
            "is_first_order": buyer.is_first_order,
        },
        "codes": list(prices.codes),
        "counted": list(prices.counted),
        "units": dict(prices.units),
        "customer_key": prices.customer_key,
        "without": sorted(prices.without),
        **({} if prices.manual == NOTHING_MANUAL else {"manual": _manual_document(prices.manual)}),
    }


def promises_of(document: Mapping[str, Any]) -> PromisedPrices:
    """None were made by a checkout of an earlier release."""
    if not document:
        return NO_PROMISES
    buyer = document["buyer"]
    return PromisedPrices(
        revision=document["revision"],
        goods={CartLineId(line_id): _goods_of(*values) for line_id, values in document["goods"].items()},
        runs={
            CartLineId(line_id): tuple([Run(amount, units) for amount, units in runs])
            for line_id, runs in document.get("runs", {}).items()
        },
        buyer=Buyer(
            frozenset(buyer["customer_groups"]),
            frozenset(buyer["segments"]),
            buyer["company_id"],
            buyer["is_first_order"],
        ),
        codes=tuple(document["codes"]),
        counted=tuple(map(PromotionId, document["counted"])),
        units={PromotionId(key): units for key, units in document["units"].items()},
        customer_key=document["customer_key"],
        without=frozenset(map(PromotionId, document["without"])),
        manual=_manual_of(document.get("manual")),
    )


def _manual_document(manual: ManualPricing) -> dict[str, Any]:
    return {
        "discount": discount_document(manual.discount),
        "lines": {key: discount_document(discount) for key, discount in manual.lines.items()},
        "priced": sorted(manual.priced),
        "with_promotions": manual.with_promotions,
    }


def _manual_of(document: Mapping[str, Any] | None) -> ManualPricing:
    if document is None:
        return NOTHING_MANUAL
    lines = {key: discount_of(discount) for key, discount in document["lines"].items()}
    return ManualPricing(
        discount_of(document["discount"]),
        {key: discount for key, discount in lines.items() if discount},
        frozenset(document["priced"]),
        document["with_promotions"],
    )


def _goods_document(goods: Goods) -> list[Any]:
    return [
        goods.product_id,
        goods.variant_id,
        goods.offer_id,
        goods.vendor_id,
        goods.brand_id,
        sorted(goods.categories),
        sorted(goods.collections),
        goods.is_gift_card,
    ]


def _goods_of(
    product_id: str,
    variant_id: str,
    offer_id: str,
    vendor_id: str,
    brand_id: str | None,
    categories: list[str],
    collections: list[str],
    is_gift_card: bool,
) -> Goods:
    return Goods(
        ProductId(product_id),
        VariantId(variant_id),
        OfferId(offer_id),
        VendorId(vendor_id),
        brand_id,
        frozenset(categories),
        frozenset(collections),
        is_gift_card,
    )
