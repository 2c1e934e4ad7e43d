"""A whole cart priced: rules T1, T5, T6, M2, M10, P3, P4, P13 and the example of V3."""

from dataclasses import replace

import pytest

from domain.pricing.discounts import Discount, DiscountAllocation, Funding, PromotionRef, Stage
from domain.pricing.model import TaxLevel
from domain.pricing.quote import DeliveryCharge, Fee, QuoteLine, changed_total, quote
from domain.shared.errors import ErrorCode
from domain.shared.ids import VendorId
from domain.shared.money import MAX_MINOR, AmountOutOfRangeError, Money, TaxedMoney
from tests.factories.pricing import GERMAN, HOUSE, make_discount, make_line, make_market, make_rate, make_request

NET = make_market(prices_include_tax=False)
A, B = VendorId("vendor_a"), VendorId("vendor_b")


def gross(amount: int, tax: int, currency: str = "EUR") -> TaxedMoney:
    return TaxedMoney.of_gross(amount, tax, currency)


def test_an_empty_cart_costs_nothing():
    totals = quote(make_request()).totals

    assert totals.total == TaxedMoney.zero("EUR")
    assert totals.taxes == ()


def test_a_line_shows_its_unit_and_its_total_with_their_taxes():
    [line] = quote(make_request(make_line("mug", 1999, 3))).lines

    assert (line.key, line.quantity, line.unit_price, line.total) == ("mug", 3, gross(1999, 319), gross(5997, 958))
    assert [(tax.rate, tax.base.minor, tax.amount.minor) for tax in line.taxes] == [
        (GERMAN["standard"][0].rate, 5039, 958)
    ]
    assert (line.discount, line.discounts) == (Money.zero("EUR"), ())


def test_t1_a_japanese_invoice_rounds_each_rate_once_and_shipping_with_it():
    japan = make_market(prices_include_tax=False, tax_level=TaxLevel.RATE_GROUP)
    rates = {"standard": (make_rate("0.07"),)}
    lines = [make_line(key, 105) for key in "abc"]

    priced = quote(make_request(*lines, market=japan, rates=rates, currency="JPY"))
    sent = quote(
        make_request(
            *lines, market=japan, rates=rates, currency="JPY", deliveries=(DeliveryCharge("group", 105, tuple("abc")),)
        )
    )

    assert [line.total.tax.minor for line in priced.lines] == [8, 7, 7]
    assert sent.totals.total.tax.minor == 29


def test_t5_an_order_discount_is_allocated_and_then_taxed():
    request = make_request(
        make_line("mug", 1999, 3), make_line("book", 1070, tax_class="reduced"), discounts=(make_discount(1000),)
    )

    priced = quote(request)
    mug, book = priced.lines

    assert (mug.discount.minor, book.discount.minor) == (849, 151)
    assert (mug.total, book.total) == (gross(5148, 822), gross(919, 60))
    assert (mug.total.net.minor, book.total.net.minor) == (4326, 859)
    assert priced.totals.total.gross.minor == 6067
    assert priced.totals.discount.minor == 1000


def test_t5_in_a_net_market_the_net_is_allocated_and_tax_comes_on_top():
    request = make_request(
        make_line("mug", 1000, 2), make_line("book", 1000), market=NET, discounts=(make_discount(300),)
    )

    mug, book = quote(request).lines

    assert (mug.total, book.total) == (TaxedMoney.of_net(1800, 342, "EUR"), TaxedMoney.of_net(900, 171, "EUR"))


def test_t6_shipping_follows_the_goods_of_its_group():
    goods = (make_line("lamp", 9520), make_line("book", 2140, tax_class="reduced"), make_line("other", 5000))
    [delivery] = quote(make_request(*goods, deliveries=(DeliveryCharge("group", 490, ("lamp", "book")),))).deliveries

    assert delivery.price == gross(490, 70)
    assert [(tax.base.minor + tax.amount.minor, tax.amount.minor) for tax in delivery.taxes] == [(400, 64), (90, 6)]


