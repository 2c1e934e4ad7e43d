"""What a checkout costs and what it still lacks: computed from what it holds, stored nowhere."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial

from domain.checkout.calculation import Calculation, Deliveries, Terms, leaving_days
from domain.checkout.model import Checkout, DeliveryGroup
from domain.checkout.priced import PricedCheckout, PricedCheckoutLine, PricedGroup
from domain.checkout.reckoning import Reckoning
from domain.checkout.requirements import missing
from domain.checkout.taxation.taxed import checkout_taxes, taxed
from domain.fulfillment.delivery import (
    Deliverable,
    DeliveryOption,
)
from domain.payments.model import Tender
from domain.payments.tendering import shares_of
from domain.pricing.context import RequestContext
from domain.pricing.promoting.book import PromotionBook
from domain.pricing.promoting.offering import Offering, offering
from domain.pricing.quote import (
    Quote,
)
from domain.pricing.taxation.ruled import RuledTaxes
from domain.shared.errors import ErrorCode, Problem
from domain.shared.ids import DeliveryGroupId
from domain.shared.making import replace


def price_checkout(checkout: Checkout, tenders: Sequence[Tender], terms: Terms, *, now: datetime) -> PricedCheckout:
    """The checkout with its totals, options and gaps. Refused with QUANTITY_LIMIT if no amount can hold its total."""
    reckoning = _reckoned(checkout, terms, now)
    quoted, groups = reckoning.taxed.quote, reckoning.groups
    shares = shares_of(tenders, quoted.totals.total.gross, now=now)
    totals = quoted.totals.paid_with(sum(share.amount.minor for share in shares))
    chosen = {group.id: group.chosen for group in groups}
    return PricedCheckout(
        id=checkout.id,
        version=checkout.version,
        checkout=checkout,
        context=RequestContext(terms.market, checkout.country, checkout.language, checkout.currency),
        lines=reckoning.lines,
        delivery_groups=groups,
        tenders=tuple(tenders),
        quote=quoted,
        totals=totals,
        missing=missing(checkout, tenders, chosen, totals, is_tax_missing=reckoning.taxed.is_blocked),
        shares=shares,
        taxed=reckoning.taxed,
        promoted=reckoning.promoted,
    )


def _reckoned(checkout: Checkout, terms: Terms, now: datetime) -> Reckoning:
    """What the checkout comes to; as it did before, where nothing has changed and what it was promised stands."""
    leaving = leaving_days(checkout, terms.market, now)
    if not checkout.prices_stand(now):
        return _computed(checkout, terms, leaving, now)
    known = terms.reckonings.find(checkout, leaving)
    if known is not None:
        return known
    computed = _computed(checkout, terms, leaving, now)
    terms.reckonings.keep(checkout, leaving, computed)
    return computed


def _computed(checkout: Checkout, terms: Terms, leaving: Mapping[DeliveryGroupId, date], now: datetime) -> Reckoning:
    offers = _offering(checkout, terms.promotions, now)
    calculation = Calculation(checkout, terms, _taxes(checkout, terms), offers, leaving)
    values = calculation.values()
    ways = {group.id: calculation.deliverable(group, values) for group in checkout.groups}
    chosen = {group.id: _chosen(group, ways[group.id].options) for group in checkout.groups}
    deliveries: Deliveries = [(key, option) for key, option in chosen.items() if option is not None]
    found = taxed(checkout, calculation.taxes, partial(_requoted, calculation, deliveries))
    if found.taxes is not calculation.taxes:
        calculation = replace(calculation, taxes=found.taxes)
    fees = found.quote.fees_by_line
    lines = tuple(
        PricedCheckoutLine(line, priced, found.taxes.ruling(line.cart_line_id), fees.get(line.cart_line_id))
        for line, priced in zip(checkout.lines, found.quote.lines, strict=True)
    )
    groups = tuple(_priced_group(group, lines, ways[group.id], calculation) for group in checkout.groups)
    return Reckoning(lines, groups, found, calculation.promoted(deliveries))


def _requoted(calculation: Calculation, deliveries: Deliveries, taxes: RuledTaxes) -> Quote:
    there = calculation if taxes is calculation.taxes else replace(calculation, taxes=taxes)
    return there.quoted(calculation.checkout.lines, deliveries)


def _offering(checkout: Checkout, book: PromotionBook, now: datetime) -> Offering:
    """The promotions that were promised, or those of now once the promise has ended (rule P12)."""
    prices = checkout.prices
    stands = checkout.prices_stand(now)
    return offering(
        book,
        now=checkout.started_at if stands else now,
        revision=prices.revision if stands else None,
        codes=prices.codes,
        counts=checkout.counts,
        granted=prices.units if stands else {},
        without=prices.without,
    )


def _taxes(checkout: Checkout, terms: Terms) -> RuledTaxes:
    return checkout_taxes(checkout, terms.market, terms.tax_rates, terms.house_vendor_id)


def _chosen(group: DeliveryGroup, options: Sequence[DeliveryOption]) -> DeliveryOption | None:
    """The way that was chosen, if it is still offered; the only one to deliver digital goods needs no choice."""
    if group.is_digital and len(options) == 1:
        return options[0]
    chosen = next((option for option in options if option.id == group.option_id), None)
    return None if chosen is None or (chosen.kind.is_fetched and group.pickup is None) else chosen


def _priced_group(
    group: DeliveryGroup, lines: Sequence[PricedCheckoutLine], ways: Deliverable, calculation: Calculation
) -> PricedGroup:
    chosen = _chosen(group, ways.options)
    own = tuple(line for line in lines if line.line.group_id == group.id)
    return PricedGroup(
        id=group.id,
        vendor_id=group.vendor_id,
        lines=own,
        ways=tuple(ways.options),
        chosen=chosen,
        priced=partial(calculation.option, group.id),
        pickup=group.pickup if chosen is not None and chosen.kind.is_fetched else None,
        warehouses=tuple(sorted({held.warehouse_id for held in calculation.checkout.held_for(group.id)})),
        undeliverable_lines=tuple(line for line in own if line.id in ways.blamed),
        kept_back=tuple(line for line in own if line.id in ways.kept_back),
    )


def used_up_codes(whole: PricedCheckout, *path: str) -> list[Problem]:
    """A problem for each code that others used up since it was entered (rule P9)."""
    return [
        Problem(ErrorCode.COUPON_EXHAUSTED, f"{state.code} was used up meanwhile.", path)
        for state in whole.promo_codes
        if state.reason is ErrorCode.COUPON_EXHAUSTED
    ]
