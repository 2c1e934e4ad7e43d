"""Setting what a vendor sells and for how much, on a real database."""

import asyncio
from typing import Any

import pytest

from domain.pricing.offer import OfferCondition
from domain.pricing.usecases import UpsertOffer, upsert_offer
from domain.shared.actor import GUEST, Actor
from domain.shared.errors import Refused
from domain.shared.ids import MarketId, VariantId
from domain.shared.money import Money
from persistence.ids import new_id
from persistence.statement import Pool
from tests.factories.orders import Shop, make_shop, make_variant, staff, unit_of_work
from tests.factories.refusals import problems_of


def command(shop: Shop, variant_id: str, minor: int = 1999, **changes: Any) -> UpsertOffer:
    values = {
        "vendor_id": shop.sellers[0].id,
        "variant_id": VariantId(variant_id),
        "condition": OfferCondition.NEW,
        "price": Money(minor, "EUR"),
    }
    return UpsertOffer(**{**values, **changes})


async def upsert(pool: Pool, actor: Actor, act: UpsertOffer, market_id: str = "market") -> str:
    return await upsert_offer(unit_of_work(pool, actor), act, market_id=MarketId(market_id))


async def prices(pool: Pool) -> list[tuple[str, int]]:
    return [tuple(row) for row in await pool.fetch("SELECT price_list_id, amount_minor FROM price")]


async def test_a_new_offer_stands_in_the_list_of_its_market(pool: Pool):
    shop = await make_shop(pool)
    variant_id = await make_variant(pool)

    offer_id = await upsert(pool, shop.sellers[0].actor, command(shop, variant_id, min_quantity=2, max_quantity=10))

    [row] = await pool.fetch(
        "SELECT vendor_id, min_quantity, max_quantity, step, version FROM offer WHERE id = $1", offer_id
    )
    assert tuple(row) == (shop.sellers[0].id, 2, 10, 1, 1)
    assert await prices(pool) == [(shop.price_list_id, 1999)]


async def test_a_price_belongs_to_the_callers_market_then_to_the_first_that_has_its_currency(pool: Pool):
    shop = await make_shop(pool)
    await pool.execute("INSERT INTO price_list (id, handle, name, currency) VALUES ('default', 'd', 'All', 'EUR')")
    variant_id = await make_variant(pool)

    await upsert(pool, shop.sellers[0].actor, command(shop, variant_id), MarketId("elsewhere"))

    assert await prices(pool) == [(shop.price_list_id, 1999)]


async def test_a_second_upsert_changes_price_and_version_and_keeps_the_limits(pool: Pool):
    shop = await make_shop(pool)
    variant_id = await make_variant(pool)
    actor = shop.sellers[0].actor

    first = await upsert(pool, actor, command(shop, variant_id, min_quantity=2))
    second = await upsert(pool, actor, command(shop, variant_id, 2999, step=2, expected_version=1))

    assert first == second
    [row] = await pool.fetch("SELECT min_quantity, step, version FROM offer WHERE id = $1", first)
    assert tuple(row) == (2, 2, 2)
    assert await prices(pool) == [(shop.price_list_id, 2999)]


async def test_i7_a_price_that_changes_is_an_event_and_one_that_stays_is_none(pool: Pool):
    shop = await make_shop(pool)
    variant_id = await make_variant(pool)

    for minor in (1999, 1999, 2999):
        await upsert(pool, shop.sellers[0].actor, command(shop, variant_id, minor))

    rows = await pool.fetch("SELECT type, sequence, changes FROM event ORDER BY sequence")
    assert [(row["type"], row["sequence"], row["changes"]["amountMinor"]) for row in rows] == [
        ("PRICE_CHANGED", 1, {"old": None, "new": 1999}),
        ("PRICE_CHANGED", 2, {"old": 1999, "new": 2999}),
    ]


async def test_i5_of_rivals_that_expect_the_same_version_one_wins(pool: Pool):
    shop = await make_shop(pool)
    variant_id = await make_variant(pool)
    actor = shop.sellers[0].actor
    await upsert(pool, actor, command(shop, variant_id))

    answers = await asyncio.gather(
        *[upsert(pool, actor, command(shop, variant_id, 2000 + number, expected_version=1)) for number in range(6)],
        return_exceptions=True,
    )

    refusals = [answer for answer in answers if isinstance(answer, Refused)]
    assert [problem.code.value for refusal in refusals for problem in refusal.problems] == ["VERSION_CONFLICT"] * 5


async def test_parallel_first_upserts_make_one_offer(pool: Pool):
    shop = await make_shop(pool)
    variant_id = await make_variant(pool)

    ids = await asyncio.gather(
        *[upsert(pool, shop.sellers[0].actor, command(shop, variant_id, 1000 + number)) for number in range(8)]
    )

    assert len(set(ids)) == 1
    sequences = await pool.fetch("SELECT sequence FROM event ORDER BY sequence")
    assert [row[0] for row in sequences] == list(range(1, 9))


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"price": Money(1, "CHF")}, [("INVALID", ("price", "currency"))]),
        ({"price": Money(-1, "EUR")}, [("INVALID", ("price", "amount_minor"))]),
        ({"min_quantity": 0, "step": 10**7}, [("INVALID", ("min",)), ("INVALID", ("step",))]),
        ({"min_quantity": 5, "max_quantity": 4}, [("INVALID", ("max",))]),
        ({"expected_version": 1}, [("VERSION_CONFLICT", ("expected_version",))]),
    ],
    ids=str,
)
async def test_terms_that_cannot_be_are_refused_and_write_nothing(pool: Pool, changes: Any, problems: Any):
    shop = await make_shop(pool)
    variant_id = await make_variant(pool)

    assert await problems_of(upsert(pool, shop.sellers[0].actor, command(shop, variant_id, **changes))) == problems
    assert await pool.fetchval("SELECT count(*) FROM offer WHERE variant_id = $1", variant_id) == 0


async def test_a_variant_that_is_not_there_cannot_be_sold(pool: Pool):
    shop = await make_shop(pool)

    problems = await problems_of(upsert(pool, shop.sellers[0].actor, command(shop, new_id("variant"))))

    assert problems == [("NOT_FOUND", ("variant_id",))]


async def test_v8_only_the_vendor_and_staff_with_the_scope_set_offers(pool: Pool):
    shop = await make_shop(pool)
    variant_id = await make_variant(pool)

    for stranger in (shop.sellers[1].actor, GUEST, staff("pricing:read")):
        problems = await problems_of(upsert(pool, stranger, command(shop, variant_id)))
        assert problems == [("NOT_FOUND", ("vendor_id",))]
    assert (await upsert(pool, staff("pricing:write"), command(shop, variant_id))).startswith("offer_")


async def test_a_vendor_that_is_suspended_sets_no_offers(pool: Pool):
    shop = await make_shop(pool)
    await pool.execute("UPDATE vendor SET status = 'SUSPENDED'")

    problems = await problems_of(upsert(pool, shop.sellers[0].actor, command(shop, new_id("variant"))))

    assert problems == [("VENDOR_NOT_ACTIVE", ("vendor_id",))]
