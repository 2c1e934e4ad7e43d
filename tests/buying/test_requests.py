"""Carts and checkouts as clients meet them: payloads, replays, and what a purchase costs the database."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.shared.ids import OfferId
from persistence.cart.repository import carts_by_id
from persistence.ids import new_id
from persistence.pricing.facts import offer_facts
from persistence.pricing.reference import Reference
from tests.database import StatementLog
from tests.factories.promotions import promote
from tests.factories.shoppers import BERLIN, MUTATIONS, RESULTS, Shopper, inputs, signed_in, written


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_payload_has_its_result_exactly_when_it_has_no_errors(shopper: Shopper, mutation: str):
    values = (await inputs(shopper))[mutation]
    caller = signed_in(shopper) if mutation == "cartMerge" else shopper
    missing = {name: f"{str(value).rpartition('_')[0]}_{'0' * 26}" for name, value in values.items() if _is_id(value)}
    bad = {**values, **missing} if missing else {**values, "lines": [{"quantity": 0}]}

    refused = await caller.payload(mutation, **bad)
    done = await caller.payload(mutation, **values)

    assert refused["errors"]
    assert {name: refused[name] for name in refused if name != "errors"} == dict.fromkeys(set(refused) - {"errors"})
    assert done["errors"] == []
    assert done[RESULTS[mutation]] is not None


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("cart_", "checkout_"))


@pytest.mark.parametrize("mutation", [name for name in MUTATIONS if name != "checkoutUpdate"])
async def test_i2_the_same_key_answers_the_same_and_does_nothing_more(shopper: Shopper, mutation: str):
    values = (await inputs(shopper))[mutation]
    caller = signed_in(shopper) if mutation == "cartMerge" else shopper

    first = await caller.payload(mutation, **values)
    before = await written(shopper.shop)
    again = await caller.payload(mutation, **values)

    assert again == first
    assert first["errors"] == []
    assert await written(shopper.shop) == before


@pytest.mark.parametrize("mutation", [name for name in MUTATIONS if name not in ("checkoutUpdate", "checkoutStart")])
async def test_i2_the_same_key_with_another_input_is_refused(shopper: Shopper, mutation: str):
    values = (await inputs(shopper))[mutation]
    caller = signed_in(shopper) if mutation == "cartMerge" else shopper
    others: dict[str, dict[str, Any]] = {
        "cartCreate": {"lines": []},
        "cartUpdate": {"note": "other"},
        "cartMerge": {"source": new_id("cart")},
        "checkoutTenderAdd": {"token": "tok_declined"},
        "checkoutComplete": {"expectedTotal": {"amountMinor": 1, "currency": "EUR"}},
    }
    await caller.payload(mutation, **values)
    before = await written(shopper.shop)

    refused = await caller.refusals(mutation, **{**values, **others[mutation]})

    assert refused == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert await written(shopper.shop) == before


async def test_o9_merging_tells_what_was_capped_and_empties_the_source(shopper: Shopper):
    shop = shopper.shop
    limited, free = await shop.offer(max_quantity=5), await shop.offer()
    guest = await shopper.do(
        "cartCreate",
        lines=[{"offerId": limited, "quantity": 4}, {"offerId": free, "quantity": 1}],
        idempotencyKey=new_id("key"),
    )
    customer = signed_in(shopper)
    await shop.pool.execute("INSERT INTO customer (id, email) VALUES ($1, 'a@example.com')", customer.actor.id)
    own = await customer.do("cartCreate", lines=[{"offerId": limited, "quantity": 3}], idempotencyKey=new_id("key"))
    values = {"source": guest["id"], "target": own["id"]}

    merged = await customer.do("cartMerge", **values, idempotencyKey="one")
    replayed = await customer.do("cartMerge", **values, idempotencyKey="one")
    again = await customer.do("cartMerge", **values, idempotencyKey="two")

    assert [line["quantity"] for line in merged["lines"]["nodes"]] == [5, 1]
    assert merged["problems"] == [{"code": "QUANTITY_LIMIT", "lineId": merged["lines"]["nodes"][0]["id"]}]
    assert replayed == merged
    assert [line["quantity"] for line in again["lines"]["nodes"]] == [5, 1]
    assert again["problems"] == []
    assert await shopper.refusals("cartUpdate", cartId=guest["id"], idempotencyKey="k") == [
        ("INVALID_TRANSITION", ["cartId"])
    ]


async def test_o9_merging_keeps_the_codes_of_the_account_and_leaves_those_of_the_guest(shopper: Shopper):
    shop = shopper.shop
    for code in ("MINE", "THEIRS"):
        await promote(shop, code=code)
    line = {"offerId": await shop.offer(price=1000), "quantity": 1}
    guest = await shopper.do("cartCreate", lines=[line], promoCodes=["THEIRS"], idempotencyKey=new_id("key"))
    customer = signed_in(shopper)
    await shop.pool.execute("INSERT INTO customer (id, email) VALUES ($1, 'a@example.com')", customer.actor.id)
    own = await customer.do("cartCreate", lines=[line], promoCodes=["MINE"], idempotencyKey=new_id("key"))

    await customer.do("cartMerge", source=guest["id"], target=own["id"], idempotencyKey=new_id("key"))

    merged = await shop.priced_cart(own["id"])
    assert [state.code for state in merged.promo_codes] == ["MINE"]
    assert [line.quantity for line in merged.cart.lines] == [2]
    assert (await shop.priced_cart(guest["id"])).cart.lines == ()


async def test_t9_cart_checkout_and_product_page_show_one_price_where_the_net_is_fixed(shopper: Shopper):
    """119.00 at 19 % in Germany is 120.00 at 20 % in Austria."""
    shop = shopper.shop
    offer = await shop.offer(price=11_900)
    await shop.pool.execute("UPDATE market SET price_policy = 'FIXED_NET' WHERE handle = 'de'")
    shop.reference.forget()
    austrian = Shopper(replace(shop, country="AT"))

    cart = await austrian.do("cartCreate", lines=[{"offerId": offer, "quantity": 1}], idempotencyKey=new_id("key"))
    page = await austrian.send(
        f'{{ node(id: "{offer}") {{ ... on Offer {{ price {{ current {{ gross {{ amountMinor }} }} }} }} }} }}'
    )
    checkout = await austrian.do("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))
    moved = await austrian.do("checkoutUpdate", checkoutId=checkout["id"], shippingAddress=BERLIN)

    assert cart["lines"]["nodes"][0]["unitPrice"]["gross"]["amountMinor"] == 12_000
    assert page.data["node"]["price"]["current"]["gross"]["amountMinor"] == 12_000
    assert checkout["totals"]["total"]["gross"]["amountMinor"] == 12_000
    assert moved["totals"]["total"]["gross"]["amountMinor"] == 11_900


async def test_m2_a_cart_beyond_any_amount_says_so_and_cannot_be_started(shopper: Shopper):
    offer = await shopper.shop.offer(price=9_000_000_000_000_000)

    cart = await shopper.do("cartCreate", lines=[{"offerId": offer, "quantity": 2}], idempotencyKey=new_id("key"))
    refused = await shopper.refusals("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))

    assert cart["problems"] == [{"code": "QUANTITY_LIMIT", "lineId": None}]
    assert cart["lines"]["nodes"][0]["unitPrice"] is None
    assert refused == [("QUANTITY_LIMIT", [])]
    assert await shopper.shop.count("checkout") == 0


STATEMENTS = {"cartCreate": 5, "checkoutStart": 8, "checkoutUpdate": 4, "checkoutTenderAdd": 4, "checkoutComplete": 12}
"""Of each request of a purchase, BEGIN and COMMIT and the reads of its answer included."""
OF_A_NEW_CONNECTION = re.compile("typeinfo_tree|'jit'")
"""What asyncpg asks once on each connection, about the types of arrays."""


async def test_a_purchase_takes_a_fixed_number_of_statements_however_long_its_cart_is(
    shopper: Shopper, statement_log: StatementLog
):
    offers = [await shopper.shop.offer() for _ in range(8)]
    gift = {"kind": "free_gift", "offer": await shopper.shop.offer(), "quantity": 1}
    await promote(shopper.shop, action=gift, conditions={"min_value": {"EUR": "5000.00"}})
    counted = Shopper(replace(shopper.shop, pool=statement_log.pool, reference=Reference(statement_log.pool)))
    await counted.shop.reference.facts()

    async def count(mutation: str, **values: Any) -> dict[str, Any]:
        async with statement_log.count() as statements:
            done = await counted.do(mutation, **values)
        found[mutation] = len([text for text in statements if not OF_A_NEW_CONNECTION.search(text)])
        return done

    for size in (1, 8):
        found: dict[str, int] = {}
        lines = [{"offerId": offer, "quantity": 1} for offer in offers[:size]]
        cart = await count("cartCreate", lines=lines, idempotencyKey=new_id("key"))
        checkout = await count("checkoutStart", cartId=cart["id"], idempotencyKey=new_id("key"))
        choices = [
            {"groupId": group["id"], "optionId": group["options"][0]["id"]} for group in checkout["deliveryGroups"]
        ]
        told = {"email": "ada@example.com", "shippingAddress": BERLIN, "acceptTerms": True, "deliveries": choices}
        await count("checkoutUpdate", checkoutId=checkout["id"], **told)
        paying = {"methodId": "test_card", "token": "tok_ok", "idempotencyKey": new_id("key")}
        checkout = await count("checkoutTenderAdd", checkoutId=checkout["id"], **paying)
        total = checkout["totals"]["total"]["gross"]
        await count("checkoutComplete", checkoutId=checkout["id"], expectedTotal=total, idempotencyKey=new_id("key"))
        assert found == STATEMENTS


async def test_what_a_cart_reads_is_not_planned_anew_each_time(shopper: Shopper, statement_log: StatementLog):
    offer = await shopper.shop.offer()
    cart = await shopper.do("cartCreate", lines=[{"offerId": offer, "quantity": 1}], idempotencyKey=new_id("key"))

    async with statement_log.pool.acquire() as connection:
        for _ in range(10):
            await carts_by_id(connection, [cart["id"]])
            await offer_facts(connection, [OfferId(offer)], language="en", currency="EUR", now=datetime.now(UTC))
        often = "SELECT custom_plans FROM pg_prepared_statements WHERE generic_plans + custom_plans >= 10"
        plans = [row["custom_plans"] for row in await connection.fetch(often)]

    assert plans == [5, 5]
