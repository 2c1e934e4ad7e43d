"""From a wishlist into a cart: what is bought is no longer wished for."""

from datetime import datetime
from typing import Protocol

from domain.cart import ports
from domain.cart.model import CartState, LineRequest
from domain.cart.ports import Sellers
from domain.cart.usecases import chosen, locked_cart, with_additions
from domain.customers.wishlists import ports as wishlists
from domain.customers.wishlists.usecases import locked
from domain.shared.errors import ErrorCode, refuse
from domain.shared.idempotency import once
from domain.shared.ids import CartId, VariantId, WishlistId
from domain.shared.making import dataclass, replace


class UnitOfWork(ports.UnitOfWork, wishlists.UnitOfWork, Protocol):
    """Carts and wishlists."""


@dataclass(frozen=True, slots=True)
class MoveToCart:
    """Put one unit of each of these variants into the cart, from whoever sells it now, and off the list."""

    wishlist_id: WishlistId
    cart_id: CartId
    variants: tuple[VariantId, ...]
    idempotency_key: str


async def move_to_cart(uow: UnitOfWork, command: MoveToCart, *, sellers: Sellers, now: datetime) -> None:
    """All of them are moved, or none: what nobody sells is refused and stays wished for."""
    if not command.variants:
        raise refuse(ErrorCode.REQUIRED, "Name what shall be moved.", "variants")
    additions = await chosen(sellers, [LineRequest(1, variant_id=each) for each in command.variants], field="variants")
    act = once(command, scope=command.wishlist_id, key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.claim(act, {}) is not None:
            return
        cart = await locked_cart(uow, command.cart_id, "cart_id", {CartState.ACTIVE})
        before = await locked(uow, command.wishlist_id, uow.actor.customer_id)
        if not set(command.variants) <= set(before.items):
            raise refuse(ErrorCode.NOT_FOUND, "Not all of this is on the list.", "variants")
        filled = await with_additions(uow, cart, additions, field="variants", now=now)
        await uow.carts.save(replace(filled, version=cart.version + 1), before=cart)
        left = replace(before, version=before.version + 1, items=before.with_items((), command.variants))
        await uow.wishlists.save(left, before=before)
        uow.tell(cart.id)
        await uow.commit()
