"""What of a line's gift wrap goes back with its units (rule M8)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.model import OrderLine, VendorOrderStatus
from domain.orders.refunding.model import Units, plan_refund, shipping_taxes, without_wraps
from domain.orders.settling.model import due_at_shipment
from domain.orders.shares import Share, wrap_left, wrap_share
from domain.orders.wrapped import SoldWrap
from domain.pricing.wrapping.model import GiftWrapPer
from domain.shared.money import TaxedMoney
from tests.domain.orders.orders import make_line, make_order, make_part, make_totals, vat


def make_wrapped(per: GiftWrapPer, gross: int = 1_000, tax: int = 167, **facts: Any) -> OrderLine:
    """Three units for 100.00, wrapped for 10.00."""
    wrap = SoldWrap(per, TaxedMoney.of_gross(gross, tax, "EUR"), (vat(gross - tax, tax),))
    return make_line(gift_wrap=wrap, **facts)


def given_back(line: OrderLine, count: int, *, is_kept: bool = False) -> tuple[OrderLine, Share | None]:
    """The line after `count` more units went back, and what went back of its wrap, which `is_kept` or not."""
    share = None if is_kept else wrap_share(line, count)
    wrap = line.gift_wrap
    assert wrap is not None
    if share:
        wrap = replace(wrap, given_back=wrap.given_back + share.amount.gross.minor)
    return replace(line, refunded=line.refunded + count, gift_wrap=wrap), share


def test_m8_wrap_of_units_goes_back_with_each_of_them():
    line, amounts = make_wrapped(GiftWrapPer.UNIT), []

    for _ in range(3):
        line, share = given_back(line, 1)
        assert share is not None
        amounts.append((share.amount.gross.amount, share.amount.tax.amount))

    assert [gross for gross, _ in amounts] == ["3.33", "3.34", "3.33"]
    assert sum(float(tax) for _, tax in amounts) == pytest.approx(1.67)


def test_m8_wrap_of_a_whole_line_goes_back_with_the_last_unit():
    line, first = given_back(make_wrapped(GiftWrapPer.LINE), 2)
    _, last = given_back(line, 1)

    assert first is None
    assert last == Share(TaxedMoney.of_gross(1_000, 167, "EUR"), (vat(833, 167),))


@given(
    st.sampled_from(GiftWrapPer),
    st.integers(0, 10**6),
    st.integers(0, 10**5),
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=50),
)
def test_m8_wrap_never_gives_back_more_than_it_cost_and_all_of_it_where_none_is_kept(per, gross, tax, quantity, steps):
    line = make_wrapped(per, gross, min(tax, gross), quantity=quantity)
    nothing = TaxedMoney.zero("EUR")
    total, was_kept = nothing, False
    for asked, is_kept in [*steps, (quantity, False)]:
        count = min(asked, line.refundable)
        was_kept |= is_kept and count > 0
        line, share = given_back(line, count, is_kept=is_kept)
        total += share.amount if share else nothing

    wrap = line.gift_wrap
    assert wrap is not None
    assert total + wrap_left(wrap).amount == wrap.price
    assert nothing.gross <= total.gross <= wrap.price.gross
    assert was_kept or total == wrap.price


def test_a_refund_counts_wrap_as_fees_unless_it_is_kept():
    line = make_wrapped(GiftWrapPer.UNIT)

    plan = plan_refund([line], [make_part([line])], [Units(line.id, 3)])
    kept = without_wraps(plan)

    assert (plan.lines.gross.minor, plan.fees.gross.minor, plan.total.minor) == (10_000, 1_000, 11_000)
    assert [tax.amount.minor for tax in plan.taxes] == [1_834]
    assert (kept.fees.gross.minor, kept.total.minor, [tax.amount.minor for tax in kept.taxes]) == (0, 10_000, [1_667])


def test_the_taxes_of_delivery_are_what_goods_and_their_wrap_leave():
    line = make_wrapped(GiftWrapPer.LINE)
    shipping = TaxedMoney.of_gross(490, 82, "EUR")
    part = make_part([line], shipping)
    with_wrap = replace(part, totals=replace(part.totals, taxes=(vat(8_333 + 408 + 833, 1_667 + 82 + 167),)))

    assert shipping_taxes(with_wrap, [line]) == (vat(408, 82),)


@pytest.mark.parametrize(("per", "due"), [(GiftWrapPer.UNIT, 6_667 + 667), (GiftWrapPer.LINE, 6_667 + 1_000)])
def test_wrap_is_due_with_the_units_that_were_sent(per: GiftWrapPer, due: int):
    line = make_wrapped(per, fulfilled=2)
    order = make_order([line])
    assert line.gift_wrap is not None
    order = replace(order, totals=make_totals([line], fees=line.gift_wrap.price))
    part = make_part([line], status=VendorOrderStatus.PARTIALLY_SHIPPED)

    assert due_at_shipment(order, [part], [line]).minor == due
