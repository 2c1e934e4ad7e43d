"""Which goods a promotion touches, decided in memory on what is known of them already."""

from dataclasses import field

from domain.shared.ids import CategoryId, CollectionId, OfferId, ProductId, VariantId, VendorId
from domain.shared.making import dataclass


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
        for name, targets, is_set in self._asked:
            found = getattr(goods, name)
            if targets.isdisjoint(found) if is_set else found not in targets:
                return False
        return True

    _asked: tuple[tuple[str, frozenset[str], bool], ...] = field(init=False, repr=False, compare=False)
    """What is named: what of the goods it is compared with, and whether they have several of that."""

    def __post_init__(self) -> None:
        asked = [
            (name, getattr(self, of), is_set) for of, (name, is_set) in _COMPARED_WITH.items() if getattr(self, of)
        ]
        object.__setattr__(self, "_asked", tuple(asked))


_COMPARED_WITH = {
    "products": ("product_id", False),
    "variants": ("variant_id", False),
    "offers": ("offer_id", False),
    "categories": ("categories", True),
    "collections": ("collections", True),
    "vendors": ("vendor_id", False),
    "brands": ("brand_id", False),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Goods that any of `include` holds and none of `exclude`; without `include`, all goods."""

    include: tuple[Targets, ...] = ()
    exclude: tuple[Targets, ...] = ()

    def holds(self, goods: Goods) -> bool:
        included = not self.include or any(targets.holds(goods) for targets in self.include)
        return included and not any(targets.holds(goods) for targets in self.exclude)


EVERYTHING = Selection()
