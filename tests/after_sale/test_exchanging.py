"""Other goods in place of those that came back: bought with the credit of a return, to the cent (rule Y6)."""

from dataclasses import replace

import pytest

from domain.shared.actor import Actor
from tests.after_sale.returning import approve, ask, deliver, receive
from tests.factories.after_sale import Sale
from tests.factories.balances import customer
from tests.factories.buying import Buying

CREDIT = "SELECT available_minor FROM balance WHERE kind = 'STORE_CREDIT'"
PAID = "SELECT kind, authorized_minor FROM payment WHERE order_id = $1 ORDER BY id"


@pytest.fixture
async def mine(shop: Buying) -> Buying:
    """The shop, as a customer comes to it."""
    return replace(shop, actor=Actor(customer_id=await customer(shop.pool)))


async def credited(shop: Buying) -> Sale:
    """A unit at 30.00, delivered for 4.90, that its buyer withdrew from for store credit."""
    done = await shop.complete(await shop.ready((await shop.offer(price=3_000), 1)))
    assert done.order_id is not None
    sale = Sale(shop, done.order_id)
    await sale.send(0, 1)
    await deliver(sale)
    await sale.settle()
    asked = await ask(sale.by(shop.actor), (0, 1), to_store_credit=True)
    await approve(sale, asked)
    await receive(sale, asked, (0, 1))
    return sale


@pytest.mark.parametrize(
    ("price", "paid", "left"),
    [
        (1_999, [("STORE_CREDIT", 2_489)], 1_001),
        (3_000, [("STORE_CREDIT", 3_490)], 0),
        (4_000, [("STORE_CREDIT", 3_490), ("CARD", 1_000)], 0),
    ],
    ids=["cheaper", "even", "dearer"],
)
async def test_y6_the_credit_of_a_return_buys_other_goods_and_the_difference_is_paid_or_kept(
    mine: Buying, price: int, paid: list[tuple[str, int]], left: int
):
    await credited(mine)
    other = await mine.offer(price=price, stock=1)
    checkout = await mine.start(await mine.cart((other, 1)))
    held = await mine.stock(other)
    await mine.tell(checkout)

    await mine.tender(checkout, method="store_credit")
    if len(paid) > 1:
        await mine.tender(checkout)
    done = await mine.complete(checkout)

    assert held == (1, 1, 0)
    assert [tuple(row) for row in await mine.pool.fetch(PAID, done.order_id)] == paid
    assert await mine.pool.fetchval(CREDIT) == left
