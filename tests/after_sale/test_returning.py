"""Goods that come back: asked for, decided, received, refunded and restocked (rules O1, O3, O8, M8, Y6, P7)."""

import pytest

from domain.orders.model import OrderStatus
from domain.returns.model import RequestedUnits, ReturnState, ReturnStatus, return_status
from domain.returns.usecases import DecideReturn, RequestReturn, decide_return, request_return
from domain.shared.actor import GUEST, Actor
from domain.shared.errors import Refused
from domain.shared.ids import ApiKeyId, CustomerId, ReturnId, VendorId
from persistence.ids import new_id
from tests.after_sale.returning import (
    approve,
    ask,
    ask_as_buyer,
    brought_back,
    cancel,
    counts,
    decide,
    deliver,
    delivered,
    in_days,
    receive,
    settled,
    states,
    warehouse_of,
)
from tests.factories.after_sale import Sale, sold
from tests.factories.buying import Buying, outcomes
from tests.factories.promotions import promote
from tests.factories.refusals import problems_of


async def three_pots(shop: Buying) -> Sale:
    """Three units at 33.33, delivered for nothing."""
    return await delivered(shop, (await shop.offer(price=3_333), 3))


async def test_one_of_three_units_comes_back_and_is_refunded(shop: Buying):
    sale = await three_pots(shop)

    asked = await ask_as_buyer(sale, (0, 1))
    approved = await approve(sale, asked)
    done = await receive(sale, asked, (0, 1))

    assert states([asked, approved, done]) == ["REQUESTED", "APPROVED", "REFUNDED"]
    assert await counts(sale) == (0, 1, 1)
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "33.33")]
    assert return_status(await sale.lines()) is ReturnStatus.PARTIALLY_RETURNED


async def test_m8_units_that_come_back_one_by_one_give_back_exactly_what_was_paid(shop: Buying):
    await promote(shop, action={"kind": "amount", "amounts": {"EUR": "0.02"}, "per": "ORDER"})
    sale = await delivered(shop, (await shop.offer(price=3_334), 3))

    for _ in range(3):
        await brought_back(sale, (0, 1))

    assert [amount for _, _, amount in await sale.refunds()] == ["33.33", "33.34", "33.33"]
    assert await sale.money() == [("AUTHORIZED", "100.00", "100.00", "100.00")]


async def test_units_that_come_in_parts_are_refunded_as_they_come(shop: Buying):
    sale = await three_pots(shop)
    asked = await ask(sale, (0, 3))
    await approve(sale, asked)

    first = await receive(sale, asked, (0, 2))
    second = await receive(sale, asked, (0, 1), condition="scratched")

    assert states([first, second]) == ["IN_TRANSIT", "REFUNDED"]
    assert [line.received for line in first.lines] == [2]
    assert second.lines[0].condition == "scratched"
    assert [amount for _, _, amount in await sale.refunds()] == ["66.66", "33.33"]
    assert len(second.refund_ids) == 2


async def test_what_never_came_is_given_up_and_can_be_asked_for_again(shop: Buying):
    sale = await three_pots(shop)
    asked = await ask(sale, (0, 3))
    await approve(sale, asked)
    await receive(sale, asked, (0, 1))

    closed = await decide(sale, asked, ReturnState.CLOSED)

    assert closed.state is ReturnState.REFUNDED
    assert await counts(sale) == (0, 1, 1)
    assert (await ask(sale, (0, 2))).state is ReturnState.REQUESTED


async def test_a_return_that_is_rejected_says_why_and_gives_its_units_free(shop: Buying):
    sale = await three_pots(shop)
    asked = await ask(sale, (0, 3))

    unsaid = await problems_of(decide(sale, asked, ReturnState.REJECTED))
    rejected = await decide(sale, asked, ReturnState.REJECTED, reason="It was worn.")

    assert unsaid == [("REQUIRED", ("reason",))]
    assert (rejected.state, rejected.decision) == (ReturnState.REJECTED, "It was worn.")
    assert await counts(sale) == (0, 0, 0)
    assert await problems_of(receive(sale, rejected, (0, 1))) == [("INVALID_TRANSITION", ("state",))]


async def test_a_buyer_who_keeps_the_goods_cancels_until_they_are_on_their_way(shop: Buying):
    sale = await three_pots(shop)
    kept, sent = await ask(sale, (0, 1)), await ask(sale, (0, 1))
    for item in (kept, sent):
        await approve(sale, item)
    await decide(sale, sent, ReturnState.IN_TRANSIT)

    canceled = await cancel(sale.by(GUEST), kept)

    assert canceled.state is ReturnState.CLOSED
    assert await problems_of(cancel(sale.by(GUEST), sent)) == [("INVALID_TRANSITION", ("return_id",))]
    assert await counts(sale) == (1, 0, 0)


