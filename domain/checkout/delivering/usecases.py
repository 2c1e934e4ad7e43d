"""Goods kept ready where they will be sent from or fetched, each within the transaction of its caller."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.checkout.gifts import without_lines
from domain.checkout.holding import expired, stock_problems
from domain.checkout.model import Checkout
from domain.checkout.ports import UnitOfWork
from domain.fulfillment.places import PickupPlace, PickupPlaceId
from domain.shared.errors import Refused
from domain.shared.ids import DeliveryGroupId, PickupPointId
from domain.shared.making import replace

STORE, POINT = "warehouse_", "pickup_point_"


async def chosen_places(
    uow: UnitOfWork, checkout: Checkout, chosen: Sequence[tuple[DeliveryGroupId, PickupPlaceId]]
) -> Mapping[DeliveryGroupId, PickupPlace]:
    """The places as buyers are shown them; those that there are not are left out."""
    if not chosen:
        return {}
    ids = [PickupPointId(place_id) for _, place_id in chosen if place_id.startswith(POINT)]
    points = await uow.pickup_points.by_id(ids) if ids else ()
    known: dict[str, PickupPlace] = {point.id: point.place for point in points}
    for stores in (uow.terms.terms(checkout.market_id).delivery.stores or {}).values():
        known |= {store.warehouse_id: store.place for store in stores}
    return {group_id: known[place_id] for group_id, place_id in chosen if place_id in known}


async def held_ready(
    uow: UnitOfWork, checkout: Checkout, now: datetime, *, replacing: Checkout | None = None, path: str = "cart_id"
) -> Checkout:
    """The checkout with all of its goods held, from where rule S9 says; refused if something falls short.

    A gift that somebody else was faster at is no reason to: it is not given then.
    """
    destination = uow.terms.terms(checkout.market_id).delivery.destination(checkout.delivery_place)
    holding = await uow.reservations.hold(
        checkout, now=now, until=checkout.expires_at, replacing=replacing, towards=destination
    )
    gifts = [line.cart_line_id for line in checkout.lines if line.gift_of and line.offer_id in holding.short]
    if gifts and len(gifts) == len(holding.short):
        await uow.checkouts.drop_lines(checkout.id, gifts)
        return await held_ready(uow, without_lines(checkout, gifts), now, replacing=replacing, path=path)
    if holding.short:
        raise Refused(*stock_problems(checkout.lines, holding.short, path))
    return replace(checkout, held=holding.held)


async def saved_ready(uow: UnitOfWork, before: Checkout, after: Checkout, now: datetime) -> Checkout:
    """Write the changed checkout, its goods held on, or sourced anew if they are fetched or sent somewhere else now.

    What it holds no more is given back.
    """
    if before.demand != after.demand:
        await uow.checkouts.save(after)
        return await held_ready(uow, after, now, replacing=before, path="deliveries")
    if (before.fetched_at, before.delivery_country) != (after.fetched_at, after.delivery_country):
        await uow.checkouts.save(after)
        return await held_ready(uow, after, now, path="deliveries")
    if not after.is_covered_by(await uow.checkouts.save_holding(after)):
        raise expired()
    return after
