"""Totals that a market's buyers can pay (rule M4): rounded once, visibly, without touching what is taxed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.pricing.model import Market
from domain.pricing.quote import Quote, QuoteLine, QuoteRequest, quote
from domain.pricing.split import VendorGroup, split_by_vendor
from domain.shared.ids import VendorId
from domain.shared.money import Money, Rounding
from tests.factories.pricing import make_market, make_rate

A, B = VendorId("vendor_a"), VendorId("vendor_b")


def make_kuwait(**changes: Any) -> Market:
    market = make_market(currencies=("KWD", "CHF"), price_granularity={"KWD": 10, "CHF": 5})
    return replace(market, **changes)


def priced(market: Market, *prices: int, currency: str = "KWD", rate: str = "0.05") -> Quote:
    lines = tuple(QuoteLine(str(at), (A, B)[at % 2], price, 1, "standard") for at, price in enumerate(prices))
    return quote(QuoteRequest(market, currency, lines, {"standard": [make_rate(rate)]}))


@pytest.mark.parametrize(
    ("price", "rounding", "total"),
    [(6_139, 1, 6_140), (6_134, -4, 6_130), (6_135, 5, 6_140), (6_140, 0, 6_140), (4, -4, 0)],
    ids=["up", "down", "half", "even already", "to nothing"],
)
def test_m4_a_total_is_brought_to_the_granularity_of_its_market_by_a_visible_rounding(
    price: int, rounding: int, total: int
) -> None:
    totals = priced(make_kuwait(), price).totals

    assert totals.rounding == Money(rounding, "KWD")
    assert totals.total.gross == totals.due == Money(total, "KWD")
    assert totals.lines.gross == Money(price, "KWD")


def test_m4_the_rounding_follows_the_mode_of_the_market() -> None:
    assert priced(make_kuwait(rounding=Rounding.HALF_EVEN), 6_125).totals.rounding == Money(-5, "KWD")
    assert priced(make_kuwait(), 6_125).totals.rounding == Money(5, "KWD")


def test_m4_the_rounding_bears_no_tax() -> None:
    totals = priced(make_kuwait(), 6_139, rate="0.19").totals

    assert totals.total.tax == totals.lines.tax == Money(980, "KWD")
    assert totals.total.net == totals.lines.net + totals.rounding


def test_m4_a_currency_without_granularity_is_not_rounded() -> None:
    totals = priced(make_kuwait(price_granularity={"CHF": 5}), 6_139).totals

    assert totals.rounding == Money.zero("KWD")
    assert totals.total.gross == Money(6_139, "KWD")


def test_m4_francs_are_paid_by_fives() -> None:
    totals = priced(make_kuwait(), 1_998, currency="CHF").totals

    assert (totals.rounding.minor, totals.total.gross.minor) == (2, 2_000)


@pytest.mark.parametrize("prices", [(6_139, 2_013), (1_003, 1_001), (3, 0), (0, 0)], ids=str)
def test_m4_vendor_orders_share_the_rounding_of_their_order(prices: tuple[int, int]) -> None:
    whole = priced(make_kuwait(), *prices)

    shares = split_by_vendor(whole, [VendorGroup("a", A, ("0",)), VendorGroup("b", B, ("1",))])

    assert sum(share.totals.rounding.minor for share in shares) == whole.totals.rounding.minor
    assert sum(share.totals.total.gross.minor for share in shares) == whole.totals.total.gross.minor
    assert all(share.totals.total.gross.minor >= 0 for share in shares)


def test_m4_what_is_tendered_and_due_sum_to_the_rounded_total() -> None:
    request = QuoteRequest(make_kuwait(), "KWD", (QuoteLine("1", A, 6_139, 1, "standard"),), {}, tendered=1_000)

    totals = quote(request).totals

    assert (totals.tendered.minor, totals.due.minor) == (1_000, 5_140)
    assert Decimal(totals.total.gross.amount) == Decimal("6.140")
