"""From a checkout that lacks nothing to one order, with a gateway that answers in every way it can."""

import asyncio
from collections import Counter

import pytest

from domain.checkout.completion.outcome import Completion
from domain.checkout.settling.usecases import close_expired, resume
from domain.payments.model import TenderState
from domain.shared.actor import Actor
from domain.shared.errors import PriceChangedProblem, Refused, StockProblem
from domain.shared.ids import CheckoutId, CustomerId, PaymentId
from domain.shared.money import Money
from persistence.ids import new_id
from tests.factories.buying import Buying, outcomes
from tests.factories.refusals import problems_of


async def payment_states(shop: Buying) -> list[tuple[str, str | None]]:
    rows = await shop.pool.fetch("SELECT state, failure FROM payment ORDER BY id")
    return [tuple(row) for row in rows]


async def approve(shop: Buying, result: str = "approve") -> None:
    """What the buyer does at the bank."""
    (authorization,) = await shop.authorizations()
    await shop.gateway._post(f"/actions/{authorization['id']}", {"result": result})


async def payment_id(shop: Buying) -> PaymentId:
    return PaymentId(await shop.pool.fetchval("SELECT id FROM payment ORDER BY id DESC LIMIT 1"))


async def test_an_order_is_placed_and_the_goods_are_owed(shop: Buying):
    offer = await shop.offer(stock=5)
    checkout = await shop.ready((offer, 2))

    done = await shop.complete(checkout)

    assert done.order_id is not None
    assert await shop.stock(offer) == (5, 0, 2)
    assert await payment_states(shop) == [("AUTHORIZED", None)]
    assert [item["status"] for item in await shop.authorizations()] == ["authorized"]
    assert await shop.events() == [("ORDER_PLACED", 1), ("VENDOR_ORDER_CREATED", 1)]
    assert await shop.pool.fetchval("SELECT state FROM cart") == "ORDERED"


async def test_i2_fifty_completions_with_one_key_are_one_order_and_one_charge(shop: Buying):
    checkout = await shop.ready((await shop.offer(stock=5), 1))
    total = (await shop.checkout(checkout)).totals.total.gross

    found = await outcomes([shop.complete(checkout, total=total, key="one") for _ in range(50)])

    order_id = await shop.pool.fetchval('SELECT id FROM "order"')
    assert Counter(map(repr, found)) == {repr(Completion(order_id)): 50}
    assert len(await shop.authorizations()) == 1
    assert await shop.count("payment") == 1


async def test_i3_completions_with_many_keys_are_one_order_and_one_charge_too(shop: Buying):
    checkout = await shop.ready((await shop.offer(stock=5), 1))
    total = (await shop.checkout(checkout)).totals.total.gross

    found = await outcomes([shop.complete(checkout, total=total) for _ in range(20)])

    assert len({repr(item) for item in found}) == 1
    assert await shop.count("order") == len(await shop.authorizations()) == 1


async def test_a_declined_payment_leaves_the_checkout_open_for_another_one(shop: Buying):
    offer = await shop.offer(stock=5)
    checkout = await shop.ready((offer, 2), token="tok_declined")

    first = await problems_of(shop.complete(checkout, key="one"))
    again = await problems_of(shop.complete(checkout, key="one"))
    without = await problems_of(shop.complete(checkout, key="two"))
    await shop.tender(checkout)
    done = await shop.complete(checkout, key="three")

    assert first == again == [("PAYMENT_DECLINED", ("checkout_id",))]
    assert without == [("PAYMENT_REQUIRED", ("checkout_id",))]
    assert done.order_id is not None
    assert await payment_states(shop) == [("FAILED", "declined"), ("AUTHORIZED", None)]
    assert await shop.events("PAYMENT_FAILED", "ORDER_PLACED") == [("PAYMENT_FAILED", 1), ("ORDER_PLACED", 1)]
    assert await shop.stock(offer) == (5, 0, 2)


async def test_i3_a_gateway_that_loses_its_answer_is_asked_again_under_the_same_key(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1), token="tok_failing")

    lost = await problems_of(shop.complete(checkout, key="one"))
    done = await shop.complete(checkout, key="one")

    assert lost == [("IDEMPOTENCY_IN_PROGRESS", ())]
    assert done.order_id is not None
    assert [(item["status"], item["calls"]) for item in await shop.authorizations()] == [("authorized", 2)]


