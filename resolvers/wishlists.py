"""Wishlists: reading one's own and shared ones, changing them, and buying what is on them."""

from collections.abc import Collection, Sequence
from operator import attrgetter

import strawberry

from domain.cart.priced import PricedCart
from domain.cart.wishing import usecases as wishing
from domain.catalog.model import Variant
from domain.customers.model import Customer
from domain.customers.wishlists import usecases
from domain.customers.wishlists.model import Wishlist
from domain.shared.ids import VariantId, WishlistId
from domain.shared.making import dataclass
from resolvers.access import may_see
from resolvers.cart import BuyBoxes, changed_cart
from resolvers.context import Info
from resolvers.ids import parse_id
from resolvers.relations import relation


@dataclass(frozen=True, slots=True)
class Moved:
    """The cart with what was wished for, and the list without."""

    cart: PricedCart
    wishlist: Wishlist


async def wishlist(info: Info, id: strawberry.ID) -> Wishlist | None:
    """One's own by its id, or a shared one."""
    found = await info.context.loaders.wishlist.load(parse_id(id, "wishlist", WishlistId))
    return found if found is not None and may_see(info.context.actor, found) else None


@relation("wishlists_of_customer", attrgetter("id"))
def wishlists_of_customer(_root: Customer, found: Sequence[Wishlist]) -> Sequence[Wishlist]:
    return found


async def items(root: Wishlist, info: Info) -> list[Variant]:
    """What of the list is shown to whoever asks."""
    found = await info.context.loaders.variant.load_many(root.items)
    return [item for item in found if item is not None and may_see(info.context.actor, item)]


def share_url(root: Wishlist, info: Info) -> str | None:
    page = info.context.services.pages.wishlist
    return page.replace("{}", root.id) if page and root.is_shared else None


async def update_wishlist(info: Info, command: usecases.UpdateWishlist) -> Wishlist:
    return await usecases.update_wishlist(info.context.unit_of_work(), command, catalog=Shown(info))


async def delete_wishlist(info: Info, command: usecases.DeleteWishlist) -> strawberry.ID:
    return strawberry.ID(await usecases.delete_wishlist(info.context.unit_of_work(), command))


async def move_to_cart(info: Info, command: wishing.MoveToCart) -> Moved:
    context = info.context
    await wishing.move_to_cart(context.unit_of_work(), command, sellers=BuyBoxes(info), now=context.now)
    cart = await changed_cart(info, command.cart_id)
    found = await info.context.loaders.wishlist.load(command.wishlist_id)
    assert found is not None, "it was just written"
    return Moved(cart, found)


class Shown:
    """Implements `domain.customers.wishlists.ports.Catalog` for whoever asks."""

    def __init__(self, info: Info) -> None:
        self._info = info

    async def shown(self, variants: Sequence[VariantId]) -> Collection[VariantId]:
        context = self._info.context
        found = await context.loaders.variant.load_many(variants)
        return {item.id for item in found if item is not None and may_see(context.actor, item)}
