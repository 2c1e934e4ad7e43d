"""Paying what an order costs more since it was edited, by a link (rules O6, Y1, Y9, I2 and I3)."""

from typing import Any

import pytest

from domain.checkout.settling.usecases import resume
from domain.shared.actor import Actor
from domain.shared.ids import ApiKeyId, PaymentId
from persistence.ids import new_id
from server.doctor import findings
from tests.after_sale.test_any_order import BOOKS
from tests.after_sale.test_editing import edit
from tests.factories.after_sale import Sale, eur, sold
from tests.factories.buying import Buying, outcomes
from tests.factories.shoppers import Shopper

STAFF = Actor(api_key_id=ApiKeyId("staff"), scopes=frozenset({"staff", "orders:read", "orders:write"}))
DUE = "orderNumber total { amountMinor } due { amountMinor } paymentMethods { id }"
TWENTY = {"amountMinor": 20_00, "currency": "EUR"}


async def grown(shop: Buying) -> Sale:
    """An order that was paid with 24.90, and costs 20.00 more since."""
    sale = await sold(shop, (await shop.offer(price=20_00), 1))
    await edit(sale, (0, 2))
    return sale


async def link_of(sale: Sale, **values: Any) -> dict[str, Any]:
    return await call(
        Shopper(sale.shop, STAFF),
        "orderPaymentLinkCreate",
        "OrderPaymentLinkCreateInput",
        "token url expiresAt",
        orderId=sale.order_id,
        **values,
    )


async def call(who: Shopper, name: str, kind: str, wanted: str, **values: Any) -> dict[str, Any]:
    document = f"mutation M($input: {kind}!) {{ {name}(input: $input) {{ errors {{ code path }} {wanted} }} }}"
    result = await who.send(document, input=values)
    assert not result.errors, result.errors
    payload: dict[str, Any] = result.data[name]
    return payload


async def pay(sale: Sale, link: dict[str, Any], token: str = "tok_ok", **values: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "token": link["token"],
        "methodId": "test_card",
        "paymentToken": token,
        "expectedDue": TWENTY,
        "idempotencyKey": new_id("key"),
    }
    wanted = f"due {{ {DUE} }} action {{ kind url }}"
    return await call(Shopper(sale.shop), "orderPay", "OrderPayInput", wanted, **(known | values))


async def due_by(sale: Sale, token: str) -> Any:
    result = await Shopper(sale.shop).send(f"query Q($t: String!) {{ orderDue(token: $t) {{ {DUE} }} }}", t=token)
    assert not result.errors, result.errors
    return result.data["orderDue"]


async def due(sale: Sale) -> int:
    """What the order says is left to pay."""
    document = "query Q($id: ID!) { order(id: $id) { totals { due { amountMinor } } } }"
    found = await Shopper(sale.shop).send(document, id=sale.order_id)
    minor: int = found.data["order"]["totals"]["due"]["amountMinor"]
    return minor


def code(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(problem["code"], problem["path"]) for problem in payload["errors"]]


async def approve(shop: Buying) -> None:
    """What the buyer does at the bank about the last payment."""
    *_, asked = await shop.authorizations()
    await shop.gateway._post(f"/actions/{asked['id']}", {"result": "approve"})


async def check_books(shop: Buying) -> None:
    async with shop.pool.acquire() as connection:
        assert [str(found) for found in await findings(connection) if found.check in BOOKS] == []


async def test_o6_what_an_edit_costs_more_is_paid_by_a_link(shop: Buying):
    sale = await grown(shop)
    link = await link_of(sale)

    before = await due_by(sale, link["token"])
    paid = await pay(sale, link)
    await sale.settle()

    assert link["url"] == f"https://shop.example/pay/{link['token']}"
    assert (before["due"], before["total"]) == ({"amountMinor": 20_00}, {"amountMinor": 44_90})
    assert "test_card" in [method["id"] for method in before["paymentMethods"]]
    assert (paid["errors"], paid["due"]["due"], paid["action"]) == ([], {"amountMinor": 0}, None)
    assert await sale.money() == [("AUTHORIZED", "24.90", "0.00", "0.00"), ("AUTHORIZED", "20.00", "0.00", "0.00")]
    assert await due(sale) == 0
    assert "PAYMENT_AUTHORIZED" in await sale.told()
    await check_books(shop)


async def test_o6_what_was_paid_by_a_link_is_taken_as_the_goods_are_sent(shop: Buying):
    sale = await grown(shop)
    await pay(sale, await link_of(sale))

    await sale.send(0, 1)
    await sale.send(1, 1)
    await sale.settle()

    assert [captured for _, _, captured, _ in await sale.money()] == ["24.90", "20.00"]
    await check_books(shop)


async def test_o6_what_goes_back_of_an_edited_order_goes_by_the_last_payment_first(shop: Buying):
    sale = await grown(shop)
    await pay(sale, await link_of(sale))
    await sale.send(0, 1)
    await sale.send(1, 1)
    await sale.settle()

    await sale.refund((0, 1), (1, 1))

    assert [refunded for *_, refunded in await sale.money()] == ["20.00", "20.00"]
    await check_books(shop)


