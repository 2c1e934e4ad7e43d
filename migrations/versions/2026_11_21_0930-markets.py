"""Settings of markets and warehouses, and prices derived by a rate."""

import sqlalchemy as sa
from alembic import op

from persistence import row_security

revision = "0017"
down_revision = "0016"

ID = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
RATE = sa.Numeric(28, 16)

KEEP_PRICE = """
CREATE OR REPLACE FUNCTION keep_replaced_price() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (OLD.amount_minor, OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.amount_minor, NEW.starts_at, NEW.ends_at)
    THEN
        IF OLD.set_at < now() THEN
            INSERT INTO price_segment (offer_id, price_list_id, min_quantity, amount_minor, starts_at, ends_at,
                                       valid_from, valid_until{columns})
            VALUES (OLD.offer_id, OLD.price_list_id, OLD.min_quantity, OLD.amount_minor, OLD.starts_at, OLD.ends_at,
                    OLD.set_at, now(){values});
        END IF;
        IF TG_OP = 'UPDATE' THEN
            NEW.set_at := now();
        END IF;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "price_list_derivation",
        sa.Column("price_list_id", ID, nullable=False),
        sa.Column("base_id", ID, nullable=False),
        sa.Column("rate", RATE, nullable=False),
        sa.Column("rate_at", MOMENT, nullable=False),
        sa.Column("rate_source", sa.Text(), nullable=False, comment="Whose rate it is: ECB, or whoever set it"),
        sa.Column("adjustment_percent", sa.Numeric(9, 4), server_default="0", nullable=False),
        sa.Column("granularity", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("base_id <> price_list_id", name=op.f("ck_price_list_derivation_other")),
        sa.CheckConstraint(
            "rate > 0 AND adjustment_percent > -100 AND granularity >= 1",
            name=op.f("ck_price_list_derivation_arithmetic"),
        ),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_list.id"], name=op.f("fk_price_list_derivation_price_list_id")
        ),
        sa.ForeignKeyConstraint(["base_id"], ["price_list.id"], name=op.f("fk_price_list_derivation_base_id")),
        sa.PrimaryKeyConstraint("price_list_id", name=op.f("pk_price_list_derivation")),
        comment="Lists whose prices are those of another one, converted",
    )
    op.create_table(
        "price_to_derive",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("price_list_id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_price_to_derive_offer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_to_derive")),
        comment="Offers whose price in a derived list may be another by now; a job takes them",
    )
    op.create_index(op.f("ix_price_to_derive_price_list_id_id"), "price_to_derive", ["price_list_id", "id"])
    op.create_table(
        "market_term",
        sa.Column("market_id", ID, nullable=False),
        sa.Column("capture_at", ID, nullable=False),
        sa.Column("return_days", sa.Integer(), nullable=False),
        sa.Column("withdrawal_days", sa.Integer(), nullable=True),
        sa.Column("valid_until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_market_term_market_id")),
        comment="What a market said of orders until then: orders keep the terms that they were placed under",
    )
    op.create_index(op.f("ix_market_term_market_id_valid_until"), "market_term", ["market_id", "valid_until"])
    op.add_column("price", sa.Column("derived_from", ID, nullable=True))
    op.add_column("price", sa.Column("rate", RATE, nullable=True))
    op.add_column("price", sa.Column("rate_at", MOMENT, nullable=True))
    op.create_foreign_key(op.f("fk_price_derived_from"), "price", "price_list", ["derived_from"], ["id"])
    op.create_check_constraint(
        op.f("ck_price_rate"),
        "price",
        "num_nonnulls(rate, rate_at) IN (0, 2) AND (derived_from IS NULL OR rate IS NOT NULL)",
    )
    op.add_column("price_segment", sa.Column("rate", RATE, nullable=True))
    op.add_column("price_segment", sa.Column("rate_at", MOMENT, nullable=True))
    op.execute(KEEP_PRICE.format(columns=", rate, rate_at", values=", OLD.rate, OLD.rate_at"))
    for statement in row_security.statements(("price_to_derive",), ("price_list_derivation",)):
        op.execute(statement)


def downgrade() -> None:
    op.execute(KEEP_PRICE.format(columns="", values=""))
    op.drop_column("price_segment", "rate_at")
    op.drop_column("price_segment", "rate")
    op.drop_constraint(op.f("ck_price_rate"), "price", type_="check")
    op.drop_column("price", "rate_at")
    op.drop_column("price", "rate")
    op.drop_column("price", "derived_from")
    op.drop_table("market_term")
    op.drop_table("price_to_derive")
    op.drop_table("price_list_derivation")
