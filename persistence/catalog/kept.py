"""What a process keeps of public products, known by their stamps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.catalog.model import Product, Variant
from domain.shared.ids import ProductId
from persistence.kept import Kept

type Stamps = Mapping[ProductId, int | None]
"""The present stamps of products, as far as somebody has read them in the same request."""
type Stamped = tuple[ProductId, int, str]
"""A product, its stamp, and the language that it is shown in."""


@dataclass(frozen=True, slots=True)
class KeptCatalog:
    """What is kept of one database."""

    products: Kept[Stamped, Product] = field(default_factory=Kept)
    variants: Kept[Stamped, tuple[Variant, ...]] = field(default_factory=Kept)


def known[Value](
    kept: Kept[Stamped, Value], ids: Sequence[ProductId], language: str, stamps: Stamps
) -> dict[ProductId, Value]:
    """What is kept of products with known stamps."""
    asked = [(key, stamp, language) for key in ids if (stamp := stamps.get(key)) is not None]
    return {key[0]: value for key in asked if (value := kept.get(key)) is not None}
