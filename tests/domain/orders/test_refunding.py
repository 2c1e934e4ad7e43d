from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.model import OrderLine
from domain.orders.refunding.model import Units, plan_refund
from domain.orders.shares import share_of_units, summed
from domain.pricing.tax import TaxLine
from domain.shared.errors import Refused
from domain.shared.ids import OrderLineId, VendorOrderId
from domain.shared.money import Money, TaxedMoney
from tests.domain.orders.orders import make_line, make_part


def eur(amount: str) -> Money:
    return Money.parse(amount, "EUR")


def refused(*arguments, **options) -> list[tuple[str, list[str]]]:
    with pytest.raises(Refused) as caught:
        plan_refund(*arguments, **options)
    return [(problem.code.value, list(problem.path)) for problem in caught.value.problems]


def test_m8_units_of_a_line_are_refunded_by_what_lies_between_their_marks():
    line = make_line()

    shares = []
    for _ in range(3):
        shares.append(share_of_units(line, 1).amount)
        line = replace(line, refunded=line.refunded + 1)

    assert [(str(share.gross.amount), str(share.tax.amount)) for share in shares] == [
        ("33.33", "5.56"),
        ("33.34", "5.55"),
        ("33.33", "5.56"),
    ]


def test_m8_several_units_at_once_are_the_same_units_one_by_one():
    line = make_line()

    first_two = share_of_units(line, 2)
    last = share_of_units(replace(line, refunded=2), 1)

    assert (first_two.amount.gross, last.amount.gross) == (eur("66.67"), eur("33.33"))


def test_t4_each_tax_of_a_refund_is_rounded_by_itself():
    gst = TaxLine("GST", "CA", Decimal("0.05"), Money(1010, "CAD"), Money(51, "CAD"))
    qst = TaxLine("QST", "CA-QC", Decimal("0.09975"), Money(1010, "CAD"), Money(101, "CAD"))
    line = replace(make_line(), total=TaxedMoney.of_net(1010, 152, "CAD"), taxes=(gst, qst))

    share = share_of_units(line, 1)

    assert [(tax.name, tax.amount.minor) for tax in share.taxes] == [("GST", 17), ("QST", 34)]
    assert share.amount == TaxedMoney.of_gross(387, 51, "CAD")


@given(
    st.integers(0, 10**7),
    st.integers(0, 10**6),
    st.integers(1, 60),
    st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=70),
)
def test_m8_units_given_back_in_any_steps_come_to_the_whole_line(gross, tax, quantity, steps):
    line = make_line(gross, min(tax, gross), quantity=quantity)
    whole = share_of_units(line, quantity)
    shares = []
    for asked, is_canceled in [*steps, (quantity, False)]:
        count = min(asked, line.refundable)
        shares.append(share_of_units(line, count))
        counter = {"canceled": line.canceled + count} if is_canceled else {"refunded": line.refunded + count}
        line = replace(line, **counter)

    together = summed(shares, "EUR")

    assert together.amount == whole.amount == line.total
    assert sum(tax.amount.minor for tax in together.taxes) == line.total.tax.minor
    assert all(share.amount.gross.minor >= 0 and share.amount.tax.minor >= 0 for share in shares)


def test_a_refund_names_lines_delivery_and_an_adjustment_and_its_tax_is_that_of_the_sale():
    line = make_line()
    part = make_part([line], TaxedMoney.of_gross(600, 100, "EUR"))

    plan = plan_refund([line], [part], [Units(line.id, 1)], shipping=eur("3.00"), adjustment=eur("1.00"))

    assert plan.lines == TaxedMoney.of_gross(3333, 556, "EUR")
    assert plan.shipping == TaxedMoney.of_gross(300, 50, "EUR")
    assert plan.total == eur("37.33")
    assert [tax.amount for tax in plan.taxes] == [eur("6.06")]


def test_delivery_is_given_back_by_what_each_part_has_left_of_its_own():
    line = make_line()
    first = make_part([line], TaxedMoney.of_gross(600, 100, "EUR"), shipping_given_back=400)
    second = replace(make_part([], TaxedMoney.of_gross(600, 100, "EUR")), id=VendorOrderId("vendor_order_2"))

    plan = plan_refund([line], [first, second], [], shipping=eur("8.00"))

    assert [(item.vendor_order_id, item.share.amount.gross.minor, item.share.amount.tax.minor)
            for item in plan.deliveries] == [("vendor_order_1", 200, 33), ("vendor_order_2", 600, 100)]  # fmt: skip


def test_more_units_than_are_left_are_refused_with_all_that_is_wrong():
    line = make_line(refunded=1, canceled=1)
    other = make_line(name="2")
    asked = [Units(line.id, 2), Units(OrderLineId("order_line_9"), 1), Units(other.id, 0), Units(other.id, 1)]

    found = refused([line, other], [make_part([line, other])], asked, shipping=eur("0.01"), adjustment=eur("-1.00"))

    assert found == [
        ("QUANTITY_LIMIT", ["lines", "0", "quantity"]),
        ("NOT_FOUND", ["lines", "1", "order_line_id"]),
        ("INVALID", ["lines", "2", "quantity"]),
        ("INVALID", ["lines", "3", "order_line_id"]),
        ("AMOUNT_EXCEEDS_REFUNDABLE", ["shipping", "amount_minor"]),
        ("INVALID", ["adjustment", "amount_minor"]),
    ]


def test_units_are_cancelable_as_long_as_they_were_neither_sent_nor_given_back():
    def left(**counts: Any) -> int:
        line: OrderLine = make_line(quantity=10, **counts)
        return line.cancelable

    assert [
        left(),
        left(fulfilled=4),
        left(fulfilled=4, canceled=1),
        left(refunded=3),
        left(fulfilled=4, refunded=4),
    ] == [
        10,
        6,
        5,
        7,
        6,
    ]