async def test_a_gateway_that_is_late_is_waited_for(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1), token="tok_late")

    first, second = await asyncio.gather(*[shop.complete(checkout, key="one") for _ in range(2)])

    assert first == second
    assert [item["calls"] for item in await shop.authorizations()] == [1]


async def test_y9_an_action_keeps_the_checkout_and_the_same_key_resumes(shop: Buying):
    offer = await shop.offer(stock=5)
    checkout = await shop.ready((offer, 1), token="tok_action")

    asked = await shop.complete(checkout, key="one")
    still = await shop.complete(checkout, key="one")
    await approve(shop)
    done = await shop.complete(checkout, key="one")

    assert asked.action is not None
    assert asked.action.kind == "REDIRECT"
    assert still == asked
    assert done.order_id is not None
    assert await shop.stock(offer) == (5, 0, 1)


async def test_y9_a_refused_action_is_a_declined_payment(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1), token="tok_action")
    await shop.complete(checkout, key="one")
    await approve(shop, "refuse")

    refused = await problems_of(shop.complete(checkout, key="one"))

    assert refused == [("PAYMENT_DECLINED", ("checkout_id",))]


async def test_y9_an_abandoned_action_fails_its_tender_when_the_reservation_ends(shop: Buying):
    offer = await shop.offer(stock=5)
    checkout = await shop.ready((offer, 1), token="tok_action")
    await shop.complete(checkout)
    late = shop.later(minutes=31)

    before = await close_expired(shop.unit_of_work(), checkout, now=shop.later(minutes=14).now)
    closed = await close_expired(late.unit_of_work(), checkout, now=late.now)
    await resume(late.unit_of_work(), await payment_id(shop), late.around)

    (tender,) = (await shop.checkout(checkout)).tenders
    assert (before, closed, tender.state) == (False, True, TenderState.FAILED)
    assert await payment_states(shop) == [("VOIDED", "abandoned")]
    assert [item["status"] for item in await shop.authorizations()] == ["voided"]
    assert await shop.events() == [("PAYMENT_VOIDED", 1)]
    assert await shop.stock(offer) == (5, 0, 0)


async def test_s6_a_payment_after_expiry_takes_the_goods_if_they_are_still_there(shop: Buying):
    offer = await shop.offer(stock=1)
    checkout = await shop.ready((offer, 1), token="tok_failing")
    await problems_of(shop.complete(checkout))
    late = shop.later(hours=2)

    done = await resume(late.unit_of_work(), await payment_id(shop), late.around)

    assert done is not None
    assert done.order_id is not None
    assert await shop.stock(offer) == (1, 0, 1)


async def test_s6_a_payment_after_expiry_is_voided_if_the_goods_are_gone(shop: Buying):
    offer = await shop.offer(stock=1)
    checkout = await shop.ready((offer, 1), token="tok_failing")
    await problems_of(shop.complete(checkout, key="one"))
    late = shop.later(hours=2)
    await late.start(await late.cart((offer, 1)))

    first, again = await outcomes([late.complete(checkout, key="one")]) + await outcomes(
        [late.complete(checkout, key="one")]
    )

    for refusal in (first, again):
        assert isinstance(refusal, Refused)
        assert [(type(p), p.code.value, p.path) for p in refusal.problems] == [
            (StockProblem, "INSUFFICIENT_STOCK", ("checkout_id",))
        ]
    assert await payment_states(shop) == [("VOIDED", "out_of_stock")]
    assert [item["status"] for item in await shop.authorizations()] == ["voided"]
    assert await shop.events() == [("PAYMENT_VOIDED", 1)]
    assert await shop.count("order") == 0
    assert await shop.stock(offer) == (1, 1, 0)


async def test_two_that_void_one_payment_tell_of_it_once(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1), token="tok_action")
    await shop.complete(checkout)
    late = shop.later(hours=2)
    await close_expired(late.unit_of_work(), checkout, now=late.now)
    payment = await payment_id(shop)

    await asyncio.gather(*[resume(late.unit_of_work(), payment, late.around) for _ in range(5)])

    assert await shop.events() == [("PAYMENT_VOIDED", 1)]


