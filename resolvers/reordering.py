"""Buying an order again."""

from dataclasses import dataclass

from domain.cart.priced import PricedCart
from domain.orders.model import OrderLine
from domain.orders.reordering import usecases
from resolvers.cart import changed_cart
from resolvers.context import Info


@dataclass(frozen=True, slots=True)
class Reordered:
    """The new cart, and what of the order is not in it."""

    cart: PricedCart
    problems: tuple[usecases.NotReordered, ...]


async def reorder(info: Info, command: usecases.Reorder) -> Reordered:
    context = info.context
    order = await context.loaders.order.load(command.order_id)
    lines = await context.loaders.lines_of_order.load(command.order_id) if order else ()
    done = await usecases.reorder(
        context.unit_of_work(), command, order, lines, request=context.request, now=context.now
    )
    return Reordered(await changed_cart(info, done.cart_id), done.problems)


async def order_line(root: usecases.NotReordered, info: Info) -> OrderLine:
    found = await info.context.loaders.order_line.load(root.order_line_id)
    assert found is not None, "the order was read by the same caller"
    return found
