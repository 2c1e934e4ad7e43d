"""Idempotency keys: whose they are, what they stand for, and how long (rules I1 and I2)."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Refused
from domain.shared.idempotency import once
from domain.shared.ids import CustomerId
from domain.shared.money import Money
from persistence.ids import new_id
from server.jobs.housekeeping import forget_old_keys
from tests.buying.test_crashes import parts_of
from tests.database import StatementLog
from tests.factories.buying import Buying
from tests.factories.crashing import Crash, mortal
from tests.factories.refusals import problems_of
from tests.factories.shoppers import Shopper

KEY = "a-key-that-nobody-guesses"
KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Act:
    what: str


def customer(shop: Buying) -> Buying:
    return replace(shop, actor=Actor(customer_id=CustomerId(new_id("customer"))))


async def signed_up(shop: Buying) -> Buying:
    buyer = customer(shop)
    sql = "INSERT INTO customer (id, email) VALUES ($1, $2)"
    await shop.pool.execute(sql, buyer.actor.id, f"{buyer.actor.id}@example.com")
    return buyer


async def test_i1_one_key_of_two_actors_stands_for_two_acts(shop: Buying):
    offer = await shop.offer()
    ada, grace = await signed_up(shop), await signed_up(shop)

    first, second = [await buyer.cart((offer, 1), key=KEY) for buyer in (ada, grace)]

    assert first != second
    assert [await buyer.cart((offer, 1), key=KEY) for buyer in (ada, grace)] == [first, second]


async def test_i1_a_code_in_another_spelling_is_the_same_input(shopper: Shopper):
    first, again = [
        await shopper.do("cartCreate", lines=[], promoCodes=[code], idempotencyKey=KEY)
        for code in ("SUMMER", " summer ")
    ]
    values = {"cartId": first["id"], "idempotencyKey": KEY}

    assert again["id"] == first["id"]
    await shopper.do("cartUpdate", **values, promoCodes=["Winter"])
    await shopper.do("cartUpdate", **values, promoCodes=["WINTER "])
    assert await shopper.refusals("cartUpdate", **values, promoCodes=["spring"]) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]


async def test_i1_one_key_of_two_carts_stands_for_two_acts(shop: Buying):
    offer = await shop.offer()
    carts = [await shop.cart() for _ in range(2)]

    for cart in carts:
        await shop.add(cart, (offer, 1), key=KEY)

    assert [(await shop.priced_cart(cart)).priced_lines[0].quantity for cart in carts] == [1, 1]


async def test_i1_one_key_of_two_operations_stands_for_two_acts(shop: Buying):
    cart = await shop.cart((await shop.offer(), 1), key=KEY)

    await shop.add(cart, (await shop.offer(), 1), key=KEY)
    checkout = await shop.start(cart, key=KEY)

    assert len((await shop.checkout(checkout)).lines) == 2
    operations = await shop.pool.fetch("SELECT operation FROM idempotency WHERE key = $1 ORDER BY operation", KEY)
    assert [row["operation"] for row in operations] == ["CreateCart", "StartCheckout", "UpdateCart"]


async def test_i1_a_key_is_claimed_before_anything_else_is_done(shop: Buying, statement_log: StatementLog):
    cart, offer = await shop.cart(), await shop.offer()
    counted = replace(shop, pool=statement_log.pool)

    async with statement_log.count() as statements:
        await counted.add(cart, (offer, 1), key=KEY)

    writes = [sql for sql in statements if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert writes[0].startswith("INSERT INTO idempotency")
    assert "ON CONFLICT DO NOTHING" in writes[0]
    assert len(writes) > 1


async def test_i1_the_outcome_stands_exactly_when_the_effect_does(shop: Buying):
    """Wherever a process dies between the two, both are there or neither is."""
    cart, offers = await shop.cart(), [await shop.offer() for _ in range(40)]
    for steps, offer in enumerate(offers):
        lines = await shop.count("cart_line")
        try:
            await mortal(shop, steps).add(cart, (offer, 1), key=f"key {steps}")
        except Crash:
            pass
        else:
            break
        finally:
            done = "SELECT count(*) FROM idempotency WHERE key = $1 AND state = 'DONE' AND outcome IS NOT NULL"
            stored = await shop.pool.fetchval(done, f"key {steps}")
        assert await shop.count("cart_line") - lines == stored
        assert await shop.pool.fetchval("SELECT count(*) FROM idempotency WHERE state <> 'DONE'") == 0
        await shop.add(cart, (offer, 1), key=f"key {steps}")
        assert await shop.count("cart_line") - lines == 1
    else:
        pytest.fail("it never came to an end")
    assert steps > 4


async def test_i1_a_key_is_kept_for_24_hours_at_least_and_not_for_ever(shop: Buying):
    offer, buyer = await shop.offer(), await signed_up(shop)
    first = await buyer.cart((offer, 1), key=KEY)
    created_at = await shop.pool.fetchval("SELECT created_at FROM idempotency WHERE key = $1", KEY)

    await forget_old_keys(parts_of(replace(shop, now=created_at + KEPT)))
    again = await buyer.cart((offer, 1), key=KEY)
    await forget_old_keys(parts_of(replace(shop, now=created_at + 3 * KEPT)))
    forgotten = await buyer.cart((offer, 1), key=KEY)

    assert again == first
    assert forgotten != first


async def test_i1_it_is_what_the_input_means_that_is_compared(shopper: Shopper):
    """However it is written: its fields in another order, and what is left out as null."""
    offer = await shopper.shop.offer()
    cart = await shopper.do("cartCreate", idempotencyKey=new_id("key"))

    first = await shopper.payload(
        "cartUpdate", cartId=cart["id"], add=[{"offerId": offer, "quantity": 1}], idempotencyKey=KEY
    )
    again = await shopper.payload(
        "cartUpdate",
        note=None,
        idempotencyKey=KEY,
        add=[{"quantity": 1, "variantId": None, "offerId": offer}],
        expectedVersion=None,
        cartId=cart["id"],
        promoCodes=None,
    )

    assert first["errors"] == []
    assert again == first


async def test_i2_what_a_repeated_call_is_answered_is_read_afresh(shopper: Shopper):
    offer = await shopper.shop.offer()
    line = {"offerId": offer, "quantity": 1}
    first = await shopper.do("cartCreate", lines=[line], idempotencyKey=KEY)
    await shopper.do("cartUpdate", cartId=first["id"], add=[line], note="gift", idempotencyKey=new_id("key"))

    again = await shopper.do("cartCreate", lines=[line], idempotencyKey=KEY)

    assert (first["id"], first["version"], first["lines"]["nodes"][0]["quantity"]) == (again["id"], 1, 1)
    assert (again["version"], again["note"], again["lines"]["nodes"][0]["quantity"]) == (2, "gift", 2)


async def test_i2_who_asks_while_the_first_call_runs_waits_for_its_outcome(shop: Buying):
    uow, rival = shop.unit_of_work(), shop.unit_of_work()
    act = once(Act("it"), scope="somebody", key=KEY)

    async def second() -> object:
        async with rival:
            return await rival.idempotency.begin(act)

    async with uow:
        assert await uow.idempotency.begin(act) is None
        waiting = asyncio.create_task(second())
        assert await asyncio.wait([waiting], timeout=0.5) == (set(), {waiting})
        await uow.idempotency.finish(act, {"cart_id": "cart_1"})
        await uow.commit()

    assert await waiting == {"cart_id": "cart_1"}


async def test_i2_after_five_seconds_it_is_told_that_the_first_call_still_runs(shop: Buying):
    uow, rival = shop.unit_of_work(), shop.unit_of_work()
    act = once(Act("it"), scope="somebody", key=KEY)
    clock = asyncio.get_running_loop()

    async with uow, rival:
        await uow.idempotency.begin(act)
        began = clock.time()
        with pytest.raises(Refused) as refusal:
            await rival.idempotency.begin(act)
        waited = clock.time() - began

    (problem,) = refusal.value.problems
    assert (problem.code, problem.path) == (ErrorCode.IDEMPOTENCY_IN_PROGRESS, ("idempotency_key",))
    assert waited >= 4.9


async def test_i2_a_call_that_died_leaves_its_key_to_the_next(shop: Buying):
    uow = shop.unit_of_work()
    act = once(Act("it"), scope="somebody", key=KEY)
    async with uow:
        await uow.idempotency.begin(act)

    async with uow:
        assert await uow.idempotency.begin(act) is None


async def test_i2_a_refusal_is_told_again_by_its_key(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1))
    wrong = Money(1, "EUR")

    first, again = [await problems_of(shop.complete(checkout, total=wrong, key=KEY)) for _ in range(2)]

    assert first == again == [("PRICE_CHANGED", ("expected_total",))]
    assert await shop.count("payment") == 0
