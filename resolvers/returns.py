"""Returns: what buyers ask, what vendors and staff decide, and what an order says of them."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from operator import attrgetter

from domain.inventory.model import Warehouse
from domain.orders.canceling.usecases import ORDERS_WRITE
from domain.orders.model import Order, OrderLine, VendorOrder
from domain.orders.refunding.model import Refund
from domain.pricing.offer import Offer
from domain.returns import usecases
from domain.returns.model import Receipt, Replacement, Return, ReturnLine, ReturnState, ReturnStatus, return_status
from domain.returns.settling.usecases import settle_return
from domain.shared.errors import Refused
from domain.shared.ids import ReturnId, VendorId
from domain.shared.making import dataclass
from domain.shared.page import Page, PageRequest
from persistence.returns import queries
from persistence.row_security import as_vendor
from resolvers.access import may_see
from resolvers.context import Info
from resolvers.payments import surroundings
from resolvers.relations import relation


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A consumer's right to withdraw from an order: `days` long, over at `until` once everything arrived."""

    days: int
    until: datetime | None
    text: str | None


async def request_return(info: Info, command: usecases.RequestReturn) -> Return:
    return await usecases.request_return(info.context.unit_of_work(), command, now=info.context.now)


async def cancel_return(info: Info, command: usecases.CancelReturn) -> Return:
    return await usecases.cancel_return(info.context.unit_of_work(), command, now=info.context.now)


async def decide_return(info: Info, command: usecases.DecideReturn) -> Return:
    """The decision is the vendor's; what came is refunded by the platform, now if it can be, else by the worker."""
    uow = info.context.vendor_unit_of_work(or_staff_with=ORDERS_WRITE)
    decided = await usecases.decide_return(uow, command, now=info.context.now)
    if decided.unsettled:
        with suppress(Refused):
            new_number = info.context.services.completing.new_number
            await settle_return(info.context.unit_of_work(), decided.id, surroundings(info), new_number=new_number)
    return await _written(info, decided.id)


async def label_return(info: Info, command: usecases.LabelReturn) -> Return:
    uow = info.context.vendor_unit_of_work(or_staff_with=ORDERS_WRITE)
    return await usecases.label_return(uow, command)


@relation("offer", attrgetter("offer_id"))
def offer_of_replacement(_root: Replacement, found: Offer | None) -> Offer | None:
    return found


@relation("order_line", attrgetter("order_line_id"))
def line_of_replacement(_root: Replacement, found: OrderLine | None) -> OrderLine | None:
    return found


@relation("returns_of_order", attrgetter("id"))
def of_order(_root: Order, found: Sequence[Return]) -> Sequence[Return]:
    return found


@relation("returns_of_vendor_order", attrgetter("vendor_id", "id"))
def of_part(_root: VendorOrder, found: Sequence[Return]) -> Sequence[Return]:
    return found


@relation("lines_of_order", attrgetter("id"))
def status(_root: Order, found: Sequence[OrderLine]) -> ReturnStatus:
    return return_status(found)


async def withdrawal(root: Order, info: Info) -> Withdrawal | None:
    """None where no law gives a term, and for businesses."""
    market = await info.context.loaders.market.load(root.market_id)
    assert market is not None, "markets with orders are never deleted"
    terms = await info.context.loaders.terms_of_sale.load((root.market_id, root.placed_at))
    if terms.withdrawal_days is None or root.vat_id is not None:
        return None
    arrived_at = await _arrived_at(root, info)
    until = None if arrived_at is None else terms.withdrawable_until(arrived_at)
    texts = market.withdrawal_text
    return Withdrawal(terms.withdrawal_days, until, texts.get(root.language) or texts.get(market.default_language))


@relation("vendor_order", attrgetter("vendor_order_id"))
def vendor_order(_root: Return, found: VendorOrder | None) -> VendorOrder | None:
    return found


async def refunds(root: Return, info: Info) -> Sequence[Refund]:
    """For those who may read the order."""
    found = await info.context.loaders.refund.load_many(list(root.refund_ids))
    return [refund for refund in found if refund is not None]


async def refund(root: Return, info: Info) -> Refund | None:
    """The last of them."""
    found = await refunds(root, info)
    return found[-1] if found else None


@relation("order_line", attrgetter("order_line_id"))
def line(_root: ReturnLine, found: OrderLine | None) -> OrderLine | None:
    return found


async def restocked_to(root: Receipt, info: Info) -> Warehouse | None:
    """Where the units were put, for those who may know the warehouse."""
    if root.restocked_to is None:
        return None
    found = await info.context.loaders.warehouse.load(root.restocked_to)
    return found if found is not None and may_see(info.context.actor, found) else None


async def of_vendor(
    info: Info, vendor_id: VendorId, request: PageRequest, states: Sequence[ReturnState] | None
) -> Page[Return]:
    """A vendor's returns, newest first, read as that vendor."""

    async def count() -> int:
        async with as_vendor(info.context.pool, vendor_id) as connection:
            return await queries.count_of_vendor(connection, vendor_id, states=states)

    async with as_vendor(info.context.pool, vendor_id) as connection:
        return await queries.returns_of_vendor(connection, vendor_id, request, states=states, count=count)


async def _arrived_at(root: Order, info: Info) -> datetime | None:
    """When the last of the order arrived; None while something is to come."""
    lines = await info.context.loaders.lines_of_order.load(root.id)
    if any(line.delivered < line.quantity - line.canceled for line in lines):
        return None
    sent = await info.context.loaders.fulfillments_of_order.load(root.id)
    return max((item.delivered_at for item in sent if item.delivered_at), default=None)


async def _written(info: Info, return_id: ReturnId) -> Return:
    """A return as a mutation left it, for whoever could change it."""
    (found,) = await queries.returns_by_id(info.context.pool, [return_id])
    return found
