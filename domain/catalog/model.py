"""What is presented to buyers: products with their variants, and the categories and collections they stand in.

Everything here speaks one language, that of the request it was read for.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from domain.catalog.seo import PATHS, Seo, alternates_of, excerpt
from domain.shared.ids import CategoryId, CollectionId, ProductId, VariantId, VendorId
from domain.shared.making import dataclass
from domain.shared.media import Image, RichText, rich_text
from domain.shared.translation import Translations


class ProductKind(Enum):
    """What kind of thing is sold."""

    PHYSICAL = "PHYSICAL"
    DIGITAL = "DIGITAL"
    SERVICE = "SERVICE"
    BUNDLE = "BUNDLE"
    GIFT_CARD = "GIFT_CARD"


class ProductStatus(Enum):
    """Where a product stands in its life; only an active one is public."""

    DRAFT = "DRAFT"
    PENDING_REVIEW = "PENDING_REVIEW"
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class ProductTranslation:
    """What has been translated of a product; None is shown in the default language."""

    language: str
    title: str | None
    description: RichText | None
    slug: str | None


@dataclass(frozen=True, slots=True)
class OptionValue:
    """One choice of an option. `key` is what the value is called in the default language."""

    product_id: ProductId
    option: str
    key: str
    name: str
    swatch: str | None


@dataclass(frozen=True, slots=True)
class ProductOption:
    """Something to choose, as a size. `key` is what it is called in the default language."""

    key: str
    name: str
    values: tuple[OptionValue, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """What is presented; its variants are what is bought.

    `facts` are attribute values by key, `option_documents` and `words` the stored options and their translation. While
    a product is not public, `vendor_ids` names the vendors with offers of it, who may see it nevertheless.
    """

    id: ProductId
    slug: str
    title: str
    description: RichText | None
    kind: ProductKind
    status: ProductStatus
    brand: str | None
    category_id: CategoryId | None
    tax_class: str
    media: tuple[Image, ...]
    facts: Mapping[str, Any]
    option_documents: Sequence[Mapping[str, Any]]
    words: Mapping[str, Any]
    default_slug: str
    translated: Translations
    released_on: date | None
    version: int
    updated_at: datetime
    vendor_ids: frozenset[VendorId] = frozenset()

    @property
    def is_public(self) -> bool:
        return self.status is ProductStatus.ACTIVE

    @property
    def options(self) -> list[ProductOption]:
        """What there is to choose, in order."""
        return [self._option(document) for document in self.option_documents]

    def _option(self, document: Mapping[str, Any]) -> ProductOption:
        key = document["name"]
        words = self.words.get("options", {}).get(key, {})
        names = words.get("values", {})
        values = [
            OptionValue(self.id, key, value["name"], names.get(value["name"], value["name"]), value.get("swatch"))
            for value in document["values"]
        ]
        return ProductOption(key, words.get("label", key), tuple(values))

    @property
    def translations(self) -> list[ProductTranslation]:
        """What has been translated, by language."""
        return [
            ProductTranslation(language, words.get("title"), rich_text(words.get("description")), words.get("slug"))
            for language, words in sorted(self.translated.items())
        ]

    @property
    def seo(self) -> Seo:
        return Seo(
            title=self.title,
            description=excerpt(self.description),
            canonical_path=PATHS["PRODUCT"] + self.slug,
            alternates=alternates_of("PRODUCT", self.default_slug, self.translated),
            structure=self._structure(),
            product_id=self.id,
        )

    def _structure(self) -> Mapping[str, Any]:
        structure: dict[str, Any] = {"@type": "Product", "name": self.title, "url": PATHS["PRODUCT"] + self.slug}
        if self.description is not None:
            structure["description"] = self.description.text
        if self.brand is not None:
            structure["brand"] = {"@type": "Brand", "name": self.brand}
        if self.media:
            structure["image"] = [image.url for image in self.media]
        return structure


@dataclass(frozen=True, slots=True)
class SelectedOption:
    """What was chosen of an option, in words; the keys are the words of the default language."""

    name: str
    value: str
    key: str
    value_key: str

    def matches(self, name: str, value: str) -> bool:
        """Whether a client that says `name` and `value`, in this language or the default one, means this."""
        return name in (self.name, self.key) and value in (self.value, self.value_key)


@dataclass(frozen=True, slots=True)
class Variant:
    """A sellable version of a product, known by its SKU; as public as its product, and shown to the same vendors."""

    id: VariantId
    product_id: ProductId
    sku: str
    title: str
    options: tuple[SelectedOption, ...]
    gtin: str | None
    mpn: str | None
    image: Image | None
    weight_grams: int | None
    hs_code: str | None
    origin_country: str | None
    is_public: bool
    vendor_ids: frozenset[VendorId] = frozenset()

    def matches(self, selection: Iterable[tuple[str, str]]) -> bool:
        """Whether every (option, value) of a full or partial selection is this variant's."""
        return all(any(option.matches(name, value) for option in self.options) for name, value in selection)


