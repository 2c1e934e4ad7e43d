"""Valid facts of pricing, of which a test names what matters to it."""

from decimal import Decimal
from typing import Any

from domain.pricing.discounts import Discount, Funding, PromotionRef
from domain.pricing.model import Market, TaxRate, Territory
from domain.pricing.quote import QuoteLine, QuoteRequest
from domain.shared.ids import MarketId, VendorId

HOUSE = VendorId("vendor_house")


def make_market(**facts: Any) -> Market:
    """A market of German prices with tax."""
    known: dict[str, Any] = {
        "id": MarketId("market_de"),
        "handle": "de",
        "name": "Germany",
        "countries": ("DE",),
        "currencies": ("EUR",),
        "languages": ("de",),
        "prices_include_tax": True,
        "time_zone": "Europe/Berlin",
    }
    return Market(**(known | facts))


def make_rate(rate: str, name: str = "VAT", jurisdiction: str = "DE", **facts: Any) -> TaxRate:
    known: dict[str, Any] = {"territory": Territory("DE"), "tax_class": "standard"}
    return TaxRate(name=name, jurisdiction=jurisdiction, rate=Decimal(rate), **(known | facts))


STANDARD = (make_rate("0.19"),)
REDUCED = (make_rate("0.07", tax_class="reduced"),)
GERMAN = {"standard": STANDARD, "reduced": REDUCED}


def make_line(key: str, unit_price: int, quantity: int = 1, tax_class: str = "standard", **facts: Any) -> QuoteLine:
    return QuoteLine(key, facts.pop("vendor_id", HOUSE), unit_price, quantity, tax_class, **facts)


def make_discount(amount: int, name: str = "Coupon", funded_by: Funding = Funding.VENDOR) -> Discount:
    return Discount(PromotionRef(f"promotion_{name.lower()}", name), amount, name.upper(), funded_by)


def make_request(*lines: QuoteLine, **facts: Any) -> QuoteRequest:
    known: dict[str, Any] = {"market": make_market(), "currency": "EUR", "rates": GERMAN, "house_vendor_id": HOUSE}
    return QuoteRequest(lines=lines, **(known | facts))
