"""What a checkout costs and what it still lacks: computed from what it holds, stored nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.cart.pricing import tax_rates_in
from domain.checkout.model import Checkout, CheckoutLine, CheckoutRequirement, DeliveryGroup
from domain.fulfillment.delivery import (
    Consignment,
    DeliveryEstimate,
    DeliveryKind,
    DeliveryOption,
    DeliveryRate,
    options_for,
)
from domain.payments.model import Tender, TenderState
from domain.pricing.context import RequestContext
from domain.pricing.model import Market, TaxRate
from domain.pricing.quote import DeliveryCharge, Quote, QuotedLine, QuoteLine, QuoteRequest, Totals, quote
from domain.shared.address import Address
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import CartLineId, CheckoutId, CustomerId, DeliveryGroupId, DeliveryOptionId, VendorId
from domain.shared.media import Image
from domain.shared.money import AmountOutOfRangeError, Money, TaxedMoney

USABLE = frozenset({TenderState.PENDING, TenderState.HELD, TenderState.ACTION_REQUIRED, TenderState.AUTHORIZED})


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of the market that a checkout is priced by."""

    market: Market
    tax_rates: Sequence[TaxRate]
    delivery_rates: Sequence[DeliveryRate]
    house_vendor_id: VendorId | None = None


@dataclass(frozen=True, slots=True)
class PricedOption:
    """A delivery option with its tax, as it would be charged for this group."""

    option: DeliveryOption
    price: TaxedMoney

    @property
    def id(self) -> DeliveryOptionId:
        return self.option.id

    @property
    def kind(self) -> DeliveryKind:
        return self.option.kind

    @property
    def name(self) -> str:
        return self.option.name

    @property
    def carrier(self) -> str | None:
        return self.option.carrier

    @property
    def estimate(self) -> DeliveryEstimate:
        return self.option.estimate


@dataclass(frozen=True, slots=True)
class PricedCheckoutLine:
    line: CheckoutLine
    quoted: QuotedLine

    @property
    def id(self) -> CartLineId:
        return self.line.cart_line_id

    @property
    def title(self) -> str:
        return self.line.snapshot.title

    @property
    def sku(self) -> str:
        return self.line.snapshot.sku

    @property
    def image(self) -> Image | None:
        return self.line.snapshot.image

    @property
    def quantity(self) -> int:
        return self.line.quantity

    @property
    def unit_price(self) -> TaxedMoney:
        return self.quoted.unit_price

    @property
    def total(self) -> TaxedMoney:
        return self.quoted.total


@dataclass(frozen=True, slots=True)
class PricedGroup:
    id: DeliveryGroupId
    vendor_id: VendorId
    lines: tuple[PricedCheckoutLine, ...]
    options: tuple[PricedOption, ...]
    selected: PricedOption | None


@dataclass(frozen=True, slots=True)
class PricedCheckout:
    """`missing` is empty exactly when completing can succeed."""

    id: CheckoutId
    version: int
    checkout: Checkout
    context: RequestContext
    lines: tuple[PricedCheckoutLine, ...]
    delivery_groups: tuple[PricedGroup, ...]
    tenders: tuple[Tender, ...]
    quote: Quote
    totals: Totals
    missing: tuple[CheckoutRequirement, ...]

    @property
    def expires_at(self) -> datetime:
        return self.checkout.expires_at

    @property
    def email(self) -> str | None:
        return self.checkout.email

    @property
    def shipping_address(self) -> Address | None:
        return self.checkout.shipping_address

    @property
    def billing_address(self) -> Address | None:
        return self.checkout.billing_address

    @property
    def customer_id(self) -> CustomerId | None:
        return self.checkout.customer_id


def price_checkout(checkout: Checkout, tenders: Sequence[Tender], terms: Terms, *, now: datetime) -> PricedCheckout:
    """The checkout with its totals, options and gaps. Refused with QUANTITY_LIMIT if no amount can hold its total."""
    options = {group.id: _options(checkout, group, terms, now) for group in checkout.groups}
    chosen = {group.id: _chosen(group, options[group.id]) for group in checkout.groups}
    quoted = _quote(checkout, terms, chosen)
    lines = tuple(PricedCheckoutLine(line, priced) for line, priced in zip(checkout.lines, quoted.lines, strict=True))
    return PricedCheckout(
        id=checkout.id,
        version=checkout.version,
        checkout=checkout,
        context=RequestContext(terms.market, checkout.country, checkout.language, checkout.currency),
        lines=lines,
        delivery_groups=tuple(
            _priced_group(checkout, group, lines, options[group.id], terms) for group in checkout.groups
        ),
        tenders=tuple(tenders),
        quote=quoted,
        totals=quoted.totals,
        missing=missing(checkout, tenders, chosen, quoted.totals),
    )


