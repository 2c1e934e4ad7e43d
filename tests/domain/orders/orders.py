"""Orders for tests of pure rules: they stand in no database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.catalog.snapshot import LineSnapshot
from domain.orders.model import Order, OrderLine, OrderStatus, VendorOrder, VendorOrderStatus
from domain.pricing.quote import Totals
from domain.pricing.tax import TaxLine, merged
from domain.shared.ids import (
    CheckoutId,
    MarketId,
    OfferId,
    OrderId,
    OrderLineId,
    ProductId,
    VariantId,
    VendorId,
    VendorOrderId,
)
from domain.shared.money import Money, TaxedMoney, sum_taxed

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORDER, PART, VENDOR = OrderId("order_1"), VendorOrderId("vendor_order_1"), VendorId("vendor_1")
NOTHING = TaxedMoney.zero("EUR")


def vat(net: int, tax: int) -> TaxLine:
    return TaxLine("VAT", "DE", Decimal("0.2"), Money(net, "EUR"), Money(tax, "EUR"))


def make_line(gross: int = 10_000, tax: int = 1_667, *, quantity: int = 3, name: str = "1", **counts: Any) -> OrderLine:
    """Three units for 100.00 in all, 16.67 of tax in them."""
    total = TaxedMoney.of_gross(gross, tax, "EUR")
    facts: dict[str, Any] = {"vendor_order_id": PART, "taxes": (vat(gross - tax, tax),)} | counts
    return OrderLine(
        id=OrderLineId(f"order_line_{name}"),
        order_id=ORDER,
        vendor_id=VENDOR,
        position=0,
        offer_id=OfferId(f"offer_{name}"),
        variant_id=VariantId("variant_1"),
        product_id=ProductId("product_1"),
        snapshot=LineSnapshot("A lamp", "LAMP-1"),
        tax_class="standard",
        quantity=quantity,
        unit_price=total,
        total=total,
        discount=Money(0, "EUR"),
        **facts,
    )


def make_totals(lines: Sequence[OrderLine], shipping: TaxedMoney = NOTHING, fees: TaxedMoney = NOTHING) -> Totals:
    goods = sum_taxed([line.total for line in lines], "EUR")
    own = [vat(shipping.net.minor, shipping.tax.minor)] if shipping.tax.minor else []
    total = goods + shipping + fees
    return Totals(
        lines=goods,
        discount=Money(0, "EUR"),
        shipping=shipping,
        fees=fees,
        rounding=Money(0, "EUR"),
        taxes=merged([*[tax for line in lines for tax in line.taxes], *own]),
        total=total,
        tendered=Money(0, "EUR"),
        due=total.gross,
    )


def make_part(
    lines: Sequence[OrderLine],
    shipping: TaxedMoney = NOTHING,
    *,
    status: VendorOrderStatus = VendorOrderStatus.NEW,
    **facts: Any,
) -> VendorOrder:
    known: dict[str, Any] = {"id": PART, "vendor_id": VENDOR} | facts
    return VendorOrder(
        order_id=ORDER,
        number="V-1",
        status=status,
        language="en",
        shipping_address=None,
        delivery={},
        totals=make_totals(lines, shipping),
        placed_at=NOW,
        **known,
    )


def make_order(lines: Sequence[OrderLine] = (), shipping: TaxedMoney = NOTHING, **facts: Any) -> Order:
    known: dict[str, Any] = {"status": OrderStatus.CONFIRMED} | facts
    return Order(
        id=ORDER,
        number="O-1",
        checkout_id=CheckoutId("checkout_1"),
        customer_id=None,
        email="ada@example.com",
        market_id=MarketId("market_1"),
        country="DE",
        language="en",
        currency="EUR",
        shipping_address=None,
        billing_address=None,
        totals=make_totals(lines or [make_line()], shipping),
        placed_at=NOW,
        **known,
    )
