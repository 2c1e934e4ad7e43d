"""Orders, their lines and their vendors' parts, as rows become them."""

from collections.abc import Mapping
from typing import Any

from domain.catalog.snapshot import LineSnapshot
from domain.companies.model import NetTerms
from domain.orders.model import (
    Allocation,
    Order,
    OrderCompany,
    OrderLine,
    OrderStatus,
    VendorOrder,
    VendorOrderStatus,
)
from domain.orders.wrapped import SoldWrap
from domain.pricing.taxation.treatment import Collector, Treatment
from domain.pricing.wrapping.model import GiftWrapPer
from domain.shared.ids import CompanyId
from domain.shared.money import Money, TaxedMoney
from persistence.orders.documents import (
    address_document,
    address_of,
    discount_documents,
    discounts_of,
    tax_documents,
    taxed_columns,
    taxed_of,
    taxes_of,
    totals_columns,
    totals_of,
)
from persistence.pricing.tax_documents import evidence_document, evidence_of
from persistence.statement import Record


def order_of(row: "Record") -> Order:
    return Order(
        id=row["id"],
        number=row["number"],
        status=OrderStatus(row["status"]),
        checkout_id=row["checkout_id"],
        customer_id=row["customer_id"],
        email=row["email"],
        market_id=row["market_id"],
        country=row["country"],
        language=row["language"],
        currency=row["currency"],
        shipping_address=address_of(row["shipping_address"]),
        billing_address=address_of(row["billing_address"]),
        totals=totals_of(row),
        placed_at=row["placed_at"],
        internal_notes=tuple(row["internal_notes"]),
        version=row["version"],
        tax=evidence_of(row["tax"]),
        payment_due_at=row["payment_due_at"],
        canceled_minor=row["canceled_gross_minor"],
        revision=row["revision"],
        company=_company_of(row["company_id"], row["company"]),
        po_number=row["po_number"],
    )


def order_columns(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "number": order.number,
        "status": order.status.value,
        "checkout_id": order.checkout_id,
        "customer_id": order.customer_id,
        "email": order.email,
        "market_id": order.market_id,
        "country": order.country,
        "language": order.language,
        "shipping_address": address_document(order.shipping_address),
        "billing_address": address_document(order.billing_address),
        **totals_columns(order.totals),
        "tax": evidence_document(order.tax),
        "internal_notes": list(order.internal_notes),
        "version": order.version,
        "placed_at": order.placed_at,
        "payment_due_at": order.payment_due_at,
        "company_id": order.company.id if order.company else None,
        "company": _company_document(order.company),
        "po_number": order.po_number,
    }


def _company_document(company: OrderCompany | None) -> dict[str, Any] | None:
    if company is None:
        return None
    terms = company.terms
    return {"name": company.name, "terms": [terms.days, terms.on_working_days] if terms else None}


def _company_of(company_id: str | None, document: Mapping[str, Any] | None) -> OrderCompany | None:
    if company_id is None or document is None:
        return None
    terms = document["terms"]
    return OrderCompany(CompanyId(company_id), document["name"], NetTerms(*terms) if terms else None)


def vendor_order_of(row: "Record") -> VendorOrder:
    return VendorOrder(
        id=row["id"],
        order_id=row["order_id"],
        number=row["number"],
        vendor_id=row["vendor_id"],
        status=VendorOrderStatus(row["status"]),
        language=row["language"],
        shipping_address=address_of(row["shipping_address"]),
        delivery=row["delivery"],
        totals=totals_of(row),
        placed_at=row["placed_at"],
        ship_by=row["ship_by"],
        accept_by=row["accept_by"],
        shipping_given_back=row["shipping_canceled_gross_minor"] + row["shipping_refunded_gross_minor"],
        version=row["version"],
    )


def vendor_order_columns(vendor_order: VendorOrder) -> dict[str, Any]:
    return {
        "id": vendor_order.id,
        "order_id": vendor_order.order_id,
        "number": vendor_order.number,
        "vendor_id": vendor_order.vendor_id,
        "status": vendor_order.status.value,
        "language": vendor_order.language,
        "shipping_address": address_document(vendor_order.shipping_address),
        "delivery": dict(vendor_order.delivery),
        **totals_columns(vendor_order.totals),
        "version": vendor_order.version,
        "placed_at": vendor_order.placed_at,
        "ship_by": vendor_order.ship_by,
        "accept_by": vendor_order.accept_by,
    }


