"""Orders as their buyers and staff read them, and what vendors do with their parts."""

from collections.abc import Sequence
from operator import attrgetter

import strawberry

from domain.catalog.model import SelectedOption, Variant
from domain.customers.model import Customer
from domain.fulfillment.model import Fulfillment
from domain.orders import usecases
from domain.orders.model import (
    FulfillmentStatus,
    Order,
    OrderLine,
    Paid,
    PaymentStatus,
    VendorOrder,
)
from domain.orders.model import (
    fulfillment_status as status_of_lines,
)
from domain.orders.model import (
    payment_status as status_of_payments,
)
from domain.payments.model import Payment
from domain.pricing.context import RequestContext
from domain.pricing.model import Market
from domain.pricing.quote import Totals
from domain.shared.ids import OrderId
from domain.shared.making import replace
from domain.shared.media import Image
from domain.shared.money import Money
from domain.shared.page import Page, PageRequest
from persistence import outbox
from persistence.orders import queries
from resolvers.access import may_see
from resolvers.context import Info
from resolvers.ids import parse_id
from resolvers.lists import Slice, page_of
from resolvers.log import EventPage, checked_size, event_page, position_of
from resolvers.paging import paged
from resolvers.relations import relation

TIMELINE_SIZE = 20


async def order(info: Info, id: strawberry.ID) -> Order | None:
    """Whoever holds a guest's order's id may read it; a customer's order is the customer's and staff's to read."""
    return await info.context.loaders.order.load(parse_id(id, "order", OrderId))


@paged()
async def orders_of_customer(root: Customer, info: Info, page: PageRequest) -> Page[Order]:
    """A customer's orders, newest first."""
    return await queries.orders_of_customer(info.context.pool, root.id, page)


@relation("paid_of_order", attrgetter("id"))
def payment_status(root: Order, paid: Paid) -> PaymentStatus:
    return status_of_payments(root.net_total, paid)


@relation("lines_of_order", attrgetter("id"))
def fulfillment_status(_root: Order, found: Sequence[OrderLine]) -> FulfillmentStatus:
    return status_of_lines(found)


@relation("paid_of_order", attrgetter("id"))
def totals(root: Order, paid: Paid) -> Totals:
    """What was agreed on, and what is left to pay of it: beyond what payments hold or have taken, and was canceled."""
    due = max(Money.zero(root.currency), root.net_total - Money(paid.covered, root.currency))
    return replace(root.totals, tendered=root.totals.total.gross - due, due=due)


async def customer(root: Order, info: Info) -> Customer | None:
    """The customer, for themselves and for those who may read customers."""
    if root.customer_id is None:
        return None
    found = await info.context.loaders.customer.load(root.customer_id)
    return found if found is not None and may_see(info.context.actor, found) else None


@relation("market", attrgetter("market_id"))
def context(root: Order, market: Market | None) -> RequestContext:
    assert market is not None, "markets with orders are never deleted"
    return RequestContext(market, root.country, root.language, root.currency)


@relation("lines_of_order", attrgetter("id"))
@paged()
def lines(_root: Order, found: Sequence[OrderLine], page: PageRequest) -> Slice[OrderLine]:
    return page_of(found, page, "order_lines")


@relation("vendor_orders_of_order", attrgetter("id"))
def vendor_orders(_root: Order, found: Sequence[VendorOrder]) -> Sequence[VendorOrder]:
    return found


@relation("payments_of_order", attrgetter("id"))
def payments(_root: Order, found: Sequence[Payment]) -> Sequence[Payment]:
    return found


@relation("fulfillments_of_order", attrgetter("id"))
def fulfillments(_root: Order, found: Sequence[Fulfillment]) -> Sequence[Fulfillment]:
    return found


async def timeline(root: Order, info: Info, first: int = TIMELINE_SIZE, after: str | None = None) -> EventPage:
    """What happened to the order, oldest first. First pages of many orders are read in one statement."""
    limit = checked_size(first) + 1
    if after is None:
        found = await info.context.loaders.first_events_of_order.load((root.id, limit))
    else:
        found = await outbox.after(info.context.pool, position_of(after), limit=limit, order_id=root.id)
    return event_page(found, first, after)


def options(root: OrderLine) -> Sequence[SelectedOption]:
    return [SelectedOption(name, value, key=name, value_key=value) for name, value in root.snapshot.options]


def image(root: OrderLine) -> Image | None:
    url = root.snapshot.image_url
    return None if url is None else Image(url, root.snapshot.image_alt)


async def variant(root: OrderLine, info: Info) -> Variant | None:
    """What can be bought today under the same id, if anything."""
    found = await info.context.loaders.variant.load(root.variant_id)
    return found if found is not None and may_see(info.context.actor, found) else None


@relation("lines_of_vendor_order", attrgetter("vendor_id", "id"))
def lines_of_part(_root: VendorOrder, found: Sequence[OrderLine]) -> Sequence[OrderLine]:
    return found


@relation("fulfillments_of_vendor_order", attrgetter("vendor_id", "id"))
def fulfillments_of_part(_root: VendorOrder, found: Sequence[Fulfillment]) -> Sequence[Fulfillment]:
    return found


async def accept_vendor_order(info: Info, command: usecases.AcceptVendorOrder) -> VendorOrder:
    return await usecases.accept_vendor_order(info.context.vendor_unit_of_work(), command)
