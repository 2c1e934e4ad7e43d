"""Random carts with random promotions."""

from decimal import Decimal

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
percents = st.integers(1, 100).map(Decimal) | st.decimals("0.1", "100", places=2)
selections = st.sampled_from([EVERYTHING, *(in_category(name) for name in CATEGORIES)])
tiers = st.lists(st.tuples(prices, st.integers(1, 20)), min_size=2, max_size=3)


def by_currency(values: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, int]]:
    return values.map(lambda value: dict.fromkeys(CURRENCIES, value))


def limits(most: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(1, most)


actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(PercentageOff, percents, st.sampled_from(Per)),
    st.builds(AmountOff, by_currency(amounts), st.sampled_from(Per)),
    st.builds(FixedPrice, by_currency(prices)),
    st.builds(
        BuyGet,
        buy=st.integers(1, 3),
        get=st.integers(1, 2),
        percent=percents,
        free_units=st.sampled_from(FreeUnits),
        reward=st.none() | selections,
        max_times=limits(5),
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


@st.composite
def promotions(draw: st.DrawFn, number: int) -> Offered:
    promotion = Promotion(
        PromotionId(f"promotion_{number}"),
        f"Promotion {number}",
        draw(actions),
        LONG_AGO,
        needs_code=draw(st.booleans()),
        priority=draw(st.integers(0, 2)),
        stacking=draw(st.sampled_from([Stacking.COMBINES, Stacking.COMBINES, Stacking.EXCLUSIVE])),
        exclusion_group=draw(st.sampled_from([None, None, "a", "b"])),
        funding=draw(st.sampled_from(Funding)),
        vendor_id=draw(st.sampled_from([None, None, *VENDORS])),
        selection=draw(selections),
        conditions=draw(conditions),
    )
    code = f"CODE{number}" if promotion.needs_code else None
    return Offered(promotion, code, draw(limits(30)), draw(st.none() | amounts))


@st.composite
def lines(draw: st.DrawFn, number: int) -> tuple[PricedGoods, str]:
    categories = draw(st.sets(st.sampled_from(CATEGORIES)))
    vendor_id = draw(st.sampled_from(VENDORS))
    goods = make_goods(str(number), *categories, vendor_id=vendor_id, is_gift_card=draw(st.integers(0, 9)) == 0)
    tax_class = draw(st.sampled_from(CLASSES))
    if draw(st.booleans()):
        return PricedGoods(f"line_{number}", goods, draw(prices), draw(st.integers(1, 50))), tax_class
    runs = tuple([Run(*run) for run in draw(tiers)])
    units = sum([run.units for run in runs])
    average = sum([run.amount * run.units for run in runs]) // units
    return PricedGoods(f"line_{number}", goods, average, units, runs=runs), tax_class


@st.composite
def markets(draw: st.DrawFn) -> Market:
    return make_market(
        prices_include_tax=draw(st.booleans()),
        tax_level=draw(st.sampled_from(TaxLevel)),
        rounding=draw(st.sampled_from(Rounding)),
        price_granularity={"KWD": 10, "EUR": draw(st.sampled_from([1, 5]))},
    )


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


@st.composite
def purchases(draw: st.DrawFn) -> Purchase:
    rates = {name: tuple(draw(st.lists(st.sampled_from(["0.19", "0.07", "0.09975"]), max_size=2))) for name in CLASSES}
    return Purchase(
        market=draw(markets()),
        currency=draw(st.sampled_from(CURRENCIES)),
        goods=[draw(lines(number)) for number in range(draw(st.integers(1, 5)))],
        offers=[draw(promotions(number)) for number in range(draw(st.integers(0, 6)))],
        deliveries={vendor: draw(prices) for vendor in VENDORS if draw(st.booleans())},
        rates=rates,
    )
