"""What is taken of an order's payment and given back, at a gateway that answers in every way it can."""

from collections import Counter

import pytest

from domain.shared.errors import Refused
from persistence.ids import new_id
from persistence.payments.operations import Operations
from tests.factories.after_sale import Sale, sold
from tests.factories.buying import Buying, outcomes
from tests.factories.refusals import problems_of


async def sale_of(shop: Buying, price: int, *, token: str = "tok_ok") -> Sale:
    """One unit, for so much and nothing else: the delivery is not asked for."""
    sale = await sold(shop, (await shop.offer(price=price), 1), token=token)
    await shop.pool.execute(
        """WITH o AS (UPDATE "order" SET shipping_net_minor = 0, shipping_tax_minor = 0, shipping_gross_minor = 0,
               total_net_minor = lines_net_minor, total_tax_minor = lines_tax_minor,
               total_gross_minor = lines_gross_minor RETURNING total_gross_minor)
           UPDATE payment SET amount_minor = total_gross_minor, authorized_minor = total_gross_minor FROM o"""
    )
    return sale


async def control(shop: Buying, **switches: int) -> None:
    await shop.gateway._post("/control", switches)


async def test_y1_captures_in_parts_and_refunds_stay_within_the_authorization(shop: Buying):
    sale = await sale_of(shop, 12_000)

    await sale.capture("80.00")
    too_much = await problems_of(sale.capture("40.01"))
    await sale.capture("40.00")
    await sale.refund(adjustment="30.00")
    beyond = await problems_of(sale.refund(adjustment="90.01"))

    assert await sale.money() == [("AUTHORIZED", "120.00", "120.00", "30.00")]
    assert [too_much, beyond] == [
        [("AMOUNT_EXCEEDS_AUTHORIZED", ("amount",))],
        [("AMOUNT_EXCEEDS_REFUNDABLE", ("amount",))],
    ]
    assert await sale.operations() == [
        ("CAPTURE", "SUCCEEDED", "80.00"),
        ("CAPTURE", "SUCCEEDED", "40.00"),
        ("REFUND", "SUCCEEDED", "30.00"),
    ]


async def test_y1_of_two_parallel_refunds_of_sixty_on_ninety_one_succeeds(shop: Buying):
    sale = await sale_of(shop, 9_000)
    await sale.capture()

    found = await outcomes([sale.refund(adjustment="60.00") for _ in range(2)])

    refusals = [item for item in found if isinstance(item, Refused)]
    assert [[p.code.value for p in item.problems] for item in refusals] == [["AMOUNT_EXCEEDS_REFUNDABLE"]]
    assert [money[3] for money in await sale.money()] == ["60.00"]
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "60.00")]


async def test_ten_parallel_captures_take_no_more_than_the_order_costs(shop: Buying):
    sale = await sale_of(shop, 9_000)

    found = await outcomes([sale.capture("30.00") for _ in range(10)])

    kinds = Counter("refused" if isinstance(item, Refused) else "taken" for item in found)
    assert kinds == {"taken": 3, "refused": 7}
    assert [money[2] for money in await sale.money()] == ["90.00"]


async def test_i2_one_key_captures_and_refunds_once(shop: Buying):
    sale = await sale_of(shop, 9_000)

    captured = await outcomes([sale.capture("50.00", key="take") for _ in range(5)])
    refunded = await outcomes([sale.refund(adjustment="20.00", key="give") for _ in range(5)])

    assert captured == refunded == [sale.order_id] * 5
    assert [money[2:] for money in await sale.money()] == [("50.00", "20.00")]


async def test_y2_a_pending_refund_counts_until_its_gateway_says_how_it_ended(shop: Buying):
    sale = await sale_of(shop, 9_000, token="tok_refund_pending")
    await sale.capture()
    await sale.refund(adjustment="60.00")

    refused = await problems_of(sale.refund(adjustment="60.00"))
    pending = await sale.refunds()
    (refund,) = (await shop.gateway.look_up(await _reference(shop))).refunds
    await shop.gateway._post(f"/refunds/{refund.reference}/settle", {"result": "failed"})
    states = await sale.resume()

    assert refused == [("AMOUNT_EXCEEDS_REFUNDABLE", ("amount",))]
    assert pending == [("RETURN", "PENDING", "60.00")]
    assert states == ["FAILED"]
    assert await sale.refunds() == [("RETURN", "FAILED", "60.00")]
    assert [money[3] for money in await sale.money()] == ["0.00"]
    assert (await sale.told())[-2:] == ["REFUND_CREATED", "REFUND_FAILED"]


async def test_a_refund_that_fails_keeps_its_units_and_is_tried_again(shop: Buying):
    sale = await sale_of(shop, 9_000, token="tok_refund_failing")
    await sale.capture()
    await sale.refund((0, 1))

    again = await problems_of(sale.refund((0, 1)))

    assert again == [("QUANTITY_LIMIT", ("lines", "0", "quantity"))]
    assert await sale.refunds() == [("RETURN", "FAILED", "90.00")]
    assert [money[3] for money in await sale.money()] == ["0.00"]


