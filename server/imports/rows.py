"""One product of an import file, as `docs/import.md` describes it to those who write such files.

A row that passes here is whole in itself; whether the vendors, markets and warehouses it names exist is known only to
the run (`products.py`). Unknown fields are refused: a misspelled one would otherwise be lost without a word.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from math import isfinite
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, WrapValidator, model_validator

from domain.shared.money import MAX_MINOR, Money
from server.imports.text import (
    ATTRIBUTE_KEY,
    AttributeKey,
    Caption,
    Code,
    Country,
    Currency,
    CustomsCode,
    Day,
    Gtin,
    Html,
    Identifier,
    Language,
    Line,
    Slug,
    Swatch,
    Text,
    Url,
    Word,
    is_storable,
)

MAX_QUANTITY = 1_000_000_000
MAX_ATTRIBUTES = 1_000

Kind = Literal["PHYSICAL", "DIGITAL", "SERVICE", "BUNDLE", "GIFT_CARD"]
Status = Literal["DRAFT", "PENDING_REVIEW", "ACTIVE", "ARCHIVED", "REJECTED"]
Condition = Literal["NEW", "REFURBISHED", "USED", "HANDMADE"]
Quantity = Annotated[StrictInt, Field(ge=0, le=MAX_QUANTITY)]
PositiveQuantity = Annotated[StrictInt, Field(ge=1, le=MAX_QUANTITY)]
Number = StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)]
Pixels = Annotated[StrictInt, Field(ge=1, le=100_000)]


class Row(BaseModel):
    """What all parts of a row share: frozen, and refusing fields they do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AttributeRow(NamedTuple):
    """A fact about the product, with the words and the unit it is shown with."""

    value: StrictBool | Number | Text
    label: Word | None = None
    unit: Word | None = None


def _facts(given: object, validate: Callable[[object], dict[str, AttributeRow]]) -> dict[str, AttributeRow]:
    """Take `"color": "red"` for `"color": {"value": "red"}`.

    Files hold plain facts by the million: those that are all plain and right spare the work of a general validation.
    """
    if not isinstance(given, dict):
        return validate(given)
    if len(given) <= MAX_ATTRIBUTES and all(_is_plain_fact(key, fact) for key, fact in given.items()):
        return {key: AttributeRow(fact.strip() if isinstance(fact, str) else fact) for key, fact in given.items()}
    return validate({key: fact if isinstance(fact, dict) else {"value": fact} for key, fact in given.items()})


def _is_plain_fact(key: object, fact: object) -> bool:
    if not (isinstance(key, str) and ATTRIBUTE_KEY.fullmatch(key)):
        return False
    if isinstance(fact, str):
        return is_storable(fact)
    return isinstance(fact, int) or (isinstance(fact, float) and isfinite(fact))


class ImageRow(Row):
    """A picture of the product; the first of a product is its main one."""

    url: Url
    alt: Caption = ""
    width: Pixels | None = None
    height: Pixels | None = None


class TranslationRow(Row):
    """The product's words in another language; whatever is left out is shown in the first language.

    `options`, `values` and `attributes` map the words of the row (option names, option values, attribute keys) to their
    translations, `attribute_values` the text values of attributes, `alt` the addresses of images to their descriptions.
    """

    title: Line | None = None
    description: Html | None = None
    slug: Slug | None = None
    options: dict[Word, Word] = Field(default_factory=dict)
    values: dict[Word, Word] = Field(default_factory=dict)
    attributes: dict[AttributeKey, Word] = Field(default_factory=dict)
    attribute_values: dict[Text, Text] = Field(default_factory=dict)
    alt: dict[Url, Line] = Field(default_factory=dict)


class PriceRow(Row):
    """A price in one currency, either exact decimals as text or minor units; of one market, or of all in the currency.

    Always a text or an integer: JSON numbers with decimals are binary floats, and no amount passes through one.
    """

    currency: Currency
    amount: Text | None = None
    amount_minor: Annotated[StrictInt, Field(ge=0, le=MAX_MINOR)] | None = None
    market: Code | None = None
    min_quantity: PositiveQuantity = 1

    @model_validator(mode="after")
    def _is_money(self) -> Self:
        if (self.amount is None) == (self.amount_minor is None):
            raise ValueError("a price needs either amount or amount_minor")
        if self.minor < 0:
            raise ValueError(f"{self.amount} is less than nothing")
        return self

    @cached_property
    def minor(self) -> int:
        """The price in minor units; ValueError for more decimals than the currency has, or a currency that is none."""
        if self.amount_minor is not None:
            return Money.checked(self.amount_minor, self.currency).minor
        return Money.parse(self.amount or "", self.currency).minor


