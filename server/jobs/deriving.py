"""Writing the prices of lists that are derived from others."""

from datetime import datetime

from domain.pricing.deriving.usecases import derive_noted
from domain.shared.ids import PriceListId
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts


async def derive_prices(parts: Parts, price_list_id: str) -> datetime | None:
    """All offers that were noted for a list, some in each transaction."""
    while await derive_noted(unit_of_work(parts), PriceListId(price_list_id)):
        pass
    return None
