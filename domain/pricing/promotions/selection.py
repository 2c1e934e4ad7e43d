"""Which goods a promotion touches, decided in memory on what is known of them already."""

from dataclasses import dataclass

from domain.shared.ids import CategoryId, CollectionId, OfferId, ProductId, VariantId, VendorId


@dataclass(frozen=True, slots=True)
class Goods:
    """What a selection looks at. `categories` are those that the product stands in, and all above them."""

    product_id: ProductId
    variant_id: VariantId
    offer_id: OfferId
    vendor_id: VendorId
    brand_id: str | None = None
    categories: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True)
class Targets:
    """Goods that are among those named in each of the sets; an empty set leaves that open.

    A category stands for all below it as well.
    """

    products: frozenset[ProductId] = frozenset()
    variants: frozenset[VariantId] = frozenset()
    offers: frozenset[OfferId] = frozenset()
    categories: frozenset[CategoryId] = frozenset()
    collections: frozenset[CollectionId] = frozenset()
    vendors: frozenset[VendorId] = frozenset()
    brands: frozenset[str] = frozenset()

    def holds(self, goods: Goods) -> bool:
        return (
            (not self.products or goods.product_id in self.products)
            and (not self.variants or goods.variant_id in self.variants)
            and (not self.offers or goods.offer_id in self.offers)
            and (not self.vendors or goods.vendor_id in self.vendors)
            and (not self.brands or goods.brand_id in self.brands)
            and (not self.categories or not self.categories.isdisjoint(goods.categories))
            and (not self.collections or not self.collections.isdisjoint(goods.collections))
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Goods that any of `include` holds and none of `exclude`; without `include`, all goods."""

    include: tuple[Targets, ...] = ()
    exclude: tuple[Targets, ...] = ()

    def holds(self, goods: Goods) -> bool:
        included = not self.include or any(targets.holds(goods) for targets in self.include)
        return included and not any(targets.holds(goods) for targets in self.exclude)

    @property
    def asks_for_collections(self) -> bool:
        """Whether collections have to be known to decide."""
        return any(targets.collections for targets in (*self.include, *self.exclude))


EVERYTHING = Selection()
