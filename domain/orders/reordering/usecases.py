"""Buying again what an order was of: a new cart of what can still be had, and word of the rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.cart.model import MAX_QUANTITY, Addition, Cart, CartState
from domain.cart.ports import UnitOfWork
from domain.companies.model import BuyingCompany
from domain.orders.model import Order, OrderLine
from domain.pricing.context import RequestContext
from domain.pricing.facts import OfferFacts
from domain.pricing.tiers import Bought
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.idempotency import once
from domain.shared.ids import CartId, CartLineId, OrderId, OrderLineId
from domain.shared.making import dataclass, replace


@dataclass(frozen=True, slots=True)
class Reorder:
    """Put what an order was of into a new cart, in the context of the request."""

    order_id: OrderId
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class NotReordered:
    """Of an order's line so many units are in the new cart; fewer than were bought, or none, for this reason."""

    order_line_id: OrderLineId
    code: ErrorCode
    message: str
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Reordered:
    cart_id: CartId
    problems: tuple[NotReordered, ...]


def may_reorder(actor: Actor, order: Order) -> bool:
    """Customers buy their own orders again; a guest's order is anybody's who holds its unguessable id."""
    return order.customer_id is None or order.customer_id == actor.customer_id


async def reorder(
    uow: UnitOfWork,
    command: Reorder,
    order: Order | None,
    lines: Sequence[OrderLine],
    *,
    request: RequestContext,
    now: datetime,
) -> Reordered:
    """A new cart at present prices, of the same offers but for gifts. Refused if nothing of them is sold here any more.

    What is merely out of stock goes into the cart, whose problems tell of it.
    """
    if order is None or not may_reorder(uow.actor, order):
        raise refuse(ErrorCode.NOT_FOUND, "No such order.", "order_id")
    act = once(command, scope=order.id, key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        if done is not None:
            return _told(done)
        empty = replace(_empty(CartId(uow.new_id("cart")), uow.actor, request), company=await _company(uow, order))
        bought = [line for line in lines if not line.is_gift]
        offers = list({line.offer_id: None for line in bought})
        facts = await uow.offers.facts(offers, language=empty.language, currency=empty.currency, now=now)
        judged = [_judged(line, facts.get(line.offer_id), empty, now) for line in bought]
        additions = [addition for addition, _ in judged if addition]
        problems = tuple(problem for _, problem in judged if problem)
        if not additions:
            raise Refused(*[Problem(problem.code, problem.message, ("order_id",)) for problem in problems])
        await uow.carts.add(empty.with_added(additions, lambda: CartLineId(uow.new_id("cart_line"))))
        done_now = Reordered(empty.id, problems)
        await uow.idempotency.finish(act, _stored(done_now))
        await uow.commit()
    return done_now


async def _company(uow: UnitOfWork, order: Order) -> BuyingCompany | None:
    """The company that the order was for, if the customer still buys for it; otherwise they buy for themselves."""
    if order.company is None or uow.actor.customer_id is None:
        return None
    found = await uow.companies.buying(order.company.id, uow.actor.customer_id)
    return found if found and found.lets_buy else None


def _empty(cart_id: CartId, actor: Actor, request: RequestContext) -> Cart:
    return Cart(
        id=cart_id,
        version=1,
        state=CartState.ACTIVE,
        market_id=request.market.id,
        country=request.country,
        language=request.language,
        currency=request.currency,
        customer_id=actor.customer_id,
        customer_group=actor.customer_group,
    )


def _judged(
    line: OrderLine, offer: OfferFacts | None, cart: Cart, now: datetime
) -> tuple[Addition | None, NotReordered | None]:
    """What of a line goes into the cart, and why it is not all of it."""
    if offer is None or not offer.is_sold:
        return None, NotReordered(line.id, ErrorCode.NOT_PURCHASABLE, "This is not sold any more.")
    if offer.unit_prices(cart.sale(now), Bought.alone(line.quantity)) is None:
        return None, NotReordered(line.id, ErrorCode.NOT_PURCHASABLE, "This has no price here.")
    quantity = offer.largest(min(line.quantity, MAX_QUANTITY))
    if quantity == line.quantity:
        return Addition(line.offer_id, quantity), None
    message = f"This is sold by {quantity} units now; {line.quantity} were bought."
    if quantity > line.quantity:
        return None, NotReordered(line.id, ErrorCode.QUANTITY_LIMIT, message)
    return Addition(line.offer_id, quantity), NotReordered(line.id, ErrorCode.QUANTITY_LIMIT, message, quantity)


def _stored(done: Reordered) -> dict[str, Any]:
    problems = [[item.order_line_id, item.code.value, item.message, item.kept] for item in done.problems]
    return {"cart_id": done.cart_id, "problems": problems}


def _told(outcome: Mapping[str, Any]) -> Reordered:
    problems = [
        NotReordered(OrderLineId(line_id), ErrorCode(code), message, kept)
        for line_id, code, message, kept in outcome["problems"]
    ]
    return Reordered(CartId(outcome["cart_id"]), tuple(problems))
