"""Rows of import files, and the markets and vendors that they name."""

from pathlib import Path
from typing import Any

import orjson

from persistence.ids import new_id
from persistence.statement import Database
from server.imports.store import Store, VendorRow, WarehouseRow, write_store

MARKETS = {"us": "USD", "de": "EUR", "gb": "GBP", "jp": "JPY"}

STORE = Store(
    vendors=(
        VendorRow(slug="house", name="House", country="US", is_house=True),
        VendorRow(slug="tannwerk", name="Tannwerk", country="DE"),
    ),
    warehouses=(
        WarehouseRow(code="reno", name="Reno", vendor="house", country="US"),
        WarehouseRow(code="fulda", name="Fulda", vendor="tannwerk", country="DE"),
    ),
)


def make_price(**fields: Any) -> dict[str, Any]:
    return {"market": "us", "currency": "USD", "amount": "48.00"} | fields


def make_offer(**fields: Any) -> dict[str, Any]:
    return {"vendor": "house", "prices": [make_price()], "stock": [{"warehouse": "reno", "on_hand": 12}]} | fields


def make_variant_row(**fields: Any) -> dict[str, Any]:
    return {"sku": "KETTLE", "gtins": ["4006381333931"], "offers": [make_offer()]} | fields


def make_row(**fields: Any) -> dict[str, Any]:
    """A row of one product with one variant and one offer."""
    return {
        "external_id": "kettle",
        "title": "Lund Kettle",
        "brand": "Eskelund",
        "category": ["Kitchen", "Kettles"],
        "attributes": {"material": "Steel", "capacity_ml": 900},
        "variants": [make_variant_row()],
    } | fields


def make_plain_row(number: int, **fields: Any) -> dict[str, Any]:
    """One of many rows that differ by their number alone."""
    variant = make_variant_row(sku=f"SKU-{number}", gtins=[])
    return make_row(external_id=f"plain-{number}", title=f"Plain {number}", variants=[variant]) | fields


def write_rows(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


async def seed_markets(database: Database) -> None:
    """The four markets, each with a price list of its currency."""
    for handle, currency in MARKETS.items():
        market_id = new_id("market")
        await database.execute(
            "INSERT INTO market (id, handle, name, countries, currencies, languages, prices_include_tax, time_zone, "
            "tax_level, rounding, price_policy) "
            "VALUES ($1, $2, $2, $3, $4, '{en}', false, 'UTC', 'LINE', 'HALF_UP', 'FIXED_GROSS')",
            market_id,
            handle,
            [handle.upper()],
            [currency],
        )
        await database.execute(
            "INSERT INTO price_list (id, handle, name, currency, market_id) VALUES ($1, $2, $2, $3, $4)",
            new_id("price_list"),
            handle,
            currency,
            market_id,
        )


async def seed_store(database: Any) -> None:
    """All that a row of `make_row` names."""
    await seed_markets(database)
    await write_store(database, STORE)
