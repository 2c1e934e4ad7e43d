"""Prices that are shown before anything is bought: the promotions of the catalog, as a cart would be charged."""

from decimal import Decimal

from domain.pricing.measures import Measure
from domain.pricing.offer import Price
from domain.pricing.promotions.actions import Per
from domain.pricing.promotions.catalog import CatalogPrices
from domain.pricing.promotions.model import Conditions, Promotion, Stacking
from domain.pricing.promotions.situation import Buyer
from domain.shared.ids import VendorId
from domain.shared.money import Money
from tests.domain.pricing.test_offer import NOW, make_stored, make_storefront
from tests.factories.promoting import MARKET, amount, in_category, make_goods, offered, percent

SHOE = make_goods("shoe", "shoes")


def catalog(*promotions: Promotion, buyer: Buyer | None = None) -> CatalogPrices:
    offers = [offered(promotion) for promotion in promotions]
    return CatalogPrices(offers, market_id=MARKET, currency="EUR", buyer=buyer or Buyer())


def test_catalog_promotions_that_combine_multiply() -> None:
    prices = catalog(percent("a", "10"), percent("b", "10", selection=in_category("shoes")))

    assert prices.of(SHOE, 100_00) == 81_00
    assert prices.of(make_goods("book"), 100_00) == 90_00


def test_an_exclusive_sale_stands_alone_where_it_saves_more() -> None:
    alone = percent("alone", "15", stacking=Stacking.EXCLUSIVE)

    assert catalog(percent("a", "10"), alone).of(SHOE, 100_00) == 85_00
    assert catalog(percent("a", "10"), percent("b", "10"), alone).of(SHOE, 100_00) == 81_00


def test_promotions_of_carts_orders_codes_and_other_vendors_change_no_shown_price() -> None:
    prices = catalog(
        percent("cart", "10", conditions=Conditions(min_value={"EUR": 1})),
        percent("order", "10", Per.ORDER),
        percent("code", "10", needs_code=True),
        percent("vendor", "10", vendor_id=VendorId("vendor_b")),
    )

    assert prices.of(SHOE, 100_00) == 100_00


def test_a_sale_for_a_group_is_shown_to_its_members() -> None:
    sale = percent("vip", "10", conditions=Conditions(customer_groups=frozenset({"vip"})))

    assert catalog(sale).of(SHOE, 100_00) == 100_00
    assert catalog(sale, buyer=Buyer(frozenset({"vip"}))).of(SHOE, 100_00) == 90_00


def shown(*promotions: Promotion, displayed: int = 1) -> Price:
    """An offer of 10.00, which is shown `displayed` times as dear here."""
    front = make_storefront(now=NOW)
    shop = type(front)(
        front.context,
        front.now,
        front.taxed,
        front.transit,
        lambda minor, _: minor * displayed,
        catalog(*promotions),
    )
    price = shop.show(make_stored(goods=SHOE, contents=Measure(Decimal(500), "g"))).price
    assert price is not None
    return price


def test_p17_a_reduced_price_stands_beside_the_regular_one_and_the_unit_price_follows() -> None:
    price = shown(amount("two", 2_00, Per.UNIT))

    assert (price.current.gross, price.regular and price.regular.gross) == (Money(8_00, "EUR"), Money(10_00, "EUR"))
    assert price.unit_price is not None
    assert price.unit_price.price == Money(16_00, "EUR")


def test_a_price_that_no_promotion_changes_has_no_regular_one() -> None:
    assert shown().regular is None


def test_promotions_see_prices_as_they_are_displayed() -> None:
    assert shown(percent("a", "10"), displayed=2).current.gross == Money(18_00, "EUR")