async def test_no_order_is_placed_for_another_amount_than_was_paid(shop: Buying):
    """Somebody edits the delivery rates while the buyer is at the bank."""
    offer = await shop.offer(stock=1)
    checkout = await shop.ready((offer, 1), token="tok_action")
    total = (await shop.checkout(checkout)).totals.total.gross
    await shop.complete(checkout, key="one")
    await approve(shop)
    await shop.pool.execute("UPDATE delivery_rate SET price_minor = price_minor + 100")
    shop.reference.forget()
    await shop.reference.facts()

    for _ in range(2):
        (refusal,) = await outcomes([shop.complete(checkout, total=total, key="one")])
        assert isinstance(refusal, Refused)
        (problem,) = refusal.problems
        assert isinstance(problem, PriceChangedProblem)
        assert (problem.expected, problem.actual) == (total, Money(total.minor + 100, "EUR"))

    assert await payment_states(shop) == [("VOIDED", "terms_changed")]
    assert await shop.count("order") == 0
    assert await shop.stock(offer) == (1, 1, 0)


@pytest.mark.parametrize("sql", ["DELETE FROM delivery_rate", "UPDATE delivery_rate SET countries = '{AT}'"])
async def test_no_order_is_placed_without_its_delivery(shop: Buying, sql: str):
    checkout = await shop.ready((await shop.offer(price=6000), 1), token="tok_action")
    assert (await shop.checkout(checkout)).totals.shipping.gross.minor == 0
    await shop.complete(checkout, key="one")
    await approve(shop)
    await shop.pool.execute(sql)
    shop.reference.forget()
    await shop.reference.facts()

    refused = await problems_of(shop.complete(checkout, key="one"))

    assert refused == [("NO_DELIVERY_OPTION", ("checkout_id",))]
    assert await payment_states(shop) == [("VOIDED", "terms_changed")]


async def test_p13_another_total_than_the_buyer_saw_charges_nothing(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1))
    total = (await shop.checkout(checkout)).totals.total.gross

    for seen in (Money(total.minor - 1, "EUR"), Money(total.minor, "USD")):
        (refusal,) = await outcomes([shop.complete(checkout, total=seen)])
        assert isinstance(refusal, Refused)
        (problem,) = refusal.problems
        assert isinstance(problem, PriceChangedProblem)
        assert (problem.expected, problem.actual, problem.path) == (seen, total, ("expected_total",))

    assert await shop.count("payment") == 0


async def test_y8_what_costs_nothing_needs_no_payment(shop: Buying):
    offer = await shop.offer(price=0)
    await shop.pool.execute("UPDATE delivery_rate SET price_minor = 0")
    shop.reference.forget()
    await shop.reference.facts()
    checkout = await shop.start(await shop.cart((offer, 1)))
    await shop.tell(checkout)

    done = await shop.complete(checkout, key="one")
    again = await shop.complete(checkout, key="one")

    assert done.order_id is not None
    assert again == done
    assert await shop.authorizations() == []
    assert await shop.count("payment") == 0


async def test_i3_a_checkout_that_is_paid_takes_no_other_tender(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1))
    await shop.complete(checkout)

    assert await problems_of(shop.tender(checkout)) == [("INVALID_TRANSITION", ("checkout_id",))]
    assert await problems_of(shop.update(checkout, email="eve@example.com")) == [
        ("INVALID_TRANSITION", ("checkout_id",))
    ]


@pytest.mark.parametrize("token", ["4242424242424242", "4242 4242 4242 4242", "3782-822463-10005"])
async def test_y10_card_numbers_are_refused_and_kept_nowhere(shop: Buying, token: str):
    checkout = await shop.start(await shop.cart((await shop.offer(), 1)))

    refused = await problems_of(shop.tender(checkout, token))

    assert refused == [("INVALID", ("token",))]
    assert await shop.count("tender") == 0
    assert await shop.pool.fetchval("SELECT count(*) FROM idempotency WHERE operation = 'AddTender'") == 0


async def test_a_tender_takes_the_place_of_the_one_before(shop: Buying):
    checkout = await shop.start(await shop.cart((await shop.offer(), 1)))

    await shop.tender(checkout, "tok_declined")
    await shop.tender(checkout, "tok_ok")

    states = [(tender.token, tender.state.value) for tender in (await shop.checkout(checkout)).tenders]
    assert states == [("tok_declined", "RELEASED"), ("tok_ok", "PENDING")]