def test_t6_classes_of_one_rate_are_one_rate_group():
    rates = GERMAN | {"food": (make_rate("0.07", tax_class="food"),)}
    goods = (make_line("book", 100, tax_class="reduced"), make_line("bread", 100, tax_class="food"))
    charge = DeliveryCharge("group", 10, ("book", "bread"))

    [delivery] = quote(make_request(*goods, rates=rates, deliveries=(charge,))).deliveries

    assert [(tax.base.minor, tax.amount.minor) for tax in delivery.taxes] == [(9, 1)]


def test_t6_shipping_of_free_goods_follows_their_number():
    goods = (make_line("sample", 0, 3), make_line("leaflet", 0, 1, "reduced"))
    [delivery] = quote(
        make_request(*goods, deliveries=(DeliveryCharge("group", 400, ("sample", "leaflet")),))
    ).deliveries

    assert [tax.base.minor + tax.amount.minor for tax in delivery.taxes] == [300, 100]


def test_goods_of_a_class_without_rates_are_untaxed():
    priced = quote(make_request(make_line("stamp", 95, tax_class="exempt")))

    assert priced.lines[0].total == gross(95, 0)
    assert priced.totals.taxes == ()


def test_a_fee_is_taxed_by_its_own_class_and_part_of_the_total():
    priced = quote(make_request(make_line("mug", 1999), fees=(Fee("gift_wrap", 300, "reduced"),)))

    assert priced.fees[0].price == priced.totals.fees == gross(300, 20)
    assert priced.totals.total == gross(2299, 339)
    assert [tax.amount.minor for tax in priced.totals.taxes] == [319, 20]


def test_p3_each_discount_works_on_what_the_one_before_has_left():
    line = make_line("coat", 10000, discounts=(make_discount(4000, "Sale"),))

    [priced] = quote(make_request(line, discounts=(make_discount(4200, "Coupon"),))).lines

    assert priced.total.gross.minor == 1800
    assert [(given.promotion.name, given.base.minor, given.amount.minor) for given in priced.discounts] == [
        ("Sale", 10000, 4000),
        ("Coupon", 6000, 4200),
    ]


def test_p3_no_discount_takes_a_line_below_zero():
    lines = (make_line("pen", 200, discounts=(make_discount(500),)), make_line("mug", 1000))

    priced = quote(make_request(*lines, discounts=(make_discount(5000),)))

    assert [line.total.gross.minor for line in priced.lines] == [0, 0]
    assert priced.totals.discount.minor == 1200
    assert [len(line.discounts) for line in priced.lines] == [1, 1]


def test_p4_discounts_are_taken_in_the_order_they_are_given():
    line = make_line("coat", 4999, discounts=(make_discount(1000, "Sale"),))

    priced = quote(make_request(line, discounts=(make_discount(400, "Ten"), make_discount(500, "Five"))))

    assert [given.base.minor for given in priced.lines[0].discounts] == [4999, 3999, 3599]
    assert priced.totals.total.gross.minor == 3099


def test_v3_a_discount_that_the_platform_pays_leaves_the_tax_of_the_vendors_goods():
    rates = {"standard": (make_rate("0.20"),)}
    lines = (make_line("lamp", 6000, vendor_id=A), make_line("desk", 12000, vendor_id=B))
    coupon = make_discount(1800, funded_by=Funding.PLATFORM)

    priced = quote(
        make_request(*lines, rates=rates, discounts=(coupon,), deliveries=(DeliveryCharge("a", 600, ("lamp",)),))
    )

    assert [line.discount.minor for line in priced.lines] == [600, 1200]
    assert priced.totals.total == gross(16800, 3100)
    assert [line.taxes[0].base.minor for line in priced.lines] == [5000, 10000]


def test_v1_a_discount_that_the_vendor_or_the_house_pays_lowers_the_taxable_amount():
    rates = {"standard": (make_rate("0.20"),)}
    by_vendor = make_line("lamp", 6000, vendor_id=A, discounts=(make_discount(600),))
    by_platform = make_line("desk", 6000, discounts=(make_discount(600, funded_by=Funding.PLATFORM),))

    lamp, desk = quote(make_request(by_vendor, by_platform, rates=rates)).lines

    assert lamp.total == desk.total == gross(5400, 900)


