"""Products, and where they are found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from domain.catalog import model, seo
from domain.pricing.offer import AvailabilityState
from execution.declared import lasting
from resolvers import catalog
from resolvers.context import Info
from schema.base import Connection, Node, enum, represents, resolve
from schema.media import Image, RichText
from schema.money import MoneyRange
from schema.pricing import Offer
from schema.scalars import CountryCode, LanguageTag
from schema.search_input import products_within
from schema.vendors import Vendor

if TYPE_CHECKING:
    from schema.search import SearchResult

enum(model.ProductKind)
enum(model.ProductStatus)

BACK_OFFICE = ["admin", "vendor"]


@strawberry.type(description="The same page in another language.")
@represents(seo.SeoAlternate)
class SeoAlternate:
    language: LanguageTag = resolve(description="The language.")
    path: str = resolve(description="Its path in that language.")


@strawberry.type(description="What search engines are told of a page.")
@represents(seo.Seo)
class Seo:
    title: str | None = resolve(description="For the `title` element.")
    description: str | None = resolve(description="For the `description` meta element.")
    canonical_path: str = resolve(description="The page's path in the context's language.")
    alternates: list[SeoAlternate] = resolve(description="The page in every language that it has a path of its own in.")
    structured_data: JSON = resolve(
        catalog.structured_data, description="The page as schema.org JSON-LD; a product's with its offers in context."
    )


@strawberry.type(description="What was chosen of an option.")
@represents(model.SelectedOption)
class SelectedOption:
    name: str = resolve(description="The option.")
    value: str = resolve(description="The choice.")


@strawberry.input(description="A choice of an option, by the names that the API gave or those of the default language.")
class SelectedOptionInput:
    name: str = strawberry.field(description="The option.")
    value: str = strawberry.field(description="The choice.")


def selection(options: Sequence[SelectedOptionInput] | None) -> catalog.Selection:
    return [(option.name, option.value) for option in options or ()]


async def is_value_available(
    root: model.OptionValue, info: Info, selected: list[SelectedOptionInput] | None = None
) -> bool:
    return await catalog.is_value_available(root, info, selection(selected))


async def variant_of_selection(
    root: model.Product, info: Info, options: list[SelectedOptionInput] | None = None
) -> model.Variant | None:
    return await catalog.variant_of_selection(root, info, selection(options))


@strawberry.type(description="One choice of an option.")
@represents(model.OptionValue)
class OptionValue:
    name: str = resolve(description="Its name.")
    swatch: str | None = resolve(description="What it looks like: a CSS color or the address of a picture.")
    available: bool = resolve(
        is_value_available,
        description="Some variant with this value and the current selection can be bought.",
    )


@strawberry.type(description="Something to choose, such as a size.")
@represents(model.ProductOption)
class ProductOption:
    name: str = resolve(description="Its name.")
    values: list[OptionValue] = resolve(description="The choices.")


@strawberry.type(description="A fact about a product.")
@represents(model.Attribute)
class Attribute:
    key: str = resolve(description="What it is called in filters, the same in every language.")
    label: str = resolve(description="What people call it.")
    value: JSON = resolve(description="The value as it is stored.")
    display: str = resolve(catalog.display, description="The value as people read it, with its unit.")


@strawberry.type(description="What has been translated of a product; null is shown in the default language.")
@represents(model.ProductTranslation)
class ProductTranslation:
    language: LanguageTag = resolve(description="The language.")
    title: str | None = resolve(description="Its title.")
    description: RichText | None = resolve(description="Its description.")
    slug: str | None = resolve(description="Its name in addresses.")


@strawberry.federation.type(keys=["id"], description="A place in the tree that products are classified in.")
@represents(model.Category)
class Category(Node):
    loader = "category"

    slug: str = resolve(description="Its name in addresses, in the context's language.")
    name: str = resolve(description="Its name.")
    parent: "Category | None" = resolve(catalog.parent, description="What it lies in; null for a root.")
    ancestors: list["Category"] = resolve(catalog.ancestors, description="From the root down to its parent.")
    children: list["Category"] = resolve(catalog.children, description="What lies directly in it.")
    image: Image | None = resolve(description="Its picture.")
    seo: Seo = resolve(description="What search engines are told of its page.")
    products: Annotated["SearchResult", strawberry.lazy("schema.search")] = resolve(
        products_within, description="The products in it and in all below it."
    )


@strawberry.federation.type(keys=["id"], description="A curated set of products.")
@represents(model.Collection)
class Collection(Node):
    loader = "collection"

    slug: str = resolve(description="Its name in addresses, in the context's language.")
    name: str = resolve(description="Its name.")
    description: RichText | None = resolve(description="What it is about.")
    image: Image | None = resolve(description="Its picture.")
    seo: Seo = resolve(description="What search engines are told of its page.")
    products: Annotated["SearchResult", strawberry.lazy("schema.search")] = resolve(
        products_within, description="Its products, in its own order unless sorted otherwise."
    )


@strawberry.federation.type(keys=["id"], description="A sellable version of a product, known by its SKU.")
@represents(model.Variant)
class Variant(Node):
    loader = "variant"

    sku: str = resolve(description="The merchant's code.")
    product: "Product" = resolve(catalog.product_of_variant, description="What it is a version of.")
    title: str = resolve(description="What tells it from the other versions.")
    options: list[SelectedOption] = resolve(description="Its choice of each option.")
    image: Image | None = resolve(description="Its own picture, if it has one.")
    buy_box: Offer | None = resolve(
        catalog.buy_box,
        description="Chosen among the vendors' active offers; null when nobody sells it in this context.",
    )
    offers: Connection[Offer] = resolve(catalog.offers, description="Who sells it in this context, the best first.")
    gtin: str | None = resolve(description="GS1's number: EAN, UPC or ISBN.")
    weight_grams: int | None = resolve(description="Its weight.")
    hs_code: str | None = resolve(description="Its customs tariff number.", tags=BACK_OFFICE)
    origin_country: CountryCode | None = resolve(description="Where it was made.")


@lasting
@strawberry.federation.type(keys=["id"], description="Something presented to buyers; its variants are what is bought.")
@represents(model.Product)
class Product(Node):
    loader = "product"

    slug: str = resolve(description="Its name in addresses, in the context's language.")
    title: str = resolve(description="Its title.")
    description: RichText | None = resolve(description="What it is.")
    kind: model.ProductKind = resolve(description="What kind of thing is sold.")
    status: model.ProductStatus = resolve(description="Where it stands in its life.", tags=BACK_OFFICE)
    brand: str | None = resolve(description="Whose make it is.")
    category: Category | None = resolve(catalog.category_of_product, description="Where it is classified.")
    collections: list[Collection] = resolve(catalog.collections_of_product, description="The sets it is part of.")
    media: list[Image] = resolve(catalog.media, description="Its pictures, the main one first.")
    options: list[ProductOption] = resolve(description="What there is to choose.")
    attributes: list[Attribute] = resolve(catalog.attributes, description="What is known of it.")
    variants: Connection[Variant] = resolve(catalog.variants, description="Its versions.")
    select_variant: Variant | None = resolve(
        variant_of_selection,
        description="The variant for a full or partial option selection; the first available one without arguments.",
    )
    price_range: MoneyRange | None = resolve(
        catalog.price_range,
        description="What its variants cost as the market shows prices; null when none is sold in this context.",
    )
    availability: AvailabilityState = resolve(catalog.availability, description="The best of its variants.")
    seo: Seo = resolve(description="What search engines are told of its page.")
    translations: list[ProductTranslation] = resolve(description="What has been translated.", tags=BACK_OFFICE)
    version: int = resolve(description="Counts its changes.", tags=BACK_OFFICE)


@strawberry.type(description="A link of a menu.")
@represents(model.MenuItem)
class MenuItem:
    title: str = resolve(description="Its words.")
    path: str = resolve(description="Where it leads.")
    items: list["MenuItem"] = resolve(description="The links below it.")


@strawberry.type(description="A tree of links.")
@represents(model.Menu)
class Menu:
    handle: str = resolve(description="What it is called by storefronts.")
    items: list[MenuItem] = resolve(description="Its links.")


@strawberry.type(description="What a path shows: exactly one of these is there.")
@represents(catalog.PathTarget)
class PathTarget:
    redirect: str | None = resolve(description="Where the page is now.")
    product: Product | None = resolve(description="A product's page.")
    category: Category | None = resolve(description="A category's page.")
    collection: Collection | None = resolve(description="A collection's page.")
    vendor: Vendor | None = resolve(description="A vendor's page.")


@strawberry.type
class CatalogQuery:
    menu: Menu | None = resolve(catalog.menu, description="A menu by its handle.")
    resolve_path: PathTarget | None = resolve(
        catalog.resolve_path,
        description="The page at a storefront path, following redirects: one request serves any address.",
    )
    product: Product | None = resolve(catalog.product, description="A product by its id or by a slug that it has now.")
    category: Category | None = resolve(catalog.category, description="A category by its id or slug.")
    collection: Collection | None = resolve(catalog.collection, description="A collection by its id or slug.")
