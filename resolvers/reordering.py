"""Buying an order again."""

from operator import attrgetter

from domain.cart.priced import PricedCart
from domain.orders.model import OrderLine
from domain.orders.reordering import usecases
from domain.shared.making import dataclass
from resolvers.cart import changed_cart
from resolvers.context import Info
from resolvers.relations import relation


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


@relation("order_line", attrgetter("order_line_id"))
def order_line(_root: usecases.NotReordered, found: OrderLine | None) -> OrderLine:
    assert found is not None, "the order was read by the same caller"
    return found