async def test_o8_no_more_is_asked_for_than_arrived_and_was_not_asked_for_or_refunded(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 5))
    await sale.send(0, 4)
    await sale.settle()

    before = await problems_of(ask(sale, (0, 1)))
    await deliver(sale)
    await ask(sale, (0, 1))
    await sale.refund((0, 3))

    assert before == [("QUANTITY_LIMIT", ("lines", "0", "quantity"))]
    assert await problems_of(ask(sale, (0, 2))) == [("QUANTITY_LIMIT", ("lines", "0", "quantity"))]
    assert await ask(sale, (0, 1))


async def test_o8_a_unit_that_was_refunded_before_it_came_back_is_not_refunded_again(shop: Buying):
    sale = await delivered(shop, (await shop.offer(price=1_000), 1))
    asked = await ask(sale, (0, 1))
    await approve(sale, asked)
    await sale.refund((0, 1))

    done = await receive(sale, asked, (0, 1))

    assert done.state is ReturnState.REFUNDED
    assert await counts(sale) == (0, 1, 1)
    assert [amount for _, _, amount in await sale.refunds()] == ["10.00", "4.90"]


async def test_o8_of_two_who_ask_for_the_last_unit_at_once_one_is_refused(shop: Buying):
    sale = await delivered(shop, (await shop.offer(), 1))

    came = await outcomes([ask(sale, (0, 1)) for _ in range(4)])

    refused = [item for item in came if isinstance(item, Refused)]
    assert len(refused) == 3
    assert {item.problems[0].code.value for item in refused} == {"QUANTITY_LIMIT"}
    assert await counts(sale) == (1, 0, 0)


async def test_o8_what_is_received_twice_at_once_is_counted_and_refunded_once(shop: Buying):
    sale = await delivered(shop, (await shop.offer(price=1_000), 1))
    asked = await ask(sale, (0, 1))
    await approve(sale, asked)

    came = await outcomes([decide(sale, asked, ReturnState.RECEIVED, (0, 1)) for _ in range(3)])
    await outcomes([settled(sale, asked) for _ in range(3)])

    assert sum(isinstance(item, Refused) for item in came) == 2
    assert await counts(sale) == (0, 1, 1)
    assert len(await sale.refunds()) == 1


async def test_i1_a_return_is_asked_for_and_received_once_by_one_key(shop: Buying):
    sale = await three_pots(shop)

    first, again = [await ask(sale, (0, 1), key="one") for _ in range(2)]
    await approve(sale, first)
    for _ in range(2):
        await receive(sale, first, (0, 1), key="two")

    assert first.id == again.id
    assert await counts(sale) == (0, 1, 1)
    assert len(await sale.refunds()) == 1


async def test_units_are_put_into_stock_again_with_a_movement_that_says_so(shop: Buying):
    offer = await shop.offer(stock=10)
    sale = await delivered(shop, (offer, 3))
    warehouse = await warehouse_of(sale, 0)
    asked = await ask(sale, (0, 3))
    await approve(sale, asked)

    await receive(sale, asked, (0, 2), restock_to=warehouse)
    done = await receive(sale, asked, (0, 1), condition="broken")

    assert await shop.stock(offer) == (9, 0, 0)
    moved = await shop.pool.fetch("SELECT delta, reason, reference FROM stock_movement ORDER BY id DESC LIMIT 1")
    assert [tuple(row) for row in moved] == [(2, "return", asked.id)]
    assert done.lines[0].restock is True
    assert [receipt.restocked_to for receipt in done.receipts] == [warehouse, None]


async def test_units_are_not_put_into_the_warehouse_of_another_vendor(shop: Buying):
    sale = await delivered(shop, (await shop.offer(), 1), (await shop.offer(), 1))
    asked = await ask(sale, (0, 1))
    await approve(sale, asked)

    refused = receive(sale, asked, (0, 1), restock_to=await warehouse_of(sale, 1))

    assert await problems_of(refused) == [("NOT_FOUND", ("lines", "0", "restock_to"))]
    assert await counts(sale) == (1, 0, 0)


async def test_a_return_goes_to_one_vendor(shop: Buying):
    sale = await delivered(shop, (await shop.offer(), 1), (await shop.offer(), 1))

    assert await problems_of(ask(sale, (0, 1), (1, 1))) == [("INVALID", ("lines", "1", "order_line_id"))]


async def test_o1_a_late_return_reopens_a_completed_order_which_completes_again(shop: Buying):
    sale = await three_pots(shop)
    later = in_days(sale, 20)
    await later.settle()
    before = (await sale.order()).status

    too_late = await problems_of(ask_as_buyer(later, (0, 1)))
    asked = await ask(later, (0, 1))
    reopened = (await sale.order()).status
    await later.settle()
    still_open = (await sale.order()).status
    await approve(later, asked)
    await receive(later, asked, (0, 1))
    await later.settle()

    assert too_late == [("RETURN_WINDOW_CLOSED", ("order_id",))]
    assert (before, reopened, still_open) == (OrderStatus.COMPLETED, OrderStatus.CONFIRMED, OrderStatus.CONFIRMED)
    assert (await sale.order()).status is OrderStatus.COMPLETED
    assert "ORDER_REOPENED" in await sale.told()


