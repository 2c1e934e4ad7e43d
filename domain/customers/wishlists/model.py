"""Wishlists: what customers have an eye on, for themselves or to show to others."""

from collections.abc import Sequence

from domain.shared.errors import ErrorCode, Problem
from domain.shared.ids import CustomerId, VariantId, WishlistId
from domain.shared.making import dataclass
from domain.shared.text import is_plain

MAX_WISHLISTS = 20
MAX_ITEMS = 200
MAX_NAME_LENGTH = 100
DEFAULT_NAME = "Wishlist"


@dataclass(frozen=True, slots=True)
class Wishlist:
    """`items` in the order they were added. A shared one is read by whoever holds its unguessable id."""

    id: WishlistId
    version: int
    customer_id: CustomerId
    name: str
    is_shared: bool = False
    items: tuple[VariantId, ...] = ()

    def with_items(self, add: Sequence[VariantId], remove: Sequence[VariantId]) -> tuple[VariantId, ...]:
        """The items without `remove`, then with `add`; what stands in it already stays in its place."""
        kept = [item for item in self.items if item not in frozenset(remove)]
        return tuple(dict.fromkeys([*kept, *add]))


def wishlist_problems(wishlist: Wishlist) -> list[Problem]:
    """Why a list is not kept like this."""
    problems = []
    if not 0 < len(wishlist.name) <= MAX_NAME_LENGTH or not is_plain(wishlist.name):
        message = f"A name has 1 to {MAX_NAME_LENGTH} characters, none of them a control character."
        problems.append(Problem(ErrorCode.INVALID, message, ("name",)))
    if len(wishlist.items) > MAX_ITEMS:
        problems.append(Problem(ErrorCode.QUANTITY_LIMIT, f"A wishlist has at most {MAX_ITEMS} items.", ("add",)))
    return problems
