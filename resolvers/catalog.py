"""Products, categories, collections, menus and paths."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from urllib.parse import unquote

import strawberry

from domain.catalog.model import (
    Attribute,
    Category,
    Collection,
    Menu,
    OptionValue,
    Product,
    Variant,
)
from domain.catalog.seo import PATHS, Seo
from domain.pricing.offer import Assortment, AvailabilityState, MoneyRange, Offer
from domain.shared.errors import RequestFault
from domain.shared.making import dataclass
from domain.shared.media import Image
from domain.shared.page import PageRequest
from domain.vendors.model import Vendor
from execution.declared import RestsOn, resting
from loaders import pages
from loaders.sources import PRODUCTS
from persistence.catalog import queries
from persistence.catalog.slugs import NamedBySlug
from resolvers.access import may_see
from resolvers.context import Info
from resolvers.ids import parse_id
from resolvers.lists import Slice, first_of, page_of
from resolvers.money import IN_LANGUAGE, number_text
from resolvers.paging import paged
from resolvers.relations import relation
from resolvers.structured_data import product_document

MAX_SELECTED_OPTIONS = 10
MAX_PATH_LENGTH = 2048
MAX_NAME_LENGTH = 255

type Selection = Sequence[tuple[str, str]]
"""Chosen values by the names of their options."""


async def product(info: Info, id: strawberry.ID | None = None, slug: str | None = None) -> Product | None:
    found: Product | None = await by_id_or_slug(info, "PRODUCT", id, slug)
    return found


async def category(info: Info, id: strawberry.ID | None = None, slug: str | None = None) -> Category | None:
    found: Category | None = await by_id_or_slug(info, "CATEGORY", id, slug)
    return found


async def collection(info: Info, id: strawberry.ID | None = None, slug: str | None = None) -> Collection | None:
    found: Collection | None = await by_id_or_slug(info, "COLLECTION", id, slug)
    return found


async def by_id_or_slug(info: Info, kind: str, id: str | None, slug: str | None) -> Any:
    """What the caller may see of a kind, by its id or by the slug it has now in any language."""
    if (id is None) == (slug is None):
        raise RequestFault("Give either `id` or `slug`.")
    if id is not None:
        return await seen(info, kind, parse_id(id, kind.lower(), str))
    named = await named_by(info, kind, slug or "")
    if named is None or not named.is_current:
        return None
    return await seen(info, kind, named.entity_id)


async def named_by(info: Info, kind: str, slug: str) -> NamedBySlug | None:
    """What a slug means in the language of the request; what can be no slug means nothing."""
    if not _is_name(slug):
        return None
    loaders = info.context.loaders
    found = await (pages.product_page(loaders, slug) if kind == "PRODUCT" else pages.page(loaders, kind, slug))
    if found is None or not found.is_current:
        info.context.note(PRODUCTS)  # any of them may take the slug
    return found


def _is_name(text: str) -> bool:
    """Whether a stored slug or handle could be this; PostgreSQL holds no NUL."""
    return 0 < len(text) <= MAX_NAME_LENGTH and "\0" not in text


async def seen(info: Info, kind: str, id: str) -> Any:
    """The object if the caller may see it, or None. The loader of a kind has its name."""
    found = await getattr(info.context.loaders, kind.lower()).load(id)
    return found if found is not None and may_see(info.context.actor, found) else None


async def menu(info: Info, handle: str) -> Menu | None:
    if not _is_name(handle):
        return None
    return await queries.menu_by_handle(info.context.pool_of(), handle, info.context.request.language)


@dataclass(frozen=True, slots=True)
class PathTarget:
    """What a path shows: one of the pages, or where to go instead."""

    redirect: str | None = None
    product: Product | None = None
    category: Category | None = None
    collection: Collection | None = None
    vendor: Vendor | None = None


async def resolve_path(info: Info, path: str) -> PathTarget | None:
    """The page at a storefront path; a former address redirects to the present one in the request's language."""
    kind, slug = _parsed(path)
    if kind is None:
        return None
    named = await named_by(info, kind, slug)
    found = await seen(info, kind, named.entity_id) if named is not None else None
    if named is None or found is None:
        return None
    if not named.is_current:
        return PathTarget(redirect=PATHS[kind] + named.current_slug)
    return PathTarget(**{kind.lower(): found})


def _parsed(path: str) -> tuple[str | None, str]:
    """The kind of page and its slug; a trailing slash, a query and a fragment do not matter."""
    if len(path) > MAX_PATH_LENGTH:
        return None, ""
    plain = unquote(path.partition("#")[0].partition("?")[0]).rstrip("/")
    for kind, prefix in PATHS.items():
        slug = plain.removeprefix(prefix)
        if slug != plain and slug and "/" not in slug:
            return kind, slug
    return None, ""


