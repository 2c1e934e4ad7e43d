"""Reads of vendors, in the language of whoever asks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.shared.ids import ProductId, VendorId
from domain.shared.media import RichText, image_of, rich_text
from domain.shared.translation import words_in
from domain.vendors.model import Vendor, VendorPolicy, VendorStatus
from persistence.pricing.tables import offer
from persistence.statement import Database, Record, Statement
from persistence.vendors.tables import vendor

_vendors = select(
    vendor.c.id,
    vendor.c.slug,
    vendor.c.name,
    vendor.c.description,
    vendor.c.logo,
    vendor.c.country,
    vendor.c.policies,
    vendor.c.translations,
    vendor.c.status,
    vendor.c.is_house,
    vendor.c.version,
)
_IDS = bindparam("ids", type_=ARRAY(Text))
_VENDORS = Statement(_vendors.where(vendor.c.id == func.any(_IDS)))
_pairs = select(offer.c.product_id, offer.c.vendor_id).where(offer.c.product_id == func.any(_IDS)).distinct().subquery()
_VENDORS_OF_PRODUCTS = Statement(
    _vendors.add_columns(_pairs.c.product_id).join(_pairs, _pairs.c.vendor_id == vendor.c.id)
)


async def vendors(database: Database, ids: Sequence[VendorId], language: str) -> list[Vendor]:
    """Vendors of any status; see `resolvers.access` for who may see which."""
    return [_vendor(row, language) for row in await _VENDORS.rows(database, ids=ids)]


async def vendors_of_products(
    database: Database, ids: Sequence[ProductId], language: str
) -> dict[ProductId, dict[VendorId, Vendor]]:
    """Whoever has an offer of each product, in any status."""
    known: dict[VendorId, Vendor] = {}
    found: dict[ProductId, dict[VendorId, Vendor]] = {}
    for row in await _VENDORS_OF_PRODUCTS.rows(database, ids=ids):
        seller = known.get(row[0]) or known.setdefault(VendorId(row[0]), _vendor(row[:-1], language))
        found.setdefault(ProductId(row[-1]), {})[seller.id] = seller
    return found


def _vendor(row: "Record | tuple[Any, ...]", language: str) -> Vendor:
    key, slug, name, description, logo, country, policies, translations, status, is_house, version = row
    words = words_in(translations, language)
    texts = words.get("policies", {})
    return Vendor(
        VendorId(key),
        slug,
        words.get("name") or name,
        rich_text(words.get("description") or description),
        image_of(logo),
        country,
        tuple(VendorPolicy(kind["kind"], RichText(texts.get(kind["kind"], kind["text"]))) for kind in policies),
        VendorStatus(status),
        is_house,
        version,
    )
