"""Reads of vendors, in the language of whoever asks."""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.shared.ids import VendorId
from domain.shared.media import RichText, image_of, rich_text
from domain.shared.translation import words_in
from domain.vendors.model import Vendor, VendorPolicy, VendorStatus
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


async def vendors(database: Database, ids: Sequence[VendorId], language: str) -> list[Vendor]:
    """Vendors of any status; see `resolvers.access` for who may see which."""
    return [_vendor(row, language) for row in await _VENDORS.rows(database, ids=ids)]


def _vendor(row: Record, language: str) -> Vendor:
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
