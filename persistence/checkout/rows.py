"""Checkouts as rows of the database keep them."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.catalog.snapshot import LineSnapshot
from domain.checkout.model import Checkout, CheckoutLine, CheckoutState, DeliveryGroup, Held, Holder
from domain.fulfillment.calendar import Handling
from domain.fulfillment.places import place_document, place_of
from domain.pricing.wrapping.model import GiftWrapPer, WrapTerms
from domain.shared.ids import (
    CartId,
    CartLineId,
    CheckoutId,
    CustomerId,
    DeliveryGroupId,
    DeliveryOptionId,
    MarketId,
    OfferId,
    OrderId,
    ProductId,
    PromotionId,
    VariantId,
    VendorId,
    WarehouseId,
)
from persistence.checkout.promises import promises_document, promises_of
from persistence.companies.queries import buying_for, buying_of
from persistence.orders.documents import address_document, address_of
from persistence.payments.repository import TENDERS, tender_of
from persistence.pricing.tax_documents import facts_document, facts_of
from persistence.statement import Record

COLUMNS = f"""
       c.id, c.version, c.state, c.cart_id, c.cart_version, c.customer_id, c.market_id, c.country, c.language,
       c.currency, c.email, c.shipping_address, c.billing_address, c.terms_accepted, c.order_id, c.started_at,
       c.expires_at, c.lease_until, c.tax, c.pricing, c.held_by,
       c.saves_shipping_address, c.saves_billing_address, c.po_number, {buying_for("c")} AS buying,
       (SELECT seen.version FROM checkout seen WHERE seen.id = c.id) AS seen_version,
       (SELECT jsonb_agg(jsonb_build_array(l.cart_line_id, l.group_id, l.offer_id, l.variant_id, l.product_id,
               l.vendor_id, l.position, l.quantity, l.unit_minor, l.tax_class, l.weight_grams, l.volume_ml, l.snapshot)
               ORDER BY l.position)
        FROM checkout_line l WHERE l.checkout_id = c.id) AS lines,
       (SELECT jsonb_agg(jsonb_build_array(g.id, g.vendor_id, g.option_id, g.is_digital, g.pickup) ORDER BY g.id)
        FROM delivery_group g WHERE g.checkout_id = c.id) AS groups,
       (SELECT jsonb_agg(jsonb_build_array(r.offer_id, r.warehouse_id, r.quantity, w.country, w.time_zone,
               w.cutoff_hour, w.handling_days) ORDER BY r.offer_id, r.warehouse_id)
        FROM reservation r JOIN warehouse w ON w.id = r.warehouse_id WHERE r.checkout_id = c.id) AS held,
       (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.tender_id)
        FROM ({TENDERS}) AS t WHERE t.tender_checkout_id = c.id) AS tenders
