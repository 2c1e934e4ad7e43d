"""The prior price of a reduction, by the rules' own numbers (P15, P16)."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.model import OfferPrice, PriceList
from domain.pricing.prior_price import (
    PastPrice,
    PriceSegment,
    PriorPriceRule,
    prior_price,
    reduction_percent,
    segments,
)
from domain.pricing.promoting.book import PromotionVersion
from domain.pricing.promotions.actions import FixedPrice
from domain.pricing.promotions.model import Promotion
from domain.shared.ids import PriceListId, PromotionId

FIRST, EACH = PriorPriceRule.BEFORE_FIRST_STEP, PriorPriceRule.BEFORE_EACH_STEP
LIST = PriceList(PriceListId("price_list_eur"), "Euro", "EUR")


def day(month: int, day_of_month: int) -> datetime:
    return datetime(2026, month, day_of_month, tzinfo=UTC)


def history(*steps: tuple[datetime, int], until: datetime, regular: int = 100) -> list[PriceSegment]:
    """The effective price from each day on."""
    ends = [at for at, _ in steps[1:]] + [until]
    return [PriceSegment(at, end, regular, price) for (at, price), end in zip(steps, ends, strict=True)]


@pytest.mark.parametrize(("sale", "prior", "percent"), [(80, 80, None), (75, 80, 6)])
def test_p15_the_prior_price_is_the_lowest_of_the_30_days_before_the_reduction(
    sale: int, prior: int, percent: int | None
):
    """100 until 10 April, 80 from 10 to 15 April, 100 again, sale from 1 May."""
    past = history((day(1, 1), 100), (day(4, 10), 80), (day(4, 15), 100), (day(5, 1), sale), until=day(5, 2))

    found = prior_price(past, FIRST)

    assert found == prior
    assert reduction_percent(sale, found) == percent


def test_p15_what_was_cheaper_31_days_before_does_not_count():
    past = history((day(1, 1), 100), (day(3, 10), 60), (day(4, 1), 100), (day(5, 1), 80), until=day(5, 2))

    assert prior_price(past, FIRST) == 100


def test_p15_what_was_cheaper_until_the_30th_day_before_does_count():
    past = history((day(1, 1), 100), (day(3, 10), 60), (day(4, 2), 100), (day(5, 1), 80), until=day(5, 2))

    assert prior_price(past, FIRST) == 60


def test_p15_goods_listed_for_less_go_by_their_own_history():
    past = history((day(4, 20), 90), (day(5, 1), 80), until=day(5, 2), regular=90)

    assert prior_price(past, FIRST) == 90


def test_p15_goods_listed_at_their_sale_price_have_nothing_to_announce():
    past = history((day(5, 1), 80), until=day(5, 2))

    assert (prior_price(past, FIRST), reduction_percent(80, 80)) == (80, None)


def test_p15_what_is_not_reduced_has_no_prior_price():
    assert prior_price(history((day(1, 1), 80), (day(4, 1), 100), until=day(5, 1)), FIRST) is None
    assert prior_price([], FIRST) is None


@pytest.mark.parametrize(("rule", "priors"), [(FIRST, [100, 100]), (EACH, [100, 80])], ids=["first step", "each step"])
def test_p16_a_reduction_in_steps_is_announced_against_the_price_that_the_market_says(
    rule: PriorPriceRule, priors: list[int]
):
    """100, then 80 from 1 June, then 60 from 10 June without a break."""
    first = history((day(1, 1), 100), (day(6, 1), 80), until=day(6, 5))
    second = history((day(1, 1), 100), (day(6, 1), 80), (day(6, 10), 60), until=day(6, 12))

    assert [prior_price(past, rule) for past in (first, second)] == priors


def test_p16_a_price_that_rose_within_a_sale_begins_another_reduction():
    past = history((day(1, 1), 100), (day(6, 1), 60), (day(6, 10), 80), until=day(6, 12))

    assert prior_price(past, FIRST) == 60


@given(price=st.integers(0, 10_000), prior=st.integers(1, 10_000))
def test_an_announced_percentage_is_never_more_than_what_is_taken_off(price: int, prior: int):
    percent = reduction_percent(price, prior)

    assert percent is None or (0 < percent <= 100 and percent * prior <= 100 * (prior - price))


def test_the_history_follows_from_replaced_prices_and_the_versions_of_promotions():
    """The list said 100, from 1 March 90; a promotion sold at 80 from 1 April, as edited on 5 April at 70."""
    prices = [
        PastPrice(OfferPrice(LIST, 100), day(1, 1), day(3, 1)),
        PastPrice(OfferPrice(LIST, 90), day(3, 1)),
    ]
    versions = [
        version(80, starts_at=day(4, 1), valid_from=day(3, 20), valid_until=day(4, 5)),
        version(70, starts_at=day(4, 1), valid_from=day(4, 5)),
    ]

    found = segments(prices, versions, base=newest, reduced=lowest, now=day(4, 10))

    assert [(each.starts_at, each.regular, each.effective) for each in found] == [
        (day(1, 1), 100, 100),
        (day(3, 1), 90, 90),
        (day(4, 1), 90, 80),
        (day(4, 5), 90, 70),
    ]


def version(
    price: int, *, starts_at: datetime, valid_from: datetime, valid_until: datetime | None = None
) -> PromotionVersion:
    promotion = Promotion(PromotionId("promotion_a"), "Sale", FixedPrice({"EUR": price}), starts_at)
    return PromotionVersion(promotion, 1, None, valid_from, valid_until)


def newest(prices: Sequence[OfferPrice], _at: datetime) -> int | None:
    return prices[0].minor if prices else None


def lowest(price: int, running: Sequence[Promotion]) -> int:
    found = [each.action.prices["EUR"] for each in running if isinstance(each.action, FixedPrice)]
    return min([price, *found])
