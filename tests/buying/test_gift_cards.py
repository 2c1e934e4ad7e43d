"""Gift cards, credit and terms as staff and buyers meet them in the API."""

from dataclasses import replace
from typing import Any

import pytest

from domain.orders.giftcards.usecases import issue_gift_cards
from domain.shared.actor import Actor
from domain.shared.ids import ApiKeyId, OrderId
from persistence.ids import new_id
from persistence.statement import Pool
from tests.factories.balances import available, customer, euros, gift_card
from tests.factories.buying import Buying
from tests.factories.shoppers import Shopper

STAFF = Actor(
    api_key_id=ApiKeyId("staff"),
    scopes=frozenset({"staff", "balances:read", "balances:write", "customers:read", "orders:read", "payments:write"}),
)
CARD = "giftCard { id last4 balance { amountMinor currency } expiresAt }"
ERRORS = "errors { code path }"


@pytest.fixture
def staff(shop: Buying) -> Shopper:
    return Shopper(shop, STAFF)


async def act(who: Shopper, mutation: str, kind: str, wanted: str, **values: Any) -> dict[str, Any]:
    """The payload of a mutation that is asked under a key of its own unless one is given."""
    document = f"mutation M($input: {kind}!) {{ {mutation}(input: $input) {{ {ERRORS} {wanted} }} }}"
    result = await who.send(document, input={"idempotencyKey": new_id("key")} | values)
    assert not result.errors, result.errors
    payload: dict[str, Any] = result.data[mutation]
    return payload


async def issue(staff: Shopper, minor: int = 30_00, **values: Any) -> dict[str, Any]:
    amount = {"amountMinor": minor, "currency": "EUR"}
    return await act(staff, "giftCardIssue", "GiftCardIssueInput", f"code {CARD}", amount=amount, **values)


async def look_up(who: Shopper, code: str | None) -> Any:
    document = "query Q($code: String!) { giftCard(code: $code) { id last4 balance { amountMinor } } }"
    return await who.send(document, code=code)


async def test_a_gift_card_is_issued_with_a_code_that_is_shown_once_and_tells_its_balance(
    staff: Shopper, shopper: Shopper
):
    first, again = [await issue(staff, idempotencyKey="one") for _ in range(2)]

    found = (await look_up(shopper, first["code"])).data["giftCard"]

    assert len(first["code"].replace("-", "")) == 16
    assert again["code"] is None
    assert again["giftCard"] == first["giftCard"]
    assert found["balance"] == {"amountMinor": 30_00}
    assert found["last4"] == first["code"][-4:]


async def test_p11_codes_of_gift_cards_are_guessed_ten_times_a_minute_at_most(staff: Shopper, shopper: Shopper):
    code = (await issue(staff))["code"]
    one_client = await shopper._context()

    async def ask(text: str) -> Any:
        document = "query Q($code: String!) { giftCard(code: $code) { id } }"
        return await shopper._executor.execute(document, {"code": text}, context=one_client)

    answers = [await ask(f"0000-0000-0000-00{at:02}") for at in range(10)]
    refused = await ask(code)

    assert [answer.data["giftCard"] for answer in answers] == [None] * 10
    assert refused.errors[0]["extensions"]["code"] == "RATE_LIMITED"


async def test_wrong_codes_at_the_checkout_count_as_guesses(shopper: Shopper):
    checkout = await shopper.ready((await shopper.shop.offer(), 1))
    one_client = await shopper._context()
    document = "mutation M($input: TenderInput!) { checkoutTenderAdd(input: $input) { errors { code path } } }"

    async def guess() -> Any:
        values = {"checkoutId": checkout["id"], "giftCardCode": "wrong", "idempotencyKey": new_id("key")}
        return await shopper._executor.execute(document, {"input": values}, context=one_client)

    answers = [await guess() for _ in range(11)]

    problems = [answer.data["checkoutTenderAdd"]["errors"] for answer in answers[:10]]
    assert problems == [[{"code": "NOT_FOUND", "path": ["giftCardCode"]}]] * 10
    assert answers[10].errors[0]["extensions"]["code"] == "RATE_LIMITED"


