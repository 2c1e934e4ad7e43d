"""Random carts with random promotions.

What a random cart costs is its draws, so that choices from short lists are made together, by one draw.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import product
from typing import Any

from hypothesis import strategies as st

from domain.pricing.discounts import Funding
from domain.pricing.model import Market, TaxLevel
from domain.pricing.promoting.discounting import Discounted, PricedDelivery, PricedGoods, discounted
from domain.pricing.promoting.offering import Offering
from domain.pricing.promotions.actions import (
    Action,
    AmountOff,
    BundlePart,
    BundlePrice,
    BuyGet,
    FixedPrice,
    FreeGift,
    FreeUnits,
    Per,
    PercentageOff,
    ShippingAmountOff,
    ShippingPercentageOff,
)
from domain.pricing.promotions.model import Conditions, Promotion, Stacking
from domain.pricing.promotions.selection import EVERYTHING
from domain.pricing.promotions.situation import Offered
from domain.pricing.promotions.units import Run
from domain.pricing.quote import DeliveryCharge, Quote, QuoteLine, QuoteRequest, quote
from domain.pricing.split import VendorGroup
from domain.shared.ids import OfferId, PromotionId, VendorId
from domain.shared.money import Rounding
from tests.factories.pricing import HOUSE, make_market, make_rate
from tests.factories.promoting import LONG_AGO, in_category, make_goods

CURRENCIES = ("EUR", "JPY", "KWD", "CLF")
CATEGORIES = ("shoes", "books", "hats")
CLASSES = ("standard", "reduced", "exempt")
VENDORS = (HOUSE, VendorId("vendor_a"), VendorId("vendor_b"))

prices = st.integers(0, 300) | st.integers(0, 1_000_000_00)
amounts = st.integers(1, 500) | st.integers(1, 100_000_00)
percents = st.integers(1, 100).map(Decimal) | st.integers(10, 10_000).map(lambda hundredths: Decimal(hundredths) / 100)


def one_of_each(*choices: Sequence[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """An element of each sequence; the simplest come first."""
    return st.sampled_from(list(product(*choices)))


def by_currency(values: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, int]]:
    return values.map(lambda value: dict.fromkeys(CURRENCIES, value))


def limits(most: int) -> st.SearchStrategy[int | None]:
    return st.integers(-most, most).map(lambda limit: limit if limit > 0 else None)


SELECTIONS = [EVERYTHING, *(in_category(name) for name in CATEGORIES)]
selections = st.sampled_from(SELECTIONS)
tiers = st.lists(st.tuples(prices, st.integers(1, 20)), min_size=2, max_size=3)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(PercentageOff, percents, st.sampled_from(Per)),
    st.builds(AmountOff, by_currency(amounts), st.sampled_from(Per)),
    st.builds(FixedPrice, by_currency(prices)),
    st.builds(
        lambda terms, percent: BuyGet(terms[0], terms[1], percent, *terms[2:]),
        one_of_each((1, 2, 3), (1, 2), list(FreeUnits), [None, *SELECTIONS], [None, 1, 2, 5]),
        percents,
    ),
    st.builds(
        BundlePrice,
        st.lists(st.builds(BundlePart, selections, st.integers(1, 2)), min_size=1, max_size=3).map(tuple),
        by_currency(prices),
        limits(5),
    ),
    st.builds(FreeGift, st.sampled_from(["offer_0", "offer_1"]).map(OfferId), st.integers(1, 3)),
    st.builds(ShippingPercentageOff, percents, st.none() | by_currency(amounts)),
    st.builds(ShippingAmountOff, by_currency(amounts)),
)
conditions = st.builds(Conditions, min_value=st.none() | by_currency(amounts), min_quantity=limits(10))
terms = one_of_each(
    (False, True),
    (0, 1, 2),
    (Stacking.COMBINES, Stacking.COMBINES, Stacking.EXCLUSIVE),
    (None, None, "a", "b"),
    list(Funding),
    (None, None, *VENDORS),
    SELECTIONS,
)
sets_of_categories = [
    tuple(name for name, is_in in zip(CATEGORIES, chosen, strict=True) if is_in)
    for chosen in product((False, True), repeat=len(CATEGORIES))
]
kinds_of_goods = one_of_each(sets_of_categories, VENDORS, [*[False] * 9, True], CLASSES, (False, True))
kinds_of_markets = one_of_each((True, False), list(TaxLevel), list(Rounding), (1, 5), CURRENCIES)
RATES = [(), ("0.19",), ("0.07",), ("0.07", "0.09975"), ("0.19", "0.07"), ("0.09975", "0.09975")]
kinds_of_taxes = one_of_each(RATES, RATES, [(), ("0.07",)])
units_left = limits(30)
money_left = st.none() | amounts
quantities = st.integers(1, 50)
deliveries = st.dictionaries(st.sampled_from(VENDORS), prices)


@st.composite
def promotions(draw: st.DrawFn, number: int) -> Offered:
    needs_code, priority, stacking, exclusion_group, funding, vendor_id, selection = draw(terms)
    promotion = Promotion(
        PromotionId(f"promotion_{number}"),
        f"Promotion {number}",
        draw(actions),
        LONG_AGO,
        needs_code=needs_code,
        priority=priority,
        stacking=stacking,
        exclusion_group=exclusion_group,
        funding=funding,
        vendor_id=vendor_id,
        selection=selection,
        conditions=draw(conditions),
    )
    return Offered(promotion, f"CODE{number}" if needs_code else None, draw(units_left), draw(money_left))


@st.composite
def lines(draw: st.DrawFn, number: int) -> tuple[PricedGoods, str]:
    categories, vendor_id, is_gift_card, tax_class, has_tiers = draw(kinds_of_goods)
    goods = make_goods(str(number), *categories, vendor_id=vendor_id, is_gift_card=is_gift_card)
    if not has_tiers:
        return PricedGoods(f"line_{number}", goods, draw(prices), draw(quantities)), tax_class
    runs = tuple([Run(*run) for run in draw(tiers)])
    units = sum([run.units for run in runs])
    average = sum([run.amount * run.units for run in runs]) // units
    return PricedGoods(f"line_{number}", goods, average, units, runs=runs), tax_class


class Purchase:
    """A cart that is priced as a checkout is."""

    def __init__(
        self,
        market: Market,
        currency: str,
        goods: list[tuple[PricedGoods, str]],
        offers: list[Offered],
        deliveries: dict[VendorId, int],
        rates: dict[str, tuple[str, ...]],
    ) -> None:
        self.market, self.currency, self.goods = market, currency, goods
        self.offers, self.deliveries, self.rates = offers, deliveries, rates

    def __repr__(self) -> str:
        return f"Purchase({self.market}, {self.currency}, {self.goods}, {self.offers}, {self.deliveries}, {self.rates})"

    @property
    def groups(self) -> list[VendorGroup]:
        by_vendor: dict[VendorId, list[str]] = {}
        for line, _ in self.goods:
            by_vendor.setdefault(line.goods.vendor_id, []).append(line.key)
        return [VendorGroup(f"group_{vendor}", vendor, tuple(keys)) for vendor, keys in by_vendor.items()]

    def reversed(self) -> "Purchase":
        return Purchase(self.market, self.currency, self.goods[::-1], self.offers[::-1], self.deliveries, self.rates)

    def promoted(self) -> Discounted:
        sent = [
            PricedDelivery(group.key, self.deliveries[group.vendor_id], group.lines)
            for group in sorted(self.groups, key=lambda group: group.key)
            if group.vendor_id in self.deliveries
        ]
        return discounted(
            Offering(tuple(self.offers)),
            [line for line, _ in self.goods],
            sent,
            market=self.market,
            currency=self.currency,
            language="en",
        )

    def quoted(self) -> Quote:
        taken = self.promoted()
        return quote(
            QuoteRequest(
                market=self.market,
                currency=self.currency,
                lines=tuple(
                    QuoteLine(
                        line.key,
                        line.goods.vendor_id,
                        line.unit_price,
                        line.quantity,
                        tax_class,
                        taken.of_line(line.key),
                        line.runs,
                    )
                    for line, tax_class in self.goods
                ),
                rates={
                    name: tuple(make_rate(rate, f"Tax{at}", f"J{at}") for at, rate in enumerate(rates))
                    for name, rates in self.rates.items()
                },
                deliveries=tuple(
                    DeliveryCharge(
                        group.key,
                        self.deliveries[group.vendor_id] - taken.off_delivery(group.key),
                        group.lines,
                        taken.of_delivery(group.key),
                    )
                    for group in sorted(self.groups, key=lambda group: group.key)
                    if group.vendor_id in self.deliveries
                ),
                house_vendor_id=HOUSE,
            )
        )


numbers_of_lines_and_promotions = one_of_each((1, 2, 3, 4, 5), range(7))
LINES = [lines(number) for number in range(5)]
PROMOTIONS = [promotions(number) for number in range(6)]


@st.composite
def purchases(draw: st.DrawFn) -> Purchase:
    includes_tax, level, rounding, cash_step, currency = draw(kinds_of_markets)
    line_count, promotion_count = draw(numbers_of_lines_and_promotions)
    return Purchase(
        market=make_market(
            prices_include_tax=includes_tax,
            tax_level=level,
            rounding=rounding,
            price_granularity={"KWD": 10, "EUR": cash_step},
        ),
        currency=currency,
        goods=[draw(each) for each in LINES[:line_count]],
        offers=[draw(each) for each in PROMOTIONS[:promotion_count]],
        deliveries=draw(deliveries),
        rates=dict(zip(CLASSES, draw(kinds_of_taxes), strict=True)),
    )
