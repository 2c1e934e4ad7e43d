"""Products and how they are presented.

Texts stand in the row in the catalog's default language; `translations` holds the others as
`{"de": {"title": ..., "description": ..., "options": {"Size": {"label": "Größe", "values": {"Large": "Groß"}}}}}`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import ARRAY

from persistence.metadata import ID, document, identity, metadata, moment, one_of, reference, text

brand = Table("brand", metadata, identity(), text("name", unique=True), text("slug", unique=True))

category = Table(
    "category",
    metadata,
    identity(),
    Column("slug", ID, nullable=False, unique=True),
    text("name"),
    reference("parent_id", "category", nullable=True, index=True),
    Column("lineage", ARRAY(Text), nullable=False, comment="Ids from the root to this category, inclusive"),
    Column("position", Integer, nullable=False, server_default="0"),
    document("image", nullable=True, default=None),
    document("translations"),
    Index(None, "lineage", postgresql_using="gin"),
)

attribute = Table(
    "attribute",
    metadata,
    identity(),
    Column("key", ID, nullable=False, unique=True),
    text("label"),
    one_of("kind", "TEXT", "NUMBER", "BOOLEAN", default="TEXT"),
    text("unit", nullable=True),
    Column("is_filterable", Boolean, nullable=False, server_default=sql("true")),
    Column("position", Integer, nullable=False, server_default="0"),
    document("translations"),
)

product = Table(
    "product",
    metadata,
    identity(),
    Column("external_id", ID, unique=True),
    Column("slug", ID, nullable=False, unique=True),
    text("title"),
    text("description", nullable=True),
    one_of("kind", "PHYSICAL", "DIGITAL", "SERVICE", "BUNDLE", "GIFT_CARD", default="PHYSICAL"),
    one_of("status", "DRAFT", "PENDING_REVIEW", "ACTIVE", "ARCHIVED", "REJECTED", default="ACTIVE"),
    reference("brand_id", "brand", nullable=True, index=True),
    reference("category_id", "category", nullable=True, index=True),
    Column("tax_class", ID, nullable=False, server_default="standard"),
    document("attributes"),
    document("options", default="[]"),
    document("media", default="[]"),
    document("translations"),
    Column("released_on", Date),
    Column("content_hash", LargeBinary, comment="Of the imported row: an equal one changes nothing"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column(
        "stamp",
        BigInteger,
        nullable=False,
        server_default="1",
        comment="Counted up by triggers with each change of the product, its variants or its brand",
    ),
    moment("created_at", default_now=True),
    moment("updated_at", default_now=True),
)

variant = Table(
    "variant",
    metadata,
    identity(),
    reference("product_id", "product", cascade=True, index=True),
    Column("sku", ID, nullable=False, unique=True),
    text("title"),
    Column("position", Integer, nullable=False, server_default="0"),
    document("options", default="[]"),
    Column("gtin", ID, index=True),
    Column("mpn", ID),
    Column("identifiers", ARRAY(Text), nullable=False, server_default="{}", comment="Other EANs, UPCs and codes"),
    document("image", nullable=True, default=None),
    Column("weight_grams", Integer),
    Column("volume_ml", Integer),
    CheckConstraint("volume_ml >= 0", name="volume"),
    Column("measure_value", Numeric(12, 3)),
    Column("measure_unit", ID),
    CheckConstraint("measure_value > 0 AND num_nonnulls(measure_value, measure_unit) IN (0, 2)", name="measure"),
    Column("hs_code", ID),
    Column("origin_country", ID),
)

collection = Table(
    "collection",
    metadata,
    identity(),
    Column("slug", ID, nullable=False, unique=True),
    text("name"),
    text("description", nullable=True),
    document("image", nullable=True, default=None),
    document("translations"),
    Column("position", Integer, nullable=False, server_default="0"),
)

collection_product = Table(
    "collection_product",
    metadata,
    reference("collection_id", "collection", cascade=True),
    reference("product_id", "product", cascade=True, index=True),
    Column("position", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("collection_id", "product_id"),
)

slug = Table(
    "slug",
    metadata,
    one_of("kind", "PRODUCT", "CATEGORY", "COLLECTION", "VENDOR"),
    Column("language", ID, nullable=False),
    Column("slug", ID, nullable=False),
    Column("entity_id", ID, nullable=False, index=True),
    Column("is_current", Boolean, nullable=False, server_default=sql("true"), comment="False: answers a redirect"),
    PrimaryKeyConstraint("kind", "slug", "language"),
    comment="Every slug that ever named an entity, in every language",
)

menu = Table("menu", metadata, Column("handle", ID, primary_key=True), document("items", default="[]"))
