"""Goods that may not go everywhere, or not in every way."""

from collections.abc import Iterable
from dataclasses import field

from domain.pricing.promotions.selection import Goods
from domain.pricing.zones import Place, Zone
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.ids import CategoryId, DeliveryRestrictionId, ProductId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class Restriction:
    """A product, or a category with all below it, that is not delivered to a zone, in a way, or both; or at all."""

    id: DeliveryRestrictionId
    product_id: ProductId | None = None
    category_id: CategoryId | None = None
    zone: Zone | None = None
    kind: DeliveryKind | None = None

    def forbids(self, kind: DeliveryKind, place: Place) -> bool:
        """Whether goods that it is about may not reach the place in this way."""
        return self.kind in (None, kind) and (self.zone is None or self.zone.precision(place) > 0)


@dataclass(frozen=True, slots=True)
class Restrictions:
    """All restrictions, found by what they are about."""

    by_goods: dict[str, list[Restriction]] = field(default_factory=dict)

    @classmethod
    def of(cls, restrictions: Iterable[Restriction]) -> "Restrictions":
        found: dict[str, list[Restriction]] = {}
        for restriction in restrictions:
            key = restriction.product_id or restriction.category_id
            assert key is not None, "a restriction is about a product or a category"
            found.setdefault(key, []).append(restriction)
        return cls(found)

    def forbid(self, goods: Goods, kind: DeliveryKind, place: Place) -> bool:
        """Whether these goods may not reach the place in this way."""
        if not self.by_goods:
            return False
        about = [self.by_goods.get(key, ()) for key in (goods.product_id, *goods.categories)]
        return any(restriction.forbids(kind, place) for found in about for restriction in found)

    def never_sent(self, goods: Goods) -> bool:
        """Whether these goods are sent nowhere, so that they have to be fetched."""
        about = [self.by_goods.get(key, ()) for key in (goods.product_id, *goods.categories)] if self.by_goods else ()
        return any(
            restriction.zone is None and restriction.kind in (None, DeliveryKind.SHIP)
            for found in about
            for restriction in found
        )


NO_RESTRICTIONS = Restrictions()
