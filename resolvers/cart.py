"""Carts: reading, changing, and hearing of changes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from operator import attrgetter

import strawberry

from domain.cart import usecases
from domain.cart.gifts import gifts_on_offer
from domain.cart.priced import CartGroup, CartProblem, PricedCart, PricedLine, told_of
from domain.pricing.offer import Offer
from domain.pricing.promotions.engine import Gift
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import CartId, OfferId, VariantId
from domain.shared.page import PageRequest
from domain.vendors.model import Vendor
from loaders.cart import priced
from resolvers.access import may_see
from resolvers.codes import begin_codes, end_codes
from resolvers.context import Context, Info
from resolvers.following import changes
from resolvers.ids import parse_id
from resolvers.lists import Slice, page_of
from resolvers.paging import paged
from resolvers.relations import relation


async def cart(info: Info, id: strawberry.ID) -> PricedCart | None:
    return await _visible(info, parse_id(id, "cart", CartId))


async def _visible(info: Info, cart_id: CartId) -> PricedCart | None:
    found = await info.context.loaders.cart.load(cart_id)
    return found if found is not None and may_see(info.context.actor, found) else None


async def changed_cart(info: Info, cart_id: CartId) -> PricedCart:
    """The cart as it was just written."""
    info.context.forget_reads()
    found = await _visible(info, cart_id)
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such cart.")
    return found


async def _created_cart(info: Info, created: usecases.Created) -> PricedCart:
    """The cart that a call has made; one that was just written is not read again."""
    if created.cart is None:
        return await changed_cart(info, created.cart_id)
    return await priced(info.context.loaders, created.cart, now=info.context.now, facts=created.facts)


async def create_cart(info: Info, command: usecases.CreateCart) -> PricedCart:
    context = info.context
    await begin_codes(info, command.promo_codes)
    created = await usecases.create_cart(
        context.unit_of_work(),
        command,
        sellers=BuyBoxes(info),
        request=context.request,
        now=context.now,
        gifts_on_offer=await _gifts_on_offer(context),
    )
    found = await _created_cart(info, created)
    await end_codes(info, command.promo_codes, found.promo_codes)
    return found


async def update_cart(info: Info, command: usecases.UpdateCart) -> PricedCart:
    context = info.context
    codes = command.promo_codes or ()
    await begin_codes(info, codes)
    cart_id = await usecases.update_cart(
        context.unit_of_work(),
        command,
        sellers=BuyBoxes(info),
        now=context.now,
        gifts_on_offer=await _gifts_on_offer(context),
    )
    found = await changed_cart(info, cart_id)
    await end_codes(info, codes, found.promo_codes)
    return found


async def _gifts_on_offer(context: Context) -> Sequence[OfferId]:
    """What promotions may put into carts at the moment of the request."""
    known = await context.services.reference.facts()
    return gifts_on_offer(known.promotions, context.now)


async def merge_carts(info: Info, command: usecases.MergeCarts) -> PricedCart:
    merged = await usecases.merge_carts(info.context.unit_of_work(), command, now=info.context.now)
    return told_of(await changed_cart(info, merged.cart_id), merged.capped)


@relation("email_of_cart", attrgetter("id"))
def email(_root: PricedCart, found: str | None) -> str | None:
    return found


async def cart_changed(info: Info, id: strawberry.ID) -> AsyncIterator[PricedCart]:
    """The cart as it is, then each time it changes."""
    cart_id = parse_id(id, "cart", CartId)
    return changes(info, cart_id, lambda: _visible(info, cart_id), lambda found: found.version)


@paged(first=100)
async def lines(root: PricedCart, page: PageRequest) -> Slice[PricedLine]:
    return page_of(root.priced_lines, page, f"lines:{root.id}")


@relation("offer", attrgetter("offer_id"))
def offer_of_line(_root: PricedLine, found: Offer | None) -> Offer | None:
    return found


@relation("offer", attrgetter("offer_id"))
def offer_of_gift(_root: Gift, found: Offer | None) -> Offer | None:
    return found


async def offers_of_gift(root: Gift, info: Info) -> list[Offer]:
    found = await info.context.loaders.offer.load_many(root.offers)
    return [offer for offer in found if offer is not None]


@relation("vendor", attrgetter("vendor_id"))
def vendor_of_group(_root: CartGroup, found: Vendor | None) -> Vendor:
    assert found is not None, "an offer refers to its vendor"
    return found


async def line_of_problem(root: CartProblem) -> strawberry.ID | None:
    return strawberry.ID(root.line_id) if root.line_id else None


class BuyBoxes:
    """Implements `domain.cart.ports.Sellers` for the context of the request."""

    def __init__(self, info: Info) -> None:
        self._info = info

    async def of(self, variants: Sequence[VariantId]) -> Mapping[VariantId, OfferId]:
        context = self._info.context
        found = [item for item in await context.loaders.variant.load_many(variants) if item is not None]
        seen = [item for item in found if may_see(context.actor, item)]
        assortments = await context.loaders.assortment.load_many([item.product_id for item in seen])
        boxes = {item.id: box.buy_box(item.id) for item, box in zip(seen, assortments, strict=True)}
        return {variant: offer.id for variant, offer in boxes.items() if offer is not None}