class StockRow(Row):
    """How many units a warehouse counted, and how many of them are never promised."""

    warehouse: Code
    on_hand: Quantity
    safety: Quantity = 0


class OfferRow(Row):
    """One vendor's price, stock and terms for a variant."""

    vendor: Slug
    prices: Annotated[tuple[PriceRow, ...], Field(max_length=200)] = ()
    condition: Condition = "NEW"
    status: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"
    min_quantity: PositiveQuantity = 1
    max_quantity: PositiveQuantity | None = None
    quantity_step: PositiveQuantity = 1
    per_customer: PositiveQuantity | None = None
    stock: Annotated[tuple[StockRow, ...], Field(max_length=500)] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.max_quantity is not None and self.max_quantity < self.min_quantity:
            raise ValueError("max_quantity is less than min_quantity")
        _distinct("price", [(price.market, price.currency, price.min_quantity) for price in self.prices])
        _distinct("warehouse", [level.warehouse for level in self.stock])
        return self


class VariantRow(Row):
    """A sellable version of the product, known by its SKU from one import to the next."""

    sku: Identifier
    options: dict[Word, Word] = Field(default_factory=dict)
    gtins: Annotated[tuple[Gtin, ...], Field(max_length=500)] = ()
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=50)] = ()
    mpn: Identifier | None = None
    weight_grams: Annotated[StrictInt, Field(ge=0, le=100_000_000)] | None = None
    volume_ml: Annotated[StrictInt, Field(ge=0, le=1_000_000_000)] | None = None
    origin_country: Country | None = None
    hs_code: CustomsCode | None = None
    image: Url | None = None
    offers: Annotated[tuple[OfferRow, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _has_one_offer_per_vendor_and_condition(self) -> Self:
        _distinct("offer", [(offer.vendor, offer.condition) for offer in self.offers])
        return self


class ProductRow(Row):
    """A product with its variants and offers: the unit of an import, written whole or not at all.

    What a row leaves out is left alone: variants and offers that are already there stay, and without `collections` so
    do the product's places in them.
    """

    external_id: Identifier
    title: Line
    slug: Slug | None = None
    description: Html = ""
    brand: Word | None = None
    category: Annotated[tuple[Word, ...], Field(max_length=8)] = ()
    kind: Kind = "PHYSICAL"
    status: Status = "ACTIVE"
    tax_class: Code = "standard"
    released: Day | None = None
    attributes: Annotated[dict[AttributeKey, AttributeRow], Field(max_length=MAX_ATTRIBUTES), WrapValidator(_facts)] = (
        Field(default_factory=dict)
    )
    options: Annotated[tuple[Word, ...], Field(max_length=5)] = ()
    images: Annotated[tuple[ImageRow, ...], Field(max_length=50)] = ()
    swatches: dict[Word, Swatch] = Field(default_factory=dict)
    collections: Annotated[tuple[Slug, ...], Field(max_length=50)] | None = None
    translations: dict[Language, TranslationRow] = Field(default_factory=dict)
    variants: Annotated[tuple[VariantRow, ...], Field(max_length=500)]

    @model_validator(mode="after")
    def _variants_differ(self) -> Self:
        if not self.variants:
            raise ValueError("a product has at least one variant")
        _distinct("option", self.options)
        _distinct("sku", [variant.sku for variant in self.variants])
        _distinct("image", [image.url for image in self.images])
        for variant in self.variants:
            if set(variant.options) != set(self.options):
                raise ValueError(
                    f"variant {variant.sku} must have a value for each of the options {list(self.options)}"
                )
            if variant.image is not None and variant.image not in {image.url for image in self.images}:
                raise ValueError(f"the image of variant {variant.sku} is not among the product's images")
        _distinct("option values", [tuple(sorted(variant.options.items())) for variant in self.variants])
        return self


def _distinct(what: str, keys: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"{what} {key!r} is given twice")
        seen.add(key)
