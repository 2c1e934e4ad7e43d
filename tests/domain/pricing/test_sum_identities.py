"""Rule M10 for any cart: what is shown adds up, whatever the rates, discounts, level, rounding and currency."""

from decimal import Decimal
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.discounts import Discount, Funding
from domain.pricing.model import TaxLevel
from domain.pricing.quote import DeliveryCharge, Fee, Quote, QuoteLine, QuoteRequest, Totals, quote
from domain.pricing.split import VendorGroup, split_by_vendor
from domain.shared.ids import VendorId
from domain.shared.money import Money, Rounding, sum_money, sum_taxed
from tests.factories.pricing import HOUSE, make_discount, make_market, make_rate, make_request

CLASSES = ("standard", "reduced", "exempt")
VENDORS = (HOUSE, VendorId("vendor_a"), VendorId("vendor_b"))
prices = st.integers(min_value=0, max_value=5_000_000_00) | st.integers(min_value=0, max_value=200)
percentages = st.decimals(min_value=0, max_value=Decimal("0.5"), places=5)


@st.composite
def discounts(draw) -> tuple[Discount, ...]:
    return tuple(
        make_discount(draw(prices), f"Rule{number}", draw(st.sampled_from(Funding)))
        for number in range(draw(st.integers(0, 2)))
    )


@st.composite
def quote_lines(draw) -> tuple[QuoteLine, ...]:
    return tuple(
        QuoteLine(
            key=f"line_{number}",
            vendor_id=draw(st.sampled_from(VENDORS)),
            unit_price=draw(prices),
            quantity=draw(st.integers(1, 200)),
            tax_class=draw(st.sampled_from(CLASSES)),
            discounts=draw(discounts()),
        )
        for number in range(draw(st.integers(0, 6)))
    )


@st.composite
def rates(draw):
    return {
        tax_class: tuple(
            make_rate(str(draw(percentages)), f"Tax{number}", f"J{number}", compound=draw(st.booleans()))
            for number in range(draw(st.integers(0, 3)))
        )
        for tax_class in CLASSES[:2]
    }


def groups_of(lines: tuple[QuoteLine, ...]) -> tuple[VendorGroup, ...]:
    by_vendor = groupby(sorted(lines, key=lambda line: line.vendor_id), key=lambda line: line.vendor_id)
    return tuple(VendorGroup(f"group_{vendor}", vendor, tuple(line.key for line in own)) for vendor, own in by_vendor)


@st.composite
def requests(draw) -> QuoteRequest:
    lines = draw(quote_lines())
    charges = [
        DeliveryCharge(group.key, draw(prices), group.lines) for group in groups_of(lines) if draw(st.booleans())
    ]
    market = make_market(
        prices_include_tax=draw(st.booleans()),
        tax_level=draw(st.sampled_from(TaxLevel)),
        rounding=draw(st.sampled_from(Rounding)),
        price_granularity={"KWD": draw(st.sampled_from((1, 10))), "EUR": draw(st.sampled_from((1, 5)))},
    )
    return make_request(
        *lines,
        market=market,
        currency=draw(st.sampled_from(("EUR", "JPY", "KWD", "CLF"))),
        rates=draw(rates()),
        discounts=draw(discounts()),
        deliveries=tuple(charges),
        fees=(Fee("fee", draw(prices), draw(st.sampled_from(CLASSES))),) if lines and draw(st.booleans()) else (),
        tendered=draw(prices),
    )


def assert_totals_add_up(totals: Totals) -> None:
    for amount in (totals.lines, totals.shipping, totals.fees, totals.total):
        assert amount.net + amount.tax == amount.gross
    assert (totals.lines + totals.shipping + totals.fees).gross + totals.rounding == totals.total.gross
    assert sum_money([tax.amount for tax in totals.taxes], totals.total.currency) == totals.total.tax
    assert (totals.lines + totals.shipping + totals.fees).tax == totals.total.tax
    assert totals.tendered + totals.due == totals.total.gross
    assert totals.due.minor >= 0 <= totals.tendered.minor


def assert_lines_add_up(request: QuoteRequest, priced: Quote) -> None:
    for asked, line in zip(request.lines, priced.lines, strict=True):
        shown = line.total.gross if request.market.prices_include_tax else line.total.net
        assert shown + line.discount == Money(asked.unit_price * asked.quantity, request.currency)
        assert shown.minor >= 0
        assert sum_money([given.amount for given in line.discounts], request.currency) == line.discount
        assert sum_money([tax.amount for tax in line.taxes], request.currency) == line.total.tax


@given(requests())
def test_m10_every_quote_adds_up(request):
    priced = quote(request)

    assert_totals_add_up(priced.totals)
    assert_lines_add_up(request, priced)
    assert sum_taxed([line.total for line in priced.lines], request.currency) == priced.totals.lines
    assert sum_taxed([delivery.price for delivery in priced.deliveries], request.currency) == priced.totals.shipping
    assert sum_money([line.discount for line in priced.lines], request.currency) == priced.totals.discount


@given(requests())
def test_m10_delivery_and_fees_are_charged_in_full(request):
    priced = quote(request)

    asked = [part.price for part in (*request.deliveries, *request.fees)]
    charged = [(delivery.price, delivery.taxes) for delivery in priced.deliveries]
    charged += [(fee.price, fee.taxes) for fee in priced.fees]
    shown = [price.gross if request.market.prices_include_tax else price.net for price, _ in charged]
    assert [amount.minor for amount in shown] == asked
    for price, taxes in charged:
        assert sum_money([tax.amount for tax in taxes], request.currency) == price.tax


@given(requests())
def test_m10_vendor_orders_sum_to_the_order(request):
    priced = quote(request)

    shares = [share.totals for share in split_by_vendor(priced, groups_of(request.lines))]

    for totals in shares:
        assert_totals_add_up(totals)
    for name in ("lines", "shipping", "fees", "total"):
        parts = [getattr(totals, name) for totals in shares]
        assert sum_taxed(parts, request.currency) == getattr(priced.totals, name)
    for name in ("discount", "rounding", "tendered", "due"):
        parts = [getattr(totals, name) for totals in shares]
        assert sum_money(parts, request.currency) == getattr(priced.totals, name)
    for tax in priced.totals.taxes:
        same = [own for totals in shares for own in totals.taxes if (own.name, own.rate) == (tax.name, tax.rate)]
        assert sum_money([own.amount for own in same], request.currency) == tax.amount
        assert sum_money([own.base for own in same], request.currency) == tax.base


@given(requests())
def test_t1_pooled_taxes_stay_within_one_minor_unit_of_the_exact_tax(request):
    market = make_market(tax_level=TaxLevel.RATE_GROUP, prices_include_tax=request.market.prices_include_tax)
    single = {name: found[:1] for name, found in request.rates.items()}
    pooled = make_request(*request.lines, market=market, rates=single, currency=request.currency)

    for tax in quote(pooled).totals.taxes:
        exact = tax.base.minor * tax.rate
        assert abs(tax.amount.minor - exact) <= Decimal("0.5") * (1 + tax.rate)
