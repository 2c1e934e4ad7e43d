"""Gift wrap: what vendors ask for it, and what was chosen of it."""

from operator import attrgetter

from domain.orders.model import OrderLine
from domain.pricing.usecases import PRICING_WRITE
from domain.pricing.wrapping import usecases
from domain.pricing.wrapping.model import GiftWrap, WrapOffer
from domain.vendors.model import Vendor
from resolvers.context import Info
from resolvers.relations import relation
from resolvers.vendors import must_load_vendor


async def set_gift_wrap(info: Info, command: usecases.SetGiftWrap) -> Vendor:
    uow = info.context.vendor_unit_of_work(or_staff_with=PRICING_WRITE)
    vendor_id = await usecases.set_gift_wrap(uow, command)
    info.context.forget_reads()
    return await must_load_vendor(info, vendor_id)


@relation("gift_wraps_of_vendor", attrgetter("id"))
def offered_by(_root: Vendor, found: list[WrapOffer]) -> list[WrapOffer]:
    return found


async def of_order_line(root: OrderLine) -> GiftWrap | None:
    wrap = root.gift_wrap
    return None if wrap is None else GiftWrap(root.gift_message, wrap.per, wrap.price)
