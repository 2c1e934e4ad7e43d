"""What the units of a line cost before promotions: tiers, groups of customers and price endings (rules P1, P2, M9)."""

from datetime import UTC, datetime

import pytest

from domain.pricing.model import OfferPrice, PriceList, TierMode
from domain.pricing.promotions.units import Run, amount_of
from domain.pricing.tiers import Bought, Sale, UnitPrices, unit_prices
from domain.shared.ids import MarketId, PriceListId
from domain.shared.money import PriceEnding

SALE = Sale(datetime(2026, 11, 21, tzinfo=UTC), MarketId("market_de"), "EUR")


def make_tiers(mode: TierMode = TierMode.VOLUME) -> list[OfferPrice]:
    price_list = PriceList(PriceListId("price_list"), "All", "EUR", tier_mode=mode)
    return [OfferPrice(price_list, minor, least) for least, minor in ((1, 10_00), (10, 9_00), (50, 8_00))]


def cost(prices: list[OfferPrice], bought: Bought) -> int:
    found = unit_prices(prices, SALE, bought)
    assert found is not None
    return amount_of(found.runs)


@pytest.mark.parametrize(("mode", "total"), [(TierMode.VOLUME, 440_00), (TierMode.GRADUATED, 498_00)])
def test_p2_a_tier_prices_all_units_or_each_its_own(mode: TierMode, total: int) -> None:
    assert cost(make_tiers(mode), Bought.alone(55)) == total


@pytest.mark.parametrize(
    ("quantity", "runs"),
    [
        (1, ((10_00, 1),)),
        (9, ((10_00, 9),)),
        (10, ((10_00, 9), (9_00, 1))),
        (50, ((10_00, 9), (9_00, 40), (8_00, 1))),
    ],
)
def test_p2_graduated_units_stand_in_the_tier_that_counts_them(
    quantity: int, runs: tuple[tuple[int, int], ...]
) -> None:
    found = unit_prices(make_tiers(TierMode.GRADUATED), SALE, Bought.alone(quantity))

    assert found == UnitPrices(tuple(Run(*run) for run in runs))


@pytest.mark.parametrize("mode", TierMode)
def test_p2_lines_of_one_variant_count_together(mode: TierMode) -> None:
    prices = make_tiers(mode)

    apart = cost(prices, Bought(20, together=55)) + cost(prices, Bought(35, together=55, before=20))

    assert apart == cost(prices, Bought.alone(55))


def test_p2_a_graduated_line_shows_what_a_unit_costs_on_average() -> None:
    found = unit_prices(make_tiers(TierMode.GRADUATED), SALE, Bought.alone(55))

    assert found is not None
    assert (found.average, found.unequal) == (9_05, found.runs)


def test_p2_a_quantity_below_the_first_tier_is_not_sold() -> None:
    assert unit_prices(make_tiers()[1:], SALE, Bought.alone(9)) is None


def test_p1_a_customers_group_has_prices_of_its_own() -> None:
    everybody, vip = make_tiers()[:1], PriceList(PriceListId("price_list_vip"), "VIP", "EUR", customer_group="vip")
    prices = [*everybody, OfferPrice(vip, 7_00)]

    found = unit_prices(prices, Sale(SALE.now, SALE.market_id, "EUR", "vip"), Bought.alone(1))

    assert found == UnitPrices((Run(7_00, 1),))
    assert cost(prices, Bought.alone(1)) == 10_00


def test_m9_prices_of_a_list_end_as_it_says() -> None:
    price_list = PriceList(PriceListId("price_list"), "All", "EUR", ending=PriceEnding(99, 100))

    assert cost([OfferPrice(price_list, 18_20)], Bought.alone(2)) == 2 * 17_99
    assert cost([OfferPrice(price_list, 0)], Bought.alone(2)) == 0
