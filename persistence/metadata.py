"""The metadata that every table registers with, and the columns they share."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Double, ForeignKey, MetaData, Text, func
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = Text(collation="C")
"""TypeIDs and other machine words: compared byte by byte."""


def identity() -> Column[str]:
    return Column("id", ID, primary_key=True)


def reference(
    name: str, target: str, *, nullable: bool = False, cascade: bool = False, index: bool = False
) -> Column[str]:
    """A column that holds the id of a row of `target`; `cascade` when that row owns this one."""
    key = ForeignKey(f"{target}.id", ondelete="CASCADE" if cascade else None)
    return Column(name, ID, key, nullable=nullable, index=index)


def text(name: str, *, nullable: bool = False, unique: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=nullable, unique=unique, server_default=default)


def minor(name: str, *, nullable: bool = False) -> Column[int]:
    """An amount in minor units of the currency that stands in the same row."""
    return Column(name, BigInteger, nullable=nullable)


def currency(*, nullable: bool = False) -> Column[str]:
    """An ISO 4217 code. Text with a check, since `char(3)` answers padded values."""
    return Column("currency", ID, CheckConstraint("length(currency) = 3", name="currency"), nullable=nullable)


def moment(name: str, *, nullable: bool = False, default_now: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if default_now else None)


def position() -> tuple[Column[float], Column[float], CheckConstraint]:
    """Where on earth it is, in degrees; unknown is null in both."""
    earthly = (
        "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180 AND num_nonnulls(latitude, longitude) IN (0, 2)"
    )
    return Column("latitude", Double), Column("longitude", Double), CheckConstraint(earthly, name="position")


def document(name: str, *, nullable: bool = False, default: str | None = "{}") -> Column[object]:
    return Column(name, JSONB, nullable=nullable, server_default=default)


def one_of(name: str, *states: str, default: str | None = None) -> Column[str]:
    """A state as text, checked against the list of those that exist."""
    allowed = ", ".join(f"'{state}'" for state in states)
    return Column(
        name, ID, CheckConstraint(f"{name} IN ({allowed})", name=name), nullable=False, server_default=default
    )
