"""A stamp on each product, by which what was made of it is known to be what it still is."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

FUNCTIONS = {
    "stamp_product": "NEW.stamp := OLD.stamp + 1; RETURN NEW;",
    "stamp_product_of_variant": (
        "IF TG_OP <> 'DELETE' THEN UPDATE product SET stamp = stamp + 1 WHERE id = NEW.product_id; END IF; "
        "IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW.product_id <> OLD.product_id) THEN "
        "UPDATE product SET stamp = stamp + 1 WHERE id = OLD.product_id; END IF; RETURN NULL;"
    ),
    "stamp_products_of_brand": "UPDATE product SET stamp = stamp + 1 WHERE brand_id = NEW.id; RETURN NULL;",
}
TRIGGERS = {
    "stamp_product": ("product", "BEFORE UPDATE", ""),
    "stamp_product_of_variant": ("variant", "AFTER INSERT OR UPDATE OR DELETE", ""),
    "stamp_products_of_brand": ("brand", "AFTER UPDATE", "WHEN (OLD.name IS DISTINCT FROM NEW.name)"),
}


def upgrade() -> None:
    op.add_column(
        "product",
        sa.Column(
            "stamp",
            sa.BigInteger(),
            server_default="1",
            nullable=False,
            comment="Counted up by triggers with each change of the product, its variants or its brand",
        ),
    )
    for name, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    for name, (table, moment, condition) in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    for name, (table, _, _) in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("product", "stamp")