def missing(
    checkout: Checkout,
    tenders: Sequence[Tender],
    chosen: Mapping[DeliveryGroupId, DeliveryOption | None],
    totals: Totals,
) -> tuple[CheckoutRequirement, ...]:
    """What the buyer has yet to give, in the order in which a client would ask."""
    gaps = {
        CheckoutRequirement.EMAIL: not checkout.email,
        CheckoutRequirement.SHIPPING_ADDRESS: checkout.shipping_address is None,
        CheckoutRequirement.DELIVERY_OPTION: any(option is None for option in chosen.values()),
        CheckoutRequirement.PAYMENT: bool(totals.due.minor) and not any(t.state in USABLE for t in tenders),
        CheckoutRequirement.TERMS: not checkout.terms_accepted,
    }
    return tuple(requirement for requirement, is_missing in gaps.items() if is_missing)


def _options(checkout: Checkout, group: DeliveryGroup, terms: Terms, now: datetime) -> tuple[DeliveryOption, ...]:
    lines = checkout.lines_of(group.id)
    consignment = Consignment(
        market_id=checkout.market_id,
        vendor_id=group.vendor_id,
        country=checkout.delivery_country,
        subtotal=Money(sum(line.unit_price * line.quantity for line in lines), checkout.currency),
        weight_grams=sum((line.weight_grams or 0) * line.quantity for line in lines),
    )
    return options_for(
        consignment, terms.delivery_rates, language=checkout.language, now=now, time_zone=terms.market.time_zone
    )


def _chosen(group: DeliveryGroup, options: Sequence[DeliveryOption]) -> DeliveryOption | None:
    return next((option for option in options if option.id == group.option_id), None)


def _quote(checkout: Checkout, terms: Terms, chosen: Mapping[DeliveryGroupId, DeliveryOption | None]) -> Quote:
    charges = tuple(_charge(checkout, group_id, option) for group_id, option in chosen.items() if option is not None)
    return _quoted(checkout, terms, checkout.lines, charges)


def _charge(checkout: Checkout, group_id: DeliveryGroupId, option: DeliveryOption) -> DeliveryCharge:
    keys = tuple(line.cart_line_id for line in checkout.lines_of(group_id))
    return DeliveryCharge(group_id, option.price.minor, keys)


def _quoted(
    checkout: Checkout, terms: Terms, lines: Sequence[CheckoutLine], charges: tuple[DeliveryCharge, ...]
) -> Quote:
    classes = {line.tax_class for line in lines}
    country, region = checkout.delivery_country, checkout.delivery_region
    try:
        return quote(
            QuoteRequest(
                market=terms.market,
                currency=checkout.currency,
                lines=tuple(_quote_line(line) for line in lines),
                rates=tax_rates_in(terms.tax_rates, classes, country=country, region=region, on=checkout.started_at),
                deliveries=charges,
                house_vendor_id=terms.house_vendor_id,
                tax_is_estimate=checkout.shipping_address is None,
            )
        )
    except AmountOutOfRangeError:
        raise refuse(ErrorCode.QUANTITY_LIMIT, "The total is more than an amount can hold.") from None


def _quote_line(line: CheckoutLine) -> QuoteLine:
    return QuoteLine(line.cart_line_id, line.vendor_id, line.unit_price, line.quantity, line.tax_class)


def _priced_group(
    checkout: Checkout,
    group: DeliveryGroup,
    lines: Sequence[PricedCheckoutLine],
    options: Sequence[DeliveryOption],
    terms: Terms,
) -> PricedGroup:
    priced = tuple(_priced_option(checkout, group, option, terms) for option in options)
    return PricedGroup(
        id=group.id,
        vendor_id=group.vendor_id,
        lines=tuple(line for line in lines if line.line.group_id == group.id),
        options=priced,
        selected=next((item for item in priced if item.option.id == group.option_id), None),
    )


def _priced_option(checkout: Checkout, group: DeliveryGroup, option: DeliveryOption, terms: Terms) -> PricedOption:
    """The option taxed with the goods it would carry."""
    found = _quoted(checkout, terms, checkout.lines_of(group.id), (_charge(checkout, group.id, option),))
    return PricedOption(option, found.deliveries[0].price)
