"""Codes that are entered, looked up, used and used up."""

from datetime import timedelta
from typing import Any

import pytest
from asyncpg import LockNotAvailableError
from redis.asyncio import Redis

from domain.pricing.promotions.model import Stacking
from domain.shared.errors import ErrorCode, Refused, RequestFault
from domain.shared.ids import CheckoutId
from domain.shared.money import Money
from integrations.identity.codes import CodeLimits
from tests.buying.test_stock import codes as came
from tests.factories.buying import Buying, outcomes
from tests.factories.promotions import TEN_PERCENT_OF_ORDER, promote
from tests.factories.refusals import problems_of
from tests.factories.shoppers import Shopper

CART = """
promoCodes { code applied reason } totals { discount { amountMinor } total { gross { amountMinor } } }
lines { nodes { discounts { promotion { name } code base { amountMinor } amount { amountMinor } fundedBy } } }
"""
CREATE = f"""
mutation M($input: CartCreateInput!) {{ cartCreate(input: $input) {{ errors {{ code path }} cart {{ {CART} }} }} }}
"""


async def states(shop: Buying, *entered: str, price: int = 1_000, quantity: int = 1) -> dict[str, str | None]:
    """What comes of codes in a cart of one line: None for those that apply."""
    cart = await shop.priced_cart(await shop.cart((await shop.offer(price=price), quantity), codes=entered))
    return {state.code: state.reason.value if state.reason else None for state in cart.promo_codes}


async def test_p11_codes_are_compared_trimmed_and_without_case(shop: Buying):
    await promote(shop, code="Straße10", action=TEN_PERCENT_OF_ORDER)

    assert await states(shop, "  STRASSE10 ") == {"STRASSE10": None}


async def test_a_cart_tells_each_code_why_it_takes_nothing_off(shop: Buying):
    fifty = {"min_value": {"EUR": "50.00"}}
    await promote(shop, code="TEN", action=TEN_PERCENT_OF_ORDER)
    await promote(shop, code="OVER50", action=TEN_PERCENT_OF_ORDER, conditions=fifty)
    await promote(shop, code="LATER", starts_at=shop.now + timedelta(days=1))
    await promote(shop, code="GONE", ends_at=shop.now)
    await promote(shop, code="ALONE", action={"kind": "percentage", "percent": "5"}, stacking=Stacking.EXCLUSIVE)

    found = await states(shop, "TEN", "OVER50", "LATER", "GONE", "NEVER", "ALONE")

    assert found == {
        "TEN": None,
        "OVER50": "COUPON_NOT_APPLICABLE",
        "LATER": "COUPON_UNKNOWN",
        "GONE": "COUPON_EXPIRED",
        "NEVER": "COUPON_UNKNOWN",
        "ALONE": "COUPON_NOT_COMBINABLE",
    }


async def test_p14_a_code_begins_and_ends_at_its_instants_with_no_job_having_run(shop: Buying):
    starts_at = shop.later(hours=1).now
    await promote(shop, code="HOUR", starts_at=starts_at, ends_at=shop.later(hours=2).now)

    found = [await states(shop.later(hours=hours), "HOUR") for hours in (0.999, 1, 1.999, 2)]

    assert [state["HOUR"] for state in found] == ["COUPON_UNKNOWN", None, None, "COUPON_EXPIRED"]


async def test_p18_a_cart_explains_its_discounts(shopper: Shopper):
    offer = await shopper.shop.offer(price=10_000)
    await promote(shopper.shop, name="Sale", action={"kind": "percentage", "percent": "40"})
    await promote(shopper.shop, name="Coupon", code="SEVENTY", action={"kind": "percentage", "percent": "70"})

    wanted = {"lines": [{"offerId": offer, "quantity": 1}], "promoCodes": ["seventy"], "idempotencyKey": "k" * 16}
    cart = (await shopper.send(CREATE, input=wanted)).data["cartCreate"]["cart"]

    assert cart["promoCodes"] == [{"code": "seventy", "applied": True, "reason": None}]
    assert cart["totals"] == {"discount": {"amountMinor": 8_200}, "total": {"gross": {"amountMinor": 1_800}}}
    assert cart["lines"]["nodes"][0]["discounts"] == [
        discount("Sale", None, 10_000, 4_000),
        discount("Coupon", "seventy", 6_000, 4_200),
    ]


