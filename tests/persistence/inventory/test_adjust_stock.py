"""Correcting what is on hand, on a real database."""

import asyncio
from typing import Any

import pytest

from domain.inventory.adjustment import Change
from domain.inventory.usecases import AdjustStock, adjust_stock
from domain.shared.actor import GUEST, Actor
from domain.shared.errors import Refused, StockProblem
from domain.shared.ids import WarehouseId
from persistence.ids import new_id
from persistence.statement import Pool
from tests.factories.orders import STOCK, Shop, make_shop, place_order, staff, unit_of_work
from tests.factories.refusals import problems_of


def command(shop: Shop, *, warehouse_id: str = "", key: str = "", **change: Any) -> AdjustStock:
    seller = shop.sellers[0]
    return AdjustStock(
        seller.offers[0],
        WarehouseId(warehouse_id) or seller.warehouse_id,
        Change(**change),
        "count",
        key or new_id("key"),
    )


async def adjust(pool: Pool, actor: Actor, act: AdjustStock) -> str:
    return await adjust_stock(unit_of_work(pool, actor), act)


async def counts(pool: Pool, shop: Shop) -> tuple[int, int, int]:
    """On hand, the sum of the movements, and the number of events, of the first seller's first offer."""
    row = await pool.fetchrow(
        """SELECT (SELECT sum(on_hand) FROM stock_level WHERE offer_id = $1),
        (SELECT sum(delta) FROM stock_movement WHERE offer_id = $1),
        (SELECT count(*) FROM event WHERE offer_id = $1)""",
        shop.sellers[0].offers[0],
    )
    assert row is not None
    return tuple(row)


async def test_s8_twenty_parallel_deltas_sum_up_and_are_numbered_without_gaps(pool: Pool):
    shop = await make_shop(pool)
    deltas = [3, -2] * 10

    await asyncio.gather(*[adjust(pool, shop.sellers[0].actor, command(shop, delta=delta)) for delta in deltas])

    assert await counts(pool, shop) == (STOCK + 10, STOCK + 10, 20)
    sequences = await pool.fetch("SELECT sequence FROM event ORDER BY sequence")
    assert [row[0] for row in sequences] == list(range(1, 21))


async def test_s8_of_rivals_that_expect_the_same_count_one_wins(pool: Pool):
    shop = await make_shop(pool)

    answers = await asyncio.gather(
        *[
            adjust(pool, shop.sellers[0].actor, command(shop, set=STOCK + number, expected=STOCK))
            for number in range(1, 6)
        ],
        return_exceptions=True,
    )

    refusals = [answer for answer in answers if isinstance(answer, Refused)]
    assert [problem.code.value for refusal in refusals for problem in refusal.problems] == ["VERSION_CONFLICT"] * 4
    on_hand, moved, events = await counts(pool, shop)
    assert (on_hand, events) == (moved, 1)


async def test_s8_an_offer_gets_a_row_in_a_warehouse_of_its_vendor_when_the_first_units_come(pool: Pool):
    shop = await make_shop(pool)
    warehouse_id = new_id("warehouse")
    await pool.execute(
        "INSERT INTO warehouse (id, code, name, country, vendor_id) VALUES ($1, $1, 'Second', 'DE', $2)",
        warehouse_id,
        shop.sellers[0].id,
    )

    await asyncio.gather(
        *[adjust(pool, shop.sellers[0].actor, command(shop, warehouse_id=warehouse_id, delta=5)) for _ in range(4)]
    )

    assert await counts(pool, shop) == (STOCK + 20, STOCK + 20, 4)


async def test_s8_setting_the_count_that_is_there_moves_nothing(pool: Pool):
    shop = await make_shop(pool)

    await adjust(pool, shop.sellers[0].actor, command(shop, set=STOCK, expected=STOCK))

    assert await counts(pool, shop) == (STOCK, STOCK, 0)


