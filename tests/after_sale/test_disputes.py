"""Disputes as staff sees them, and nobody else (rule Y11)."""

from datetime import timedelta
from typing import Any

from domain.payments.observing import dispute_events, opened
from domain.payments.ports import DisputeState, GatewayDispute
from domain.shared.actor import Actor
from domain.shared.ids import ApiKeyId, DisputeId
from persistence.ids import new_id
from schema.scalars import moment_text
from tests.factories.after_sale import Sale, eur, sold
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

STAFF = Actor(api_key_id=ApiKeyId("staff"), scopes=frozenset({"staff", "orders:read"}))
DISPUTE = """
state reason amount { amountMinor } fee { amountMinor currency } evidenceDueBy closedAt payment { id } order { id }
"""


async def disputed(shop: Buying, **facts: Any) -> Sale:
    """An order of which the buyer's bank wants 10.00 back."""
    sale = await sold(shop, (await shop.offer(price=20_00), 1))
    known: dict[str, Any] = {
        "reference": new_id("dp"),
        "amount": eur("10.00"),
        "state": DisputeState.OPEN,
        "reason": "fraudulent",
        "opened_at": shop.now,
        "evidence_due_by": shop.now + timedelta(days=7),
        "fee": eur("20.00"),
    }
    found = GatewayDispute(**(known | facts))
    async with sale.unit_of_work() as uow:
        payment = await sale.payment_id()
        dispute_id = DisputeId(new_id("dispute"))
        after = opened(found, dispute_id=dispute_id, payment_id=payment, order_id=sale.order_id, now=shop.now)
        await uow.disputes.save(after)
        uow.record(*dispute_events(None, after))
        await uow.commit()
    return sale


async def test_y11_staff_sees_what_is_wanted_back_of_an_order_and_of_its_payment(shop: Buying):
    sale = await disputed(shop)
    document = f"query Q($id: ID!) {{ order(id: $id) {{ disputes {{ {DISPUTE} }} payments {{ disputes {{ id }} }} }} }}"

    found = (await Shopper(shop, STAFF).send(document, id=sale.order_id)).data["order"]

    assert found["disputes"] == [
        {
            "state": "OPEN",
            "reason": "fraudulent",
            "amount": {"amountMinor": 10_00},
            "fee": {"amountMinor": 20_00, "currency": "EUR"},
            "evidenceDueBy": moment_text(shop.now + timedelta(days=7)),
            "closedAt": None,
            "payment": {"id": await sale.payment_id()},
            "order": {"id": sale.order_id},
        }
    ]
    assert [len(payment["disputes"]) for payment in found["payments"]] == [1]
    assert "DISPUTE_OPENED" in await sale.told()


async def test_staff_lists_disputes_the_newest_first_or_those_of_one_state(shop: Buying):
    first, second = await disputed(shop), await disputed(shop, state=DisputeState.LOST)
    document = """{ admin { disputes { order { id } }
                    lost: disputes(state: LOST) { order { id } closedAt } won: disputes(state: WON) { id } } }"""

    found = (await Shopper(shop, STAFF).send(document)).data["admin"]

    assert [item["order"]["id"] for item in found["disputes"]] == [second.order_id, first.order_id]
    assert [(item["order"]["id"], item["closedAt"] is not None) for item in found["lost"]] == [(second.order_id, True)]
    assert found["won"] == []


async def test_buyers_see_nothing_of_disputes(shop: Buying):
    sale = await disputed(shop)
    documents = ["order(id: $id) { disputes { id } }", "order(id: $id) { payments { disputes { id } } }"]

    answers = [await Shopper(shop).send(f"query Q($id: ID!) {{ {wanted} }}", id=sale.order_id) for wanted in documents]

    codes = {answer.errors[0]["extensions"]["code"] for answer in answers}
    assert codes <= {"UNAUTHENTICATED", "FORBIDDEN"}
