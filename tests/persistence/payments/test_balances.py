"""Balances on PostgreSQL: what is held, given back, given out and adjusted, one after another and all at once."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.payments.balances import usecases
from domain.payments.balances.model import NEW_TERM, BalanceKind, code_hash
from domain.shared.errors import Refused
from domain.shared.ids import BalanceId
from domain.shared.money import Money
from persistence.ids import new_id
from persistence.payments.balances import balance_by_code
from tests.factories.balances import (
    available,
    balance,
    credit_limit,
    customer,
    euros,
    gift_card,
    new_code,
    store_credit,
)
from tests.factories.buying import Buying
from tests.factories.refusals import problems_of


async def hold(shop: Buying, balance_id: BalanceId, amount: Money, reference: str | None = None) -> bool:
    async with shop.unit_of_work() as uow:
        held = await uow.balances.hold(balance_id, amount, reference=reference or new_id("payment"), now=shop.now)
        await uow.commit()
    return held


async def release(shop: Buying, *references: str) -> None:
    async with shop.unit_of_work() as uow:
        await uow.balances.release(references)
        await uow.commit()


async def give_back(shop: Buying, balance_id: BalanceId, amount: Money, **where: object) -> BalanceId:
    refund = {"customer_id": None, "refund_id": new_id("refund"), "now": shop.now} | where
    async with shop.unit_of_work() as uow:
        found = await usecases.give_back(uow, balance_id, amount, **refund)  # type: ignore[arg-type] # as given
        await uow.commit()
    return found.id


async def test_y7_ten_parallel_holds_of_10_on_30_give_three(shop: Buying):
    card = (await gift_card(shop, euros(30_00))).gift_card

    held = await asyncio.gather(*[hold(shop, card.id, euros(10_00)) for _ in range(10)])

    assert sum(held) == 3
    assert await available(shop, card.id) == 0


async def test_y7_a_card_pays_only_in_its_own_currency(shop: Buying):
    card = (await gift_card(shop, euros(30_00))).gift_card

    assert not await hold(shop, card.id, Money(10_00, "USD"))
    assert await available(shop, card.id) == 30_00


async def test_what_is_released_twice_at_once_comes_back_once(shop: Buying):
    card = (await gift_card(shop, euros(30_00))).gift_card
    await hold(shop, card.id, euros(20_00), "payment_one")

    await asyncio.gather(*[release(shop, "payment_one", "payment_other") for _ in range(5)])

    assert await available(shop, card.id) == 30_00


async def test_an_expired_card_holds_nothing_from_that_instant(shop: Buying):
    card = (await gift_card(shop, euros(30_00), expires_at=shop.now + timedelta(days=1))).gift_card

    assert await hold(shop.later(hours=23), card.id, euros(1))
    assert not await hold(shop.later(days=1), card.id, euros(1))


async def test_a_code_is_found_however_it_is_typed_and_kept_nowhere(shop: Buying):
    issued = await gift_card(shop, euros(30_00))
    assert issued.code is not None

    found = await balance_by_code(shop.pool, code_hash(f"  {issued.code.lower().replace('0', 'o').replace('-', ' ')} "))

    assert found is not None
    assert (found.id, found.last4) == (issued.gift_card.id, issued.code[-4:])
    row = str(await shop.pool.fetchrow("SELECT * FROM balance"))
    assert issued.code not in row
    assert issued.code.replace("-", "") not in row


async def test_a_repeated_issue_is_the_same_card_without_its_code(shop: Buying):
    command = usecases.IssueGiftCard(euros(30_00), None, "for a friend", "one")

    first, again = [
        await usecases.issue_gift_card(shop.unit_of_work(), command, new_code=new_code, now=shop.now) for _ in range(2)
    ]

    assert first.code is not None
    assert again.code is None
    assert again.gift_card == first.gift_card
    assert await shop.events() == [("GIFT_CARD_ISSUED", 1)]


async def test_a_card_is_adjusted_down_to_nothing_and_no_further(shop: Buying):
    card = (await gift_card(shop, euros(30_00))).gift_card

    async def adjust(minor: int) -> int:
        command = usecases.AdjustGiftCard(card.id, euros(minor), None, new_id("key"))
        return (await usecases.adjust_gift_card(shop.unit_of_work(), command)).available.minor

    assert [await adjust(5_00), await adjust(-35_00)] == [35_00, 0]
    assert await problems_of(adjust(-1)) == [("INSUFFICIENT_BALANCE", ("amount",))]
    assert await available(shop, card.id) == 0


async def test_a_new_code_takes_the_place_of_the_one_before(shop: Buying):
    issued = await gift_card(shop, euros(30_00))
    command = usecases.RenewGiftCardCode(issued.gift_card.id, "one")

    renewed = await usecases.renew_gift_card_code(shop.unit_of_work(), command, new_code=new_code)
    again = await usecases.renew_gift_card_code(shop.unit_of_work(), command, new_code=new_code)

    assert renewed.code is not None
    assert again.code is None
    assert await balance_by_code(shop.pool, code_hash(renewed.code)) is not None
    assert await balance_by_code(shop.pool, code_hash(issued.code or "")) is None


async def test_store_credit_of_one_currency_is_one_balance_whose_term_never_becomes_shorter(shop: Buying):
    owner = await customer(shop.pool)
    year, month = shop.now + timedelta(days=365), shop.now + timedelta(days=30)

    first = await store_credit(shop, owner, euros(10_00), expires_at=year)
    second = await store_credit(shop, owner, euros(5_00), expires_at=month)
    dollars = await store_credit(shop, owner, Money(1_00, "USD"))

    assert first.id == second.id != dollars.id
    assert (second.available, second.expires_at) == (euros(15_00), year)
    assert dollars.expires_at is None


async def test_credit_that_has_expired_is_gone_when_new_credit_comes(shop: Buying):
    owner = await customer(shop.pool)
    old = await store_credit(shop, owner, euros(10_00), expires_at=shop.now + timedelta(days=1))
    later = shop.later(days=2)

    await store_credit(later, owner, euros(5_00))

    assert await available(shop, old.id) == 5_00
    assert (await balance(shop, old.id)).expires_at is None


async def test_first_credits_given_all_at_once_add_up(shop: Buying):
    owner = await customer(shop.pool)

    await asyncio.gather(*[store_credit(shop, owner, euros(1_00)) for _ in range(10)])

    (found,) = await shop.pool.fetch("SELECT id FROM balance")
    assert await available(shop, found["id"]) == 10_00


async def test_y6_what_an_expired_card_paid_comes_back_as_store_credit_with_a_new_term(shop: Buying):
    owner = await customer(shop.pool)
    card = (await gift_card(shop, euros(30_00), expires_at=shop.now + timedelta(days=1))).gift_card
    await hold(shop, card.id, euros(5_03))
    later = shop.later(days=2)

    credit_id = await give_back(later, card.id, euros(5_03), customer_id=owner)

    credit = await balance(shop, credit_id)
    assert (credit.kind, credit.customer_id, credit.available) == (BalanceKind.STORE_CREDIT, owner, euros(5_03))
    assert credit.expires_at == later.now + NEW_TERM
    assert await available(shop, card.id) == 24_97


async def test_y6_a_guests_expired_card_is_given_a_new_term_for_what_comes_back_alone(shop: Buying):
    card = (await gift_card(shop, euros(30_00), expires_at=shop.now + timedelta(days=1))).gift_card
    await hold(shop, card.id, euros(5_03))
    later = shop.later(days=2)

    assert await give_back(later, card.id, euros(5_03)) == card.id

    assert await available(shop, card.id) == 5_03
    assert (await balance(shop, card.id)).usable(later.now) == euros(5_03)


async def test_y6_a_card_that_lasts_is_refunded_once_for_each_refund(shop: Buying):
    card = (await gift_card(shop, euros(30_00))).gift_card
    await hold(shop, card.id, euros(30_00))

    await give_back(shop, card.id, euros(5_03), refund_id="refund_one")
    with pytest.raises(Exception, match="uq_balance_entry_once"):
        await give_back(shop, card.id, euros(5_03), refund_id="refund_one")

    assert await available(shop, card.id) == 5_03


async def test_b1_of_two_orders_of_200_at_once_on_terms_with_300_left_one_succeeds(shop: Buying):
    terms = await credit_limit(shop, await customer(shop.pool), euros(1_000_00))
    await hold(shop, terms.id, euros(700_00))

    held = await asyncio.gather(*[hold(shop, terms.id, euros(200_00)) for _ in range(2)])

    assert sorted(held) == [False, True]
    assert (await balance(shop, terms.id)).owed == euros(900_00)


async def test_b1_a_limit_below_what_is_owed_lets_nothing_more_be_bought(shop: Buying):
    owner = await customer(shop.pool)
    terms = await credit_limit(shop, owner, euros(1_000_00))
    await hold(shop, terms.id, euros(700_00), "payment_one")

    lowered = await credit_limit(shop, owner, euros(500_00))

    assert (lowered.id, lowered.owed, lowered.usable(shop.now)) == (terms.id, euros(700_00), euros(0))
    assert not await hold(shop, terms.id, euros(1))
    await release(shop, "payment_one")
    assert await available(shop, terms.id) == 500_00


@pytest.mark.parametrize(
    ("amount", "path"),
    [
        (Money(0, "EUR"), ("amount", "amount_minor")),
        (Money(-1, "EUR"), ("amount", "amount_minor")),
        (Money(1, "XXX"), ("amount", "currency")),
    ],
)
async def test_nothing_is_given_out_that_is_no_amount(shop: Buying, amount: Money, path: tuple[str, ...]):
    owner = await customer(shop.pool)

    assert await problems_of(gift_card(shop, amount)) == [("INVALID", path)]
    assert await problems_of(store_credit(shop, owner, amount)) == [("INVALID", path)]
    assert await shop.count("balance") == 0


ACTS = st.lists(st.tuples(st.sampled_from(["hold", "release", "give_back", "adjust"]), st.integers(1, 40)), max_size=12)


@given(acts=ACTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_y7_a_balance_is_the_sum_of_its_entries_and_never_below_zero(shop: Buying, acts: list[tuple[str, int]]):
    card = (await gift_card(shop, euros(50))).gift_card
    held: dict[str, int] = {}
    left = 50
    for act, minor in acts:
        if act == "hold" and await hold(shop, card.id, euros(minor), reference := new_id("payment")):
            held[reference] = minor
            left -= minor
        elif act == "release" and held:
            reference, amount = held.popitem()
            await release(shop, reference)
            left += amount
        elif act == "give_back":
            await give_back(shop, card.id, euros(minor))
            left += minor
        elif act == "adjust":
            command = usecases.AdjustGiftCard(card.id, euros(-minor), None, new_id("key"))
            try:
                await usecases.adjust_gift_card(shop.unit_of_work(), command)
                left -= minor
            except Refused:
                assert left < minor
        assert await available(shop, card.id) == left >= 0
