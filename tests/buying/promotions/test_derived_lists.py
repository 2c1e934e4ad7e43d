"""Price lists that follow others, as staff has them do it, and what buyers then pay (rule M9)."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.pricing.deriving.usecases import derive_noted
from domain.pricing.offer import OfferCondition
from domain.pricing.usecases import UpsertOffer, upsert_offer
from domain.shared.actor import GUEST, Actor
from domain.shared.ids import CustomerId, MarketId, OfferId, PriceListId, VariantId, VendorId
from domain.shared.money import Money, convert
from persistence.ids import new_id
from persistence.unit_of_work import PostgresUnitOfWork
from tests.buying.promotions.test_price_lists import SET
from tests.factories.after_sale import sold
from tests.factories.buying import Buying
from tests.factories.deriving import (
    DERIVE,
    DETACH,
    PRICES,
    RATE_AT,
    RATES,
    ask_to_derive,
    derived,
    follow,
    list_id,
    prices,
    pricing_staff,
)
from tests.factories.shoppers import Shopper

LATER = "2026-11-21T15:00:00Z"


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    return pricing_staff(shop)


async def dollars(shop: Buying, *minors: int) -> list[OfferId]:
    return [await shop.offer(prices={"us-usd": minor}) for minor in minors]


async def set_prices(staff: Shopper, handle: str, *entries: dict[str, Any]) -> None:
    wanted = {"priceListId": await list_id(staff.shop, handle), "prices": entries, "idempotencyKey": new_id("key")}
    result = await staff.send(SET, input=wanted)
    assert result.data["priceListPricesSet"]["errors"] == []


def entry(offer: OfferId, minor: int | None, currency: str, **values: Any) -> dict[str, Any]:
    price = None if minor is None else {"amountMinor": minor, "currency": currency}
    return {"offerId": offer, "price": price, **values}


async def new_rates(staff: Shopper, *rates: tuple[str, str, str], **values: Any) -> Any:
    wanted = [
        {"base": base, "currency": currency, "rate": rate, "rateAt": LATER, "source": "ECB"}
        for base, currency, rate in rates
    ]
    result = await staff.send(RATES, input={"rates": wanted, **values})
    assert not result.errors, result.errors
    return result.data["priceListRatesUpdate"]


async def total(shop: Buying, offer: OfferId, quantity: int = 1) -> tuple[int, str]:
    await shop.reference.facts()
    lines = (await shop.priced_cart(await shop.cart((offer, quantity)))).totals.lines.gross
    return lines.minor, lines.currency


async def test_m9_a_list_follows_another_one_and_its_prices_tell_rate_and_time(staff: Shopper):
    """19.99 USD at 149.37 is JPY 2,986."""
    shop = staff.shop
    (offer,) = await dollars(shop, 1_999)

    answer = await ask_to_derive(staff, "jp-jpy", "us-usd")
    await follow(shop)
    found = (await staff.send(PRICES, id=await list_id(shop, "jp-jpy"))).data["node"]["prices"]

    base = {"id": await list_id(shop, "us-usd")}
    derivation = {"base": base, "rate": "149.37", "rateAt": RATE_AT, "source": "by hand"}
    assert answer == {
        "errors": [],
        "preview": None,
        "priceList": {"derivation": derivation | {"adjustmentPercent": "0", "granularity": 1}},
    }
    assert found["nodes"] == [
        {
            "offer": {"id": offer},
            "price": {"amountMinor": 2_986, "currency": "JPY"},
            "minQuantity": 1,
            "rate": "149.37",
            "rateAt": RATE_AT,
            "derivedFrom": base,
        }
    ]
    assert await total(replace(shop, market="jp"), offer) == (2_986, "JPY")
    assert await shop.events("PRICE_CHANGED") == [("PRICE_CHANGED", 1)]


async def test_m9_prices_that_change_in_the_base_are_followed_with_their_tiers(staff: Shopper):
    shop = staff.shop
    (offer,) = await dollars(shop, 1_999)
    await derived(staff, "jp-jpy", "us-usd")

    await set_prices(staff, "us-usd", entry(offer, 1_000, "USD"), entry(offer, 900, "USD", minQuantity=10))
    await follow(shop)
    lowered = await prices(staff, "jp-jpy")
    await set_prices(staff, "us-usd", entry(offer, None, "USD"))
    await follow(shop)

    assert lowered == [(1_494, 1, "149.37"), (1_344, 10, "149.37")]
    assert await prices(staff, "jp-jpy") == [(1_344, 10, "149.37")]


async def test_m9_a_price_of_a_vendor_is_followed_though_the_vendor_sees_its_own_rows_alone(staff: Shopper):
    shop = staff.shop
    (offer,) = await dollars(shop, 1_999)
    await derived(staff, "jp-jpy", "us-usd")
    [row] = await shop.pool.fetch("SELECT variant_id, vendor_id FROM offer WHERE id = $1", offer)
    vendor_id = VendorId(row["vendor_id"])
    market = MarketId(await shop.pool.fetchval("SELECT id FROM market WHERE handle = 'us'"))
    actor = Actor(customer_id=CustomerId("customer_vendor"), vendor_ids=frozenset({vendor_id}))
    uow = PostgresUnitOfWork(
        shop.pool, reference=shop.reference, actor=actor, new_id=new_id, news=shop.news, confined_to={vendor_id}
    )

    command = UpsertOffer(vendor_id, VariantId(row["variant_id"]), OfferCondition.NEW, Money(1_000, "USD"))
    await upsert_offer(uow, command, market_id=market)
    jobs = await follow(shop)

    assert (jobs, await prices(staff, "jp-jpy")) == (1, [(1_494, 1, "149.37")])


async def test_m9_a_price_that_somebody_sets_stays_until_it_is_taken_off(staff: Shopper):
    shop = staff.shop
    (offer,) = await dollars(shop, 1_999)
    await derived(staff, "jp-jpy", "us-usd")

    await set_prices(staff, "jp-jpy", entry(offer, 2_986, "JPY"))
    await set_prices(staff, "us-usd", entry(offer, 1_000, "USD"))
    await follow(shop)
    pinned = await prices(staff, "jp-jpy")
    await set_prices(staff, "jp-jpy", entry(offer, None, "JPY"))
    await follow(shop)

    assert pinned == [(2_986, 1, None)]
    assert await prices(staff, "jp-jpy") == [(1_494, 1, "149.37")]


async def test_m9_a_dry_run_tells_how_many_prices_change_and_changes_nothing(staff: Shopper):
    shop = staff.shop
    first, _second, third = await dollars(shop, 1_999, 1_000, 500)
    await derived(staff, "jp-jpy", "us-usd")
    await set_prices(staff, "jp-jpy", entry(third, 1, "JPY"))
    await set_prices(staff, "us-usd", entry(first, None, "USD"), entry(first, 9, "USD", minQuantity=2))
    before = await prices(staff, "jp-jpy")

    answer = await ask_to_derive(staff, "jp-jpy", "us-usd", "150", dryRun=True)

    counts = {"created": 1, "changed": 1, "unchanged": 0, "removed": 1, "overridden": 1, "outOfRange": 0}
    assert (answer["errors"], answer["preview"]) == ([], counts)
    assert answer["priceList"]["derivation"]["rate"] == "149.37"
    assert await prices(staff, "jp-jpy") == before


async def test_m9_new_rates_derive_the_lists_of_their_pair_anew(staff: Shopper):
    shop = staff.shop
    await dollars(shop, 1_999)
    await derived(staff, "jp-jpy", "us-usd")
    await derived(staff, "de-eur", "us-usd", "0.9", source="ECB")
    yen, euros = await list_id(shop, "jp-jpy"), await list_id(shop, "de-eur")

    preview = await new_rates(staff, ("USD", "JPY", "150"), ("USD", "EUR", "0.8"), dryRun=True)
    of_ecb = await new_rates(staff, ("USD", "JPY", "151"), ("USD", "EUR", "0.8"), source="ECB")
    of_all = await new_rates(staff, ("USD", "JPY", "150"), ("USD", "EUR", "0.8"))
    again = await new_rates(staff, ("USD", "JPY", "150"))
    await follow(shop)

    assert preview["preview"]["changed"] == 2
    assert [found["id"] for found in preview["priceLists"]] == sorted([yen, euros])
    assert (of_ecb["priceLists"], of_ecb["preview"]) == ([{"id": euros}], None)
    assert (of_all["priceLists"], again["priceLists"]) == ([{"id": yen}], [])
    assert await prices(staff, "jp-jpy") == [(2_999, 1, "150")]
    assert await prices(staff, "de-eur") == [(1_599, 1, "0.8")]


async def test_m9_refunds_are_of_what_was_paid_whatever_the_rate_is_by_then(staff: Shopper):
    """An order of 2 x 19.99 USD at 0.9 is 2 x 17.99 EUR; one unit goes back at 17.99 when the rate is 0.5."""
    shop = staff.shop
    (offer,) = await dollars(shop, 1_999)
    await derived(staff, "de-eur", "us-usd", "0.9")
    await shop.reference.facts()
    sale = await sold(shop, (offer, 2))
    await sale.capture()

    await new_rates(staff, ("USD", "EUR", "0.5"))
    await follow(shop)
    await sale.refund((0, 1))

    refunded = await shop.pool.fetchval("SELECT amount_minor FROM refund")
    assert (refunded, await total(shop, offer)) == (1_799, (1_000, "EUR"))


async def test_p15_a_derived_price_that_is_replaced_is_kept_with_its_rate(staff: Shopper):
    shop = staff.shop
    await dollars(shop, 1_999)
    await derived(staff, "jp-jpy", "us-usd")
    await shop.pool.execute("ALTER TABLE price DISABLE TRIGGER price_replaced")
    await shop.pool.execute("UPDATE price SET set_at = set_at - interval '1 day'")
    await shop.pool.execute("ALTER TABLE price ENABLE TRIGGER price_replaced")

    await new_rates(staff, ("USD", "JPY", "150"))
    await follow(shop)

    kept = await shop.pool.fetch("SELECT amount_minor, trim_scale(rate)::text AS rate FROM price_segment")
    assert [tuple(row) for row in kept] == [(2_986, "149.37")]


async def test_a_list_that_is_let_go_keeps_its_prices_and_follows_no_more(staff: Shopper):
    shop = staff.shop
    (offer,) = await dollars(shop, 1_999)
    key = await derived(staff, "jp-jpy", "us-usd")

    answer = (await staff.send(DETACH, input={"priceListId": key})).data["priceListDetach"]
    await set_prices(staff, "us-usd", entry(offer, 1, "USD"))
    jobs = await follow(shop)

    assert answer == {"errors": [], "priceList": {"derivation": None}}
    assert (jobs, await prices(staff, "jp-jpy")) == (0, [(2_986, 1, "149.37")])


async def test_a_currency_stands_for_its_list_for_everybody(staff: Shopper):
    shop = staff.shop
    made = "INSERT INTO price_list (id, handle, name, currency) VALUES ($1, 'all-usd', 'All', 'USD')"
    await shop.pool.execute(made, new_id("price_list"))
    offer = await shop.offer(prices={})
    await set_prices(staff, "all-usd", entry(offer, 1_999, "USD"))

    answer = await ask_to_derive(staff, "jp-jpy", "us-usd", baseId=None, baseCurrency="USD")
    await follow(shop)
    unknown = await ask_to_derive(staff, "de-eur", "us-usd", baseId=None, baseCurrency="GBP")

    assert answer["priceList"]["derivation"]["base"] == {"id": await list_id(shop, "all-usd")}
    assert await prices(staff, "jp-jpy") == [(2_986, 1, "149.37")]
    assert unknown["errors"] == [{"code": "NOT_FOUND", "path": ["baseCurrency"]}]


async def test_m4_prices_are_multiples_of_what_the_market_is_paid_in(staff: Shopper):
    """19.99 at 0.3071 is KWD 6.139, in steps of KWD 0.010 6.140."""
    shop = staff.shop
    await dollars(shop, 1_999)
    await shop.pool.execute(
        "UPDATE market SET currencies = '{KWD}', price_granularity = '{\"KWD\": 10}' WHERE handle = 'jp'"
    )
    await shop.pool.execute("UPDATE price_list SET currency = 'KWD' WHERE handle = 'jp-jpy'")
    shop.reference.forget()

    await derived(staff, "jp-jpy", "us-usd", "0.3071")
    stepped = await prices(staff, "jp-jpy")
    await derived(staff, "jp-jpy", "us-usd", "0.3071", granularity=1)

    assert (stepped, await prices(staff, "jp-jpy")) == ([(6_140, 1, "0.3071")], [(6_139, 1, "0.3071")])


async def test_prices_of_a_list_are_read_by_the_page_and_by_the_offer(staff: Shopper):
    shop = staff.shop
    offers = await dollars(shop, 100, 200, 300)
    key = await list_id(shop, "us-usd")

    first = (await staff.send(PRICES, id=key, first=2)).data["node"]["prices"]
    rest = (await staff.send(PRICES, id=key, first=2, after=first["pageInfo"]["endCursor"])).data["node"]["prices"]
    last = (await staff.send(PRICES, id=key, last=1)).data["node"]["prices"]
    one = (await staff.send(PRICES, id=key, offer=offers[1])).data["node"]["prices"]

    amounts = [[node["price"]["amountMinor"] for node in page["nodes"]] for page in (first, rest, last, one)]
    assert amounts == [[100, 200], [300], [300], [200]]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (3, True, False)


async def test_m9_whoever_derives_last_has_seen_every_price_that_changed_meanwhile(staff: Shopper):
    shop = staff.shop
    (offer,) = await dollars(shop, 1_999)
    key = PriceListId(await derived(staff, "jp-jpy", "us-usd"))

    async def change(minor: int) -> None:
        await set_prices(staff, "us-usd", entry(offer, minor, "USD"))
        await derive_noted(shop.unit_of_work(), key)

    await asyncio.gather(*[change(minor) for minor in range(100, 1_100, 100)])

    base = await shop.pool.fetchval(
        "SELECT amount_minor FROM price WHERE offer_id = $1 AND price_list_id <> $2", offer, key
    )
    ((minor, _, _),) = await prices(staff, "jp-jpy")
    assert minor == convert(Money(base, "USD"), Decimal("149.37"), "JPY").minor
    assert await shop.count("price_to_derive") == 0


@pytest.mark.parametrize(
    ("values", "path"),
    [
        pytest.param({"rate": "0"}, ["rate"], id="rate of nothing"),
        pytest.param({"rate": "-1"}, ["rate"], id="negative rate"),
        pytest.param({"rate": "1000000000000"}, ["rate"], id="rate too large"),
        pytest.param({"rate": "0.12345678901234567"}, ["rate"], id="rate of too many digits"),
        pytest.param({"source": " "}, ["source"], id="nobody's rate"),
        pytest.param({"adjustmentPercent": "-100"}, ["adjustmentPercent"], id="nothing left"),
        pytest.param({"adjustmentPercent": "0.00001"}, ["adjustmentPercent"], id="percent of too many digits"),
        pytest.param({"granularity": 0}, ["granularity"], id="no steps"),
        pytest.param({"baseCurrency": "USD"}, ["baseId"], id="two bases"),
        pytest.param({"baseId": None}, ["baseId"], id="no base"),
    ],
)
async def test_what_makes_no_sense_is_refused(staff: Shopper, values: dict[str, Any], path: list[str]):
    answer = await ask_to_derive(staff, "jp-jpy", "us-usd", **values)

    assert (answer["errors"], answer["priceList"]) == ([{"code": "INVALID", "path": path}], None)


async def test_m9_a_derived_price_is_never_converted_once_more(staff: Shopper):
    await derived(staff, "jp-jpy", "us-usd")

    of_derived = await ask_to_derive(staff, "de-eur", "jp-jpy")
    of_followed = await ask_to_derive(staff, "us-usd", "gb-gbp")
    of_itself = await ask_to_derive(staff, "us-usd", "us-usd")
    of_nothing = await ask_to_derive(staff, "de-eur", "us-usd", baseId=new_id("price_list"))

    assert of_derived["errors"] == [{"code": "INVALID", "path": ["baseId"]}]
    assert of_followed["errors"] == [{"code": "INVALID", "path": ["priceListId"]}]
    assert of_itself["errors"] == [{"code": "INVALID", "path": ["baseId"]}]
    assert of_nothing["errors"] == [{"code": "NOT_FOUND", "path": ["baseId"]}]


async def test_lists_that_are_not_there_and_rates_of_nothing_are_refused(staff: Shopper):
    nothing = {"priceListId": new_id("price_list")}
    rate = ("USD", "JPY", "150")

    unknown = await ask_to_derive(staff, "jp-jpy", "us-usd", **nothing)
    detached = (await staff.send(DETACH, input=nothing)).data["priceListDetach"]
    none, many, wrong = await new_rates(staff), await new_rates(staff, *[rate] * 101), ("USD", "JPY", "0")
    second = await new_rates(staff, rate, wrong)

    assert unknown["errors"] == detached["errors"] == [{"code": "NOT_FOUND", "path": ["priceListId"]}]
    assert none["errors"] == many["errors"] == [{"code": "INVALID", "path": ["rates"]}]
    assert second["errors"] == [{"code": "INVALID", "path": ["rates", "1", "rate"]}]


async def test_prices_that_are_set_to_what_they_are_have_nothing_derived(staff: Shopper):
    (offer,) = await dollars(staff.shop, 1_999)
    await derived(staff, "jp-jpy", "us-usd")

    await set_prices(staff, "us-usd", entry(offer, 1_999, "USD"))

    assert await follow(staff.shop) == 0


async def test_staff_reads_all_lists_with_what_they_follow(staff: Shopper):
    await derived(staff, "jp-jpy", "us-usd")

    result = await staff.send("{ admin { priceLists { currency derivation { base { currency } } } } }")

    found = {found["currency"]: found["derivation"] for found in result.data["admin"]["priceLists"]}
    assert found == {"JPY": {"base": {"currency": "USD"}}, "GBP": None, "EUR": None, "USD": None}


async def test_within_one_currency_the_rate_is_one(staff: Shopper):
    shop = staff.shop
    await dollars(shop, 1_999)
    made = "INSERT INTO price_list (id, handle, name, currency, customer_group) VALUES ($1, 'trade', 'T', 'USD', 'vip')"
    await shop.pool.execute(made, new_id("price_list"))

    refused = await ask_to_derive(staff, "trade", "us-usd", "2")
    await derived(staff, "trade", "us-usd", "1", adjustmentPercent="-10")

    assert refused["errors"] == [{"code": "INVALID", "path": ["rate"]}]
    assert await prices(staff, "trade") == [(1_799, 1, "1")]


@pytest.mark.parametrize("actor", [GUEST, Actor(customer_id=CustomerId("c"), scopes=frozenset({"staff"}))])
async def test_derivations_are_for_staff_with_the_scope(staff: Shopper, actor: Actor):
    shopper = Shopper(staff.shop, actor)
    key = await list_id(staff.shop, "jp-jpy")
    wanted = {"priceListId": key, "baseCurrency": "USD", "rate": "1", "rateAt": RATE_AT, "source": "me"}

    derive = await shopper.send(DERIVE, input=wanted)
    read = await shopper.send(PRICES, id=key)

    codes = {result.errors[0]["extensions"]["code"] for result in (derive, read)}
    assert codes == {"FORBIDDEN" if actor.is_authenticated else "UNAUTHENTICATED"}
