"""Gift cards that are given back: what was issued for them is taken back with them (rules Y7 and M8)."""

import pytest

from domain.orders.giftcards.usecases import RevealGiftCardCode, issue_gift_cards, reveal_gift_card_code
from domain.shared.ids import BalanceId
from persistence.ids import new_id
from tests.after_sale.test_editing import edit
from tests.factories.after_sale import Sale, sold
from tests.factories.balances import new_code
from tests.factories.buying import Buying, outcomes
from tests.factories.refusals import problems_of

SPENT = [("INSUFFICIENT_BALANCE", ("lines",))]


async def cards_sold(shop: Buying, quantity: int = 3, *, is_paid: bool = True) -> Sale:
    """An order of cards worth 25.00 each, issued if it is paid."""
    sale = await sold(shop, (await shop.offer(price=25_00, product={"kind": "GIFT_CARD"}), quantity))
    if is_paid:
        await sale.capture()
    await issue(sale)
    return sale


async def issue(sale: Sale) -> None:
    await issue_gift_cards(sale.unit_of_work(), sale.order_id)


async def left(sale: Sale) -> list[int]:
    """What is left on each card, in the order of their issue."""
    rows = await sale.shop.pool.fetch("SELECT available_minor FROM balance WHERE kind = 'GIFT_CARD' ORDER BY unit")
    return [row["available_minor"] for row in rows]


async def spend(sale: Sale, unit: int, minor: int = 1) -> None:
    """A purchase holds a part of one card."""
    sql = "SELECT id FROM balance WHERE unit = $1"
    card = BalanceId(await sale.shop.pool.fetchval(sql, unit))
    checkout = await sale.shop.start(await sale.shop.cart((await sale.shop.offer(price=minor), 1)))
    await sale.shop.tell(checkout)
    guest = await reveal_gift_card_code(
        sale.unit_of_work(), RevealGiftCardCode(sale.order_id, card, new_id("key")), new_code=new_code
    )
    await sale.shop.tender(checkout, code=guest.code)
    assert (await sale.shop.complete(checkout)).order_id is not None


async def test_y7_a_refunded_gift_card_is_worth_nothing_any_more(shop: Buying):
    sale = await cards_sold(shop)

    await sale.refund((0, 2))
    await issue(sale)

    assert sorted(await left(sale)) == [0, 0, 25_00]
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "50.00")]


async def test_y7_a_canceled_gift_card_is_worth_nothing_any_more(shop: Buying):
    sale = await cards_sold(shop)

    await sale.cancel((0, 1))
    await edit(sale, (0, 1))
    await issue(sale)

    assert sorted(await left(sale)) == [0, 0, 25_00]
    assert await sale.refunds() == [("CANCELLATION", "SUCCEEDED", "25.00")] * 2


async def test_y7_a_gift_card_that_was_spent_is_not_given_back_and_those_that_were_not_are(shop: Buying):
    sale = await cards_sold(shop)
    await spend(sale, unit=1)

    too_many = [
        await problems_of(sale.refund((0, 3))),
        await problems_of(sale.cancel()),
        await problems_of(edit(sale, (0, 0))),
    ]
    untouched = await left(sale)
    await sale.refund((0, 2))

    assert too_many == [SPENT] * 3
    assert untouched == [25_00 - 4_91, 25_00, 25_00]
    assert await left(sale) == [25_00 - 4_91, 0, 0]
    assert (await sale.lines())[0].refunded == 2


async def test_y7_a_card_whose_code_was_shown_is_taken_back_after_those_that_nobody_has_seen(shop: Buying):
    sale = await cards_sold(shop, 2)
    first = BalanceId(await shop.pool.fetchval("SELECT id FROM balance WHERE unit = 1"))
    command = RevealGiftCardCode(sale.order_id, first, new_id("key"))
    await reveal_gift_card_code(sale.unit_of_work(), command, new_code=new_code)

    await sale.refund((0, 1))

    assert await left(sale) == [25_00, 0]


async def test_y7_no_code_is_shown_of_a_card_that_was_given_back(shop: Buying):
    sale = await cards_sold(shop, 1)
    card = BalanceId(await shop.pool.fetchval("SELECT id FROM balance WHERE unit = 1"))
    await sale.refund((0, 1))

    command = RevealGiftCardCode(sale.order_id, card, new_id("key"))
    refused = await problems_of(reveal_gift_card_code(sale.unit_of_work(), command, new_code=new_code))

    assert refused == [("INVALID_TRANSITION", ("gift_card_id",))]


async def test_cards_that_were_given_back_before_their_money_came_are_not_issued(shop: Buying):
    sale = await cards_sold(shop, is_paid=False)

    await sale.cancel((0, 2))
    await sale.capture()
    await issue(sale)

    assert await left(sale) == [25_00]


@pytest.mark.parametrize("attempt", range(3))
async def test_y7_a_card_is_either_spent_or_given_back_however_the_two_race(shop: Buying, attempt: int):
    sale = await cards_sold(shop, 1)

    results = await outcomes([spend(sale, unit=1), sale.refund((0, 1))])

    refunded = (await sale.lines())[0].refunded
    spent = await shop.pool.fetchval("SELECT coalesce(-sum(amount_minor), 0) FROM balance_entry WHERE kind = 'HOLD'")
    assert (refunded, spent > 0) in {(1, False), (0, True)}, results
    assert (await left(sale))[0] in {0, 25_00 - 4_91}
