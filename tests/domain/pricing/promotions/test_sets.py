"""Units bought together: buy two and get one (rule P7), rewards and bundles."""

from decimal import Decimal

import pytest

from domain.pricing.promotions.actions import BundlePart, BundlePrice, BuyGet, FreeUnits
from domain.pricing.promotions.selection import EVERYTHING
from tests.factories.promoting import (
    in_category,
    make_goods,
    make_item,
    make_promotion,
    make_situation,
    offered,
    paid,
    promoted,
)

SHOE, SOCK = make_goods("shoe", "shoes"), make_goods("sock", "socks")
SHOES, SOCKS = in_category("shoes"), in_category("socks")


def off(action: BuyGet | BundlePrice, *items: tuple[int, int]) -> list[int]:
    """What the action takes off items of these prices and quantities."""
    situation = make_situation(*(make_item(price, quantity) for price, quantity in items))
    after = paid(promoted(situation, make_promotion("set", action)))
    return [price * quantity - left for (price, quantity), left in zip(items, after, strict=True)]


def test_p7_the_dearest_units_make_sets_and_the_last_of_each_is_free() -> None:
    assert off(BuyGet(2, 1), (30_00, 1), (20_00, 1), (10_00, 1), (8_00, 1), (8_00, 1), (5_00, 1)) == [
        0,
        0,
        10_00,
        0,
        0,
        5_00,
    ]


def test_p7_cheapest_mode_gives_the_cheapest_units() -> None:
    action = BuyGet(2, 1, free_units=FreeUnits.CHEAPEST)

    taken = off(action, (30_00, 1), (20_00, 1), (10_00, 1), (8_00, 1), (8_00, 1), (5_00, 1))

    assert sum(taken) == 13_00


def test_p7_what_is_kept_without_the_dearest_unit_is_priced_anew() -> None:
    prices = [(30_00, 1), (20_00, 1), (10_00, 1), (8_00, 1), (8_00, 1), (5_00, 1)]
    bought = sum(price for price, _ in prices) - sum(off(BuyGet(2, 1), *prices))

    kept = sum(price for price, _ in prices[1:]) - sum(off(BuyGet(2, 1), *prices[1:]))

    assert (bought, kept, bought - kept) == (66_00, 43_00, 23_00)


@pytest.mark.parametrize(("quantity", "free"), [(2, 0), (3, 1), (5, 1), (6, 2), (301, 100)])
def test_p7_units_of_one_line_make_sets(quantity: int, free: int) -> None:
    assert off(BuyGet(2, 1), (10_00, quantity)) == [free * 10_00]


def test_a_second_unit_can_cost_half() -> None:
    assert off(BuyGet(1, 1, Decimal(50)), (10_00, 1), (7_99, 1)) == [0, 4_00]


def test_sets_can_be_limited() -> None:
    assert off(BuyGet(1, 1, max_times=2), (10_00, 9)) == [20_00]


def test_units_are_part_of_one_set_only() -> None:
    situation = make_situation(make_item(10_00, 3))
    first, second = make_promotion("a", BuyGet(2, 1)), make_promotion("b", BuyGet(1, 1))

    assert paid(promoted(situation, first, second)) == [20_00]


def test_buying_some_goods_reduces_others_the_cheapest_first() -> None:
    rewarding = make_promotion("socks", BuyGet(1, 1, reward=SOCKS), selection=SHOES)
    situation = make_situation(make_item(50_00, 2, SHOE), make_item(5_00, 2, SOCK), make_item(4_00, 1, SOCK))

    assert paid(promoted(situation, rewarding)) == [100_00, 5_00, 0]


def test_no_unit_is_both_bought_and_given() -> None:
    assert off(BuyGet(1, 1, reward=EVERYTHING), (10_00, 1)) == [0]
    assert off(BuyGet(1, 1, reward=EVERYTHING), (10_00, 1), (6_00, 1)) == [0, 6_00]
    assert sum(off(BuyGet(2, 2, reward=EVERYTHING), (10_00, 3))) == 10_00


def test_a_bundle_costs_its_price_as_often_as_it_is_whole() -> None:
    bundle = make_promotion("outfit", BundlePrice((BundlePart(SHOES), BundlePart(SOCKS, 2)), {"EUR": 50_00}))
    situation = make_situation(make_item(48_00, 2, SHOE), make_item(6_00, 3, SOCK))

    after = paid(promoted(situation, bundle))

    assert sum(after) == 50_00 + 48_00 + 6_00
    assert after == [88_00, 16_00]


def test_a_bundle_never_costs_more_than_its_parts() -> None:
    bundle = make_promotion("outfit", BundlePrice((BundlePart(SHOES), BundlePart(SOCKS)), {"EUR": 20_00}))
    situation = make_situation(make_item(30_00, 1, SHOE), make_item(9_00, 1, SHOE), make_item(5_00, 2, SOCK))

    assert sum(paid(promoted(situation, bundle))) == 20_00 + 9_00 + 5_00


def test_a_bundle_of_any_goods_takes_each_unit_once() -> None:
    assert sum(off(BundlePrice((BundlePart(EVERYTHING, 2), BundlePart(EVERYTHING)), {"EUR": 10_00}), (5_00, 4))) == 5_00


def test_a_capped_set_applies_only_while_all_its_goods_are_left() -> None:
    promotion = make_promotion("set", BuyGet(1, 1))
    situation = make_situation(make_item(10_00, 2))

    assert paid(promoted(situation, offered(promotion, units_left=1))) == [20_00]
    assert paid(promoted(situation, offered(promotion, units_left=2))) == [10_00]