async def test_i2_one_key_pays_once_and_many_at_once_pay_once(shop: Buying):
    sale = await grown(shop)
    link = await link_of(sale)

    found = await outcomes([pay(sale, link, idempotencyKey="one") for _ in range(5)])
    others = await outcomes([pay(sale, link) for _ in range(3)])

    assert all(isinstance(item, dict) and item["errors"] == [] for item in found), found
    assert [code(item) for item in others if isinstance(item, dict)] == [[("INVALID_TRANSITION", ["token"])]] * 3
    assert len(await sale.money()) == 2
    assert len(await shop.authorizations()) == 2


async def test_i3_of_many_who_pay_at_once_one_does(shop: Buying):
    sale = await grown(shop)
    link = await link_of(sale)

    found = await outcomes([pay(sale, link) for _ in range(4)])

    paid = [item for item in found if isinstance(item, dict) and not item["errors"]]
    late = {code(item)[0][0] for item in found if isinstance(item, dict) and item["errors"]}
    assert len(paid) == 1, found
    assert late <= {"IDEMPOTENCY_IN_PROGRESS", "INVALID_TRANSITION"}
    assert sum(eur(authorized).minor for _, authorized, *_ in await sale.money()) == 44_90


async def test_a_declined_payment_leaves_the_order_as_it_is_to_be_paid_by_another(shop: Buying):
    sale = await grown(shop)
    link = await link_of(sale)

    declined = [await pay(sale, link, "tok_declined", idempotencyKey="one") for _ in range(2)]
    paid = await pay(sale, link)

    assert [code(item) for item in declined] == [[("PAYMENT_DECLINED", ["token"])]] * 2
    assert (paid["errors"], (await sale.order()).status.value) == ([], "CONFIRMED")
    assert [state for state, *_ in await sale.money()] == ["AUTHORIZED", "FAILED", "AUTHORIZED"]


async def test_y9_the_buyer_confirms_with_their_bank_and_the_same_key_goes_on(shop: Buying):
    sale = await grown(shop)
    link = await link_of(sale)

    asked = await pay(sale, link, "tok_action", idempotencyKey="one")
    await approve(shop)
    paid = await pay(sale, link, "tok_action", idempotencyKey="one")

    assert (asked["action"]["kind"], asked["due"]["due"]) == ("REDIRECT", {"amountMinor": 20_00})
    assert (paid["errors"], paid["action"], paid["due"]["due"]) == ([], None, {"amountMinor": 0})


async def test_y9_who_does_not_confirm_pays_by_another_means_or_loses_the_attempt_after_a_day(shop: Buying):
    sale = await grown(shop)
    link = await link_of(sale)
    await pay(sale, link, "tok_action")

    await pay(sale, link)
    states = [state for state, *_ in await sale.money()]

    assert states == ["AUTHORIZED", "VOID_INTENDED", "AUTHORIZED"]


async def test_y9_an_abandoned_payment_is_given_up_after_a_day(shop: Buying):
    sale = await grown(shop)
    await pay(sale, await link_of(sale), "tok_action")
    (asked,) = [
        PaymentId(row["id"])
        for row in await shop.pool.fetch("SELECT id FROM payment WHERE attempt = 1 AND state = 'ACTION_REQUIRED'")
    ]

    later = shop.later(days=2)
    await resume(later.unit_of_work(), asked, later.around)
    await resume(later.unit_of_work(), asked, later.around)

    assert [state for state, *_ in await sale.money()] == ["AUTHORIZED", "VOIDED"]


async def test_another_amount_than_the_one_seen_pays_nothing(shop: Buying):
    sale = await grown(shop)

    refused = await pay(sale, await link_of(sale), expectedDue={"amountMinor": 1, "currency": "EUR"})

    assert code(refused) == [("PRICE_CHANGED", ["expectedDue"])]
    assert len(await sale.money()) == 1


async def test_a_link_is_for_what_is_due_and_leads_nowhere_once_it_is_over(shop: Buying):
    sale = await grown(shop)
    link = await link_of(sale, validDays=2)
    later = sale.later(days=2)

    late = await pay(later, link)
    guessed = await pay(sale, {"token": "guessed"})
    await edit(sale, (1, 0))
    nothing = await link_of(sale)

    assert [code(item) for item in (late, guessed)] == [[("NOT_FOUND", ["token"])]] * 2
    assert (await due_by(later, link["token"]), code(nothing)) == (None, [("INVALID_TRANSITION", ["orderId"])])
    assert await shop.pool.fetchval("SELECT token_hash = $1 FROM order_payment_link", link["token"].encode()) is False


async def test_links_are_made_by_staff_alone(shop: Buying):
    sale = await grown(shop)
    document = "mutation($input: OrderPaymentLinkCreateInput!) { orderPaymentLinkCreate(input: $input) { token } }"

    refused = await Shopper(shop).send(document, input={"orderId": sale.order_id})

    assert refused.errors[0]["extensions"]["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}


@pytest.mark.parametrize("captured", [True, False])
async def test_o6_what_is_due_counts_what_went_back_for_cancellations(shop: Buying, captured: bool):
    sale = await sold(shop, (await shop.offer(price=20_00), 2))
    if captured:
        await sale.capture()
    await edit(sale, (0, 1))

    await edit(sale, (0, 2))

    assert await due(sale) == (20_00 if captured else 0)


async def test_y10_a_card_number_is_no_token(shop: Buying):
    sale = await grown(shop)

    refused = await pay(sale, await link_of(sale), "4242 4242 4242 4242")

    assert code(refused) == [("INVALID", ["paymentToken"])]
    assert await shop.pool.fetchval("SELECT count(*) FROM tender WHERE token LIKE '4242%'") == 0
