"""Price lists that follow others, and the job that has them do so."""

from typing import Any

from domain.pricing.deriving.usecases import derive_noted
from domain.shared.actor import Actor
from domain.shared.ids import CustomerId, PriceListId
from persistence.statement import Pool
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

PREVIEW = "preview { created changed unchanged removed overridden outOfRange }"
DERIVE = f"""
mutation M($input: PriceListDeriveInput!) {{ priceListDerive(input: $input) {{
    errors {{ code path }} {PREVIEW}
    priceList {{ derivation {{ base {{ id }} rate rateAt source adjustmentPercent granularity }} }} }} }}
"""
RATES = f"""
mutation M($input: PriceListRatesInput!) {{ priceListRatesUpdate(input: $input) {{
    errors {{ code path }} {PREVIEW} priceLists {{ id }} }} }}
"""
DETACH = """
mutation M($input: PriceListDetachInput!) { priceListDetach(input: $input) {
    errors { code path } priceList { derivation { rate } } } }
"""
PRICES = """
query Q($id: ID!, $offer: ID, $first: Int, $after: String, $last: Int) { node(id: $id) { ... on PriceList {
    prices(offerId: $offer, first: $first, after: $after, last: $last) { totalCount pageInfo { endCursor hasNextPage }
        nodes { offer { id } price { amountMinor currency } minQuantity rate rateAt derivedFrom { id } } } } } }
"""
RATE_AT = "2026-11-20T15:00:00Z"


def pricing_staff(shop: Buying) -> Shopper:
    scopes = frozenset({"staff", "pricing:read", "pricing:write", "catalog:read"})
    return Shopper(shop, Actor(customer_id=CustomerId("customer_staff"), scopes=scopes))


async def list_id(shop: Buying, handle: str) -> str:
    found: str = await shop.pool.fetchval("SELECT id FROM price_list WHERE handle = $1", handle)
    return found


async def ask_to_derive(staff: Shopper, target: str, base: str, rate: str = "149.37", **values: Any) -> Any:
    """What staff is answered who has the list of one handle follow that of another one."""
    known = {
        "priceListId": await list_id(staff.shop, target),
        "baseId": await list_id(staff.shop, base),
        "rate": rate,
        "rateAt": RATE_AT,
        "source": "by hand",
    }
    result = await staff.send(DERIVE, input=known | values)
    assert not result.errors, result.errors
    return result.data["priceListDerive"]


async def derived(staff: Shopper, target: str, base: str, rate: str = "149.37", **values: Any) -> str:
    """The list, with its prices written."""
    assert (await ask_to_derive(staff, target, base, rate, **values))["errors"] == []
    await follow(staff.shop)
    return await list_id(staff.shop, target)


async def follow(shop: Buying) -> int:
    """Do the jobs that derive prices; how many there were."""
    lists = await jobs(shop.pool)
    for key in lists:
        while await derive_noted(shop.unit_of_work(), PriceListId(key)):
            pass
    return len(lists)


async def jobs(pool: Pool) -> list[str]:
    """The lists that are to be derived, which are forgotten then."""
    rows = await pool.fetch(
        "DELETE FROM queue.pgqueuer WHERE entrypoint = 'derive_prices' RETURNING convert_from(payload, 'UTF8')"
    )
    return [row[0] for row in rows]


async def prices(staff: Shopper, handle: str, **values: Any) -> list[tuple[int, int, str | None]]:
    """Amount, least quantity and rate of each price in a list."""
    result = await staff.send(PRICES, id=await list_id(staff.shop, handle), **values)
    assert not result.errors, result.errors
    nodes = result.data["node"]["prices"]["nodes"]
    return [(node["price"]["amountMinor"], node["minQuantity"], node["rate"]) for node in nodes]
