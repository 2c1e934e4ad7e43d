"""A process that dies at any await of a charge, a capture or a refund: one reconciliation run balances the books."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest

from tests.factories.after_sale import Sale
from tests.factories.buying import Buying
from tests.factories.crashing import Crash, mortal
from tests.factories.paying import StripeShop

FEWEST_STEPS = 12
"""How many awaits there are at the least between the begin and the end of each."""

type Act = Callable[[Buying], Awaitable[object]]


async def dies(act: Act, shop: Buying, steps: int) -> bool:
    """Whether the process died after so many steps."""
    try:
        await act(mortal(shop, steps))
    except Crash:
        return True
    return False


async def check_books(paying: StripeShop) -> None:
    """Each payment is at Stripe what it is here, each order has one, and nothing is under way."""
    held = {item["id"]: item for item in await paying.double.objects("payment_intent")}
    charges = {item["payment_intent"]: item for item in await paying.double.objects("charge")}
    rows = await paying.shop.pool.fetch("SELECT * FROM payment")
    assert {row["gateway_reference"] for row in rows} == set(held)
    for row in rows:
        reference = row["gateway_reference"]
        assert row["state"] == "AUTHORIZED"
        assert row["claimed_minor"] == 0
        assert row["captured_minor"] == held[reference]["amount_received"]
        assert row["refunded_minor"] == charges[reference]["amount_refunded"]
    assert len(rows) == await paying.shop.count("order")
    assert await paying.shop.pool.fetchval("SELECT count(*) FROM payment_operation WHERE state <> 'SUCCEEDED'") == 0


async def test_i3_a_charge_that_dies_anywhere_is_one_charge_and_one_order_after_one_reconciliation(paying: StripeShop):
    steps = 0
    while True:
        checkout = await paying.ready("pm_card_visa")
        total = (await paying.shop.checkout(checkout)).totals.total.gross
        has_died = await dies(
            partial(Buying.complete, checkout_id=checkout, total=total, key="one"), paying.shop, steps
        )
        was_intended = await paying.shop.pool.fetchval("SELECT count(*) FROM payment WHERE checkout_id = $1", checkout)

        await paying.reconcile()

        assert (await paying.order_of(checkout) is not None) == bool(was_intended)
        await check_books(paying)
        if not has_died:
            break
        steps += 1
    assert steps > FEWEST_STEPS


@pytest.mark.parametrize("what", ["capture", "refund"])
async def test_i3_what_dies_anywhere_is_done_once_after_one_reconciliation(paying: StripeShop, what: str):
    steps = 0
    while True:
        sale = await paying.bought("pm_card_visa")
        if what == "refund":
            await sale.capture("100")

        async def act(shop: Buying, sale: Sale = sale) -> object:
            dying = replace(sale, shop=shop)
            return await (dying.capture("100") if what == "capture" else dying.refund(adjustment="30"))

        has_died = await dies(act, paying.shop, steps)
        await paying.reconcile()

        await check_books(paying)
        if not has_died:
            break
        steps += 1
    assert steps > FEWEST_STEPS