async def test_o3_the_status_of_returns_follows_the_units(shop: Buying):
    sale = await delivered(shop, (await shop.offer(), 2))
    seen = [return_status(await sale.lines())]

    asked = await ask(sale, (0, 1))
    seen.append(return_status(await sale.lines()))
    await approve(sale, asked)
    await receive(sale, asked, (0, 1))
    seen.append(return_status(await sale.lines()))
    await brought_back(sale, (0, 1))
    seen.append(return_status(await sale.lines()))

    assert [status.value for status in seen] == ["NONE", "REQUESTED", "PARTIALLY_RETURNED", "RETURNED"]
    assert seen[-1] is ReturnStatus.RETURNED


async def test_each_step_is_told_to_the_vendor_and_the_buyer(shop: Buying):
    sale = await delivered(shop, (await shop.offer(), 1))
    asked = await ask(sale, (0, 1))
    await approve(sale, asked)
    await decide(sale, asked, ReturnState.IN_TRANSIT)
    await receive(sale, asked, (0, 1))

    rows = await shop.pool.fetch(
        "SELECT type, vendor_id, order_id FROM event WHERE subject_id = $1 ORDER BY sequence", asked.id
    )

    assert [row["type"] for row in rows] == [
        "RETURN_REQUESTED",
        "RETURN_APPROVED",
        "RETURN_IN_TRANSIT",
        "RETURN_RECEIVED",
        "RETURN_CLOSED",
    ]
    assert {(row["vendor_id"], row["order_id"]) for row in rows} == {(asked.vendor_id, sale.order_id)}


async def test_nobody_else_asks_for_a_customers_goods_or_decides_what_is_not_theirs(shop: Buying):
    sale = await three_pots(shop)
    asked = await ask(sale, (0, 1))
    stranger = Actor(customer_id=CustomerId("customer_else"))
    vendor = Actor(api_key_id=ApiKeyId("api_key_else"), vendor_ids=frozenset({VendorId("vendor_else")}))
    reader = Actor(customer_id=CustomerId("customer_reader"), scopes=frozenset({"staff", "orders:read"}))

    for actor in (stranger, vendor, reader):
        assert await problems_of(approve(sale.by(actor), asked)) == [("NOT_FOUND", ("return_id",))]
    await shop.pool.execute("INSERT INTO customer (id, email) VALUES ('customer_own', 'own@example.com')")
    await shop.pool.execute("""UPDATE "order" SET customer_id = 'customer_own'""")
    for actor in (GUEST, stranger, vendor, reader):
        assert await problems_of(ask(sale.by(actor), (0, 1))) == [("NOT_FOUND", ("order_id",))]
        assert await problems_of(cancel(sale.by(actor), asked)) == [("NOT_FOUND", ("return_id",))]


async def test_everything_that_is_wrong_with_a_request_is_told_at_once(shop: Buying):
    sale = await delivered(shop, (await shop.offer(), 1))
    (line,) = await sale.lines()
    wrong = RequestedUnits(line.id, 2, " ", "\x00", ("http://example.com/1.jpg",))
    command = RequestReturn(sale.order_id, (wrong,), False, new_id("key"))

    refused = await problems_of(request_return(sale.unit_of_work(), command, now=shop.now))

    assert refused == [
        ("QUANTITY_LIMIT", ("lines", "0", "quantity")),
        ("INVALID", ("lines", "0", "reason")),
        ("INVALID", ("lines", "0", "comment")),
        ("INVALID", ("lines", "0", "image_urls")),
    ]


@pytest.mark.parametrize(
    ("state", "path"), [(ReturnState.REQUESTED, "state"), (ReturnState.REFUNDED, "state")], ids=["asked", "refunded"]
)
async def test_what_follows_by_itself_is_not_decided(shop: Buying, state: ReturnState, path: str):
    command = DecideReturn(ReturnId(new_id("return")), state, (), None, new_id("key"))

    assert await problems_of(decide_return(shop.unit_of_work(), command, now=shop.now)) == [("INVALID", (path,))]


async def test_y6_a_guest_is_given_no_store_credit(shop: Buying):
    sale = await delivered(shop, (await shop.offer(), 1))

    assert await problems_of(ask(sale, (0, 1), to_store_credit=True)) == [("NOT_ALLOWED", ("to_store_credit",))]


async def test_p7_a_free_unit_that_comes_back_counts_and_is_refunded_for_nothing(shop: Buying):
    await shop.pool.execute("UPDATE market SET withdrawal_days = NULL")
    await promote(shop, action={"kind": "buy_get", "buy": 2, "get": 1})
    sale = await delivered(shop, *[(await shop.offer(price=price), 1) for price in (3_000, 2_000, 1_000)])
    free = next(at for at, line in enumerate(await sale.lines()) if not line.total.gross.minor)

    done = await brought_back(sale, (free, 1))

    assert done.state is ReturnState.REFUNDED
    assert await counts(sale, free) == (0, 1, 1)
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "0.00")]
