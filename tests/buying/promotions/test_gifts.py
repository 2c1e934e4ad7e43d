"""Gifts that promotions put into carts: there while they are due, held with the goods, and never paid for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.cart.priced import PricedCart, PricedLine
from domain.orders.model import OrderLine
from domain.pricing.discounts import Funding
from domain.pricing.promotions.model import ReturnRule
from domain.shared.ids import CartId, CheckoutId, OfferId, OrderId
from persistence.ids import new_id
from persistence.orders import queries
from server.doctor import findings
from tests.after_sale.returning import brought_back, deliver
from tests.buying.test_completing import approve
from tests.buying.test_reorder import reordered
from tests.database import StatementLog
from tests.factories.after_sale import Sale
from tests.factories.buying import Buying
from tests.factories.companies import company, listed, member
from tests.factories.promotions import TEN_PERCENT_OF_ORDER, promote
from tests.factories.refusals import problems_of
from tests.factories.shoppers import Shopper

FROM_FIFTY = {"min_value": {"EUR": "50.00"}}
CART = """query ($id: ID!) { cart(id: $id) {
    lines { nodes { id quantity isGift unitPrice { gross { amount } } total { gross { amount } }
        discounts { promotion { name } amount { amount } } } }
    gifts { promotion { name } quantity offer { id } offers { id } }
    totals { lines { gross { amount } } discount { amount } total { gross { amount } } } } }"""


async def offers(shop: Buying, *prices: int, **values: Any) -> list[OfferId]:
    """Offers of one vendor."""
    vendor = await shop.catalog.vendor()
    return [await shop.offer(price=price, vendor_id=vendor, **values) for price in prices]


async def with_gift(shop: Buying, gift: OfferId, quantity: int = 1, **values: Any) -> None:
    """A gift from 50.00 on, unless told otherwise."""
    action = {"kind": "free_gift", "offer": gift, "quantity": quantity}
    known = {"name": "A cap", "action": action, "conditions": FROM_FIFTY, "funding": Funding.VENDOR}
    await promote(shop, **(known | values))


async def seen(shop: Buying, cart_id: CartId) -> PricedCart:
    found: PricedCart = await shop.priced_cart(cart_id)
    return found


def gifts_in(cart: PricedCart) -> list[tuple[OfferId, int]]:
    return [(line.offer_id, line.quantity) for line in cart.priced_lines if line.is_gift]


def the_gift(cart: PricedCart) -> PricedLine:
    (gift,) = [line for line in cart.priced_lines if line.is_gift]
    return gift


async def set_units(shop: Buying, cart_id: CartId, line_id: str, quantity: int) -> Any:
    changes = [{"lineId": line_id, "quantity": quantity}]
    return await Shopper(shop).payload("cartUpdate", cartId=cart_id, set=changes, idempotencyKey=new_id("key"))


async def lines_of(shop: Buying, order_id: OrderId | None) -> Sequence[OrderLine]:
    assert order_id is not None
    return await queries.lines_of_orders(shop.pool, [order_id])


async def assert_books_are_right(shop: Buying) -> None:
    """As the doctor sees them; the goods of a test came by no movement, and into no index."""
    async with shop.pool.acquire() as connection:
        found = [finding.check.name for finding in await findings(connection)]
    assert set(found) <= {"stock-on-hand", "search-index"}


async def test_p18_a_gift_that_is_due_is_a_line_of_the_cart_that_costs_nothing_and_says_why(shop: Buying):
    lamp, cap = await offers(shop, 30_00, 9_00)
    await with_gift(shop, cap, 2)
    cart_id = await shop.cart((lamp, 2))

    result = await Shopper(shop).send(CART, id=cart_id)

    assert not result.errors
    cart = result.data["cart"]
    bought, gift = cart["lines"]["nodes"]
    assert (bought["isGift"], bought["quantity"], gift["isGift"], gift["quantity"]) == (False, 2, True, 2)
    assert (gift["unitPrice"]["gross"]["amount"], gift["total"]["gross"]["amount"]) == ("9.00", "0.00")
    assert gift["discounts"] == [{"promotion": {"name": "A cap"}, "amount": {"amount": "18.00"}}]
    assert cart["totals"] == {
        "lines": {"gross": {"amount": "60.00"}},
        "discount": {"amount": "18.00"},
        "total": {"gross": {"amount": "60.00"}},
    }
    assert cart["gifts"] == []


async def test_p6_a_gift_comes_and_goes_with_the_threshold_which_it_does_not_count_for(shop: Buying):
    lamp, cap = await offers(shop, 30_00, 25_00)
    await with_gift(shop, cap)
    await promote(shop, name="From eighty", action=TEN_PERCENT_OF_ORDER, conditions={"min_value": {"EUR": "80.00"}})
    cart_id = await shop.cart((lamp, 1))

    below = await seen(shop, cart_id)
    await shop.add(cart_id, (lamp, 1))
    due = await seen(shop, cart_id)
    await set_units(shop, cart_id, due.priced_lines[0].id, 1)
    again = await seen(shop, cart_id)

    assert (gifts_in(below), gifts_in(due), gifts_in(again)) == ([], [(cap, 1)], [])
    assert (below.totals.total.gross.minor, due.totals.total.gross.minor) == (30_00, 60_00)


async def test_p3_no_other_promotion_takes_anything_off_a_gift(shop: Buying):
    lamp, cap = await offers(shop, 60_00, 10_00)
    await with_gift(shop, cap)
    await promote(shop, name="Ten off", action={"kind": "amount", "amounts": {"EUR": "10.00"}, "per": "ORDER"})

    cart = await seen(shop, await shop.cart((lamp, 1)))

    assert [line.total and line.total.gross.minor for line in cart.priced_lines] == [50_00, 0]
    assert [taken.promotion.name for taken in the_gift(cart).discounts] == ["A cap"]


async def test_a_code_brings_a_gift_and_takes_it_along(shop: Buying):
    lamp, cap = await offers(shop, 10_00, 9_00)
    await with_gift(shop, cap, conditions={}, code="CAP")
    shopper, cart_id = Shopper(shop), await shop.cart((lamp, 1))

    without = await seen(shop, cart_id)
    await shopper.do("cartUpdate", cartId=cart_id, promoCodes=["cap"], idempotencyKey=new_id("key"))
    with_code = await seen(shop, cart_id)
    await shopper.do("cartUpdate", cartId=cart_id, promoCodes=[], idempotencyKey=new_id("key"))
    after = await seen(shop, cart_id)

    assert [gifts_in(cart) for cart in (without, with_code, after)] == [[], [(cap, 1)], []]
    assert with_code.promo_codes[0].applied


@pytest.mark.parametrize("stock", [0, 1])
async def test_a_gift_that_is_not_there_is_told_instead(shop: Buying, stock: int):
    lamp, _ = await offers(shop, 60_00, 9_00)
    vendor = await shop.pool.fetchval("SELECT vendor_id FROM offer WHERE id = $1", lamp)
    cap = await shop.offer(price=9_00, stock=stock, vendor_id=vendor)
    await with_gift(shop, cap, 2)

    cart = await seen(shop, await shop.cart((lamp, 1)))

    assert gifts_in(cart) == []
    assert [(gift.offer_id, gift.quantity) for gift in cart.gifts] == [(cap, 2)]


async def test_a_gift_that_would_be_a_delivery_of_its_own_is_told_instead(shop: Buying):
    lamp, cap = await shop.offer(price=60_00), await shop.offer(price=9_00)
    await with_gift(shop, cap)

    cart = await seen(shop, await shop.cart((lamp, 1)))

    assert gifts_in(cart) == []
    assert [gift.offer_id for gift in cart.gifts] == [cap]


async def test_of_several_gifts_the_buyer_chooses_and_what_was_chosen_is_free(shop: Buying):
    lamp, cap, mug = await offers(shop, 60_00, 9_00, 12_00)
    action = {"kind": "free_gift", "offers": [cap, mug]}
    await promote(shop, name="A gift", action=action, conditions=FROM_FIFTY)
    cart_id = await shop.cart((lamp, 1))

    result = await Shopper(shop).send(CART, id=cart_id)
    await shop.add(cart_id, (mug, 1))
    chosen = await seen(shop, cart_id)

    (told,) = result.data["cart"]["gifts"]
    assert (told["quantity"], {offer["id"] for offer in told["offers"]}) == (1, {cap, mug})
    assert [node["isGift"] for node in result.data["cart"]["lines"]["nodes"]] == [False]
    assert chosen.gifts == ()
    assert [line.total and line.total.gross.minor for line in chosen.priced_lines] == [60_00, 0]
    assert gifts_in(chosen) == []


async def test_what_the_buyer_has_of_the_gift_already_is_free_and_no_line_of_its_own(shop: Buying):
    lamp, cap = await offers(shop, 60_00, 9_00)
    await with_gift(shop, cap, 2)

    cart = await seen(shop, await shop.cart((lamp, 1), (cap, 1)))

    assert [line.total and line.total.gross.minor for line in cart.priced_lines] == [60_00, 0]
    assert gifts_in(cart) == []
    assert [(gift.offer_id, gift.quantity) for gift in cart.gifts] == [(cap, 1)]


async def test_a_gift_is_declined_and_taken_after_all_and_never_changed(shop: Buying):
    lamp, cap = await offers(shop, 60_00, 9_00)
    await with_gift(shop, cap)
    cart_id = await shop.cart((lamp, 1))
    line_id = the_gift(await seen(shop, cart_id)).id

    more = await set_units(shop, cart_id, line_id, 2)
    await set_units(shop, cart_id, line_id, 0)
    declined = await seen(shop, cart_id)
    await set_units(shop, cart_id, line_id, 1)
    taken = await seen(shop, cart_id)
    unknown = await set_units(shop, cart_id, new_id("cart_line"), 0)

    assert [(error["code"], error["path"]) for error in more["errors"]] == [("NOT_ALLOWED", ["set", "0", "quantity"])]
    assert (gifts_in(declined), [gift.offer_id for gift in declined.gifts]) == ([], [cap])
    assert gifts_in(taken) == [(cap, 1)]
    assert [error["code"] for error in unknown["errors"]] == ["NOT_FOUND"]


async def test_two_promotions_of_one_gift_give_it_twice_on_one_line(shop: Buying):
    lamp, cap = await offers(shop, 30_00, 9_00)
    await with_gift(shop, cap)
    await with_gift(shop, cap, 2, name="More caps", conditions={"min_value": {"EUR": "20.00"}})

    small = await seen(shop, await shop.cart((lamp, 1)))
    large = await seen(shop, await shop.cart((lamp, 2)))

    assert (gifts_in(small), gifts_in(large)) == ([(cap, 2)], [(cap, 3)])
    assert (small.totals.total.gross.minor, large.totals.total.gross.minor) == (30_00, 60_00)


async def ready(shop: Buying, cart_id: CartId) -> CheckoutId:
    checkout_id = await shop.start(cart_id)
    await shop.tell(checkout_id)
    await shop.tender(checkout_id)
    return checkout_id


async def test_a_gift_is_held_bought_and_sent_for_nothing(shop: Buying):
    lamp, cap = await offers(shop, 60_00, 9_00)
    plain = await ready(shop, await shop.cart((lamp, 1)))
    total = (await shop.checkout(plain)).totals.total
    await with_gift(shop, cap)

    checkout_id = await ready(shop, await shop.cart((lamp, 1)))
    held = await shop.stock(cap)
    whole = await shop.checkout(checkout_id)
    done = await shop.complete(checkout_id)

    bought, gift = await lines_of(shop, done.order_id)
    assert [line.is_gift for line in whole.lines] == [False, True]
    assert whole.totals.total == total
    assert (held, await shop.stock(cap)) == ((100, 1, 0), (100, 0, 1))
    assert (bought.is_gift, gift.is_gift, gift.offer_id, gift.quantity) == (False, True, cap, 1)
    assert (gift.total.gross.minor, gift.unit_price.gross.minor, gift.discount.minor) == (0, 9_00, 9_00)
    assert [taken.promotion.name for taken in gift.discounts] == ["A cap"]
    await assert_books_are_right(shop)


async def test_a_checkout_begins_without_a_gift_that_is_due_no_more(shop: Buying):
    lamp, cap = await offers(shop, 60_00, 9_00)
    await with_gift(shop, cap, ends_at=shop.now + timedelta(hours=1))
    cart_id = await shop.cart((lamp, 1))
    stale = await seen(shop, cart_id)
    later = shop.later(hours=2)

    checkout = await later.checkout(await later.start(cart_id))

    assert gifts_in(stale) == [(cap, 1)]
    assert [line.is_gift for line in checkout.lines] == [False]
    assert await shop.stock(cap) == (100, 0, 0)


async def test_a_code_that_is_taken_back_takes_its_gift_out_of_the_checkout(shop: Buying):
    lamp, cap = await offers(shop, 60_00, 9_00)
    await with_gift(shop, cap, conditions={}, code="CAP")
    checkout_id = await ready(shop, await shop.cart((lamp, 1), codes=["CAP"]))
    before = await shop.checkout(checkout_id)

    await shop.update(checkout_id, promo_codes=())

    after = await shop.checkout(checkout_id)
    assert ([line.is_gift for line in before.lines], [line.is_gift for line in after.lines]) == ([False, True], [False])
    assert before.totals.total == after.totals.total
    assert (await shop.stock(cap), await shop.stock(lamp)) == ((100, 0, 0), (100, 1, 0))
    done = await shop.complete(checkout_id)
    assert len(await lines_of(shop, done.order_id)) == 1
    await assert_books_are_right(shop)


async def test_a_checkout_that_becomes_a_companys_keeps_the_gifts_that_its_prices_still_earn(shop: Buying):
    lamp, cap, mug = await offers(shop, 60_00, 9_00, 7_00)
    await with_gift(shop, cap)
    await with_gift(shop, mug, name="A mug", conditions={"min_value": {"EUR": "30.00"}})
    acme = await company(shop)
    await listed(shop, lamp, 40_00, company_id=acme.id)
    shop = await member(shop, acme.id)
    checkout_id = await shop.start(await shop.cart((lamp, 1)))
    before = await shop.checkout(checkout_id)

    await shop.update(checkout_id, company_id=acme.id)

    after = await shop.checkout(checkout_id)
    assert [line.line.offer_id for line in before.lines] == [lamp, cap, mug]
    assert [line.line.offer_id for line in after.lines] == [lamp, mug]
    assert after.totals.lines.gross.minor == 40_00
    assert (await shop.stock(cap), await shop.stock(mug)) == ((100, 0, 0), (100, 1, 0))


async def test_p9_a_gift_that_others_used_up_is_told_before_anything_is_paid(shop: Buying):
    lamp, cap = await offers(shop, 60_00, 9_00)
    await with_gift(shop, cap, usage_limit=1)
    first = await ready(shop, await shop.cart((lamp, 1)))
    second = await ready(shop, await shop.cart((lamp, 1)))
    await shop.complete(first)
    whole = await shop.checkout(second)

    refused = await problems_of(shop.complete(second))
    await shop.update(second, accept_terms=True)
    done = await shop.complete(second)

    assert whole.totals.lines.gross.minor == 60_00
    assert refused == [("COUPON_EXHAUSTED", ("checkout_id",))]
    assert [line.is_gift for line in await lines_of(shop, done.order_id)] == [False]
    assert await shop.stock(cap) == (100, 0, 1)
    await assert_books_are_right(shop)


async def test_p9_a_gift_that_is_used_up_while_the_buyer_approves_lets_the_payment_go(shop: Buying):
    lamp, cap = await offers(shop, 60_00, 9_00)
    await with_gift(shop, cap, usage_limit=1)
    mine = await shop.start(await shop.cart((lamp, 1)))
    await shop.tell(mine)
    await shop.tender(mine, "tok_action")
    await shop.complete(mine, key="one")
    await approve(shop)
    await shop.complete(await ready(shop, await shop.cart((lamp, 1))))

    refused = await problems_of(shop.complete(mine, key="one"))

    assert refused == [("COUPON_EXHAUSTED", ("checkout_id",))]
    assert await shop.pool.fetchval("SELECT state FROM payment ORDER BY id LIMIT 1") == "VOIDED"
    assert await shop.count("order") == 1
    await assert_books_are_right(shop)


async def test_s3_a_checkout_begins_without_a_gift_that_others_hold(shop: Buying):
    lamp, _ = await offers(shop, 60_00, 1)
    vendor = await shop.pool.fetchval("SELECT vendor_id FROM offer WHERE id = $1", lamp)
    cap = await shop.offer(price=9_00, stock=1, vendor_id=vendor)
    await with_gift(shop, cap)
    mine, others = await shop.cart((lamp, 1)), await shop.cart((lamp, 1))

    first = await shop.start(mine)
    second = await shop.start(others)
    again = await shop.start(mine)

    held = [[line.is_gift for line in (await shop.checkout(each)).lines] for each in (first, second, again)]
    assert held == [[False, True], [False], [False, True]]
    assert await shop.stock(cap) == (1, 1, 0)


async def test_a_gift_costs_no_statement_of_its_own(shop: Buying, statement_log: StatementLog):
    lamp, cap = await offers(shop, 60_00, 9_00)
    cart_id = await shop.cart((lamp, 1))
    counted = replace(shop, pool=statement_log.pool)

    async with statement_log.count() as before:
        await seen(counted, cart_id)
    await with_gift(shop, cap)
    async with statement_log.count() as after:
        cart = await seen(counted, cart_id)

    assert len(before) == len(after) == 2
    assert gifts_in(cart) == [(cap, 1)]


async def sold_with_gift(shop: Buying, **values: Any) -> Sale:
    lamp, cap = await offers(shop, 30_00, 9_00)
    await with_gift(shop, cap, **values)
    done = await shop.complete(await ready(shop, await shop.cart((lamp, 2))))
    assert done.order_id is not None
    return Sale(shop, done.order_id)


async def test_canceling_what_was_bought_cancels_the_gift_with_the_last_of_it(shop: Buying):
    sale = await sold_with_gift(shop)
    cap = (await sale.lines())[1].offer_id

    await sale.cancel((0, 1))
    first = [line.canceled for line in await sale.lines()]
    await sale.cancel((0, 1))

    assert (first, [line.canceled for line in await sale.lines()]) == ([1, 0], [2, 1])
    assert (await sale.order()).status.value == "CANCELED"
    assert await shop.stock(cap) == (100, 0, 0)
    await assert_books_are_right(shop)


async def test_a_gift_that_is_refunded_is_worth_nothing(shop: Buying):
    sale = await sold_with_gift(shop)
    await sale.capture()

    assert await problems_of(sale.refund((1, 1))) == [("REQUIRED", ("lines",))]
    await sale.refund((0, 2), (1, 1))

    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "60.00")]


@pytest.mark.parametrize(("rule", "amount"), [(ReturnRule.KEEP, "30.00"), (ReturnRule.CLAWBACK, "21.00")])
async def test_p8_a_gift_that_is_kept_below_its_threshold_is_the_buyers_or_paid(
    shop: Buying, rule: ReturnRule, amount: str
):
    sale = await sold_with_gift(shop, return_rule=rule)
    await sale.send(0, 2)
    await sale.send(1, 1)
    await deliver(sale)
    await sale.settle()

    await brought_back(sale, (0, 1))

    assert [back for _, _, back in await sale.refunds()] == [amount]


async def test_a_gift_is_not_bought_again(shop: Buying):
    sale = await sold_with_gift(shop)

    payload = await reordered(shop, sale.order_id)

    nodes = payload["cart"]["lines"]["nodes"]
    assert (payload["errors"], payload["problems"], len(nodes)) == ([], [], 2)
    assert await shop.count("cart_line") == 2
