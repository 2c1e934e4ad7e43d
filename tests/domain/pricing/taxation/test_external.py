"""Taxes that an outside engine has computed: rules M10 and T15."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.quote import DeliveryCharge, quote
from domain.pricing.taxation.external import AssessedTax, TaxableItem, TaxRequest, with_external
from domain.shared.address import Address
from tests.factories.pricing import make_line, make_market, make_request

REQUEST = TaxRequest(
    currency="EUR",
    included=True,
    ship_to=Address("Ring 1", "Wien", "AT", postal_code="1010"),
    ship_from="DE",
    on=date(2026, 11, 21),
    items=(TaxableItem("line", 11900, "standard"),),
)


def test_t15_one_request_has_one_hash() -> None:
    assert REQUEST.hash == replace(REQUEST, ship_to=replace(REQUEST.ship_to, first_name="Ada")).hash


@pytest.mark.parametrize(
    "change",
    [
        {"items": (TaxableItem("line", 11901, "standard"),)},
        {"items": (TaxableItem("line", 11900, "reduced"),)},
        {"deliveries": (TaxableItem("group", 490, "shipping"),)},
        {"ship_to": replace(REQUEST.ship_to, postal_code="1020")},
        {"ship_from": "FR"},
        {"on": date(2026, 11, 22)},
        {"currency": "CHF"},
        {"included": False},
        {"vat_id": "ATU12345678"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_t15_whatever_matters_makes_another_hash(change: dict[str, Any]) -> None:
    assert replace(REQUEST, **change).hash != REQUEST.hash


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 9)), min_size=1, max_size=5),
    st.integers(0, 10**6),
    st.lists(st.integers(0, 10**5), min_size=1, max_size=4),
    st.booleans(),
)
def test_m10_a_quote_adds_up_by_the_taxes_of_an_engine_as_well(
    goods: list[tuple[int, int]], shipping: int, taxes: list[int], included: bool
) -> None:
    lines = [make_line(f"line{at}", price, quantity) for at, (price, quantity) in enumerate(goods)]
    charge = DeliveryCharge("group", shipping, tuple(line.key for line in lines))
    market = make_market(prices_include_tax=included)
    local = quote(make_request(*lines, market=market, deliveries=(charge,), tendered=500))
    assessed = tuple(AssessedTax("Tax", f"place {at}", Decimal("0.1"), 0, tax) for at, tax in enumerate(taxes))

    found = with_external(local, {**{line.key: assessed for line in lines}, "group": assessed}, included=included)

    totals, tax = found.totals, sum(taxes) * (len(lines) + 1)
    assert totals.total.tax.minor == sum(line.amount.minor for line in totals.taxes) == tax
    assert totals.lines + totals.shipping + totals.fees == totals.total
    assert totals.tendered + totals.due == totals.total.gross
    kept = "gross" if included else "net"
    assert getattr(totals.total, kept) == getattr(local.totals.total, kept)
