"""What buyers and staff do to orders after they were placed."""

from domain.checkout.awaiting.usecases import cancel_unpaid
from domain.orders.canceling import usecases as canceling
from domain.orders.editing import usecases as editing
from domain.orders.holding import usecases as holding
from domain.orders.model import Order
from resolvers.context import Info
from resolvers.payments import surroundings, written


async def cancel_order(info: Info, command: canceling.CancelOrder) -> Order:
    uow = info.context.unit_of_work()
    if not await cancel_unpaid(uow, command):
        await canceling.cancel_order(uow, command, surroundings(info))
    return await written(info, command.order_id)


async def edit_order(info: Info, command: editing.EditOrder) -> Order:
    new_number = info.context.services.completing.new_number
    uow = info.context.unit_of_work()
    return await written(info, await editing.edit_order(uow, command, surroundings(info), new_number=new_number))


async def hold_order(info: Info, command: holding.HoldOrder) -> Order:
    return await written(info, await holding.hold_order(info.context.unit_of_work(), command))


async def release_order(info: Info, command: holding.ReleaseOrder) -> Order:
    return await written(info, await holding.release_order(info.context.unit_of_work(), command))


async def add_note(info: Info, command: holding.AddNote) -> Order:
    return await written(info, await holding.add_note(info.context.unit_of_work(), command))
