"""Price lists for staff: made, changed, and filled."""

from domain.pricing.model import PriceList
from domain.pricing.price_lists import usecases
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import PriceListId
from resolvers.context import Info


async def upsert(info: Info, command: usecases.UpsertPriceList) -> PriceList:
    return await _changed(info, await usecases.upsert_price_list(info.context.unit_of_work(), command))


async def set_prices(info: Info, command: usecases.SetPrices) -> PriceList:
    return await _changed(info, await usecases.set_prices(info.context.unit_of_work(), command))


async def _changed(info: Info, price_list_id: PriceListId) -> PriceList:
    """The list afresh; this process prices by it from now on, others when what they know has grown old."""
    info.context.services.reference.forget()
    info.context.forget_reads()
    found = await info.context.loaders.price_list.load(price_list_id)
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such price list.", "id")
    return found
