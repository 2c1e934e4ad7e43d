"""Gifts that promotions put into a cart: computed with its prices, and stored nowhere but where the buyer declined one.

A gift has a line of its own as long as its promotion gives it, in the quantity that it gives. What is chosen from
several offers, was declined, or would have to be sent for a charge of its own is told instead, and may be added.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from domain.cart.model import Cart, CartLine, LineChange
from domain.pricing.facts import OfferFacts
from domain.pricing.promoting.book import PromotionBook
from domain.pricing.promotions.actions import FreeGift
from domain.pricing.promotions.model import Promotion
from domain.pricing.tiers import Bought
from domain.shared.errors import ErrorCode, Problem, Refused
from domain.shared.ids import CartId, CartLineId, OfferId, PromotionId, type_id
from domain.shared.making import replace

NO_UNITS: Mapping[OfferId, int] = {}


def gift_line_id(cart_id: CartId, offer_id: OfferId) -> CartLineId:
    """The id that the line of a gift has in a cart, each time it is computed."""
    digest = hashlib.sha256(f"{cart_id} {offer_id}".encode()).digest()
    return CartLineId(type_id("cart_line", int.from_bytes(digest[:16])))


def gifts_on_offer(book: PromotionBook, now: datetime, revision: int | None = None) -> tuple[OfferId, ...]:
    """The offers that promotions put into carts by themselves at an instant."""
    running = [_added(promotion) for promotion in book.running(now, revision)]
    return tuple(dict.fromkeys(gift.offer_id for gift in running if gift is not None))


def gift_lines(
    cart: Cart,
    promotions: Iterable[Promotion],
    facts: Mapping[OfferId, OfferFacts],
    *,
    now: datetime,
    held: Mapping[OfferId, int] = NO_UNITS,
) -> tuple[CartLine, ...]:
    """What these promotions may put into the cart, if they apply, and there is enough of it.

    `held` are units that are kept for this cart already.
    """
    wanted: dict[OfferId, tuple[int, frozenset[PromotionId]]] = {}
    for promotion in promotions:
        gift = _added(promotion)
        if gift is not None and _may_give(promotion, gift, facts):
            quantity, givers = wanted.get(gift.offer_id, (0, frozenset()))
            wanted[gift.offer_id] = (quantity + gift.quantity, givers | {promotion.id})
    if not wanted or not cart.takes_promotions:
        return ()
    own = {line.offer_id for line in cart.lines} | set(cart.declined_gifts)
    return tuple(
        CartLine(gift_line_id(cart.id, offer_id), offer_id, quantity, gift_of=givers)
        for offer_id, (quantity, givers) in wanted.items()
        if offer_id not in own and _can_be_had(cart, facts[offer_id], quantity, facts, now, held.get(offer_id, 0))
    )


def with_gift_changes(
    cart: Cart, changes: Sequence[LineChange], on_offer: Collection[OfferId]
) -> tuple[Cart, tuple[LineChange, ...]]:
    """The cart with gifts declined that are set to no units, and the changes of other lines.

    A gift that was declined is taken after all by setting it to any number; another quantity than it has is refused.
    """
    gifts = {gift_line_id(cart.id, offer_id): offer_id for offer_id in on_offer}
    declined = dict.fromkeys(cart.declined_gifts)
    problems = []
    for at, change in enumerate(changes):
        offer_id = gifts.get(change.line_id)
        if offer_id is None:
            continue
        if change.quantity == 0:
            declined[offer_id] = None
        elif offer_id in declined:
            del declined[offer_id]
        else:
            message = "A gift comes in the quantity that its promotion gives."
            problems.append(Problem(ErrorCode.NOT_ALLOWED, message, ("set", str(at), "quantity")))
    if problems:
        raise Refused(*problems)
    others = tuple([change for change in changes if change.line_id not in gifts])
    return replace(cart, declined_gifts=tuple(declined)), others


def _added(promotion: Promotion) -> FreeGift | None:
    """What a promotion puts into carts by itself: a gift that leaves no choice."""
    action = promotion.action
    return action if isinstance(action, FreeGift) and not action.others else None


def _may_give(promotion: Promotion, gift: FreeGift, facts: Mapping[OfferId, OfferFacts]) -> bool:
    offer = facts.get(gift.offer_id)
    return offer is not None and promotion.vendor_id in (None, offer.vendor_id)


def _can_be_had(
    cart: Cart, offer: OfferFacts, quantity: int, facts: Mapping[OfferId, OfferFacts], now: datetime, held: int
) -> bool:
    prices = offer.unit_prices(cart.sale(now), Bought.alone(quantity))
    if prices is None or prices.unequal or not prices.average:
        return False
    return (
        offer.allows(quantity)
        and offer.available + held >= quantity
        and (offer.is_digital or _goes_along(cart, offer, facts))
    )


def _goes_along(cart: Cart, offer: OfferFacts, facts: Mapping[OfferId, OfferFacts]) -> bool:
    """Whether its vendor sends something else of the cart, so that it is no delivery of its own."""
    bought = [facts[line.offer_id] for line in cart.lines if line.offer_id in facts]
    return any(other.vendor_id == offer.vendor_id and not other.is_digital for other in bought)