def test_m10_what_is_tendered_and_what_is_due_make_the_total():
    request = make_request(make_line("coat", 10497), tendered=3000)

    totals = quote(request).totals

    assert (totals.tendered.minor, totals.due.minor) == (3000, 7497)
    assert quote(replace(request, tendered=20000)).totals.due.is_zero


def test_an_estimate_says_so():
    assert quote(make_request(tax_is_estimate=True)).totals.tax_is_estimate
    assert not quote(make_request()).totals.tax_is_estimate


def test_m2_an_order_above_the_32_bit_limit_is_priced():
    assert quote(make_request(make_line("house", 3_000_000_000), currency="VND")).totals.due.amount == "3000000000"


@pytest.mark.parametrize(
    "request_",
    [
        make_request(make_line("mug", MAX_MINOR // 2, 3), discounts=(make_discount(MAX_MINOR),)),
        make_request(make_line("mug", MAX_MINOR), market=NET),
    ],
    ids=["before discounts", "with tax"],
)
def test_m2_a_cart_that_no_amount_can_hold_is_refused(request_):
    with pytest.raises(AmountOutOfRangeError):
        quote(request_)


@pytest.mark.parametrize(
    "make",
    [
        lambda: QuoteLine("mug", A, 100, 0, "standard"),
        lambda: QuoteLine("mug", A, -1, 1, "standard"),
        lambda: DeliveryCharge("group", -1, ("mug",)),
        lambda: DeliveryCharge("group", 100, ()),
        lambda: Fee("fee", -1, "standard"),
        lambda: Discount(PromotionRef("promotion_1", "Sale"), -1),
    ],
    ids=["no units", "negative price", "negative delivery", "nothing delivered", "negative fee", "negative discount"],
)
def test_what_has_no_price_cannot_be_asked_for(make):
    with pytest.raises(ValueError, match=r"price|taxed|discount|surcharge"):
        make()


def test_p13_the_total_the_buyer_saw_stands():
    assert changed_total(Money(6067, "EUR"), Money(6067, "EUR")) is None


@pytest.mark.parametrize("actual", [Money(6068, "EUR"), Money(6067, "USD")], ids=["amount", "currency"])
def test_p13_another_total_is_told_with_both(actual):
    problem = changed_total(Money(6067, "EUR"), actual)

    assert problem is not None
    assert (problem.code, problem.path) == (ErrorCode.PRICE_CHANGED, ("expected_total",))
    assert (problem.expected, problem.actual) == (Money(6067, "EUR"), actual)


def make_shipping_discount(amount: int, funded_by: Funding) -> DiscountAllocation:
    rule = PromotionRef("promotion_free", "Free delivery")
    return DiscountAllocation(rule, None, Money(600, "EUR"), Money(amount, "EUR"), funded_by, Stage.SHIPPING)


@pytest.mark.parametrize(
    ("vendor_id", "funded_by", "tax"),
    [(A, Funding.PLATFORM, 96), (A, Funding.VENDOR, 48), (HOUSE, Funding.PLATFORM, 48)],
    ids=["the platform pays", "the vendor pays", "the house pays itself"],
)
def test_v1_delivery_is_taxed_on_what_its_vendor_gets_for_it(vendor_id: VendorId, funded_by: Funding, tax: int) -> None:
    line = make_line("1", 60_00, vendor_id=vendor_id)
    charge = DeliveryCharge("d", 300, ("1",), (make_shipping_discount(300, funded_by),))

    priced = quote(make_request(line, deliveries=(charge,)))

    assert priced.deliveries[0].price == TaxedMoney.of_gross(300, tax, "EUR")
    assert priced.totals.discount == Money(300, "EUR")


def test_p5_a_quote_is_the_same_in_whatever_order_its_lines_stand() -> None:
    lines = [make_line(key, 105, tax_class="reduced") for key in "abc"]
    market = make_market(prices_include_tax=False, tax_level=TaxLevel.RATE_GROUP)

    there = quote(make_request(*lines, market=market, discounts=(make_discount(100),)))
    back = quote(make_request(*reversed(lines), market=market, discounts=(make_discount(100),)))

    assert there.lines == back.lines[::-1]
    assert there.totals == back.totals