def line_of(row: "Record") -> OrderLine:
    currency = row["currency"]
    image = row["image"] or {}
    return OrderLine(
        id=row["id"],
        order_id=row["order_id"],
        vendor_order_id=row["vendor_order_id"],
        vendor_id=row["vendor_id"],
        position=row["position"],
        offer_id=row["offer_id"],
        variant_id=row["variant_id"],
        product_id=row["product_id"],
        snapshot=LineSnapshot(
            title=row["title"],
            sku=row["sku"],
            options=tuple((name, value) for name, value in row["options"]),
            image_url=image.get("url"),
            image_alt=image.get("alt"),
        ),
        tax_class=row["tax_class"],
        quantity=row["quantity"],
        unit_price=taxed_of(row, "unit"),
        total=taxed_of(row, "total"),
        discount=Money(row["discount_minor"], currency),
        taxes=taxes_of(row["taxes"], currency),
        discounts=discounts_of(row["discounts"], currency),
        fulfilled=row["fulfilled"],
        delivered=row["delivered"],
        canceled=row["canceled"],
        backordered=row["backordered"],
        returned=row["returned"],
        refunded=row["refunded"],
        return_requested=row["return_requested"],
        tax_treatment=Treatment(row["tax_treatment"]),
        tax_collector=Collector(row["tax_collector"]),
        gift_message=row["gift_message"],
        is_download=row["is_download"],
        gift_wrap=_wrap_of(row),
        is_gift=row["is_gift"],
    )


def line_columns(line: OrderLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "order_id": line.order_id,
        "vendor_order_id": line.vendor_order_id,
        "vendor_id": line.vendor_id,
        "position": line.position,
        "offer_id": line.offer_id,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "title": line.snapshot.title,
        "sku": line.snapshot.sku,
        "options": [list(option) for option in line.snapshot.options],
        "image": _image_document(line.snapshot),
        "tax_class": line.tax_class,
        "tax_treatment": line.tax_treatment.value,
        "tax_collector": line.tax_collector.value,
        "quantity": line.quantity,
        "fulfilled": line.fulfilled,
        "delivered": line.delivered,
        "canceled": line.canceled,
        "backordered": line.backordered,
        "returned": line.returned,
        "refunded": line.refunded,
        "currency": line.total.currency,
        **taxed_columns("unit", line.unit_price),
        **taxed_columns("total", line.total),
        "discount_minor": line.discount.minor,
        "taxes": tax_documents(line.taxes),
        "discounts": discount_documents(line.discounts),
        "gift_message": line.gift_message,
        "is_download": line.is_download,
        "is_gift": line.is_gift,
        **_wrap_columns(line),
    }


def _wrap_of(row: "Record") -> SoldWrap | None:
    if row["gift_wrap_per"] is None:
        return None
    return SoldWrap(
        GiftWrapPer(row["gift_wrap_per"]),
        taxed_of(row, "gift_wrap"),
        taxes_of(row["gift_wrap_taxes"], row["currency"]),
        row["gift_wrap_canceled_gross_minor"] + row["gift_wrap_refunded_gross_minor"],
    )


def _wrap_columns(line: OrderLine) -> dict[str, Any]:
    wrap = line.gift_wrap
    return {
        "gift_wrap_per": wrap.per.value if wrap else None,
        **taxed_columns("gift_wrap", wrap.price if wrap else TaxedMoney.zero(line.total.currency)),
        "gift_wrap_taxes": tax_documents(wrap.taxes if wrap else ()),
    }


def _image_document(snapshot: LineSnapshot) -> dict[str, str | None] | None:
    if snapshot.image_url is None:
        return None
    return {"url": snapshot.image_url, "alt": snapshot.image_alt}


def allocation_of(row: "Record") -> Allocation:
    return Allocation(
        order_line_id=row["order_line_id"],
        offer_id=row["offer_id"],
        warehouse_id=row["warehouse_id"],
        quantity=row["quantity"],
        fulfilled=row["fulfilled"],
        canceled=row["canceled"],
    )


def allocation_columns(allocation: Allocation) -> dict[str, Any]:
    return {
        "order_line_id": allocation.order_line_id,
        "offer_id": allocation.offer_id,
        "warehouse_id": allocation.warehouse_id,
        "quantity": allocation.quantity,
        "fulfilled": allocation.fulfilled,
        "canceled": allocation.canceled,
    }
