"""What holds for any cart under any promotions, taxes, currencies and rounding (rules M10, P3, P5 and P18)."""

from hypothesis import given

from domain.pricing.discounts import DiscountAllocation
from domain.pricing.promotions.candidates import candidates_of
from domain.pricing.promotions.model import Stacking
from domain.pricing.promotions.running import outcome
from domain.pricing.promotions.situation import Item, Situation
from domain.pricing.promotions.units import amount_of
from domain.pricing.split import split_by_vendor
from domain.shared.money import Money, sum_money, sum_taxed
from tests.domain.pricing.promotions.strategies import Purchase, purchases


@given(purchases())
def test_m10_promoted_totals_add_up(purchase: Purchase) -> None:
    priced = purchase.quoted()
    totals, currency = priced.totals, purchase.currency

    for amount in (*(line.total for line in priced.lines), totals.lines, totals.shipping, totals.total):
        assert amount.net + amount.tax == amount.gross
    assert sum_taxed([line.total for line in priced.lines], currency) == totals.lines
    assert (totals.lines + totals.shipping + totals.fees).gross + totals.rounding == totals.total.gross
    assert (
        totals.total.tax
        == (totals.lines + totals.shipping).tax
        == sum_money([t.amount for t in totals.taxes], currency)
    )
    assert totals.tendered + totals.due == totals.total.gross
    assert totals.total.gross.minor % purchase.market.granularity(currency) == 0


@given(purchases())
def test_m10_allocations_sum_to_the_discount_and_to_what_each_promotion_took(purchase: Purchase) -> None:
    priced, taken = purchase.quoted(), purchase.promoted()
    allocations = [each for line in priced.lines for each in line.discounts]
    allocations += [each for sent in priced.deliveries for each in sent.discounts]

    assert sum_money([each.amount for each in allocations], purchase.currency) == priced.totals.discount
    for applied in taken.applied:
        own = [each.amount for each in allocations if each.promotion.id == applied.promotion_id]
        assert sum_money(own, purchase.currency) == applied.amount


@given(purchases())
def test_m10_vendor_orders_sum_to_the_promoted_order(purchase: Purchase) -> None:
    priced = purchase.quoted()

    shares = [share.totals for share in split_by_vendor(priced, purchase.groups)]

    for name in ("lines", "shipping", "fees", "total"):
        assert sum_taxed([getattr(part, name) for part in shares], purchase.currency) == getattr(priced.totals, name)
    for name in ("discount", "rounding", "tendered", "due"):
        assert sum_money([getattr(part, name) for part in shares], purchase.currency) == getattr(priced.totals, name)


@given(purchases())
def test_p3_nothing_is_taken_below_nothing(purchase: Purchase) -> None:
    priced = purchase.quoted()

    for part in priced.lines:
        shown = part.total.gross if purchase.market.prices_include_tax else part.total.net
        assert shown.minor >= 0
    for sent in priced.deliveries:
        shown = sent.price.gross if purchase.market.prices_include_tax else sent.price.net
        assert shown.minor >= 0


@given(purchases())
def test_p5_any_order_of_lines_and_promotions_gives_the_same(purchase: Purchase) -> None:
    there, back = purchase.quoted(), purchase.reversed().quoted()

    assert {line.key: line for line in there.lines} == {line.key: line for line in back.lines}
    assert sum_money([sent.price.gross for sent in there.deliveries], purchase.currency) == sum_money(
        [sent.price.gross for sent in back.deliveries], purchase.currency
    )
    assert there.totals.total == back.totals.total


@given(purchases())
def test_p5_one_of_a_group_applies_and_an_exclusive_one_alone(purchase: Purchase) -> None:
    promotions = {offered.promotion.id: offered.promotion for offered in purchase.offers}
    applied = [promotions[each.promotion_id] for each in purchase.promoted().applied]
    groups = [each.exclusion_group for each in applied if each.exclusion_group is not None]

    assert len(groups) == len(set(groups))
    assert len(applied) == 1 or all(each.stacking is Stacking.COMBINES for each in applied)


@given(purchases())
def test_p5_no_exclusive_promotion_would_save_more(purchase: Purchase) -> None:
    items = tuple(Item(line.goods, line.units) for line, _ in purchase.goods)
    situation = Situation(purchase.market.id, purchase.currency, items, rounding=purchase.market.rounding)
    without_deliveries = Purchase(purchase.market, purchase.currency, purchase.goods, purchase.offers, {}, {})
    saved = sum(each.amount.minor for each in without_deliveries.promoted().applied)

    for candidate in candidates_of(purchase.offers, situation):
        if candidate.is_exclusive:
            assert outcome(situation, [candidate]).saving <= saved


@given(purchases())
def test_p18_each_discount_starts_from_what_the_one_before_left(purchase: Purchase) -> None:
    taken = purchase.promoted()

    for line, _ in purchase.goods:
        assert_unbroken(taken.lines.get(line.key, ()), Money(amount_of(line.units), purchase.currency))
    for allocations in taken.deliveries.values():
        for each in allocations:
            assert each.amount <= each.base


@given(purchases())
def test_p18_evaluating_again_gives_the_same(purchase: Purchase) -> None:
    assert purchase.promoted() == purchase.promoted()


def assert_unbroken(allocations: tuple[DiscountAllocation, ...], base: Money) -> None:
    for each in allocations:
        assert each.base == base
        assert Money.zero(base.currency) < each.amount <= base
        base -= each.amount
