"""What a checkout costs and what it still lacks: computed from what it holds, stored nowhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.checkout.calculation import Calculation, Deliveries, Terms
from domain.checkout.model import Checkout, DeliveryGroup
from domain.checkout.priced import PricedCheckout, PricedCheckoutLine, PricedGroup
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


def price_checkout(checkout: Checkout, tenders: Sequence[Tender], terms: Terms, *, now: datetime) -> PricedCheckout:
    """The checkout with its totals, options and gaps. Refused with QUANTITY_LIMIT if no amount can hold its total."""
    calculation = Calculation(checkout, terms, _taxes(checkout, terms), _offering(checkout, terms.promotions, now), now)
    values = calculation.values()
    ways = {group.id: calculation.deliverable(group, values) for group in checkout.groups}
    chosen = {group.id: _chosen(group, ways[group.id].options) for group in checkout.groups}
    deliveries: Deliveries = [(key, option) for key, option in chosen.items() if option is not None]
    by_taxes = partial(_requoted, calculation, deliveries)
    found = taxed(checkout, calculation.taxes, by_taxes)
    quoted = found.quote
    if found.taxes is not calculation.taxes:
        calculation = replace(calculation, taxes=found.taxes)
    fees = quoted.fees_by_line
    lines = tuple(
        PricedCheckoutLine(line, priced, found.taxes.ruling(line.cart_line_id), fees.get(line.cart_line_id))
        for line, priced in zip(checkout.lines, quoted.lines, strict=True)
    )
    shares = shares_of(tenders, quoted.totals.total.gross, now=now)
    totals = quoted.totals.paid_with(sum(share.amount.minor for share in shares))
    return PricedCheckout(
        id=checkout.id,
        version=checkout.version,
        checkout=checkout,
        context=RequestContext(terms.market, checkout.country, checkout.language, checkout.currency),
        lines=lines,
        delivery_groups=tuple(_priced_group(group, lines, ways[group.id], calculation) for group in checkout.groups),
        tenders=tuple(tenders),
        quote=quoted,
        totals=totals,
        missing=missing(checkout, tenders, chosen, totals, is_tax_missing=found.is_blocked),
        shares=shares,
        taxed=found,
        promoted=calculation.promoted(deliveries),
    )


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
