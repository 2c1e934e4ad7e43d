"""What was sent."""

from operator import attrgetter

from domain.fulfillment import usecases
from domain.fulfillment.following.usecases import UpdateFulfillment
from domain.fulfillment.following.usecases import update_fulfillment as update
from domain.fulfillment.model import Fulfillment, FulfillmentLine
from domain.inventory.model import Warehouse
from domain.orders.model import OrderLine
from resolvers.access import may_see
from resolvers.context import Info
from resolvers.relations import relation


async def warehouse(root: Fulfillment, info: Info) -> Warehouse | None:
    """Where it was sent from, for those who may know the warehouse."""
    found = await info.context.loaders.warehouse.load(root.warehouse_id)
    return found if found is not None and may_see(info.context.actor, found) else None


@relation("order_line", attrgetter("order_line_id"))
def line(_root: FulfillmentLine, found: OrderLine | None) -> OrderLine | None:
    return found


async def create_fulfillment(info: Info, command: usecases.CreateFulfillment) -> Fulfillment:
    uow = info.context.vendor_unit_of_work(or_staff_with=usecases.ORDERS_WRITE)
    return await usecases.create_fulfillment(uow, command, now=info.context.now)


async def update_fulfillment(info: Info, command: UpdateFulfillment) -> Fulfillment:
    uow = info.context.vendor_unit_of_work(or_staff_with=usecases.ORDERS_WRITE)
    return await update(uow, command, now=info.context.now)


def packing_slip_url(root: Fulfillment, info: Info) -> str:
    return info.context.services.links.sign(f"/packing-slips/{root.id}.pdf", info.context.now)
