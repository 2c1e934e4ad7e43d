"""What buyers and staff ask of an order after it was placed, and what strangers are refused."""

from dataclasses import replace
from typing import Any

import pytest

from domain.shared.actor import GUEST, STAFF_SCOPE, Actor
from domain.shared.ids import ApiKeyId, CustomerId, VendorId
from persistence.ids import new_id
from tests.after_sale.test_canceling import customer, two_vendors
from tests.factories.after_sale import STAFF, Sale
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

INPUTS = {
    "orderCancel": "OrderCancelInput!",
    "orderHold": "OrderHoldInput!",
    "orderRelease": "OrderReleaseInput!",
    "orderNoteAdd": "OrderNoteAddInput!",
    "paymentCapture": "PaymentCaptureInput!",
    "paymentVoid": "PaymentVoidInput!",
    "refundCreate": "RefundCreateInput!",
    "refundRetry": "RefundRetryInput!",
}
ORDER = """order { id status paymentStatus canceled { amount } totals { due { amount } }
    payments { captured { amount } refunded { amount } }
    refunds { kind state amount { amount } lines { gross { amount } tax { amount } } reason
        allocations { amount { amount } toStoreCredit payment { id } } } }"""
PREVIEW = """query($id: ID!, $lines: [RefundLineInput!]!, $shipping: Boolean!) { order(id: $id) {
    refundPreview(lines: $lines, refundShipping: $shipping) {
        lines { gross { amount } tax { amount } } shipping { gross { amount } } total { amount }
        allocations { amount { amount } payment { kind } } } } }"""
VENDOR = Actor(api_key_id=ApiKeyId("api_key_1"), vendor_ids=frozenset({VendorId("vendor_1")}))
SHOPKEEPER = Actor(customer_id=CustomerId("customer_2"), scopes=frozenset({STAFF_SCOPE}))


async def asked(sale: Sale, mutation: str, *, actor: Actor = STAFF, **values: Any) -> Any:
    document = (
        f"mutation($input: {INPUTS[mutation]}) {{ {mutation}(input: $input) {{ errors {{ code path }} {ORDER} }} }}"
    )
    given = {"idempotencyKey": new_id("key")} | values
    shopper = Shopper(sale.shop, actor)
    result = await shopper.send(document, input=given)
    assert not shopper.faults, shopper.faults
    if result.errors:
        return [error["extensions"]["code"] for error in result.errors]
    return result.data[mutation]


async def test_staff_captures_refunds_and_reads_what_went_back(shop: Buying):
    sale = await two_vendors(shop)
    line, payment = (await sale.lines())[0], await sale.payment_id()
    units = [{"orderLineId": line.id, "quantity": 1}]
    total = (await sale.order()).totals.total.gross

    captured = await asked(sale, "paymentCapture", paymentId=payment)
    previewed = await Shopper(shop).send(PREVIEW, id=sale.order_id, lines=units, shipping=False)
    refunded = await asked(sale, "refundCreate", orderId=sale.order_id, lines=units, reason="scratched")

    assert captured["order"]["paymentStatus"] == "PAID"
    assert captured["order"]["payments"] == [{"captured": {"amount": total.amount}, "refunded": {"amount": "0.00"}}]
    assert previewed.data["order"]["refundPreview"] == {
        "lines": {"gross": {"amount": "20.00"}, "tax": {"amount": "3.19"}},
        "shipping": {"gross": {"amount": "0.00"}},
        "total": {"amount": "20.00"},
        "allocations": [{"amount": {"amount": "20.00"}, "payment": {"kind": "CARD"}}],
    }
    assert refunded["order"]["paymentStatus"] == "PARTIALLY_REFUNDED"
    assert refunded["order"]["refunds"] == [
        {
            "kind": "RETURN",
            "state": "SUCCEEDED",
            "amount": {"amount": "20.00"},
            "lines": {"gross": {"amount": "20.00"}, "tax": {"amount": "3.19"}},
            "reason": "scratched",
            "allocations": [{"amount": {"amount": "20.00"}, "toStoreCredit": False, "payment": {"id": payment}}],
        }
    ]


async def test_what_would_be_refunded_beyond_what_was_taken_is_told_as_a_fault(shop: Buying):
    sale = await two_vendors(shop)
    units = [{"orderLineId": (await sale.lines())[0].id, "quantity": 1}]

    nothing_taken = await Shopper(shop).send(PREVIEW, id=sale.order_id, lines=units, shipping=True)

    assert [error["extensions"]["code"] for error in nothing_taken.errors] == ["BAD_USER_INPUT"]


