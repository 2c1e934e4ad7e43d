"""A card number that somebody writes into free text is stored nowhere (rule Y10)."""

from typing import Any

import pytest

from domain.shared.actor import Actor
from domain.shared.ids import ApiKeyId
from persistence.ids import new_id
from tests.after_sale.returning import delivered
from tests.factories.after_sale import Sale
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

CARD = "4242 4242-4242 4242"
SCOPES = frozenset({"staff", "orders:read", "orders:write", "payments:write", "balances:write"})
STAFF = Actor(api_key_id=ApiKeyId("staff"), scopes=SCOPES)
HOLDERS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb')
"""


async def holding_a_card(sale: Sale) -> list[str]:
    """The columns of the whole database in which a card number stands."""
    found = []
    for table, column in await sale.shop.pool.fetch(HOLDERS):
        sql = f"""SELECT count(*) FROM "{table}" WHERE "{column}"::text ~ '4242[ -]?4242[ -]?4242'"""
        if await sale.shop.pool.fetchval(sql):
            found.append(f"{table}.{column}")
    return found


async def acted(sale: Sale, mutation: str, kind: str, **values: Any) -> None:
    document = f"mutation M($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code path }} }} }}"
    result = await Shopper(sale.shop, STAFF).send(document, input={"idempotencyKey": new_id("key")} | values)
    assert not result.errors, result.errors
    assert result.data[mutation]["errors"] == []


@pytest.fixture
async def sale(shop: Buying) -> Sale:
    return await delivered(shop, (await shop.offer(price=2_000), 3))


async def test_y10_notes_and_reasons_of_orders_are_masked(sale: Sale):
    amount = {"amountMinor": 100, "currency": "EUR"}

    await acted(sale, "orderNoteAdd", "OrderNoteAddInput", id=sale.order_id, note=f"Card {CARD}")
    await acted(
        sale, "refundCreate", "RefundCreateInput", orderId=sale.order_id, adjustment=amount, reason=f"Card {CARD}"
    )

    assert (await sale.order()).internal_notes == ("Card [masked]",)
    assert await holding_a_card(sale) == []


async def test_y10_what_buyers_and_vendors_say_of_returns_is_masked(sale: Sale):
    line = (await sale.lines())[0]
    asked = {"orderLineId": line.id, "quantity": 1, "reason": f"Not {CARD}", "comment": CARD}

    await acted(sale, "returnRequest", "ReturnRequestInput", orderId=sale.order_id, lines=[asked])
    return_id = await sale.shop.pool.fetchval("SELECT id FROM order_return")
    await acted(sale, "returnDecide", "ReturnDecideInput", returnId=return_id, state="APPROVED", reason=CARD)

    assert await sale.shop.pool.fetchval("SELECT reason FROM order_return_line") == "Not [masked]"
    assert await holding_a_card(sale) == []


async def test_y10_gift_messages_and_notes_of_carts_are_masked(sale: Sale):
    shopper = Shopper(sale.shop)
    line = {"offerId": await sale.shop.offer(), "quantity": 1, "giftMessage": f"With love, {CARD}"}

    cart = await shopper.do("cartCreate", lines=[line], idempotencyKey=new_id("key"))
    await shopper.do("cartUpdate", cartId=cart["id"], note=CARD, idempotencyKey=new_id("key"))

    assert await sale.shop.pool.fetchval("SELECT gift_message FROM cart_line WHERE gift_message IS NOT NULL") == (
        "With love, [masked]"
    )
    assert await holding_a_card(sale) == []
