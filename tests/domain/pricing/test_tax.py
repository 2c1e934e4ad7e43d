"""The arithmetic of taxes: rules T1 to T4 and T9."""

from decimal import Decimal

import pytest

from domain.pricing.model import PricePolicy, TaxLevel, TaxRate
from domain.pricing.tax import Taxable, TaxLine, displayed_price, merged, rate_group, taxes_of
from domain.shared.money import Money, Rounding, TaxedMoney
from tests.factories.pricing import STANDARD, make_market, make_rate

GROSS = make_market()
NET = make_market(prices_include_tax=False)
GST = make_rate("0.05", "GST", "CA")
QST = make_rate("0.09975", "QST", "CA-QC")


def taxes(amounts: list[int], level: TaxLevel, *rates: TaxRate, market=NET) -> list[int]:
    """The tax of single units of these net amounts."""
    group = rate_group(rates, market)
    return [sum(parts) for parts in taxes_of([Taxable(amount, group) for amount in amounts], level, market.rounding)]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (TaxLevel.UNIT, [7, 7, 7]),
        (TaxLevel.LINE, [7, 7, 7]),
        (TaxLevel.RATE_GROUP, [8, 7, 7]),
        (TaxLevel.ORDER, [8, 7, 7]),
    ],
)
def test_t1_the_level_says_how_often_a_tax_is_rounded(level, expected):
    assert taxes([105, 105, 105], level, make_rate("0.07")) == expected


def test_t1_rates_are_rounded_apart_at_rate_group_and_together_at_order():
    reduced, standard = rate_group([make_rate("0.07")], NET), rate_group([make_rate("0.19")], NET)
    parts = [Taxable(105, reduced), Taxable(107, standard)]

    by_rate = taxes_of(parts, TaxLevel.RATE_GROUP, Rounding.HALF_UP)
    by_order = taxes_of(parts, TaxLevel.ORDER, Rounding.HALF_UP)

    assert by_rate == [(7,), (20,)]
    assert sum(tax for (tax,) in by_order) == 28


def test_t1_at_order_each_jurisdiction_is_still_rounded_by_itself():
    quebec, books = rate_group([GST, QST], NET), rate_group([GST], NET)
    parts = [Taxable(1010, quebec), Taxable(110, books)]

    gst_and_qst, gst_alone = taxes_of(parts, TaxLevel.ORDER, Rounding.HALF_UP)

    assert gst_and_qst[0] + gst_alone[0] == 56
    assert gst_and_qst[1] == 101


@pytest.mark.parametrize("level", TaxLevel)
def test_t1_what_is_not_taxed_has_no_taxes_at_any_level(level):
    assert taxes([105, 0], level) == [0, 0]
    assert taxes([0, 0], level, make_rate("0.07")) == [0, 0]


def test_t2_an_included_tax_is_rounded_and_the_net_is_what_remains():
    assert rate_group(STANDARD, GROSS).taxed(1999, "EUR") == TaxedMoney.of_gross(1999, 319, "EUR")


@pytest.mark.parametrize(("level", "tax"), [(TaxLevel.LINE, 958), (TaxLevel.UNIT, 957)])
def test_t2_a_line_is_taxed_whole_or_by_unit(level, tax):
    line = Taxable(5997, rate_group(STANDARD, GROSS), 3)

    assert taxes_of([line], level, Rounding.HALF_UP) == [(tax,)]


def test_t2_uneven_units_are_each_taxed_for_what_they_cost():
    line = Taxable(5148, rate_group(STANDARD, GROSS), 5)
    of_units = [rate_group(STANDARD, GROSS).taxes(amount)[0] for amount in (1029, 1030, 1029, 1030, 1030)]

    assert taxes_of([line], TaxLevel.UNIT, Rounding.HALF_UP) == [(sum(of_units),)]


@pytest.mark.parametrize(("rounding", "tax"), [(Rounding.HALF_UP, 1), (Rounding.HALF_EVEN, 0)])
def test_t3_exactly_half_the_tax_is_rounded_and_the_net_follows(rounding, tax):
    group = rate_group([make_rate("0.20")], make_market(rounding=rounding))

    assert group.taxed(3, "EUR") == TaxedMoney.of_gross(3, tax, "EUR")


def test_t4_each_jurisdictions_tax_is_rounded_and_reported_by_itself():
    group = rate_group([GST, QST], NET)

    gst, qst = group.tax_lines(1010, group.taxes(1010), "CAD")

    assert group.taxed(1010, "CAD") == TaxedMoney.of_net(1010, 152, "CAD")
    assert gst == TaxLine("GST", "CA", Decimal("0.05"), Money(1010, "CAD"), Money(51, "CAD"))
    assert qst == TaxLine("QST", "CA-QC", Decimal("0.09975"), Money(1010, "CAD"), Money(101, "CAD"))


def test_t4_a_compound_tax_has_the_earlier_tax_in_its_base():
    group = rate_group([GST, make_rate("0.095", "QST", "CA-QC", compound=True)], NET)

    _, qst = group.tax_lines(10000, group.taxes(10000), "CAD")

    assert (qst.base.minor, qst.amount.minor) == (10500, 998)


def test_t4_a_compound_tax_takes_all_the_earlier_ones_and_a_plain_one_takes_none():
    third = make_rate("0.10", "Third", "CA", compound=True)
    group = rate_group([GST, make_rate("0.02", "Second", "CA"), third, make_rate("0.01", "Fourth", "CA")], NET)

    lines = group.tax_lines(10000, group.taxes(10000), "CAD")

    assert [(tax.base.minor, tax.amount.minor) for tax in lines] == [
        (10000, 500),
        (10000, 200),
        (10700, 1070),
        (10000, 100),
    ]


def test_t4_several_included_taxes_are_taken_out_of_one_gross_amount():
    included = rate_group([GST, make_rate("0.10", "QST", "CA-QC", compound=True)], GROSS)

    gst, qst = included.tax_lines(11550, included.taxes(11550), "CAD")

    assert (gst.base.minor, gst.amount.minor) == (10000, 500)
    assert (qst.base.minor, qst.amount.minor) == (10500, 1050)


def test_taxes_of_many_things_are_reported_once_for_each_tax():
    german, quebec = rate_group(STANDARD, NET), rate_group([GST, QST], NET)
    lines = [
        *quebec.tax_lines(1000, (50, 100), "CAD"),
        *german.tax_lines(100, (19,), "CAD"),
        *quebec.tax_lines(10, (1, 1), "CAD"),
    ]

    assert [(tax.name, tax.base, tax.amount.minor) for tax in merged(lines)] == [
        ("GST", Money(1010, "CAD"), 51),
        ("QST", Money(1010, "CAD"), 101),
        ("VAT", Money(100, "CAD"), 19),
    ]


@pytest.mark.parametrize(
    ("policy", "gross", "tax"), [(PricePolicy.FIXED_GROSS, 11900, 2530), (PricePolicy.FIXED_NET, 12700, 2700)]
)
def test_t9_the_market_keeps_the_gross_or_the_net_across_rates(policy, gross, tax):
    market = make_market(price_policy=policy)
    hungarian = [make_rate("0.27", jurisdiction="HU")]

    price = displayed_price(11900, market, STANDARD, hungarian)

    assert price == gross
    assert rate_group(hungarian, market).taxed(price, "EUR") == TaxedMoney.of_gross(gross, tax, "EUR")


def test_t9_prices_without_tax_stay_as_they_are():
    market = make_market(prices_include_tax=False, price_policy=PricePolicy.FIXED_NET)

    assert displayed_price(10000, market, STANDARD, [make_rate("0.27")]) == 10000