async def test_a_customer_cancels_their_order_and_nothing_is_due(shop: Buying):
    actor = await customer(shop)
    sale = await two_vendors(replace(shop, actor=actor))

    canceled = await asked(sale, "orderCancel", actor=actor, id=sale.order_id, reason="too late")
    again = await asked(sale, "orderCancel", actor=actor, id=sale.order_id)

    assert (canceled["order"]["status"], canceled["order"]["paymentStatus"]) == ("CANCELED", "VOIDED")
    assert canceled["order"]["totals"]["due"] == {"amount": "0.00"}
    assert again == {"order": None, "errors": [{"code": "INVALID_TRANSITION", "path": ["id"]}]}


async def test_staff_holds_releases_and_notes(shop: Buying):
    sale = await two_vendors(shop)

    held = await asked(sale, "orderHold", id=sale.order_id)
    released = await asked(sale, "orderRelease", id=sale.order_id)
    noted = await asked(sale, "orderNoteAdd", id=sale.order_id, note="Called back")

    assert [answer["order"]["status"] for answer in (held, released, noted)] == ["ON_HOLD", "CONFIRMED", "CONFIRMED"]
    assert (await sale.order()).internal_notes == ("Called back",)


@pytest.mark.parametrize("actor", [GUEST, VENDOR, SHOPKEEPER], ids=["guest", "vendor", "staff-without-scopes"])
async def test_only_staff_with_the_scope_touches_an_order(shop: Buying, actor: Actor):
    sale = await two_vendors(shop)
    payment = await sale.payment_id()
    code = "FORBIDDEN" if actor.is_authenticated else "UNAUTHENTICATED"

    answers = [
        await asked(sale, "orderHold", actor=actor, id=sale.order_id),
        await asked(sale, "orderRelease", actor=actor, id=sale.order_id),
        await asked(sale, "orderNoteAdd", actor=actor, id=sale.order_id, note="Hello"),
        await asked(sale, "paymentCapture", actor=actor, paymentId=payment),
        await asked(sale, "paymentVoid", actor=actor, paymentId=payment),
        await asked(sale, "refundCreate", actor=actor, orderId=sale.order_id),
        await asked(sale, "refundRetry", actor=actor, refundId=new_id("refund")),
    ]

    assert answers == [[code]] * 7
    assert await sale.operations() == []


async def test_what_is_not_there_is_not_found(shop: Buying):
    sale = await two_vendors(shop)

    answers = [
        await asked(sale, "orderCancel", id=new_id("order")),
        await asked(sale, "orderHold", id=new_id("order")),
        await asked(sale, "paymentCapture", paymentId=new_id("payment")),
        await asked(sale, "refundCreate", orderId=new_id("order")),
        await asked(sale, "refundRetry", refundId=new_id("refund")),
    ]

    assert [answer["errors"][0]["code"] for answer in answers] == ["NOT_FOUND"] * 5


async def test_a_failed_refund_is_tried_again_as_store_credit(shop: Buying):
    actor = await customer(shop)
    buying = replace(shop, actor=actor)
    sale = await two_vendors(buying, token="tok_refund_failing")
    await asked(sale, "paymentCapture", paymentId=await sale.payment_id())
    units = [{"orderLineId": (await sale.lines())[0].id, "quantity": 1}]
    await asked(sale, "refundCreate", orderId=sale.order_id, lines=units)
    refund_id = await shop.pool.fetchval("SELECT id FROM refund")

    retried = await asked(sale, "refundRetry", refundId=refund_id, toStoreCredit=True)

    (refund,) = retried["order"]["refunds"]
    assert refund["state"] == "SUCCEEDED"
    assert [(item["amount"]["amount"], item["toStoreCredit"]) for item in refund["allocations"]] == [("20.00", True)]
    assert await shop.pool.fetchval("SELECT available_minor FROM balance WHERE kind = 'STORE_CREDIT'") == 2000
    assert await asked(sale, "refundRetry", refundId=refund_id) == {
        "order": None,
        "errors": [{"code": "INVALID_TRANSITION", "path": ["refundId"]}],
    }


async def test_a_guest_is_given_no_store_credit(shop: Buying):
    sale = await two_vendors(shop)
    await asked(sale, "paymentCapture", paymentId=await sale.payment_id())
    units = [{"orderLineId": (await sale.lines())[0].id, "quantity": 1}]

    refused = await asked(sale, "refundCreate", orderId=sale.order_id, lines=units, toStoreCredit=True)

    assert refused["errors"] == [{"code": "NOT_ALLOWED", "path": ["toStoreCredit"]}]
    assert await sale.refunds() == []
