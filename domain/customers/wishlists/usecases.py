"""Keeping wishlists: customers change their own, and nobody else does."""

from collections.abc import Sequence

from domain.customers.wishlists.model import DEFAULT_NAME, MAX_ITEMS, MAX_WISHLISTS, Wishlist, wishlist_problems
from domain.customers.wishlists.ports import Catalog, UnitOfWork
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import CustomerId, VariantId, WishlistId
from domain.shared.making import dataclass, replace


@dataclass(frozen=True, slots=True)
class UpdateWishlist:
    """Make a list, or change the one of `wishlist_id`; None leaves a value as it is.

    What is in it already is not added again, and what is not in it is removed without a word.
    """

    wishlist_id: WishlistId | None = None
    name: str | None = None
    add: tuple[VariantId, ...] = ()
    remove: tuple[VariantId, ...] = ()
    share: bool | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeleteWishlist:
    """Forget a list with all that is in it."""

    wishlist_id: WishlistId


async def update_wishlist(uow: UnitOfWork, command: UpdateWishlist, *, catalog: Catalog) -> Wishlist:
    """The list as it is then: the whole patch is applied, or nothing of it."""
    owner = _owner(uow)
    await _check_shown(catalog, command.add)
    async with uow:
        before = await _before(uow, command, owner)
        after = _patched(before, command)
        problems = wishlist_problems(after)
        if problems:
            raise Refused(*problems)
        if command.wishlist_id is None:
            await uow.wishlists.add(after)
        elif after != before:
            after = replace(after, version=before.version + 1)
            await uow.wishlists.save(after, before=before)
        await uow.commit()
    return after


async def delete_wishlist(uow: UnitOfWork, command: DeleteWishlist) -> WishlistId:
    owner = _owner(uow)
    async with uow:
        await locked(uow, command.wishlist_id, owner)
        await uow.wishlists.delete(command.wishlist_id)
        await uow.commit()
    return command.wishlist_id


async def locked(uow: UnitOfWork, wishlist_id: WishlistId, owner: CustomerId | None) -> Wishlist:
    """The owner's list, under lock."""
    found = await uow.wishlists.lock(wishlist_id)
    if found is None or found.customer_id != owner:
        raise refuse(ErrorCode.NOT_FOUND, "No such wishlist.", "wishlist_id")
    return found


def _owner(uow: UnitOfWork) -> CustomerId:
    """The customer who asks; a program has no wishlists."""
    if uow.actor.customer_id is None:
        raise refuse(ErrorCode.NOT_ALLOWED, "Wishlists are of customers who are signed in.")
    return uow.actor.customer_id


async def _check_shown(catalog: Catalog, add: Sequence[VariantId]) -> None:
    """Refuse what buyers are not shown, all of it at once."""
    if len(add) > MAX_ITEMS:
        raise refuse(ErrorCode.QUANTITY_LIMIT, f"A wishlist has at most {MAX_ITEMS} items.", "add")
    shown = await catalog.shown(add) if add else ()
    problems = [
        Problem(ErrorCode.NOT_FOUND, "No such variant.", ("add", str(at)))
        for at, variant in enumerate(add)
        if variant not in shown
    ]
    if problems:
        raise Refused(*problems)


async def _before(uow: UnitOfWork, command: UpdateWishlist, owner: CustomerId) -> Wishlist:
    if command.wishlist_id is None:
        await uow.customers.lock(owner)
        if await uow.wishlists.count(owner) >= MAX_WISHLISTS:
            raise refuse(ErrorCode.QUANTITY_LIMIT, f"A customer has at most {MAX_WISHLISTS} wishlists.")
        return Wishlist(WishlistId(uow.new_id("wishlist")), 1, owner, DEFAULT_NAME)
    found = await locked(uow, command.wishlist_id, owner)
    if command.expected_version not in (None, found.version):
        raise refuse(ErrorCode.VERSION_CONFLICT, f"The wishlist is at version {found.version}.", "expected_version")
    return found


def _patched(before: Wishlist, command: UpdateWishlist) -> Wishlist:
    return replace(
        before,
        name=before.name if command.name is None else command.name.strip(),
        is_shared=before.is_shared if command.share is None else command.share,
        items=before.with_items(command.add, command.remove),
    )
