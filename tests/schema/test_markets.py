"""Markets as staff decides on them, and what that means for who buys and for who has bought."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.orders.model import CaptureAt
from domain.shared.actor import GUEST, Actor
from domain.shared.ids import CustomerId
from persistence.ids import new_id
from persistence.orders.terms import terms_of_sales
from tests.buying.conftest import gateway, shop
from tests.buying.promotions.test_price_lists import SET
from tests.factories.after_sale import Sale, sold
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

__all__ = ["gateway", "shop"]

SETTINGS = """
settings { taxLevel rounding pricePolicy paymentDays captureAt estimatesDuties priceGranularity { currency step }
    withdrawalDays withdrawalText { language text } returnDays abandonedAfterMinutes priorPrice position }
"""
MARKET = f"id handle name countries currencies languages pricesIncludeTax timeZone {SETTINGS}"
CREATE = f"""
mutation M($input: MarketCreateInput!) {{
    marketCreate(input: $input) {{ errors {{ code path }} market {{ {MARKET} }} }} }}
"""
UPDATE = f"""
mutation M($input: MarketUpdateInput!) {{
    marketUpdate(input: $input) {{ errors {{ code path }} market {{ {MARKET} }} }} }}
"""
FRANCE = {
    "handle": "fr",
    "name": "France",
    "countries": ["FR", "MC"],
    "currencies": ["EUR", "CHF"],
    "languages": ["fr"],
    "pricesIncludeTax": True,
    "timeZone": "Europe/Paris",
}


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    scopes = frozenset({"staff", "markets:read", "markets:write", "pricing:write"})
    return Shopper(shop, Actor(customer_id=CustomerId(new_id("customer")), scopes=scopes))


async def market_id(shop: Buying, handle: str = "de") -> str:
    found: str = await shop.pool.fetchval("SELECT id FROM market WHERE handle = $1", handle)
    return found


async def ask(staff: Shopper, document: str, **values: Any) -> Any:
    result = await staff.send(document, input=values)
    assert not result.errors, result.errors
    (payload,) = result.data.values()
    return payload


async def update(staff: Shopper, handle: str = "de", **values: Any) -> Any:
    return await ask(staff, UPDATE, id=await market_id(staff.shop, handle), **values)


async def make(staff: Shopper, **values: Any) -> Any:
    return await ask(staff, CREATE, **(FRANCE | values))


async def test_settings_read_back_as_they_were_written_and_null_leaves_them(staff: Shopper):
    told = {
        "taxLevel": "RATE_GROUP",
        "rounding": "HALF_EVEN",
        "pricePolicy": "FIXED_NET",
        "paymentDays": 3,
        "captureAt": "PLACEMENT",
        "estimatesDuties": True,
        "priceGranularity": [{"currency": "EUR", "step": 5}],
        "returnDays": 30,
        "abandonedAfterMinutes": 90,
        "priorPrice": "BEFORE_EACH_STEP",
        "position": 7,
    }
    withdrawal = {"days": 21, "text": [{"language": "en", "text": "You may withdraw.\nSend it back."}]}

    written = await update(staff, name="Germany", settings=told | {"withdrawal": withdrawal})
    left = await update(staff, settings={"withdrawal": {"days": None}, "abandonedAfterMinutes": 0})

    kept = {"withdrawalDays": 21, "withdrawalText": withdrawal["text"]}
    assert written["errors"] == []
    assert written["market"]["settings"] == told | kept
    assert (written["market"]["name"], written["market"]["countries"]) == ("Germany", ["DE", "AT"])
    ended = {"withdrawalDays": None, "abandonedAfterMinutes": None}
    assert left["market"]["settings"] == told | kept | ended


async def test_staff_reads_all_markets_with_what_they_go_by(staff: Shopper):
    result = await staff.send(f"{{ admin {{ markets {{ handle {SETTINGS} }} }} }}")

    found = {market["handle"]: market["settings"] for market in result.data["admin"]["markets"]}
    assert list(found) == ["us", "de", "gb", "jp"]
    assert found["jp"]["taxLevel"] == "RATE_GROUP"
    assert found["de"]["withdrawalDays"] == 14


async def test_m4_a_granularity_holds_with_the_next_price(staff: Shopper):
    shop = staff.shop
    cart = await shop.cart((await shop.offer(price=1_999), 1))
    before = (await shop.priced_cart(cart)).totals

    await update(staff, settings={"priceGranularity": [{"currency": "EUR", "step": 5}]})
    await shop.reference.facts()
    after = (await shop.priced_cart(cart)).totals

    assert (before.total.gross.minor, after.total.gross.minor, after.rounding.minor) == (1_999, 2_000, 1)


async def test_o7_orders_keep_the_terms_that_they_were_placed_under(staff: Shopper):
    shop = staff.shop
    offer = await shop.offer()
    before = await sold(shop, (offer, 1))
    terms = {"returnDays": 0, "captureAt": "PLACEMENT", "withdrawal": {"days": None}}

    later = replace(shop, now=shop.now + timedelta(hours=1))
    await update(Shopper(later, staff.actor), settings=terms)
    await update(Shopper(later.later(hours=1), staff.actor), settings={"returnDays": 3})
    await shop.reference.facts()
    after = await sold(later.later(hours=2), (offer, 1))

    assert await withdrawal_of(before) == {"days": 14}
    assert await withdrawal_of(after) is None
    old, new = [await terms_of(sale) for sale in (before, after)]
    assert (old.capture_at, old.return_window.days, old.withdrawal_days) == (CaptureAt.SHIPMENT, 14, 14)
    assert (new.capture_at, new.return_window.days, new.withdrawal_days) == (CaptureAt.PLACEMENT, 3, None)


async def withdrawal_of(sale: Sale) -> Any:
    result = await Shopper(sale.shop).send(
        "query($id: ID!) { order(id: $id) { withdrawal { days } } }", id=sale.order_id
    )
    assert not result.errors, result.errors
    return result.data["order"]["withdrawal"]


async def terms_of(sale: Sale) -> Any:
    async with sale.shop.unit_of_work() as uow:
        return await uow.orders.terms_of(await sale.order())


async def test_terms_of_many_sales_are_read_by_one_statement(staff: Shopper):
    shop = staff.shop
    sale = await sold(shop, (await shop.offer(), 1))
    order = await sale.order()
    await update(Shopper(shop.later(hours=1), staff.actor), settings={"returnDays": 99})

    moments = [order.placed_at, order.placed_at + timedelta(hours=2), order.placed_at]
    found = await terms_of_sales(shop.pool, [(order.market_id, moment) for moment in moments])

    assert [terms.return_window.days for terms in found] == [14, 99, 14]


async def test_a_new_market_sells_as_soon_as_it_has_prices(staff: Shopper):
    shop = staff.shop
    offer = await shop.offer(prices={})

    made = await make(staff, settings={"returnDays": 30, "estimatesDuties": True})
    rows = await shop.pool.fetch("SELECT handle, id FROM price_list WHERE market_id = $1", made["market"]["id"])
    lists = {row["handle"]: row["id"] for row in rows}
    price = {"offerId": offer, "price": {"amountMinor": 1_200, "currency": "EUR"}}
    await ask(staff, SET, priceListId=lists["fr-eur"], prices=[price], idempotencyKey=new_id("key"))
    await shop.reference.facts()
    french = replace(shop, market="fr")
    cart = await french.priced_cart(await french.cart((offer, 1)))

    assert made["errors"] == []
    assert made["market"]["settings"]["pricePolicy"] == "FIXED_GROSS"
    assert (made["market"]["settings"]["position"], made["market"]["settings"]["returnDays"]) == (4, 30)
    assert sorted(lists) == ["fr-chf", "fr-eur"]
    assert cart.totals.total.gross.minor == 1_200


async def test_a_new_currency_is_given_a_price_list_once(staff: Shopper):
    shop = staff.shop
    for currencies in (["EUR", "PLN"], ["EUR"], ["EUR", "PLN"]):
        await update(staff, currencies=currencies)

    lists = await shop.pool.fetch(
        "SELECT handle FROM price_list WHERE market_id = $1 ORDER BY handle", await market_id(shop)
    )

    assert [row["handle"] for row in lists] == ["de-eur", "de-pln"]


async def test_what_is_sold_in_a_new_market_or_currency_is_indexed(staff: Shopper):
    shop = staff.shop
    made = (await make(staff))["market"]["id"]
    await update(staff, name="Germany")
    await update(staff, currencies=["EUR", "PLN"])

    jobs = await shop.pool.fetch(
        "SELECT convert_from(payload, 'UTF8') FROM queue.pgqueuer WHERE entrypoint = 'index_market' ORDER BY id"
    )

    assert [row[0] for row in jobs] == [made, await market_id(shop)]


async def test_what_sales_were_reckoned_by_stays_once_something_was_sold(staff: Shopper):
    shop = staff.shop
    rounded = {"rounding": "HALF_EVEN"}
    free = await update(staff, "gb", countries=["IE", "GB"], settings=rounded)
    await sold(shop, (await shop.offer(), 1))

    bound = await update(staff, countries=["AT", "DE"], settings=rounded)
    more = await update(staff, countries=["DE", "AT", "CH"])

    assert (free["errors"], more["errors"]) == ([], [])
    assert bound["errors"] == [
        {"code": "NOT_ALLOWED", "path": ["settings", "rounding"]},
        {"code": "NOT_ALLOWED", "path": ["countries"]},
    ]


async def test_what_is_told_twice_or_is_the_same_changes_nothing(staff: Shopper):
    steps = [{"currency": "EUR", "step": 5}, {"currency": "EUR", "step": 10}]
    twice = {"id": await market_id(staff.shop), "settings": {"priceGranularity": steps}}

    refused = await staff.send(UPDATE, input=twice)
    same = await update(staff, settings={"returnDays": 14})

    assert refused.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert (same["errors"], await staff.shop.count("market_term")) == ([], 0)


async def test_handles_are_told_apart_and_markets_must_exist(staff: Shopper):
    taken = await make(staff, handle="de")
    missing = await ask(staff, UPDATE, id=new_id("market"), name="Nowhere")

    assert taken == {"errors": [{"code": "INVALID", "path": ["handle"]}], "market": None}
    assert missing == {"errors": [{"code": "NOT_FOUND", "path": ["id"]}], "market": None}


@pytest.mark.parametrize(
    ("values", "path"),
    [
        pytest.param({"handle": "F R"}, ["handle"], id="handle"),
        pytest.param({"name": " "}, ["name"], id="name"),
        pytest.param({"name": "a\x07"}, ["name"], id="name with controls"),
        pytest.param({"countries": []}, ["countries"], id="no country"),
        pytest.param({"countries": ["FR", "FR"]}, ["countries"], id="a country twice"),
        pytest.param({"currencies": []}, ["currencies"], id="no currency"),
        pytest.param({"languages": []}, ["languages"], id="no language"),
        pytest.param({"timeZone": "Europe/Atlantis"}, ["timeZone"], id="no such zone"),
        pytest.param({"timeZone": "../../etc/passwd"}, ["timeZone"], id="no zone at all"),
        pytest.param({"timeZone": "Europe"}, ["timeZone"], id="a folder of zones"),
        pytest.param({"settings": {"paymentDays": 61}}, ["settings", "paymentDays"], id="payment days"),
        pytest.param({"settings": {"returnDays": -1}}, ["settings", "returnDays"], id="return days"),
        pytest.param(
            {"settings": {"abandonedAfterMinutes": 43_201}}, ["settings", "abandonedAfterMinutes"], id="minutes"
        ),
        pytest.param(
            {"settings": {"withdrawal": {"days": 366}}}, ["settings", "withdrawal", "days"], id="withdrawal days"
        ),
        pytest.param(
            {"settings": {"withdrawal": {"days": 14, "text": [{"language": "fr", "text": " "}]}}},
            ["settings", "withdrawal", "text"],
            id="withdrawal text",
        ),
        pytest.param(
            {"settings": {"priceGranularity": [{"currency": "JPY", "step": 10}]}},
            ["settings", "priceGranularity"],
            id="foreign step",
        ),
        pytest.param(
            {"settings": {"priceGranularity": [{"currency": "EUR", "step": 0}]}},
            ["settings", "priceGranularity"],
            id="no step",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(staff: Shopper, values: dict[str, Any], path: list[str]):
    refused = await make(staff, **values)

    assert refused == {"errors": [{"code": "INVALID", "path": path}], "market": None}
    assert await staff.shop.count("market") == 4


@pytest.mark.parametrize("actor", [GUEST, Actor(customer_id=CustomerId("c"), scopes=frozenset({"staff"}))])
async def test_settings_are_for_staff_with_the_scopes(shop: Buying, actor: Actor):
    shopper = Shopper(shop, actor)

    answers = [
        await shopper.send(CREATE, input=FRANCE),
        await shopper.send(UPDATE, input={"id": await market_id(shop), "name": "Mine"}),
        await shopper.send("{ markets { settings { returnDays } } }"),
    ]

    wanted = "FORBIDDEN" if actor.is_authenticated else "UNAUTHENTICATED"
    assert [answer.errors[0]["extensions"]["code"] for answer in answers] == [wanted] * 3
