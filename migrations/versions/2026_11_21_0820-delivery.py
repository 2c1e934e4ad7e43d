"""Zones, table rates and places to pick up at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

ID = sa.Text(collation="C")
JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.create_table(
        "delivery_zone",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("areas", JSONB, server_default="[]", nullable=False),
        *_position(),
        sa.CheckConstraint(_EARTHLY, name=op.f("ck_delivery_zone_position")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_zone")),
        comment="Countries, regions and postal codes that rates and restrictions hold for; the most specific wins",
    )
    _extend_rates()
    _create_restrictions()
    _create_pickup_points()
    _extend_warehouses()
    op.add_column("variant", sa.Column("volume_ml", sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_variant_volume"), "variant", "volume_ml >= 0")
    op.add_column("checkout_line", sa.Column("volume_ml", sa.Integer(), nullable=True))
    op.add_column(
        "delivery_group", sa.Column("is_digital", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("delivery_group", sa.Column("pickup", JSONB, nullable=True, comment="The place that was chosen"))


def downgrade() -> None:
    for table, columns in _ADDED.items():
        for column in columns:
            op.drop_column(table, column)
    op.drop_table("pickup_point")
    op.drop_table("delivery_restriction")
    op.drop_table("delivery_zone")


_ADDED = {
    "delivery_group": ("pickup", "is_digital"),
    "checkout_line": ("volume_ml",),
    "variant": ("volume_ml",),
    "warehouse": ("handling_days", "cutoff_hour", "time_zone", "opening_hours", "longitude", "latitude"),
    "delivery_rate": ("is_active", "min_weight_grams", "free_from_minor", "tiers", "basis", "zone_id"),
}
_EARTHLY = (
    "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180 AND num_nonnulls(latitude, longitude) IN (0, 2)"
)


def _position() -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Double(), nullable=True) for name in ("latitude", "longitude")]


def _extend_rates() -> None:
    op.add_column("delivery_rate", sa.Column("zone_id", ID, nullable=True))
    op.create_foreign_key(op.f("fk_delivery_rate_zone_id"), "delivery_rate", "delivery_zone", ["zone_id"], ["id"])
    op.create_index(op.f("ix_delivery_rate_zone_id"), "delivery_rate", ["zone_id"])
    op.add_column("delivery_rate", sa.Column("basis", ID, server_default="FLAT", nullable=False))
    op.create_check_constraint(
        op.f("ck_delivery_rate_basis"), "delivery_rate", "basis IN ('FLAT', 'WEIGHT', 'VALUE', 'VOLUME')"
    )
    op.add_column("delivery_rate", sa.Column("tiers", JSONB, server_default="[]", nullable=False))
    op.add_column("delivery_rate", sa.Column("free_from_minor", sa.BigInteger(), nullable=True))
    op.add_column("delivery_rate", sa.Column("min_weight_grams", sa.Integer(), nullable=True))
    op.add_column("delivery_rate", sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False))


def _create_restrictions() -> None:
    op.create_table(
        "delivery_restriction",
        sa.Column("id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=True),
        sa.Column("category_id", ID, nullable=True),
        sa.Column("zone_id", ID, nullable=True),
        sa.Column("kind", ID, nullable=True),
        sa.CheckConstraint("num_nonnulls(product_id, category_id) = 1", name=op.f("ck_delivery_restriction_goods")),
        sa.CheckConstraint(
            "kind IN ('SHIP', 'PICKUP_STORE', 'PICKUP_POINT', 'DIGITAL')", name=op.f("ck_delivery_restriction_kind")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_delivery_restriction_product_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_delivery_restriction_category_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["delivery_zone.id"], name=op.f("fk_delivery_restriction_zone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_restriction")),
        comment="Goods that are not sent to a zone, or not in a way; without either they are not delivered at all",
    )
    for column in ("product_id", "category_id", "zone_id"):
        op.create_index(op.f(f"ix_delivery_restriction_{column}"), "delivery_restriction", [column])


def _create_pickup_points() -> None:
    op.create_table(
        "pickup_point",
        sa.Column("id", ID, nullable=False),
        sa.Column("carrier", ID, nullable=False),
        sa.Column("code", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", ID, nullable=False),
        sa.Column("postal_code", ID, server_default="", nullable=False),
        sa.Column("address", JSONB, server_default="{}", nullable=False),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        *_position(),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(_EARTHLY, name=op.f("ck_pickup_point_position")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup_point")),
        sa.UniqueConstraint("carrier", "code", name=op.f("uq_pickup_point_carrier_code")),
        comment="Shops and lockers of carriers, known by the carrier's code",
    )
    for columns in (["country", "postal_code"], ["country", "latitude"]):
        op.create_index(op.f(f"ix_pickup_point_{'_'.join(columns)}"), "pickup_point", columns)


def _extend_warehouses() -> None:
    for column in _position():
        op.add_column("warehouse", column)
    op.create_check_constraint(op.f("ck_warehouse_position"), "warehouse", _EARTHLY)
    op.add_column("warehouse", sa.Column("opening_hours", sa.Text(), nullable=True))
    op.add_column("warehouse", sa.Column("time_zone", sa.Text(), nullable=True))
    op.add_column("warehouse", sa.Column("cutoff_hour", sa.Integer(), nullable=True))
    op.add_column("warehouse", sa.Column("handling_days", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("ck_warehouse_handling"),
        "warehouse",
        "cutoff_hour BETWEEN 0 AND 24 AND handling_days BETWEEN 0 AND 60",
    )
