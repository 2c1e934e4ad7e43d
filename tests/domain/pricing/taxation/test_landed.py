"""What goods cost across a customs border: rule T13."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.taxation.landed import DutyRate, ImportedGoods, ImportEstimate, duty_rate, import_estimate
from domain.shared.money import Rounding

NOW = datetime(2026, 11, 21, tzinfo=UTC)
VAT = Decimal("0.20")


def test_t13_duty_is_due_on_goods_and_freight_and_vat_on_all_of_it() -> None:
    estimate = import_estimate([ImportedGoods(20000, Decimal("0.047"), VAT)], 1500, Rounding.HALF_UP)

    assert estimate == ImportEstimate(goods=20000, freight=1500, duty=1011, vat=4502)
    assert estimate.landed == 27013
    assert estimate.due == 5513


def test_t13_goods_of_several_tariff_numbers_bear_the_freight_by_their_value() -> None:
    goods = [ImportedGoods(10000, Decimal("0.12"), VAT), ImportedGoods(10000, Decimal(0), VAT)]

    assert import_estimate(goods, 2000, Rounding.HALF_UP) == ImportEstimate(20000, 2000, duty=1320, vat=4664)


def test_t13_the_longest_prefix_of_the_tariff_number_gives_the_rate() -> None:
    rates = [
        DutyRate("EU", "", Decimal("0.025")),
        DutyRate("EU", "61", Decimal("0.12")),
        DutyRate("EU", "6109", Decimal("0.10"), valid_until=NOW),
        DutyRate("GB", "6109", Decimal("0.08")),
    ]

    assert duty_rate(rates, "EU", "610910", NOW) == Decimal("0.12")
    assert duty_rate(rates, "EU", "854231", NOW) == Decimal("0.025")
    assert duty_rate(rates, "EU", None, NOW) == Decimal("0.025")
    assert duty_rate(rates, "JP", "610910", NOW) == 0


RATES = st.decimals(0, 1, places=4)


@given(
    st.lists(st.builds(ImportedGoods, st.integers(0, 10**9), RATES, RATES), min_size=1, max_size=6),
    st.integers(0, 10**7),
)
def test_t13_the_parts_are_the_whole_and_nothing_is_negative(goods: list[ImportedGoods], freight: int) -> None:
    found = import_estimate(goods, freight, Rounding.HALF_UP)

    assert found.landed == found.goods + found.freight + found.due
    assert min(found.duty, found.vat) >= 0
    assert found.duty <= (found.goods + freight) * max(item.duty for item in goods) + 1