@dataclass(frozen=True, slots=True)
class AttributeDefinition:
    """What an attribute is called and measured in; `values` are translations of text values."""

    key: str
    label: str
    unit: str | None
    position: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A fact about a product: its value as stored, and what is known of such values."""

    key: str
    label: str
    value: Any
    definition: AttributeDefinition


def attributes_of(facts: Mapping[str, Any], known: Mapping[str, AttributeDefinition]) -> tuple[Attribute, ...]:
    """What is known of a product, in the order of the attributes; facts that nothing defines are left out."""
    definitions = [known[key] for key in facts if key in known]
    ordered = sorted(definitions, key=lambda definition: (definition.position, definition.label))
    return tuple([Attribute(each.key, each.label, facts[each.key], each) for each in ordered])


@dataclass(frozen=True, slots=True)
class Category:
    """A place in the tree that products are classified in. `lineage` leads from the root to it, inclusive."""

    id: CategoryId
    slug: str
    name: str
    parent_id: CategoryId | None
    lineage: tuple[CategoryId, ...]
    image: Image | None
    default_slug: str
    translated: Translations

    @property
    def seo(self) -> Seo:
        return Seo(
            title=self.name,
            description=None,
            canonical_path=PATHS["CATEGORY"] + self.slug,
            alternates=alternates_of("CATEGORY", self.default_slug, self.translated),
            structure={"@type": "CollectionPage", "name": self.name, "url": PATHS["CATEGORY"] + self.slug},
        )


@dataclass(frozen=True, slots=True)
class Collection:
    """A curated set of products."""

    id: CollectionId
    slug: str
    name: str
    description: RichText | None
    image: Image | None
    default_slug: str
    translated: Translations

    @property
    def seo(self) -> Seo:
        return Seo(
            title=self.name,
            description=excerpt(self.description),
            canonical_path=PATHS["COLLECTION"] + self.slug,
            alternates=alternates_of("COLLECTION", self.default_slug, self.translated),
            structure={"@type": "CollectionPage", "name": self.name, "url": PATHS["COLLECTION"] + self.slug},
        )


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of a menu, in the language of the request; `path` is one that `resolvePath` answers, or any other."""

    title: str
    path: str
    items: tuple["MenuItem", ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """A tree of links that the shop's staff arrange."""

    handle: str
    items: tuple[MenuItem, ...]


def menu_item(document: Mapping[str, Any], language: str) -> MenuItem:
    """`{"title": "New", "titles": {"de": "Neu"}, "path": "/collections/new", "items": [...]}` in one language."""
    titles = document.get("titles", {})
    title = titles.get(language) or titles.get(language.partition("-")[0]) or document["title"]
    return MenuItem(title, document["path"], tuple(menu_item(item, language) for item in document.get("items", ())))