async def test_staff_adjust_a_card_and_renew_its_code(staff: Shopper):
    issued = await issue(staff)
    card = {"giftCardId": issued["giftCard"]["id"]}
    less = {"amountMinor": -10_00, "currency": "EUR"}

    adjusted = await act(staff, "giftCardAdjust", "GiftCardAdjustInput", CARD, **card, amount=less)
    renewed = await act(staff, "giftCardCodeRenew", "GiftCardCodeRenewInput", f"code {CARD}", **card)

    assert adjusted["giftCard"]["balance"] == {"amountMinor": 20_00, "currency": "EUR"}
    assert (await look_up(staff, issued["code"])).data["giftCard"] is None
    assert (await look_up(staff, renewed["code"])).data["giftCard"]["balance"] == {"amountMinor": 20_00}


async def test_credit_and_terms_are_seen_by_their_customer_and_offered_at_their_checkout(staff: Shopper, pool: Pool):
    owner = await customer(pool)
    amount = {"amountMinor": 20_00, "currency": "EUR"}
    wanted = "customer { storeCredit { amountMinor } creditTerms { limit { amountMinor } available { amountMinor } } }"

    await act(staff, "storeCreditGrant", "StoreCreditGrantInput", wanted, customerId=owner, amount=amount)
    shown = await act(staff, "creditLimitSet", "CreditLimitSetInput", wanted, customerId=owner, limit=amount)
    mine = Shopper(replace(staff.shop, actor=Actor(customer_id=owner)), Actor(customer_id=owner))
    checkout = await mine.ready((await mine.shop.offer(), 1))
    methods = await mine.send(f'{{ checkout(id: "{checkout["id"]}") {{ paymentMethods {{ id kind }} }} }}')

    assert shown["customer"]["storeCredit"] == [{"amountMinor": 20_00}]
    assert shown["customer"]["creditTerms"] == [{"limit": {"amountMinor": 20_00}, "available": {"amountMinor": 20_00}}]
    assert [method["id"] for method in methods.data["checkout"]["paymentMethods"]] == [
        "test_card",
        "gift_card",
        "store_credit",
        "invoice",
    ]


async def test_y5_a_checkout_shows_what_each_tender_pays(shopper: Shopper):
    card = await gift_card(shopper.shop, euros(30_00))
    checkout = await shopper.ready((await shopper.shop.offer(price=104_97), 1))
    values = {"checkoutId": checkout["id"], "giftCardCode": card.code}
    wanted = (
        "checkout { shares { tender { kind last4 } amount { amountMinor } } "
        "totals { tendered { amountMinor } due { amountMinor } } tenders { id } missing }"
    )

    shown = (await act(shopper, "checkoutTenderAdd", "TenderInput", wanted, **values))["checkout"]
    removed = await shopper.send(
        "mutation M($input: TenderRemoveInput!) { checkoutTenderRemove(input: $input)"
        f" {{ {ERRORS} checkout {{ shares {{ amount {{ amountMinor }} }} }} }} }}",
        input={"checkoutId": checkout["id"], "tenderId": shown["tenders"][-1]["id"]},
    )

    assert shown["shares"] == [
        {"tender": {"kind": "GIFT_CARD", "last4": (card.code or "")[-4:]}, "amount": {"amountMinor": 30_00}}
    ]
    assert shown["totals"] == {"tendered": {"amountMinor": 30_00}, "due": {"amountMinor": 74_97}}
    assert shown["missing"] == []
    assert removed.data["checkoutTenderRemove"]["checkout"] == {"shares": []}


async def bought(shopper: Shopper, quantity: int = 2) -> OrderId:
    """An order of gift cards worth 25.00, and of a lamp, paid by a gift card."""
    shop = shopper.shop
    voucher = await shop.offer(price=25_00, product={"kind": "GIFT_CARD"})
    lamp = await shop.offer(price=10_00)
    paying = await gift_card(shop, euros(200_00))
    checkout = await shop.start(await shop.cart((voucher, quantity), (lamp, 1)))
    await shop.tell(checkout)
    await shop.tender(checkout, code=paying.code)
    done = await shop.complete(checkout)
    assert done.order_id is not None
    return done.order_id


async def test_t14_a_gift_card_is_untaxed_when_sold(shopper: Shopper):
    order_id = await bought(shopper)

    rows = await shopper.shop.pool.fetch(
        "SELECT tax_class, total_tax_minor, total_gross_minor FROM order_line WHERE order_id = $1 ORDER BY position",
        order_id,
    )

    assert [tuple(row) for row in rows] == [("voucher", 0, 50_00), ("standard", 1_60, 10_00)]


