"""What search engines are told of a page."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from domain.shared.ids import ProductId
from domain.shared.making import dataclass
from domain.shared.media import MAX_TEXTS, RichText
from domain.shared.translation import DEFAULT_LANGUAGE, Translations

PATHS: Mapping[str, str] = {
    "PRODUCT": "/products/",
    "CATEGORY": "/categories/",
    "COLLECTION": "/collections/",
    "VENDOR": "/vendors/",
}
"""Where pages of each kind stand; the slug follows."""

EXCERPT_LENGTH = 160


@dataclass(frozen=True, slots=True)
class SeoAlternate:
    """The same page in another language."""

    language: str
    path: str


@dataclass(frozen=True, slots=True)
class Seo:
    """`structure` is schema.org JSON-LD without its offers, which a product's page adds by `product_id`."""

    title: str | None
    description: str | None
    canonical_path: str
    alternates: Sequence[SeoAlternate]
    structure: Mapping[str, Any]
    product_id: ProductId | None = None


def alternates_of(kind: str, default_slug: str, translations: Translations) -> list[SeoAlternate]:
    """The page's path in each language that it has a slug of its own in, the default language first."""
    slugs = {language: words["slug"] for language, words in sorted(translations.items()) if words.get("slug")}
    paths = {DEFAULT_LANGUAGE: default_slug} | slugs
    return [SeoAlternate(language, PATHS[kind] + slug) for language, slug in paths.items()]


@lru_cache(maxsize=MAX_TEXTS)
def excerpt(text: RichText | None) -> str | None:
    """The beginning of a text, cut between words, as search engines show it."""
    if text is None:
        return None
    words = " ".join(text.text.split())
    if len(words) <= EXCERPT_LENGTH:
        return words
    return words[: EXCERPT_LENGTH - 1].rpartition(" ")[0] + "…"
