"""Wishlists."""

import strawberry

from domain.cart.wishing import usecases as wishing
from domain.customers.wishlists import model, usecases
from domain.shared.ids import CartId, VariantId, WishlistId
from resolvers import wishlists
from resolvers.ids import parse_id
from schema.base import Node, Payload, mutation, represents, resolve
from schema.cart import Cart
from schema.catalog import Variant


@strawberry.federation.type(
    keys=["id"], description="What a customer has an eye on. Seen by its owner; a shared one by whoever has its id."
)
@represents(model.Wishlist)
class Wishlist(Node):
    loader = "wishlist"

    version: int = resolve(description="Grows with each change; pass it as `expectedVersion`.")
    name: str = resolve(description="What its owner calls it.")
    items: list[Variant] = resolve(
        wishlists.items, description="What is on it, 200 at most, in the order it was added; without what is not shown."
    )
    is_shared: bool = resolve(description="Whether others who have its id may read it.")
    share_url: str | None = resolve(
        wishlists.share_url,
        description="The storefront's page for it, where the shop has named one (`COMMERCE_WISHLIST_PAGE`); null "
        "unless it is shared.",
    )


@strawberry.input(description="A new list, or with `wishlistId` what to change of one; what is left out stays.")
class WishlistInput:
    wishlist_id: strawberry.ID | None = None
    name: str | None = strawberry.field(default=None, description="1 to 100 characters; a new list is `Wishlist`.")
    add: list[strawberry.ID] | None = strawberry.field(default=None, description="Variants; twice is as once.")
    remove: list[strawberry.ID] | None = strawberry.field(default=None, description="Variants; twice is as once.")
    share: bool | None = strawberry.field(default=None, description="Whether others who have its id may read it.")
    expected_version: int | None = None

    def to_domain(self) -> usecases.UpdateWishlist:
        return usecases.UpdateWishlist(
            None if self.wishlist_id is None else parse_id(self.wishlist_id, "wishlist", WishlistId),
            self.name,
            _variants(self.add),
            _variants(self.remove),
            self.share,
            self.expected_version,
        )


@strawberry.input(description="The list to forget.")
class WishlistDeleteInput:
    wishlist_id: strawberry.ID

    def to_domain(self) -> usecases.DeleteWishlist:
        return usecases.DeleteWishlist(parse_id(self.wishlist_id, "wishlist", WishlistId))


@strawberry.input(description="What to take from one's list into a cart, one unit of each.")
class WishlistMoveToCartInput:
    wishlist_id: strawberry.ID
    cart_id: strawberry.ID
    variants: list[strawberry.ID]
    idempotency_key: str

    def to_domain(self) -> wishing.MoveToCart:
        return wishing.MoveToCart(
            parse_id(self.wishlist_id, "wishlist", WishlistId),
            parse_id(self.cart_id, "cart", CartId),
            _variants(self.variants),
            self.idempotency_key,
        )


def _variants(ids: list[strawberry.ID] | None) -> tuple[VariantId, ...]:
    return tuple(dict.fromkeys(parse_id(each, "variant", VariantId) for each in ids or ()))


@strawberry.type(description="The list as it is now.")
class WishlistUpdatePayload(Payload):
    wishlist: Wishlist | None = resolve(description="The list as it is now.")


@strawberry.type(description="The list that is gone.")
class WishlistDeletePayload(Payload):
    wishlist_id: strawberry.ID | None = resolve(description="Its id, which nothing has any more.")


@strawberry.type(description="What was moved.")
class WishlistMoveToCartPayload(Payload):
    cart: Cart | None = resolve(description="The cart with it.")
    wishlist: Wishlist | None = resolve(description="The list without it.")


@strawberry.type
class WishlistsQuery:
    wishlist: Wishlist | None = resolve(wishlists.wishlist, description="One's own list, or one that is shared.")


@strawberry.type
class WishlistsMutation:
    wishlist_update: WishlistUpdatePayload | None = mutation(
        wishlists.update_wishlist,
        input=WishlistInput,
        payload=WishlistUpdatePayload,
        authenticated=True,
        policy=[["self"]],
        description="Make a wishlist, add to it, remove from it, rename or share it. A customer has at most 20.",
    )
    wishlist_delete: WishlistDeletePayload | None = mutation(
        wishlists.delete_wishlist,
        input=WishlistDeleteInput,
        payload=WishlistDeletePayload,
        authenticated=True,
        policy=[["self"]],
        description="Forget a wishlist.",
    )
    wishlist_move_to_cart: WishlistMoveToCartPayload | None = mutation(
        wishlists.move_to_cart,
        input=WishlistMoveToCartInput,
        payload=WishlistMoveToCartPayload,
        authenticated=True,
        policy=[["self"]],
        description="Put what is wished for into a cart and take it off the list: all that is named, or nothing.",
    )