async def test_sold_gift_cards_are_issued_once_the_order_is_paid_and_their_codes_shown_once(shopper: Shopper):
    order_id = await bought(shopper)
    before = await cards_of(shopper, order_id)

    issued = [await issue_gift_cards(shopper.shop.unit_of_work(), order_id) for _ in range(2)]
    cards = await cards_of(shopper, order_id)
    values = {"orderId": order_id, "giftCardId": cards[0]["id"]}
    shown = await act(shopper, "giftCardCodeReveal", "GiftCardCodeRevealInput", "code", **values, idempotencyKey="one")
    again = await act(shopper, "giftCardCodeReveal", "GiftCardCodeRevealInput", "code", **values, idempotencyKey="one")
    other = await act(shopper, "giftCardCodeReveal", "GiftCardCodeRevealInput", "code", **values)

    assert before == []
    assert issued == [True, True]
    assert [card["balance"]["amountMinor"] for card in cards] == [25_00, 25_00]
    assert [card["last4"] for card in cards] == [None, None]
    assert (await look_up(shopper, shown["code"])).data["giftCard"]["id"] == cards[0]["id"]
    assert again == {"errors": [], "code": None}
    assert other["errors"] == [{"code": "INVALID_TRANSITION", "path": ["giftCardId"]}]


async def cards_of(shopper: Shopper, order_id: str) -> list[dict[str, Any]]:
    document = f'{{ order(id: "{order_id}") {{ giftCards {{ id last4 balance {{ amountMinor }} }} }} }}'
    found: list[dict[str, Any]] = (await shopper.send(document)).data["order"]["giftCards"]
    return found


async def test_gift_cards_are_not_issued_before_their_money_is_taken(shopper: Shopper):
    shop = shopper.shop
    voucher = await shop.offer(price=25_00, product={"kind": "GIFT_CARD"})
    done = await shop.complete(await shop.ready((voucher, 1)))
    assert done.order_id is not None

    early = await issue_gift_cards(shop.unit_of_work(), done.order_id)
    await shop.pool.execute("UPDATE payment SET captured_minor = authorized_minor")
    late = await issue_gift_cards(shop.unit_of_work(), done.order_id)

    assert (early, late) == (False, True)
    assert len(await cards_of(shopper, done.order_id)) == 1


async def test_nobody_else_is_shown_the_codes_of_a_customers_order(shopper: Shopper, pool: Pool):
    owner = Actor(customer_id=await customer(pool))
    mine = Shopper(replace(shopper.shop, actor=owner), owner)
    order_id = await bought(mine)
    await issue_gift_cards(mine.shop.unit_of_work(), order_id)
    (first, _) = await cards_of(mine, order_id)
    values = {"orderId": order_id, "giftCardId": first["id"]}

    for somebody in (shopper, Shopper(shopper.shop, STAFF)):
        refused = await act(somebody, "giftCardCodeReveal", "GiftCardCodeRevealInput", "code", **values)
        assert refused["errors"] == [{"code": "NOT_FOUND", "path": ["orderId"]}]


async def test_a_gift_card_is_read_by_its_id_by_staff_alone(staff: Shopper, shopper: Shopper):
    card_id = (await issue(staff))["giftCard"]["id"]
    document = f'{{ node(id: "{card_id}") {{ ... on GiftCard {{ last4 granted {{ amountMinor }} }} }} }}'

    assert (await staff.send(document)).data["node"]["granted"] == {"amountMinor": 30_00}
    assert (await shopper.send(document)).data["node"] is None


async def test_what_a_sold_gift_card_is_worth_can_be_spent(shopper: Shopper):
    order_id = await bought(shopper, quantity=1)
    await issue_gift_cards(shopper.shop.unit_of_work(), order_id)
    (card,) = await cards_of(shopper, order_id)
    values = {"orderId": order_id, "giftCardId": card["id"]}
    code = (await act(shopper, "giftCardCodeReveal", "GiftCardCodeRevealInput", "code", **values))["code"]
    checkout = await shopper.ready((await shopper.shop.offer(price=104_97), 1))
    await shopper.shop.tender(checkout["id"], code=code)

    assert (await shopper.shop.complete(checkout["id"])).order_id is not None

    assert await available(shopper.shop, card["id"]) == 0