"""  # noqa: S608 - made of constants


def values_of(checkout: Checkout) -> tuple[Any, ...]:
    """What of a checkout can change, as the statements that save it number it."""
    return (
        checkout.id,
        checkout.version,
        checkout.state.value,
        checkout.email,
        address_document(checkout.shipping_address),
        address_document(checkout.billing_address),
        checkout.terms_accepted,
        checkout.order_id,
        checkout.expires_at,
        checkout.lease_until,
        checkout.customer_id,
        [group.id for group in checkout.groups],
        [group.option_id for group in checkout.groups],
        facts_document(checkout.tax),
        promises_document(checkout.prices),
        [place_document(group.pickup) for group in checkout.groups],
        checkout.saves_shipping_address,
        checkout.saves_billing_address,
        checkout.company_id,
        checkout.po_number,
    )


def line_values_of(line: CheckoutLine) -> tuple[Any, ...]:
    return (
        line.cart_line_id,
        line.group_id,
        line.offer_id,
        line.variant_id,
        line.product_id,
        line.vendor_id,
        line.position,
        line.quantity,
        line.unit_price,
        line.tax_class,
        line.weight_grams,
        line.volume_ml,
        _snapshot_document(line.snapshot)
        | {"gift_message": line.gift_message, "is_download": line.is_download}
        | ({"wrap": [line.wrap.per.value, line.wrap.price]} if line.wrap else {})
        | ({"gift_of": sorted(line.gift_of)} if line.gift_of else {}),
    )


def _snapshot_document(snapshot: LineSnapshot) -> dict[str, Any]:
    return {
        "title": snapshot.title,
        "sku": snapshot.sku,
        "options": [list(option) for option in snapshot.options],
        "image_url": snapshot.image_url,
        "image_alt": snapshot.image_alt,
    }


def _snapshot_of(document: Mapping[str, Any]) -> LineSnapshot:
    options = tuple((name, value) for name, value in document["options"])
    return LineSnapshot(document["title"], document["sku"], options, document["image_url"], document["image_alt"])


def _line_of(values: Sequence[Any]) -> CheckoutLine:
    line_id, group_id, offer_id, variant_id, product_id, vendor_id, *numbers, snapshot = values
    position, quantity, unit_price, tax_class, weight_grams, volume_ml = numbers
    return CheckoutLine(
        CartLineId(line_id),
        DeliveryGroupId(group_id),
        OfferId(offer_id),
        VariantId(variant_id),
        ProductId(product_id),
        VendorId(vendor_id),
        position,
        quantity,
        unit_price,
        tax_class,
        weight_grams,
        _snapshot_of(snapshot),
        volume_ml,
        snapshot.get("gift_message"),
        snapshot.get("is_download", False),
        _wrap_of(snapshot.get("wrap")),
        frozenset(map(PromotionId, snapshot.get("gift_of", ()))),
    )


def _wrap_of(document: Sequence[Any] | None) -> WrapTerms | None:
    if document is None:
        return None
    per, price = document
    return WrapTerms(GiftWrapPer(per), price)


def _group_of(values: Sequence[Any]) -> DeliveryGroup:
    group_id, vendor_id, option_id, is_digital, pickup = values
    return DeliveryGroup(
        DeliveryGroupId(group_id),
        VendorId(vendor_id),
        DeliveryOptionId(option_id) if option_id else None,
        is_digital,
        place_of(pickup),
    )


def _held_of(values: Sequence[Any]) -> Held:
    offer_id, warehouse_id, quantity, country, time_zone, cutoff_hour, days = values
    handling = None if cutoff_hour is None else Handling(country, time_zone or "UTC", cutoff_hour, days)
    return Held(OfferId(offer_id), WarehouseId(warehouse_id), quantity, handling)


def checkout_of(row: Record) -> Checkout:
    return Checkout(
        id=CheckoutId(row["id"]),
        version=row["version"],
        state=CheckoutState(row["state"]),
        cart_id=CartId(row["cart_id"]),
        cart_version=row["cart_version"],
        customer_id=CustomerId(row["customer_id"]) if row["customer_id"] else None,
        market_id=MarketId(row["market_id"]),
        country=row["country"],
        language=row["language"],
        currency=row["currency"],
        email=row["email"],
        shipping_address=address_of(row["shipping_address"]),
        billing_address=address_of(row["billing_address"]),
        terms_accepted=row["terms_accepted"],
        order_id=OrderId(row["order_id"]) if row["order_id"] else None,
        started_at=row["started_at"],
        expires_at=row["expires_at"],
        lease_until=row["lease_until"],
        tax=facts_of(row["tax"]),
        prices=promises_of(row["pricing"]),
        lines=tuple(map(_line_of, row["lines"])),
        groups=tuple(map(_group_of, row["groups"])),
        held=tuple(map(_held_of, row["held"] or ())),
        tenders=tuple(map(tender_of, row["tenders"] or ())),
        held_by=Holder(row["held_by"]),
        saves_shipping_address=row["saves_shipping_address"],
        saves_billing_address=row["saves_billing_address"],
        company=buying_of(row["buying"]),
        po_number=row["po_number"],
    )
