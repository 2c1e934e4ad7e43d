"""Buying an order again."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.orders.reordering import usecases
from domain.shared.errors import ErrorCode
from domain.shared.ids import OrderId
from resolvers import reordering
from resolvers.ids import parse_id
from schema.base import Payload, mutation, represents, resolve
from schema.cart import Cart

if TYPE_CHECKING:
    from schema.orders import OrderLine


@strawberry.type(description="Something of an order that is not in the new cart, or not all of it.")
@represents(usecases.NotReordered)
class ReorderProblem:
    code: ErrorCode = resolve(description="The reason, for programs.")
    message: str = resolve(description="For developers and as a fallback; clients word their own by `code`.")
    order_line: Annotated["OrderLine", strawberry.lazy("schema.orders")] = resolve(
        reordering.order_line, description="What was bought then."
    )
    kept: int = resolve(description="How many units of it are in the cart.")


@strawberry.input(description="The order to buy again: one's own, or a guest's by its id.")
class ReorderInput:
    order_id: strawberry.ID
    idempotency_key: str

    def to_domain(self) -> usecases.Reorder:
        return usecases.Reorder(parse_id(self.order_id, "order", OrderId), self.idempotency_key)


@strawberry.type(description="A new cart of what can still be bought.")
class ReorderPayload(Payload):
    cart: Cart | None = resolve(description="The new cart, at present prices.")
    problems: list[ReorderProblem] | None = resolve(description="What is not in it, and why.")


@strawberry.type
class ReorderingMutation:
    reorder: ReorderPayload | None = mutation(
        reordering.reorder,
        input=ReorderInput,
        payload=ReorderPayload,
        description="Put what an order was of into a new cart, in the context of this request.",
    )
