"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from persistence import row_security

revision = "0001"
down_revision = None

EXTENSIONS = ("pg_trgm", "unaccent")
ISOLATED = (
    "vendor_order",
    "order_line",
    "fulfillment",
    "offer",
    "warehouse",
    "event",
    "fulfillment_line",
    "parcel",
    "allocation",
    "price",
    "stock_level",
    "stock_movement",
)
READABLE = (
    "attribute",
    "brand",
    "category",
    "collection",
    "collection_product",
    "delivery_rate",
    "market",
    "price_list",
    "product",
    "slug",
    "tax_rate",
    "variant",
    "vendor",
)


def upgrade() -> None:
    for name in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
    op.create_table(
        "attribute",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), server_default="TEXT", nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("is_filterable", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("translations", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute")),
        sa.UniqueConstraint("key", name=op.f("uq_attribute_key")),
    )
    op.create_table(
        "brand",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
        sa.UniqueConstraint("name", name=op.f("uq_brand_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_brand_slug")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "lineage",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Ids from the root to this category, inclusive",
        ),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("image", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("translations", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["category.id"], name=op.f("fk_category_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("slug", name=op.f("uq_category_slug")),
    )
    op.create_index(op.f("ix_category_lineage"), "category", ["lineage"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_category_parent_id"), "category", ["parent_id"], unique=False)
    op.create_table(
        "collection",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("image", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("translations", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint("slug", name=op.f("uq_collection_slug")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(collation="C"), nullable=True),
        sa.Column("customer_group", sa.Text(collation="C"), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("email", name=op.f("uq_customer_email")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=True,
            comment="Place in the log, given after the commit by one writer at a time",
        ),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("type", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_id", sa.Text(collation="C"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(collation="C"), nullable=True),
        sa.Column("order_id", sa.Text(collation="C"), nullable=True),
        sa.Column("vendor_order_id", sa.Text(collation="C"), nullable=True),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=True),
        sa.Column("offer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("position", name=op.f("uq_event_position")),
        comment="The outbox and log: written with the change, never updated but for its position",
    )
    op.create_index(
        "ix_event_order_log",
        "event",
        ["order_id", "position"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_event_subject_id_sequence"), "event", ["subject_id", "sequence"], unique=True)
    op.create_index(
        "ix_event_unplaced",
        "event",
        ["recorded_at", "sequence"],
        unique=False,
        postgresql_where=sa.text("position IS NULL"),
    )
    op.create_index(
        "ix_event_vendor_log",
        "event",
        ["vendor_id", "position"],
        unique=False,
        postgresql_where=sa.text("vendor_id IS NOT NULL"),
    )
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.Text(collation="C"), nullable=False),
        sa.Column("operation", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("input_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), server_default="RUNNING", nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("scope", "operation", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)
    op.create_table(
        "log",
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_log")),
        comment="The last position given in each log, and the last one each reader has handled",
    )
    op.create_table(
        "market",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("handle", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("currencies", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("tax_level", sa.Text(collation="C"), nullable=False),
        sa.Column("rounding", sa.Text(collation="C"), nullable=False),
        sa.Column("price_policy", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_market")),
        sa.UniqueConstraint("handle", name=op.f("uq_market_handle")),
    )
    op.create_table(
        "menu",
        sa.Column("handle", sa.Text(collation="C"), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_menu")),
    )
    op.create_table(
        "search_due",
        sa.Column("product_id", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_search_due")),
        comment="Products that were written by the thousand and are still to be indexed",
    )
    op.create_table(
        "search_lexeme",
        sa.Column("language", sa.Text(collation="C"), nullable=False),
        sa.Column("lexeme", sa.Text(collation="C"), nullable=False),
        sa.Column("document_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("language", "lexeme", name=op.f("pk_search_lexeme")),
        comment="In how many documents a lexeme stands, counted from time to time: how much a word tells",
    )
    op.create_table(
        "search_word",
        sa.Column("language", sa.Text(collation="C"), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("lexeme", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("language", "word", name=op.f("pk_search_word")),
        comment="The words of titles, brands and categories, to correct what is mistyped and to complete what is begun",
    )
    op.create_index(
        op.f("ix_search_word_word"),
        "search_word",
        ["word"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.create_table(
        "slug",
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(collation="C"), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("entity_id", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "is_current",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="False: answers a redirect",
        ),
        sa.PrimaryKeyConstraint("kind", "slug", "language", name=op.f("pk_slug")),
        comment="Every slug that ever named an entity, in every language",
    )
    op.create_index(op.f("ix_slug_entity_id"), "slug", ["entity_id"], unique=False)
    op.create_table(
        "tax_rate",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("country", sa.Text(collation="C"), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("tax_class", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("is_compound", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
    )
    op.create_index(op.f("ix_tax_rate_country_tax_class"), "tax_rate", ["country", "tax_class"], unique=False)
    op.create_table(
        "vendor",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(collation="C"), nullable=False),
        sa.Column("logo", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("policies", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("translations", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("status", sa.Text(collation="C"), server_default="ACTIVE", nullable=False),
        sa.Column("is_house", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor")),
        sa.UniqueConstraint("slug", name=op.f("uq_vendor_slug")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "prefix",
            sa.Text(collation="C"),
            nullable=False,
            comment="The readable beginning of the key, by which it is found",
        ),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_api_key_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
    )
    op.create_table(
        "cart",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.Text(collation="C"), server_default="ACTIVE", nullable=False),
        sa.Column("market_id", sa.Text(collation="C"), nullable=False),
        sa.Column("country", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(collation="C"), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("promo_codes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_cart_customer_id")),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_cart_market_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart")),
    )
    op.create_index(op.f("ix_cart_customer_id"), "cart", ["customer_id"], unique=False)
    op.create_table(
        "customer_address",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("is_default_shipping", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_default_billing", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_address_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_address")),
    )
    op.create_index(op.f("ix_customer_address_customer_id"), "customer_address", ["customer_id"], unique=False)
    op.create_table(
        "delivery_rate",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("market_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "countries", postgresql.ARRAY(sa.Text()), nullable=False, comment="Empty: every country of the market"
        ),
        sa.Column("kind", sa.Text(collation="C"), server_default="SHIP", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("translations", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("min_subtotal_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_weight_grams", sa.Integer(), nullable=True),
        sa.Column("min_days", sa.Integer(), nullable=False),
        sa.Column("max_days", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "price_minor >= 0 AND max_days >= min_days AND min_days >= 0", name=op.f("ck_delivery_rate_terms")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_delivery_rate_market_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_delivery_rate_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_rate")),
        comment="Table rates: the cheapest row of a name whose bounds the group meets is offered",
    )
    op.create_index(op.f("ix_delivery_rate_market_id"), "delivery_rate", ["market_id"], unique=False)
    op.create_table(
        "price_list",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("handle", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("market_id", sa.Text(collation="C"), nullable=True),
        sa.Column("customer_group", sa.Text(collation="C"), nullable=True),
        sa.Column("company_id", sa.Text(collation="C"), nullable=True),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_price_list_market_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("handle", name=op.f("uq_price_list_handle")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("external_id", sa.Text(collation="C"), nullable=True),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(collation="C"), server_default="PHYSICAL", nullable=False),
        sa.Column("status", sa.Text(collation="C"), server_default="ACTIVE", nullable=False),
        sa.Column("brand_id", sa.Text(collation="C"), nullable=True),
        sa.Column("category_id", sa.Text(collation="C"), nullable=True),
        sa.Column("tax_class", sa.Text(collation="C"), server_default="standard", nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("media", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("translations", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column(
            "content_hash", sa.LargeBinary(), nullable=True, comment="Of the imported row: an equal one changes nothing"
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_product_brand_id")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_product_category_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("external_id", name=op.f("uq_product_external_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_product_slug")),
    )
    op.create_index(op.f("ix_product_brand_id"), "product", ["brand_id"], unique=False)
    op.create_index(op.f("ix_product_category_id"), "product", ["category_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "family_id",
            sa.Text(collation="C"),
            nullable=False,
            comment="All refresh tokens that descend from one sign-in",
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_session_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
        comment="One row per refresh token. A family's first row has its id, and says whether the family was revoked",
    )
    op.create_index(op.f("ix_session_customer_id"), "session", ["customer_id"], unique=False)
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_session_family_id"), "session", ["family_id"], unique=False)
    op.create_table(
        "staff_member",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_staff_member_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
    )
    op.create_index(op.f("ix_staff_member_customer_id"), "staff_member", ["customer_id"], unique=True)
    op.create_table(
        "vendor_member",
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("role", sa.Text(collation="C"), server_default="OWNER", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_vendor_member_customer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_member_vendor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("vendor_id", "customer_id", name=op.f("pk_vendor_member")),
    )
    op.create_index(op.f("ix_vendor_member_customer_id"), "vendor_member", ["customer_id"], unique=False)
    op.create_table(
        "warehouse",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=False),
        sa.Column("is_pickup", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_warehouse_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse")),
        sa.UniqueConstraint("code", name=op.f("uq_warehouse_code")),
    )
    op.create_index(op.f("ix_warehouse_vendor_id"), "warehouse", ["vendor_id"], unique=False)
    op.create_table(
        "checkout",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.Text(collation="C"), server_default="OPEN", nullable=False),
        sa.Column("cart_id", sa.Text(collation="C"), nullable=False),
        sa.Column("cart_version", sa.Integer(), nullable=False, comment="Of the cart whose lines it holds"),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("market_id", sa.Text(collation="C"), nullable=False),
        sa.Column("country", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(collation="C"), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("shipping_address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("billing_address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("terms_accepted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("order_id", sa.Text(collation="C"), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_checkout_cart_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_checkout_customer_id")),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_checkout_market_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkout")),
        sa.UniqueConstraint("order_id", name=op.f("uq_checkout_order_id")),
    )
    op.create_index(op.f("ix_checkout_cart_id"), "checkout", ["cart_id"], unique=False)
    op.create_index(
        op.f("ix_checkout_expires_at"),
        "checkout",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('OPEN', 'COMPLETING')"),
    )
    op.create_index(
        "uq_checkout_live",
        "checkout",
        ["cart_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('OPEN', 'COMPLETING')"),
    )
    op.create_table(
        "collection_product",
        sa.Column("collection_id", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name=op.f("fk_collection_product_collection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_collection_product_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection_id", "product_id", name=op.f("pk_collection_product")),
    )
    op.create_index(op.f("ix_collection_product_product_id"), "collection_product", ["product_id"], unique=False)
    op.create_table(
        "search_document",
        sa.Column("product_id", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "translated",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Languages in which another document stands for this one",
        ),
        sa.Column("category_id", sa.Text(collation="C"), nullable=True),
        sa.Column("brand", sa.Text(collation="C"), nullable=False, comment="Its words in lower case"),
        sa.Column("title", sa.Text(collation="C"), nullable=False, comment="In lower case, for suggestions by prefix"),
        sa.Column("title_words", sa.Integer(), nullable=False),
        sa.Column(
            "vector",
            postgresql.TSVECTOR(),
            nullable=False,
            comment="A: title. B: brand, category. C: description, codes. D: the rest",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_search_document_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "language", name=op.f("pk_search_document")),
    )
    op.create_index(op.f("ix_search_document_language_title"), "search_document", ["language", "title"], unique=False)
    op.create_index(
        op.f("ix_search_document_vector"),
        "search_document",
        ["vector"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "256"},
    )
    op.create_table(
        "search_price",
        sa.Column("product_id", sa.Text(collation="C"), nullable=False),
        sa.Column("market_id", sa.Text(collation="C"), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("in_stock", sa.Boolean(), nullable=False, comment="Some offer with a price here can be had now"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_search_price_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "market_id", "currency", name=op.f("pk_search_price")),
        comment="The lowest price of each product as its market displays it; no row where it is not sold",
    )
    op.create_index(
        op.f("ix_search_price_market_id_currency_amount_minor_product_id"),
        "search_price",
        ["market_id", "currency", "amount_minor", "product_id"],
        unique=False,
    )
    op.create_table(
        "search_product",
        sa.Column("product_id", sa.Text(collation="C"), nullable=False),
        sa.Column("newest_on", sa.Date(), nullable=False, comment="The day of release, or else of creation"),
        sa.Column(
            "places",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Ids of vendors, collections, the category and those above it, and `brand=name`",
        ),
        sa.Column(
            "facts",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="`key=value` of each attribute that can be filtered by",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_search_product_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_search_product")),
        comment="The products that can be found, and what they can be filtered by",
    )
    op.create_index(
        op.f("ix_search_product_facts"),
        "search_product",
        ["facts"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "256"},
    )
    op.create_index(
        op.f("ix_search_product_newest_on_product_id"), "search_product", ["newest_on", "product_id"], unique=False
    )
    op.create_index(
        op.f("ix_search_product_places"),
        "search_product",
        ["places"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "256"},
    )
    op.create_table(
        "variant",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Text(collation="C"), nullable=False),
        sa.Column("sku", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("gtin", sa.Text(collation="C"), nullable=True),
        sa.Column("mpn", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "identifiers",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Other EANs, UPCs and codes",
        ),
        sa.Column("image", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("weight_grams", sa.Integer(), nullable=True),
        sa.Column("hs_code", sa.Text(collation="C"), nullable=True),
        sa.Column("origin_country", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_variant_product_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
        sa.UniqueConstraint("sku", name=op.f("uq_variant_sku")),
    )
    op.create_index(op.f("ix_variant_gtin"), "variant", ["gtin"], unique=False)
    op.create_index(op.f("ix_variant_product_id"), "variant", ["product_id"], unique=False)
    op.create_table(
        "delivery_group",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("checkout_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=False),
        sa.Column("option_id", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["checkout.id"], name=op.f("fk_delivery_group_checkout_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_delivery_group_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_group")),
    )
    op.create_index(op.f("ix_delivery_group_checkout_id"), "delivery_group", ["checkout_id"], unique=False)
    op.create_table(
        "offer",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("variant_id", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=False),
        sa.Column("condition", sa.Text(collation="C"), server_default="NEW", nullable=False),
        sa.Column("status", sa.Text(collation="C"), server_default="ACTIVE", nullable=False),
        sa.Column("min_quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("max_quantity", sa.Integer(), nullable=True),
        sa.Column("step", sa.Integer(), server_default="1", nullable=False),
        sa.Column("per_customer", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "min_quantity >= 1 AND step >= 1 AND max_quantity >= min_quantity", name=op.f("ck_offer_limits")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_offer_product_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_offer_variant_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_offer_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint(
            "variant_id", "vendor_id", "condition", name=op.f("uq_offer_variant_id_vendor_id_condition")
        ),
    )
    op.create_index(op.f("ix_offer_product_id"), "offer", ["product_id"], unique=False)
    op.create_index(op.f("ix_offer_vendor_id_id"), "offer", ["vendor_id", "id"], unique=False)
    op.create_table(
        "order",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("checkout_id", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("market_id", sa.Text(collation="C"), nullable=False),
        sa.Column("country", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(collation="C"), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("shipping_address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("billing_address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("lines_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("taxes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("internal_notes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("lines_net_minor + lines_tax_minor = lines_gross_minor", name=op.f("ck_order_lines_sums")),
        sa.CheckConstraint(
            "shipping_net_minor + shipping_tax_minor = shipping_gross_minor", name=op.f("ck_order_shipping_sums")
        ),
        sa.CheckConstraint("total_net_minor + total_tax_minor = total_gross_minor", name=op.f("ck_order_total_sums")),
        sa.ForeignKeyConstraint(["checkout_id"], ["checkout.id"], name=op.f("fk_order_checkout_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_order_customer_id")),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_order_market_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
        sa.UniqueConstraint("number", name=op.f("uq_order_number")),
    )
    op.create_index(op.f("ix_order_checkout_id"), "order", ["checkout_id"], unique=True)
    op.create_index(op.f("ix_order_customer_id_id"), "order", ["customer_id", "id"], unique=False)
    op.create_index(op.f("ix_order_email"), "order", ["email"], unique=False)
    op.create_table(
        "search_code",
        sa.Column(
            "code",
            sa.Text(collation="C"),
            nullable=False,
            comment="SKU, GTIN, MPN or other code in lower case, letters and digits only",
        ),
        sa.Column("product_id", sa.Text(collation="C"), nullable=False, comment="That of the variant"),
        sa.Column("variant_id", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_search_code_variant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", "variant_id", name=op.f("pk_search_code")),
    )
    op.create_index(op.f("ix_search_code_product_id"), "search_code", ["product_id"], unique=False)
    op.create_table(
        "tender",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("checkout_id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("method_id", sa.Text(collation="C"), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(collation="C"), nullable=True),
        sa.Column("state", sa.Text(collation="C"), server_default="PENDING", nullable=False),
        sa.Column("action", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["checkout.id"], name=op.f("fk_tender_checkout_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender")),
    )
    op.create_index(op.f("ix_tender_checkout_id"), "tender", ["checkout_id"], unique=False)
    op.create_table(
        "cart_line",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("cart_id", sa.Text(collation="C"), nullable=False),
        sa.Column("offer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("gift_message", sa.Text(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_line_quantity")),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_cart_line_cart_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_cart_line_offer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_line")),
        sa.UniqueConstraint("cart_id", "offer_id", name=op.f("uq_cart_line_cart_id_offer_id")),
    )
    op.create_table(
        "checkout_line",
        sa.Column("checkout_id", sa.Text(collation="C"), nullable=False),
        sa.Column("cart_line_id", sa.Text(collation="C"), nullable=False),
        sa.Column("group_id", sa.Text(collation="C"), nullable=False),
        sa.Column("offer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("variant_id", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("tax_class", sa.Text(collation="C"), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=True),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_checkout_line_quantity")),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["checkout.id"], name=op.f("fk_checkout_line_checkout_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["group_id"], ["delivery_group.id"], name=op.f("fk_checkout_line_group_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_checkout_line_offer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_checkout_line_product_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_checkout_line_variant_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_checkout_line_vendor_id")),
        sa.PrimaryKeyConstraint("checkout_id", "cart_line_id", name=op.f("pk_checkout_line")),
        comment="The price held, and the words that the order will keep",
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("checkout_id", sa.Text(collation="C"), nullable=False),
        sa.Column("tender_id", sa.Text(collation="C"), nullable=False),
        sa.Column("order_id", sa.Text(collation="C"), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("gateway", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "gateway_key", sa.Text(collation="C"), nullable=False, comment="The idempotency key sent to the gateway"
        ),
        sa.Column("gateway_reference", sa.Text(collation="C"), nullable=True),
        sa.Column("state", sa.Text(collation="C"), server_default="INTENDED", nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("authorized_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("authorization_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= authorized_minor",
            name=op.f("ck_payment_amounts"),
        ),
        sa.ForeignKeyConstraint(["checkout_id"], ["checkout.id"], name=op.f("fk_payment_checkout_id")),
        sa.ForeignKeyConstraint(["tender_id"], ["tender.id"], name=op.f("fk_payment_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("gateway_key", name=op.f("uq_payment_gateway_key")),
    )
    op.create_index(op.f("ix_payment_checkout_id"), "payment", ["checkout_id"], unique=False)
    op.create_index(op.f("ix_payment_order_id"), "payment", ["order_id"], unique=False)
    op.create_index(op.f("ix_payment_tender_id_attempt"), "payment", ["tender_id", "attempt"], unique=True)
    op.create_index(
        "ix_payment_unsettled",
        "payment",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('INTENDED', 'ACTION_REQUIRED', 'VOID_INTENDED')"),
    )
    op.create_table(
        "price",
        sa.Column("offer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("price_list_id", sa.Text(collation="C"), nullable=False),
        sa.Column("min_quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_price_amount")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_price_window")),
        sa.CheckConstraint("min_quantity >= 1", name=op.f("ck_price_min_quantity")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_price_offer_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["price_list_id"], ["price_list.id"], name=op.f("fk_price_price_list_id")),
        sa.UniqueConstraint(
            "offer_id",
            "price_list_id",
            "min_quantity",
            "starts_at",
            name=op.f("uq_price_offer_id_price_list_id_min_quantity_starts_at"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "stock_level",
        sa.Column("offer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("warehouse_id", sa.Text(collation="C"), nullable=False),
        sa.Column("on_hand", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reserved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("allocated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("safety", sa.Integer(), server_default="0", nullable=False),
        sa.Column("incoming", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("on_hand - reserved - allocated >= 0", name=op.f("ck_stock_level_covered")),
        sa.CheckConstraint(
            "on_hand >= 0 AND reserved >= 0 AND allocated >= 0 AND safety >= 0 AND incoming >= 0",
            name=op.f("ck_stock_level_counts"),
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_stock_level_offer_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_level_warehouse_id")),
        sa.PrimaryKeyConstraint("offer_id", "warehouse_id", name=op.f("pk_stock_level")),
    )
    op.create_index(op.f("ix_stock_level_warehouse_id"), "stock_level", ["warehouse_id"], unique=False)
    op.create_table(
        "stock_movement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("offer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("warehouse_id", sa.Text(collation="C"), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "reference",
            sa.Text(collation="C"),
            nullable=True,
            comment="The fulfillment, import or return that moved it",
        ),
        sa.Column("actor", sa.Text(collation="C"), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("delta <> 0", name=op.f("ck_stock_movement_delta")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_stock_movement_offer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_movement_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        comment="Append-only: the sum of an offer's movements in a warehouse is what is on hand",
    )
    op.create_index(
        op.f("ix_stock_movement_offer_id_warehouse_id"), "stock_movement", ["offer_id", "warehouse_id"], unique=False
    )
    op.create_table(
        "vendor_order",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("order_id", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(collation="C"), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("shipping_address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("delivery", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("lines_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("taxes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ship_by", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "total_net_minor + total_tax_minor = total_gross_minor", name=op.f("ck_vendor_order_total_sums")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_vendor_order_order_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_order_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_order")),
        sa.UniqueConstraint("number", name=op.f("uq_vendor_order_number")),
        comment="One vendor's part of an order: all that the vendor may know of it",
    )
    op.create_index(op.f("ix_vendor_order_order_id"), "vendor_order", ["order_id"], unique=False)
    op.create_index(op.f("ix_vendor_order_vendor_id_id"), "vendor_order", ["vendor_id", "id"], unique=False)
    op.create_table(
        "fulfillment",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("order_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_order_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=False),
        sa.Column("warehouse_id", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_fulfillment_order_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_fulfillment_vendor_id")),
        sa.ForeignKeyConstraint(["vendor_order_id"], ["vendor_order.id"], name=op.f("fk_fulfillment_vendor_order_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_fulfillment_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillment")),
    )
    op.create_index(op.f("ix_fulfillment_order_id"), "fulfillment", ["order_id"], unique=False)
    op.create_index(op.f("ix_fulfillment_vendor_order_id"), "fulfillment", ["vendor_order_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("order_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_order_id", sa.Text(collation="C"), nullable=False),
        sa.Column("vendor_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("variant_id", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(collation="C"), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("image", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("tax_class", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("fulfilled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("backordered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("returned", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refunded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("unit_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("unit_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("taxes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND fulfilled >= 0 AND fulfilled <= quantity", name=op.f("ck_order_line_counts")
        ),
        sa.CheckConstraint(
            "total_net_minor + total_tax_minor = total_gross_minor", name=op.f("ck_order_line_total_sums")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_line_order_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_order_line_vendor_id")),
        sa.ForeignKeyConstraint(["vendor_order_id"], ["vendor_order.id"], name=op.f("fk_order_line_vendor_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_order_id_position"), "order_line", ["order_id", "position"], unique=True)
    op.create_index(op.f("ix_order_line_vendor_order_id"), "order_line", ["vendor_order_id"], unique=False)
    op.create_table(
        "reservation",
        sa.Column("checkout_id", sa.Text(collation="C"), nullable=False),
        sa.Column("offer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("warehouse_id", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservation_quantity")),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["checkout.id"], name=op.f("fk_reservation_checkout_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id", "warehouse_id"],
            ["stock_level.offer_id", "stock_level.warehouse_id"],
            name=op.f("fk_reservation_offer_id_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint("checkout_id", "offer_id", "warehouse_id", name=op.f("pk_reservation")),
    )
    op.create_index(op.f("ix_reservation_expires_at"), "reservation", ["expires_at"], unique=False)
    op.create_index(
        op.f("ix_reservation_offer_id_warehouse_id_expires_at"),
        "reservation",
        ["offer_id", "warehouse_id", "expires_at"],
        unique=False,
    )
    op.create_table(
        "allocation",
        sa.Column("order_line_id", sa.Text(collation="C"), nullable=False),
        sa.Column("offer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("warehouse_id", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("fulfilled", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND fulfilled >= 0 AND fulfilled <= quantity", name=op.f("ck_allocation_counts")
        ),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_allocation_order_line_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_allocation_warehouse_id")),
        sa.PrimaryKeyConstraint("order_line_id", "warehouse_id", name=op.f("pk_allocation")),
        comment="Which warehouse owes the units of an order line",
    )
    op.create_index(
        op.f("ix_allocation_offer_id_warehouse_id"), "allocation", ["offer_id", "warehouse_id"], unique=False
    )
    op.create_table(
        "fulfillment_line",
        sa.Column("fulfillment_id", sa.Text(collation="C"), nullable=False),
        sa.Column("order_line_id", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fulfillment_line_quantity")),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"], ["fulfillment.id"], name=op.f("fk_fulfillment_line_fulfillment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_fulfillment_line_order_line_id")),
        sa.PrimaryKeyConstraint("fulfillment_id", "order_line_id", name=op.f("pk_fulfillment_line")),
    )
    op.create_index(op.f("ix_fulfillment_line_order_line_id"), "fulfillment_line", ["order_line_id"], unique=False)
    op.create_table(
        "parcel",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("fulfillment_id", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("tracking_url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"], ["fulfillment.id"], name=op.f("fk_parcel_fulfillment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
    )
    op.create_index(op.f("ix_parcel_fulfillment_id_position"), "parcel", ["fulfillment_id", "position"], unique=True)
    # ### end Alembic commands ###
    op.create_check_constraint(op.f("ck_attribute_kind"), "attribute", "kind IN ('TEXT', 'NUMBER', 'BOOLEAN')")
    op.create_check_constraint(op.f("ck_idempotency_state"), "idempotency", "state IN ('RUNNING', 'DONE')")
    op.create_check_constraint(
        op.f("ck_market_tax_level"), "market", "tax_level IN ('UNIT', 'LINE', 'RATE_GROUP', 'ORDER')"
    )
    op.create_check_constraint(op.f("ck_market_rounding"), "market", "rounding IN ('HALF_UP', 'HALF_EVEN')")
    op.create_check_constraint(op.f("ck_market_price_policy"), "market", "price_policy IN ('FIXED_GROSS', 'FIXED_NET')")
    op.create_check_constraint(op.f("ck_slug_kind"), "slug", "kind IN ('PRODUCT', 'CATEGORY', 'COLLECTION', 'VENDOR')")
    op.create_check_constraint(
        op.f("ck_vendor_status"),
        "vendor",
        "status IN ('APPLIED', 'IN_REVIEW', 'ACTIVE', 'SUSPENDED', 'REJECTED', 'CLOSED')",
    )
    op.create_check_constraint(op.f("ck_cart_state"), "cart", "state IN ('ACTIVE', 'ORDERED', 'MERGED')")
    op.create_check_constraint(op.f("ck_cart_currency"), "cart", "length(currency) = 3")
    op.create_check_constraint(
        op.f("ck_delivery_rate_kind"), "delivery_rate", "kind IN ('SHIP', 'PICKUP_STORE', 'PICKUP_POINT', 'DIGITAL')"
    )
    op.create_check_constraint(op.f("ck_delivery_rate_currency"), "delivery_rate", "length(currency) = 3")
    op.create_check_constraint(op.f("ck_price_list_currency"), "price_list", "length(currency) = 3")
    op.create_check_constraint(
        op.f("ck_product_kind"), "product", "kind IN ('PHYSICAL', 'DIGITAL', 'SERVICE', 'BUNDLE', 'GIFT_CARD')"
    )
    op.create_check_constraint(
        op.f("ck_product_status"), "product", "status IN ('DRAFT', 'PENDING_REVIEW', 'ACTIVE', 'ARCHIVED', 'REJECTED')"
    )
    op.create_check_constraint(op.f("ck_vendor_member_role"), "vendor_member", "role IN ('OWNER', 'MANAGER', 'VIEWER')")
    op.create_check_constraint(
        op.f("ck_checkout_state"), "checkout", "state IN ('OPEN', 'COMPLETING', 'COMPLETED', 'CLOSED')"
    )
    op.create_check_constraint(op.f("ck_checkout_currency"), "checkout", "length(currency) = 3")
    op.create_check_constraint(op.f("ck_search_price_currency"), "search_price", "length(currency) = 3")
    op.create_check_constraint(
        op.f("ck_offer_condition"), "offer", "condition IN ('NEW', 'REFURBISHED', 'USED', 'HANDMADE')"
    )
    op.create_check_constraint(op.f("ck_offer_status"), "offer", "status IN ('ACTIVE', 'INACTIVE')")
    op.create_check_constraint(
        op.f("ck_order_status"),
        "order",
        "status IN ('PENDING_PAYMENT', 'ON_HOLD', 'CONFIRMED', 'COMPLETED', 'CANCELED', 'EXPIRED')",
    )
    op.create_check_constraint(op.f("ck_order_currency"), "order", "length(currency) = 3")
    op.create_check_constraint(
        op.f("ck_tender_kind"),
        "tender",
        "kind IN ('CARD', 'WALLET', 'BNPL', 'BANK_TRANSFER', 'INVOICE', 'GIFT_CARD', 'STORE_CREDIT', 'CRYPTO', 'CASH_ON_DELIVERY')",
    )
    op.create_check_constraint(op.f("ck_tender_currency"), "tender", "length(currency) = 3")
    op.create_check_constraint(
        op.f("ck_tender_state"),
        "tender",
        "state IN ('PENDING', 'HELD', 'ACTION_REQUIRED', 'AUTHORIZED', 'FAILED', 'RELEASED')",
    )
    op.create_check_constraint(op.f("ck_checkout_line_currency"), "checkout_line", "length(currency) = 3")
    op.create_check_constraint(
        op.f("ck_payment_kind"),
        "payment",
        "kind IN ('CARD', 'WALLET', 'BNPL', 'BANK_TRANSFER', 'INVOICE', 'GIFT_CARD', 'STORE_CREDIT', 'CRYPTO', 'CASH_ON_DELIVERY')",
    )
    op.create_check_constraint(
        op.f("ck_payment_state"),
        "payment",
        "state IN ('INTENDED', 'ACTION_REQUIRED', 'AUTHORIZED', 'FAILED', 'VOID_INTENDED', 'VOIDED')",
    )
    op.create_check_constraint(op.f("ck_payment_currency"), "payment", "length(currency) = 3")
    op.create_check_constraint(
        op.f("ck_vendor_order_status"),
        "vendor_order",
        "status IN ('AWAITING_PAYMENT', 'NEW', 'ACCEPTED', 'REJECTED', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'CANCELED')",
    )
    op.create_check_constraint(op.f("ck_vendor_order_currency"), "vendor_order", "length(currency) = 3")
    op.create_check_constraint(
        op.f("ck_fulfillment_state"),
        "fulfillment",
        "state IN ('PLANNED', 'PICKED', 'SHIPPED', 'DELIVERED', 'FAILED', 'CANCELED')",
    )
    op.create_check_constraint(op.f("ck_order_line_currency"), "order_line", "length(currency) = 3")
    for statement in row_security.statements(ISOLATED, READABLE):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_index(op.f("ix_parcel_fulfillment_id_position"), table_name="parcel")
    op.drop_table("parcel")
    op.drop_index(op.f("ix_fulfillment_line_order_line_id"), table_name="fulfillment_line")
    op.drop_table("fulfillment_line")
    op.drop_index(op.f("ix_allocation_offer_id_warehouse_id"), table_name="allocation")
    op.drop_table("allocation")
    op.drop_index(op.f("ix_reservation_offer_id_warehouse_id_expires_at"), table_name="reservation")
    op.drop_index(op.f("ix_reservation_expires_at"), table_name="reservation")
    op.drop_table("reservation")
    op.drop_index(op.f("ix_order_line_vendor_order_id"), table_name="order_line")
    op.drop_index(op.f("ix_order_line_order_id_position"), table_name="order_line")
    op.drop_table("order_line")
    op.drop_index(op.f("ix_fulfillment_vendor_order_id"), table_name="fulfillment")
    op.drop_index(op.f("ix_fulfillment_order_id"), table_name="fulfillment")
    op.drop_table("fulfillment")
    op.drop_index(op.f("ix_vendor_order_vendor_id_id"), table_name="vendor_order")
    op.drop_index(op.f("ix_vendor_order_order_id"), table_name="vendor_order")
    op.drop_table("vendor_order")
    op.drop_index(op.f("ix_stock_movement_offer_id_warehouse_id"), table_name="stock_movement")
    op.drop_table("stock_movement")
    op.drop_index(op.f("ix_stock_level_warehouse_id"), table_name="stock_level")
    op.drop_table("stock_level")
    op.drop_table("price")
    op.drop_index(
        "ix_payment_unsettled",
        table_name="payment",
        postgresql_where=sa.text("state IN ('INTENDED', 'ACTION_REQUIRED', 'VOID_INTENDED')"),
    )
    op.drop_index(op.f("ix_payment_tender_id_attempt"), table_name="payment")
    op.drop_index(op.f("ix_payment_order_id"), table_name="payment")
    op.drop_index(op.f("ix_payment_checkout_id"), table_name="payment")
    op.drop_table("payment")
    op.drop_table("checkout_line")
    op.drop_table("cart_line")
    op.drop_index(op.f("ix_tender_checkout_id"), table_name="tender")
    op.drop_table("tender")
    op.drop_index(op.f("ix_search_code_product_id"), table_name="search_code")
    op.drop_table("search_code")
    op.drop_index(op.f("ix_order_email"), table_name="order")
    op.drop_index(op.f("ix_order_customer_id_id"), table_name="order")
    op.drop_index(op.f("ix_order_checkout_id"), table_name="order")
    op.drop_table("order")
    op.drop_index(op.f("ix_offer_vendor_id_id"), table_name="offer")
    op.drop_index(op.f("ix_offer_product_id"), table_name="offer")
    op.drop_table("offer")
    op.drop_index(op.f("ix_delivery_group_checkout_id"), table_name="delivery_group")
    op.drop_table("delivery_group")
    op.drop_index(op.f("ix_variant_product_id"), table_name="variant")
    op.drop_index(op.f("ix_variant_gtin"), table_name="variant")
    op.drop_table("variant")
    op.drop_index(
        op.f("ix_search_product_places"),
        table_name="search_product",
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "256"},
    )
    op.drop_index(op.f("ix_search_product_newest_on_product_id"), table_name="search_product")
    op.drop_index(
        op.f("ix_search_product_facts"),
        table_name="search_product",
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "256"},
    )
    op.drop_table("search_product")
    op.drop_index(op.f("ix_search_price_market_id_currency_amount_minor_product_id"), table_name="search_price")
    op.drop_table("search_price")
    op.drop_index(
        op.f("ix_search_document_vector"),
        table_name="search_document",
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "256"},
    )
    op.drop_index(op.f("ix_search_document_language_title"), table_name="search_document")
    op.drop_table("search_document")
    op.drop_index(op.f("ix_collection_product_product_id"), table_name="collection_product")
    op.drop_table("collection_product")
    op.drop_index(
        "uq_checkout_live", table_name="checkout", postgresql_where=sa.text("state IN ('OPEN', 'COMPLETING')")
    )
    op.drop_index(
        op.f("ix_checkout_expires_at"),
        table_name="checkout",
        postgresql_where=sa.text("state IN ('OPEN', 'COMPLETING')"),
    )
    op.drop_index(op.f("ix_checkout_cart_id"), table_name="checkout")
    op.drop_table("checkout")
    op.drop_index(op.f("ix_warehouse_vendor_id"), table_name="warehouse")
    op.drop_table("warehouse")
    op.drop_index(op.f("ix_vendor_member_customer_id"), table_name="vendor_member")
    op.drop_table("vendor_member")
    op.drop_index(op.f("ix_staff_member_customer_id"), table_name="staff_member")
    op.drop_table("staff_member")
    op.drop_index(op.f("ix_session_family_id"), table_name="session")
    op.drop_index(op.f("ix_session_expires_at"), table_name="session")
    op.drop_index(op.f("ix_session_customer_id"), table_name="session")
    op.drop_table("session")
    op.drop_index(op.f("ix_product_category_id"), table_name="product")
    op.drop_index(op.f("ix_product_brand_id"), table_name="product")
    op.drop_table("product")
    op.drop_table("price_list")
    op.drop_index(op.f("ix_delivery_rate_market_id"), table_name="delivery_rate")
    op.drop_table("delivery_rate")
    op.drop_index(op.f("ix_customer_address_customer_id"), table_name="customer_address")
    op.drop_table("customer_address")
    op.drop_index(op.f("ix_cart_customer_id"), table_name="cart")
    op.drop_table("cart")
    op.drop_table("api_key")
    op.drop_table("vendor")
    op.drop_index(op.f("ix_tax_rate_country_tax_class"), table_name="tax_rate")
    op.drop_table("tax_rate")
    op.drop_index(op.f("ix_slug_entity_id"), table_name="slug")
    op.drop_table("slug")
    op.drop_index(
        op.f("ix_search_word_word"),
        table_name="search_word",
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.drop_table("search_word")
    op.drop_table("search_lexeme")
    op.drop_table("search_due")
    op.drop_table("menu")
    op.drop_table("market")
    op.drop_table("log")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_index("ix_event_vendor_log", table_name="event", postgresql_where=sa.text("vendor_id IS NOT NULL"))
    op.drop_index("ix_event_unplaced", table_name="event", postgresql_where=sa.text("position IS NULL"))
    op.drop_index(op.f("ix_event_subject_id_sequence"), table_name="event")
    op.drop_index("ix_event_order_log", table_name="event", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_table("event")
    op.drop_table("customer")
    op.drop_table("collection")
    op.drop_index(op.f("ix_category_parent_id"), table_name="category")
    op.drop_index(op.f("ix_category_lineage"), table_name="category", postgresql_using="gin")
    op.drop_table("category")
    op.drop_table("brand")
    op.drop_table("attribute")
    # ### end Alembic commands ###