async def test_s1_what_is_owed_to_orders_cannot_be_taken_away(pool: Pool):
    shop = await make_shop(pool)
    await place_order(pool, shop, sold=[(0, 0, 30)])

    with pytest.raises(Refused) as refusal:
        await adjust(pool, shop.sellers[0].actor, command(shop, delta=-(STOCK - 29)))

    [problem] = refusal.value.problems
    assert isinstance(problem, StockProblem)
    assert (problem.code.value, problem.path, problem.available) == ("INSUFFICIENT_STOCK", ("delta",), STOCK - 30)
    assert await counts(pool, shop) == (STOCK, STOCK, 0)


async def test_s4_what_an_expired_reservation_held_can_be_taken_away(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, sold=[(1, 0, 1)])
    await pool.execute(
        """INSERT INTO reservation (checkout_id, offer_id, warehouse_id, quantity, expires_at)
        VALUES ($1, $2, $3, 40, now())""",
        placed.order.checkout_id,
        shop.sellers[0].offers[0],
        shop.sellers[0].warehouse_id,
    )
    await pool.execute("UPDATE stock_level SET reserved = 40 WHERE offer_id = $1", shop.sellers[0].offers[0])

    await adjust(pool, shop.sellers[0].actor, command(shop, set=0, expected=STOCK))

    assert await counts(pool, shop) == (0, 0, 1)


async def test_i2_the_same_key_adjusts_once(pool: Pool):
    shop = await make_shop(pool)
    act = command(shop, delta=7, key="key")

    await asyncio.gather(*[adjust(pool, shop.sellers[0].actor, act) for _ in range(10)])

    assert await counts(pool, shop) == (STOCK + 7, STOCK + 7, 1)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, ("INVALID", ())),
        ({"delta": 1, "set": 1}, ("INVALID", ())),
        ({"delta": 0}, ("INVALID", ("delta",))),
        ({"delta": 10**12}, ("INVALID", ("delta",))),
        ({"delta": 1_000_000_000}, ("INVALID", ("delta",))),
        ({"delta": 1, "expected": 1}, ("INVALID", ("expected",))),
        ({"set": 5}, ("REQUIRED", ("expected",))),
        ({"set": -1, "expected": STOCK}, ("INVALID", ("set",))),
        ({"set": 5, "expected": 99}, ("VERSION_CONFLICT", ("expected",))),
    ],
    ids=str,
)
async def test_s8_a_blind_or_senseless_change_is_refused(pool: Pool, change: dict[str, Any], problem: Any):
    shop = await make_shop(pool)

    assert await problems_of(adjust(pool, shop.sellers[0].actor, command(shop, **change))) == [problem]
    assert await counts(pool, shop) == (STOCK, STOCK, 0)


@pytest.mark.parametrize(
    "reason", ["", "  ", "a\x00b", "\ud800", "x" * 201], ids=["empty", "blank", "nul", "half", "long"]
)
async def test_s8_a_reason_is_short_and_readable(pool: Pool, reason: str):
    shop = await make_shop(pool)
    seller = shop.sellers[0]
    act = AdjustStock(seller.offers[0], seller.warehouse_id, Change(delta=1), reason, "key")

    assert await problems_of(adjust(pool, seller.actor, act)) == [("INVALID", ("reason",))]


async def test_v8_only_the_vendor_and_staff_with_the_scope_adjust_stock(pool: Pool):
    shop = await make_shop(pool)

    for stranger in (shop.sellers[1].actor, GUEST, staff("inventory:read")):
        assert await problems_of(adjust(pool, stranger, command(shop, delta=1))) == [("NOT_FOUND", ("offer_id",))]
    foreign = command(shop, warehouse_id=shop.sellers[1].warehouse_id, delta=1)
    assert await problems_of(adjust(pool, shop.sellers[0].actor, foreign)) == [("NOT_FOUND", ("warehouse_id",))]
    await adjust(pool, staff("inventory:write"), command(shop, delta=1))

    assert await counts(pool, shop) == (STOCK + 1, STOCK + 1, 1)
