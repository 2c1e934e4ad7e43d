"""What a process keeps of the catalog, known by counts that change with it.

A product has a stamp, which triggers count up. What all pages rest on, such as categories and vendors, is counted as
one (`persistence.changes`). Both are read anew in each request, in a statement that reads something else anyway.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from domain.catalog.model import Attribute, AttributeDefinition, Category, Collection, Product, Variant
from domain.shared.ids import ProductId
from domain.shared.making import dataclass
from domain.vendors.model import Vendor
from persistence.kept import Kept

FEW_CHARACTERS = 1 << 20
CHARACTERS = 1_000
"""What each of the things takes that are not measured one by one."""
CHARACTERS_OF_A_FACT = 100


@dataclass(slots=True)
class Stamps:
    """The counts as they were first read in a request, so that whatever it reads later is as new as they say, or newer.

    `storefront` counts the changes of what all pages rest on.
    """

    products: dict[ProductId, int] = field(default_factory=dict)
    storefront: int | None = None

    def note_product(self, product_id: ProductId, stamp: int | None) -> None:
        """None is a stamp that nobody has read."""
        if stamp is not None:
            self.products.setdefault(product_id, stamp)

    def note_storefront(self, count: int) -> None:
        if self.storefront is None:
            self.storefront = count


type Stamped = tuple[ProductId, int, str]
"""A product, its stamp, and the language that it is shown in."""
type Rested = tuple[str, int, str]
"""What all pages rest on, by its id or key; the count of its changes, and the language."""
type Resting = tuple[int | None, str]
"""The count of those changes, None if it is not known, and the language."""


def _few[Key: Hashable, Value]() -> Kept[Key, Value]:
    return Kept(max_characters=FEW_CHARACTERS)


@dataclass(frozen=True, slots=True)
class KeptCatalog:
    """What is kept of one database."""

    products: Kept[Stamped, Product] = field(default_factory=Kept)
    variants: Kept[Stamped, tuple[Variant, ...]] = field(default_factory=Kept)
    lineages: Kept[Rested, Sequence[Category]] = field(default_factory=_few)
    attributes: Kept[Rested, AttributeDefinition] = field(default_factory=_few)
    collections: Kept[Rested, Sequence[Collection]] = field(default_factory=_few)
    """Those that a product stands in."""
    vendors: Kept[Rested, Vendor] = field(default_factory=_few)
    facts: Kept[tuple[ProductId, int, Resting], tuple[Attribute, ...]] = field(default_factory=Kept)
    """What is known of products, which rests on what attributes are called."""


def known[Value](
    kept: Kept[Stamped, Value], ids: Iterable[ProductId], language: str, stamps: Stamps
) -> dict[ProductId, Value]:
    """What is kept of products with known stamps."""
    present = stamps.products
    asked = [(key, stamp, language) for key in ids if (stamp := present.get(key)) is not None]
    return {key[0]: value for key in asked if (value := kept.get(key)) is not None}


def rested[Id: str, Value](kept: Kept[Rested, Value], ids: Iterable[Id], resting: Resting) -> dict[Id, Value]:
    """What is kept of that which all pages rest on."""
    count, language = resting
    if count is None:
        return {}
    return {key: value for key in ids if (value := kept.get((key, count, language))) is not None}


def rest[Value](kept: Kept[Rested, Value], values: Mapping[Any, Value], resting: Resting) -> None:
    """Keep what was read once that count was known."""
    count, language = resting
    if count is not None:
        for key, value in values.items():
            kept.put((key, count, language), value, CHARACTERS)


def known_facts(
    kept: KeptCatalog, ids: Iterable[ProductId], stamps: Stamps, resting: Resting
) -> dict[ProductId, tuple[Attribute, ...]]:
    """What is kept of that which is known of products with known stamps."""
    present = stamps.products
    asked = [(key, stamp, resting) for key in ids if (stamp := present.get(key)) is not None]
    return {key[0]: value for key in asked if (value := kept.facts.get(key)) is not None}


def keep_facts(
    kept: KeptCatalog,
    values: Mapping[ProductId, tuple[Attribute, ...]],
    stamps: Mapping[ProductId, int],
    resting: Resting,
) -> None:
    """Keep what was read once these counts were known."""
    for key, value in values.items():
        if (stamp := stamps.get(key)) is not None and resting[0] is not None:
            kept.facts.put((key, stamp, resting), value, (1 + len(value)) * CHARACTERS_OF_A_FACT)