@pytest.mark.parametrize("switch", ["failing_calls", "lost_answers"])
async def test_a_capture_whose_answer_is_lost_is_finished_by_the_worker_and_taken_once(shop: Buying, switch: str):
    sale = await sale_of(shop, 9_000)
    await control(shop, **{switch: 1})

    await sale.capture("90.00")
    before = await sale.operations()
    states = await sale.resume()

    assert before == [("CAPTURE", "INTENDED", "90.00")]
    assert states == ["SUCCEEDED"]
    assert [money[2] for money in await sale.money()] == ["90.00"]
    assert (await shop.gateway.look_up(await _reference(shop))).captured.amount == "90.00"


@pytest.mark.parametrize("switch", ["failing_calls", "lost_answers"])
async def test_a_refund_whose_answer_is_lost_is_finished_by_the_worker_and_given_once(shop: Buying, switch: str):
    sale = await sale_of(shop, 9_000)
    await sale.capture()
    await control(shop, **{switch: 1})

    await sale.refund(adjustment="20.00", key=new_id("key"))
    states = await sale.resume()

    assert states == ["SUCCEEDED"]
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "20.00")]
    assert (await shop.gateway.look_up(await _reference(shop))).refunded.amount == "20.00"


async def test_a_void_lets_go_of_the_hold_at_the_gateway(shop: Buying):
    sale = await sale_of(shop, 9_000)

    await sale.void()

    assert await sale.money() == [("VOIDED", "0.00", "0.00", "0.00")]
    assert [item["status"] for item in await shop.authorizations()] == ["voided"]
    assert await problems_of(sale.void()) == [("AMOUNT_EXCEEDS_AUTHORIZED", ("amount",))]


async def test_a_final_capture_lets_the_rest_go(shop: Buying):
    sale = await sale_of(shop, 9_000)

    await sale.capture("50.00", final=True)

    assert await sale.money() == [("AUTHORIZED", "50.00", "50.00", "0.00")]


@pytest.mark.parametrize("kind", ["capture", "refund"])
@pytest.mark.parametrize("moment", ["before the gateway is asked", "after it has answered", "while that is written"])
async def test_a_process_that_dies_between_intent_and_outcome_leaves_one_act(
    shop: Buying, monkeypatch: pytest.MonkeyPatch, kind: str, moment: str
):
    sale = await sale_of(shop, 9_000)
    if kind == "refund":
        await sale.capture()

    with monkeypatch.context() as dying:
        _die(dying, shop, kind, moment)
        with pytest.raises(Death):
            await (sale.capture("50.00") if kind == "capture" else sale.refund(adjustment="50.00"))
    between = [state for _, state, _ in await sale.operations()][-1]
    for _ in range(2):
        await sale.resume()

    found = await shop.gateway.look_up(await _reference(shop))
    assert between == "INTENDED"
    assert (await sale.operations())[-1] == (kind.upper(), "SUCCEEDED", "50.00")
    assert (found.captured if kind == "capture" else found.refunded).amount == "50.00"
    assert [money[2 if kind == "capture" else 3] for money in await sale.money()] == ["50.00"]


async def test_o8_of_two_parallel_refunds_of_one_unit_one_succeeds(shop: Buying):
    sale = await sale_of(shop, 9_000)
    await sale.capture()

    found = await outcomes([sale.refund((0, 1)) for _ in range(2)])

    refusals = [[p.code.value for p in item.problems] for item in found if isinstance(item, Refused)]
    assert refusals == [["QUANTITY_LIMIT"]]
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "90.00")]


class Death(BaseException):
    """The end of a process, which nothing in it can catch."""


def _die(dying: pytest.MonkeyPatch, shop: Buying, kind: str, moment: str) -> None:
    asked = getattr(shop.gateway, kind)

    async def die(*_: object, **__: object) -> None:
        raise Death

    async def ask_and_die(*arguments: object, **options: object) -> None:
        await asked(*arguments, **options)
        raise Death

    if moment.startswith("while"):
        dying.setattr(Operations, "record", die)
    else:
        dying.setattr(shop.gateway, kind, die if moment.startswith("before") else ask_and_die)


async def _reference(shop: Buying) -> str:
    reference: str = await shop.pool.fetchval("SELECT gateway_reference FROM payment")
    return reference


async def test_y1_of_twenty_parallel_refunds_of_ten_on_ninety_nine_succeed(shop: Buying):
    sale = await sale_of(shop, 9_000)
    await sale.capture()

    found = await outcomes([sale.refund(adjustment="10.00") for _ in range(20)])

    refusals = [item for item in found if isinstance(item, Refused)]
    assert [[p.code.value for p in item.problems] for item in refusals] == [["AMOUNT_EXCEEDS_REFUNDABLE"]] * 11
    assert [money[3] for money in await sale.money()] == ["90.00"]
