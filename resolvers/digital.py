"""Digital goods: what their buyers may download, and what staff gives to download."""

from collections.abc import Sequence

from domain.fulfillment.digital import usecases
from domain.fulfillment.digital.model import DigitalDownload, DigitalFile
from domain.orders.model import Order, OrderLine
from domain.shared.actor import Actor
from resolvers.context import Info


async def downloads(root: OrderLine, info: Info) -> Sequence[DigitalDownload]:
    """For whoever bought them: a guest's to whoever holds the order's id; none for vendors and staff."""
    if not root.is_download:
        return []
    order = await info.context.loaders.order.load(root.order_id)
    if order is None or not _is_buyer(info.context.actor, order):
        return []
    return await info.context.loaders.downloads_of_line.load(root.id)


def _is_buyer(actor: Actor, order: Order) -> bool:
    if order.customer_id is not None:
        return order.customer_id == actor.customer_id
    return not actor.is_staff and not actor.vendor_ids


def url(root: DigitalDownload, info: Info) -> str:
    return info.context.services.links.sign(f"/downloads/{root.id}", info.context.now)


async def register_file(info: Info, command: usecases.RegisterFile) -> DigitalFile:
    context = info.context
    return await usecases.register_file(context.unit_of_work(), command, context.services.files)


async def import_keys(info: Info, command: usecases.ImportKeys) -> int:
    return await usecases.import_keys(info.context.unit_of_work(), command)
