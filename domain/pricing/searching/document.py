"""What an engine outside the database is told of a product, so that it can find it."""

from collections.abc import Mapping, Sequence
from datetime import date

from domain.shared.ids import CategoryId, CollectionId, MarketId, ProductId, VariantId, VendorId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class DocumentWords:
    """The words of a product in one language, folded: without accents and case, with single spaces between.

    Japanese and Chinese are spelled as overlapping pairs, as `domain.catalog.search.words_of` takes queries apart.
    """

    opening: str
    """The title as it begins, with its punctuation."""
    title: str
    kind: str
    """Brand and category."""
    summary: str
    """Description and codes."""
    rest: str
    """Attributes, categories above, and compounds of the title written as one word."""


@dataclass(frozen=True, slots=True)
class DocumentPrice:
    """The lowest price of the product in a market, and whether some offer with a price there can be had now."""

    market_id: MarketId
    currency: str
    amount_minor: int
    in_stock: bool


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """A product that can be found."""

    product_id: ProductId
    newest_on: date
    """The day of release, or else of creation."""
    brand: str | None
    brand_words: str
    """As `DocumentWords` spells them."""
    categories: Sequence[CategoryId]
    """Its own, and all above."""
    vendors: Sequence[VendorId]
    collections: Mapping[CollectionId, int]
    """Its place in each."""
    facts: Sequence[str]
    """`key=value` of each attribute that can be filtered by."""
    numbers: Mapping[str, float]
    """Attributes that are numbers."""
    prices: Sequence[DocumentPrice]
    codes: Mapping[str, VariantId]
    """SKUs, GTINs and other codes as `domain.catalog.search.code_of` compares them. A code of several variants is that
    of the first.
    """
    words: Mapping[str, DocumentWords]
    """By language; under `""` those of the catalog's own."""