def discount(name: str, code: str | None, base: int, amount: int) -> dict[str, Any]:
    money = {"base": {"amountMinor": base}, "amount": {"amountMinor": amount}}
    return {"promotion": {"name": name}, "code": code, **money, "fundedBy": "PLATFORM"}


async def test_entering_a_code_in_a_cart_uses_nothing_up(shop: Buying):
    await promote(shop, code="ONCE", usage_limit=1)

    assert [await states(shop, "ONCE") for _ in range(3)] == [{"ONCE": None}] * 3
    assert await shop.pool.fetchval("SELECT used FROM promotion") == 0


@pytest.mark.parametrize(
    ("limit", "rivals"), [(3, 12), pytest.param(100, 500, marks=pytest.mark.slow)], ids=["3 of 12", "100 of 500"]
)
async def test_p9_of_many_completions_at_once_exactly_as_many_succeed_as_the_limit_allows(
    shop: Buying, limit: int, rivals: int
):
    await promote(shop, code="FEW", usage_limit=limit)
    offers = [await shop.offer(stock=rivals, price=1_000) for _ in range(4)]
    checkouts = [
        await shop.ready((offers[at % 4], 1), codes=["FEW"], email=f"buyer{at}@example.com") for at in range(rivals)
    ]
    total = (await shop.checkout(checkouts[0])).totals.total.gross

    found = await patiently([(shop, checkout, total) for checkout in checkouts])

    counted = came(found)
    assert counted.pop("done") == limit
    assert set(counted) <= {"COUPON_EXHAUSTED", "COUPON_EXHAUSTED PRICE_CHANGED"}
    assert sum(counted.values()) == rivals - limit
    assert await shop.count("order") == limit
    assert await shop.pool.fetchval("SELECT used FROM promotion") == limit
    assert await shop.count("promotion_use") == limit
    held = [item for item in await shop.authorizations() if item["status"] == "authorized"]
    assert len(held) == limit


def is_to_be_asked_again(outcome: Any) -> bool:
    """Whether it came to nothing because the machine was busy: a lock, or an answer, that did not come in time."""
    in_progress = isinstance(outcome, Refused) and outcome.problems[0].code is ErrorCode.IDEMPOTENCY_IN_PROGRESS
    return in_progress or isinstance(outcome, LockNotAvailableError)


async def patiently(wanted: list[tuple[Buying, CheckoutId, Money]]) -> list[Any]:
    """What comes of completions all at once. Who waits too long on a busy machine asks again, a little later."""
    done: list[Any] = []
    for minutes in range(10):
        found = await outcomes(
            [shop.later(minutes=minutes).complete(checkout, total=total) for shop, checkout, total in wanted]
        )
        done += [outcome for outcome in found if not is_to_be_asked_again(outcome)]
        wanted = [each for each, it in zip(wanted, found, strict=True) if is_to_be_asked_again(it)]
        if not wanted:
            break
    return done


async def test_p9_a_buyer_whose_code_was_used_up_is_told_and_may_buy_without_it(shop: Buying):
    await promote(shop, code="ONE", usage_limit=1)
    offer = await shop.offer(price=1_000)
    first = await shop.ready((offer, 1), codes=["ONE"])
    second = await shop.ready((offer, 1), codes=["ONE"], email="eve@example.com")
    seen = (await shop.checkout(second)).totals.total.gross
    await shop.complete(first)

    refused = await problems_of(shop.complete(second, total=seen))
    bought = await shop.complete(second)

    assert refused == [("COUPON_EXHAUSTED", ("checkout_id",)), ("PRICE_CHANGED", ("expected_total",))]
    assert bought.order_id is not None
    assert await shop.pool.fetchval('SELECT discount_minor FROM "order" WHERE id = $1', bought.order_id) == 0


async def test_p9_a_bulk_code_is_for_one_order(shop: Buying):
    promotion_id = await promote(shop, needs_code=True)
    await shop.pool.execute(
        "INSERT INTO coupon_code (code, promotion_id, shown, usage_limit) VALUES ('a1', $1, 'A1', 1)", promotion_id
    )
    offer = await shop.offer()
    await shop.complete(await shop.ready((offer, 1), codes=["A1"]))

    assert await states(shop, "A1") == {"A1": "COUPON_EXHAUSTED"}


