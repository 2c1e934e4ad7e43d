"""Rule M10 for any cart: what is shown adds up, whatever the rates, discounts, level, rounding and currency."""

from dataclasses import replace
from decimal import Decimal
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.discounts import Discount, Funding
from domain.pricing.model import TaxLevel, TaxRate
from domain.pricing.quote import DeliveryCharge, Fee, Quote, QuoteLine, QuoteRequest, Totals, quote
from domain.pricing.split import VendorGroup, split_by_vendor
from domain.pricing.wrapping.model import GiftWrapPer, WrapTerms, wrap_fee
from domain.shared.ids import VendorId
from domain.shared.money import Money, Rounding, sum_money, sum_taxed
from tests.domain.pricing.promotions.strategies import one_of_each
from tests.factories.pricing import HOUSE, make_discount, make_market, make_rate, make_request

CLASSES = ("standard", "reduced", "exempt")
VENDORS = (HOUSE, VendorId("vendor_a"), VendorId("vendor_b"))
prices = st.integers(min_value=0, max_value=5_000_000_00) | st.integers(min_value=0, max_value=200)
percentages = st.integers(0, 50_000).map(lambda thousandths: Decimal(thousandths) / 100_000)
kinds_of_lines = one_of_each(VENDORS, CLASSES, (0, 1, 2), list(Funding), list(Funding))
quantities = st.integers(1, 200)
kinds_of_orders = one_of_each((0, 1, 2), list(Funding), list(Funding), [None, *CLASSES])
kinds_of_markets = one_of_each(
    (True, False), list(TaxLevel), list(Rounding), (1, 10), (1, 5), ("EUR", "JPY", "KWD", "CLF")
)
kinds_of_rates = one_of_each((0, 1, 2, 3), (False, True), (False, True), (False, True))
charged_vendors = st.sets(st.sampled_from(VENDORS))
wrapped_lines = st.sets(st.integers(0, 5), max_size=4)


def drawn_discounts(draw: st.DrawFn, count: int, *funders: Funding) -> tuple[Discount, ...]:
    return tuple(make_discount(draw(prices), f"Rule{at}", funder) for at, funder in enumerate(funders[:count]))


@st.composite
def quote_lines(draw: st.DrawFn, number: int) -> QuoteLine:
    vendor_id, tax_class, discount_count, *funders = draw(kinds_of_lines)
    return QuoteLine(
        key=f"line_{number}",
        vendor_id=vendor_id,
        unit_price=draw(prices),
        quantity=draw(quantities),
        tax_class=tax_class,
        discounts=drawn_discounts(draw, discount_count, *funders),
    )


LINES = [quote_lines(number) for number in range(6)]
line_counts = st.integers(0, len(LINES))


@st.composite
def rates(draw: st.DrawFn) -> dict[str, tuple[TaxRate, ...]]:
    found = {}
    for tax_class in CLASSES[:2]:
        count, *compounds = draw(kinds_of_rates)
        found[tax_class] = tuple(
            make_rate(str(draw(percentages)), f"Tax{at}", f"J{at}", compound=compounds[at]) for at in range(count)
        )
    return found


def groups_of(lines: tuple[QuoteLine, ...]) -> tuple[VendorGroup, ...]:
    by_vendor = groupby(sorted(lines, key=lambda line: line.vendor_id), key=lambda line: line.vendor_id)
    return tuple(VendorGroup(f"group_{vendor}", vendor, tuple(line.key for line in own)) for vendor, own in by_vendor)


@st.composite
def requests(draw: st.DrawFn) -> QuoteRequest:
    lines = tuple(draw(line) for line in LINES[: draw(line_counts)])
    charged, wrapped, per = draw(charged_vendors), draw(wrapped_lines), draw(st.sampled_from(GiftWrapPer))
    includes_tax, level, rounding, dinar_step, euro_step, currency = draw(kinds_of_markets)
    discount_count, *funders, fee_class = draw(kinds_of_orders)
    return make_request(
        *lines,
        market=make_market(
            prices_include_tax=includes_tax,
            tax_level=level,
            rounding=rounding,
            price_granularity={"KWD": dinar_step, "EUR": euro_step},
        ),
        currency=currency,
        rates=draw(rates()),
        discounts=drawn_discounts(draw, discount_count, *funders),
        deliveries=tuple(
            DeliveryCharge(group.key, draw(prices), group.lines)
            for group in groups_of(lines)
            if group.vendor_id in charged
        ),
        fees=(
            *((Fee("fee", draw(prices), fee_class),) if lines and fee_class else ()),
            *[
                wrap_fee(line.key, WrapTerms(per, 0), line.quantity, shown=draw(prices), tax_class=line.tax_class)
                for at, line in enumerate(lines)
                if at in wrapped
            ],
        ),
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
def test_m10_the_fees_of_lines_go_with_their_vendors_in_whatever_order_they_stand(request):
    priced, reversed_order = quote(request), quote(replace(request, fees=request.fees[::-1]))

    shares = split_by_vendor(priced, groups_of(request.lines))

    assert {fee.key: fee for fee in reversed_order.fees} == {fee.key: fee for fee in priced.fees}
    of_order = sum_taxed([fee.price for fee in priced.fees if fee.line is None], request.currency)
    for group, share in zip(groups_of(request.lines), shares, strict=True):
        own = sum_taxed([fee.price for fee in priced.fees if fee.line in group.lines], request.currency)
        assert own.gross <= share.totals.fees.gross <= own.gross + of_order.gross


@given(requests())
def test_t1_pooled_taxes_stay_within_one_minor_unit_of_the_exact_tax(request):
    market = make_market(tax_level=TaxLevel.RATE_GROUP, prices_include_tax=request.market.prices_include_tax)
    single = {name: found[:1] for name, found in request.rates.items()}
    pooled = make_request(*request.lines, market=market, rates=single, currency=request.currency)

    for tax in quote(pooled).totals.taxes:
        exact = tax.base.minor * tax.rate
        assert abs(tax.amount.minor - exact) <= Decimal("0.5") * (1 + tax.rate)
