"""Digital goods: files, license keys, and what buyers may download."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, Integer, Table, UniqueConstraint
from sqlalchemy import text as sql

from persistence.metadata import ID, identity, metadata, moment, reference, text

digital_file = Table(
    "digital_file",
    metadata,
    identity(),
    reference("variant_id", "variant", cascade=True),
    text("name"),
    text("path"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", ID, nullable=False),
    Column("downloads_allowed", Integer),
    Column("days_allowed", Integer),
    CheckConstraint("size_bytes >= 0 AND length(sha256) = 64", name="content"),
    CheckConstraint("downloads_allowed > 0 AND days_allowed > 0", name="allowed"),
    UniqueConstraint("variant_id", "path"),
    comment="What buyers of a variant may download: a file below the folder that the server is given",
)

license_key = Table(
    "license_key",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    reference("variant_id", "variant", cascade=True),
    text("key"),
    reference("order_line_id", "order_line", nullable=True),
    Column("unit", Integer),
    CheckConstraint("num_nonnulls(order_line_id, unit) IN (0, 2)", name="assigned"),
    UniqueConstraint("variant_id", "key"),
    UniqueConstraint("order_line_id", "unit"),
    Index("ix_license_key_free", "variant_id", "id", postgresql_where=sql("order_line_id IS NULL")),
    comment="One for each unit that is sold, in the order they were imported",
)

digital_download = Table(
    "digital_download",
    metadata,
    identity(),
    reference("order_line_id", "order_line", index=True),
    Column("unit", Integer, nullable=False),
    reference("digital_file_id", "digital_file", nullable=True),
    Column("remaining", Integer),
    moment("expires_at", nullable=True),
    CheckConstraint("unit > 0 AND remaining >= 0", name="counts"),
    comment="What one buyer may download: a file, or without one the license key of the unit",
)