async def test_a_changed_cart_is_not_ordered_by_a_checkout_of_what_it_was(shop: Buying):
    offer = await shop.offer()
    cart = await shop.cart((offer, 1))
    checkout = await shop.start(cart)
    await shop.tell(checkout)
    await shop.tender(checkout)
    await shop.add(cart, (offer, 1))

    assert await problems_of(shop.complete(checkout)) == [("VERSION_CONFLICT", ("checkout_id",))]


async def test_an_expired_checkout_is_not_completed(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1))

    refused = await problems_of(shop.later(minutes=15).complete(checkout))

    assert refused == [("RESERVATION_EXPIRED", ("checkout_id",))]


async def test_everything_that_is_missing_is_told_at_once(shop: Buying):
    checkout = await shop.start(await shop.cart((await shop.offer(), 1)))

    refused = await problems_of(shop.complete(checkout))

    assert refused == [
        *[("REQUIRED", ("checkout_id",))] * 3,
        ("PAYMENT_REQUIRED", ("checkout_id",)),
        ("REQUIRED", ("checkout_id",)),
    ]


async def test_nobody_completes_the_checkout_of_another_customer_even_with_its_key(shop: Buying):
    owner = CustomerId(new_id("customer"))
    await shop.pool.execute("INSERT INTO customer (id, email) VALUES ($1, 'ada@example.com')", owner)
    shop.actor = Actor(customer_id=owner)
    checkout = await shop.ready((await shop.offer(), 1))
    total = (await shop.checkout(checkout)).totals.total.gross
    await shop.complete(checkout, total=total, key="one")
    shop.actor = Actor()

    assert await problems_of(shop.complete(checkout, total=total, key="one")) == [("NOT_FOUND", ("checkout_id",))]
    assert await problems_of(shop.complete(CheckoutId("checkout_none"), total=total)) == [
        ("NOT_FOUND", ("checkout_id",))
    ]


async def test_o5_order_numbers_tell_nothing_of_one_another(shop: Buying):
    offer = await shop.offer()
    for _ in range(3):
        await shop.complete(await shop.ready((offer, 1)))

    numbers = [row["number"] for row in await shop.pool.fetch('SELECT number FROM "order"')]

    assert len(set(numbers)) == 3


async def test_o4_an_order_keeps_its_words_and_amounts_whatever_becomes_of_the_product(shop: Buying):
    offer = await shop.offer()
    done = await shop.complete(await shop.ready((offer, 2)))
    read = "SELECT row_to_json(l)::text FROM order_line l WHERE order_id = $1"
    before = await shop.pool.fetchval(read, done.order_id)

    await shop.pool.execute("UPDATE product SET title = 'Renamed', status = 'ARCHIVED'")
    await shop.pool.execute("UPDATE price SET amount_minor = 1")
    await shop.pool.execute("UPDATE variant SET sku = 'other'")

    assert await shop.pool.fetchval(read, done.order_id) == before
    assert "A lamp" in before


async def test_s6_of_many_late_payments_for_the_last_unit_one_buys_it_and_the_others_are_let_go(shop: Buying):
    offer = await shop.offer(stock=8)
    checkouts = [await shop.ready((offer, 1), token="tok_failing") for _ in range(8)]
    for checkout in checkouts:
        await problems_of(shop.complete(checkout))
    late = shop.later(hours=2)
    await late.start(await late.cart((offer, 7)))
    ids = [PaymentId(row["id"]) for row in await shop.pool.fetch("SELECT id FROM payment")]

    found = await asyncio.gather(
        *[resume(late.unit_of_work(), payment, late.around) for payment in ids * 2], return_exceptions=True
    )

    assert {type(item) for item in found} <= {Completion, Refused, type(None)}
    assert await shop.count("order") == 1
    states = Counter(row["state"] for row in await shop.pool.fetch("SELECT state FROM payment"))
    assert states == {"AUTHORIZED": 1, "VOIDED": 7}
    assert Counter(item["status"] for item in await shop.authorizations()) == {"authorized": 1, "voided": 7}
    assert await shop.stock(offer) == (8, 7, 1)