@relation("lineage", lambda product: product.category_id or None)
def category_of_product(_root: Product, found: Sequence[Category] | None) -> Category | None:
    return found[-1] if found else None


@relation("collections_of_product", attrgetter("id"))
def collections_of_product(_root: Product, found: Sequence[Collection], first: int = 10) -> Sequence[Collection]:
    return first_of(found, first)


@resting(RestsOn())
def media(root: Product, first: int = 10) -> Sequence[Image]:
    return first_of(root.media, first)


@relation("facts_of_product", attrgetter("id"))
def attributes(_root: Product, found: Sequence[Attribute]) -> Sequence[Attribute]:
    return found


@relation("variants_of_product", attrgetter("id"))
@paged(first=50)
def variants(root: Product, found: Sequence[Variant], page: PageRequest) -> Slice[Variant]:
    return page_of(found, page, f"variants:{root.id}")


async def variant_of_selection(root: Product, info: Info, selection: Selection) -> Variant | None:
    """The first variant with the selected options that can be bought, else the first with them."""
    _check(selection)
    loaders = info.context.loaders
    found = [item for item in await loaders.variants_of_product.load(root.id) if item.matches(selection)]
    assortment = await loaders.assortment.load(root.id)
    return next((item for item in found if assortment.can_be_bought(item.id)), found[0] if found else None)


async def is_value_available(root: OptionValue, info: Info, selection: Selection) -> bool:
    """Whether some variant with this value, and the rest of the selection, can be bought."""
    _check(selection)
    loaders = info.context.loaders
    every = await loaders.variants_of_product.load(root.product_id)
    mine = [item for item in every if item.matches([(root.option, root.key)])]
    names = {option.name for item in mine for option in item.options if option.key == root.option} | {root.option}
    rest = [(name, value) for name, value in selection if name not in names]
    assortment = await loaders.assortment.load(root.product_id)
    return any(item.matches(rest) and assortment.can_be_bought(item.id) for item in mine)


@relation("assortment", attrgetter("id"))
def price_range(_root: Product, found: Assortment) -> MoneyRange | None:
    return found.price_range


@relation("assortment", attrgetter("id"))
def availability(_root: Product, found: Assortment) -> AvailabilityState:
    return found.availability


@relation("product", attrgetter("product_id"))
def product_of_variant(_root: Variant, found: Product | None) -> Product:
    assert found is not None, "variants are deleted with their product"
    return found


@relation("assortment", attrgetter("product_id"))
def buy_box(root: Variant, found: Assortment) -> Offer | None:
    return found.buy_box(root.id)


@relation("assortment", attrgetter("product_id"))
@paged(first=10)
def offers(root: Variant, found: Assortment, page: PageRequest) -> Slice[Offer]:
    return page_of(found.of(root.id), page, f"offers:{root.id}")


@relation("lineage", attrgetter("parent_id"))
def parent(_root: Category, found: Sequence[Category] | None) -> Category | None:
    return None if found is None else found[-1]


@relation("lineage", attrgetter("id"))
def ancestors(_root: Category, found: Sequence[Category]) -> Sequence[Category]:
    """From the root down to the parent."""
    return found[:-1]


@relation("child_categories", attrgetter("id"))
def children(_root: Category, found: Sequence[Category]) -> Sequence[Category]:
    return found


async def structured_data(root: Seo, info: Info) -> dict[str, Any]:
    """The page as schema.org JSON-LD; a product's with the offers of this context."""
    document = {"@context": "https://schema.org", **root.structure}
    if root.product_id is None:
        return document
    loaders = info.context.loaders
    variants = await loaders.variants_of_product.load(root.product_id)
    assortment = await loaders.assortment.load(root.product_id)
    return product_document(document, variants, assortment)


def _check(selection: Selection) -> None:
    if len(selection) > MAX_SELECTED_OPTIONS:
        raise RequestFault(f"At most {MAX_SELECTED_OPTIONS} options can be selected.")


YES_AND_NO = {"en": ("Yes", "No"), "de": ("Ja", "Nein"), "ja": ("はい", "いいえ")}


@resting(IN_LANGUAGE)
def display(root: Attribute, info: Info) -> str:
    """The value of an attribute as people read it."""
    definition, value, language = root.definition, root.value, info.context.request.language
    if isinstance(value, bool):
        yes, no = YES_AND_NO.get(language.partition("-")[0], YES_AND_NO["en"])
        return yes if value else no
    text = number_text(value, language) if isinstance(value, int | float) else definition.values.get(value, value)
    return f"{text} {definition.unit}" if definition.unit else text