async def test_p9_giving_a_use_back_counts_once(shop: Buying):
    await promote(shop, code="ONE", usage_limit=1, budget=Money(1_000, "EUR"))
    order_id = (await shop.complete(await shop.ready((await shop.offer(price=2_000), 1), codes=["ONE"]))).order_id
    assert order_id is not None
    used = await counted(shop)

    for _ in range(2):
        async with shop.unit_of_work() as uow:
            await uow.promotion_usage.release_uses(order_id)
            await uow.commit()

    assert used == (1, 200)
    assert await counted(shop) == (0, 0)
    assert await states(shop, "ONE") == {"ONE": None}


async def counted(shop: Buying) -> tuple[int, int]:
    """How often the one promotion was used, and what it took off."""
    ((used, spent),) = await shop.pool.fetch("SELECT used, spent_minor FROM promotion")
    return used, spent


async def test_p10_a_guest_is_known_by_their_mailbox_however_they_spell_it(shop: Buying):
    await promote(shop, code="MINE", per_customer_limit=1)
    offer = await shop.offer(price=1_000)
    await shop.complete(await shop.ready((offer, 1), codes=["MINE"], email="Ada.Lovelace@gmail.com"))

    again = await shop.checkout(await shop.ready((offer, 1), codes=["MINE"], email="adalovelace+x@googlemail.com"))
    other = await shop.checkout(await shop.ready((offer, 1), codes=["MINE"], email="ada.lovelace@example.com"))

    assert [state.reason.value if state.reason else None for state in again.promo_codes] == ["COUPON_EXHAUSTED"]
    assert [state.applied for state in other.promo_codes] == [True]


@pytest.mark.parametrize("rivals", [8, pytest.param(60, marks=pytest.mark.slow)])
async def test_p10_of_one_customers_completions_at_once_as_many_succeed_as_they_may_have(shop: Buying, rivals: int):
    await promote(shop, code="TWICE", per_customer_limit=2)
    offer = await shop.offer(price=1_000, stock=rivals)
    checkouts = [await shop.ready((offer, 1), codes=["TWICE"]) for _ in range(rivals)]
    seen = (await shop.checkout(checkouts[0])).totals.total.gross

    found = came(await patiently([(shop, checkout, seen) for checkout in checkouts]))

    assert found["done"] == 2
    assert await shop.count("order") == 2
    assert [row["n"] for row in await shop.pool.fetch("SELECT n FROM promotion_use ORDER BY n")] == [1, 2]


async def test_a_code_stays_usable_when_the_payment_fails(shop: Buying):
    await promote(shop, code="ONE", usage_limit=1)
    checkout = await shop.ready((await shop.offer(), 1), codes=["ONE"], token="tok_declined")

    refused = await problems_of(shop.complete(checkout))

    assert refused == [("PAYMENT_DECLINED", ("checkout_id",))]
    assert await states(shop, "ONE") == {"ONE": None}


async def test_p11_after_ten_failures_within_a_minute_no_code_is_looked_up():
    attempts = CodeLimits().of("203.0.113.9")
    for _ in range(10):
        await attempts.begin(1)
        await attempts.failed(1)

    with pytest.raises(RequestFault) as refused:
        await attempts.begin(1)

    assert refused.value.extensions["code"] == "RATE_LIMITED"
    await CodeLimits().of("203.0.113.10").begin(1)


async def test_p11_failures_are_counted_for_all_processes_in_redis(redis_url: str):
    async with Redis.from_url(redis_url) as redis:
        one, other = (CodeLimits(redis).of("203.0.113.77") for _ in range(2))
        await one.begin(10)
        await one.failed(10)

        with pytest.raises(RequestFault):
            await other.begin(1)


async def test_a_code_that_was_made_after_a_checkout_began_is_unknown_to_it(shop: Buying):
    checkout = await shop.start(await shop.cart((await shop.offer(), 1)))
    await promote(shop, code="NEW")

    await shop.update(checkout, promo_codes=("NEW",))

    assert [state.reason for state in (await shop.checkout(checkout)).promo_codes] == [ErrorCode.COUPON_UNKNOWN]


async def test_p11_whoever_guesses_codes_in_carts_is_held_up(shopper: Shopper):
    offer = await shopper.shop.offer()
    wanted = {"lines": [{"offerId": offer, "quantity": 1}]}

    answers = [
        await shopper.send(CREATE, input={**wanted, "promoCodes": [f"GUESS{at}"], "idempotencyKey": f"{at:016}"})
        for at in range(11)
    ]

    assert [bool(answer.errors) for answer in answers] == [False] * 10 + [True]
    assert answers[-1].errors[0]["extensions"]["code"] == "RATE_LIMITED"
