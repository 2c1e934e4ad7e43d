"""What a checkout costs and what it still lacks: computed from what it holds, stored nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial

from domain.checkout.model import Checkout, CheckoutLine, CheckoutRequirement, CheckoutState, DeliveryGroup, Held
from domain.checkout.taxation.duties import duties
from domain.checkout.taxation.taxed import Taxed, checkout_taxes, taxed
from domain.fulfillment.delivery import (
    Consignment,
    Deliverable,
    DeliveryEstimate,
    DeliveryOption,
    DeliveryTerms,
    options_for,
)
from domain.fulfillment.places import PickupPlace
from domain.inventory.sourcing import summed
from domain.payments.model import Tender
from domain.payments.tendering import Share, gateway_tender, shares_of
from domain.pricing.context import RequestContext
from domain.pricing.coupons.model import PromoCodeState
from domain.pricing.discounts import DiscountAllocation
from domain.pricing.manual import discounted_by_hand
from domain.pricing.model import Market, TaxRate
from domain.pricing.promoting.book import EMPTY_BOOK, PromotionBook
from domain.pricing.promoting.discounting import NOTHING_OFF, Discounted, PricedDelivery, PricedGoods
from domain.pricing.promoting.offering import Offering, offering
from domain.pricing.promotions.units import Run, amount_of
from domain.pricing.quote import (
    DeliveryCharge,
    Fee,
    Quote,
    QuotedFee,
    QuotedLine,
    QuoteLine,
    QuoteRequest,
    Totals,
    quote,
)
from domain.pricing.tariff import Load
from domain.pricing.taxation.evidence import BuyersVatId
from domain.pricing.taxation.landed import DutyRate
from domain.pricing.taxation.ruled import RuledTaxes
from domain.pricing.taxation.treatment import Collector, Ruling, Treatment
from domain.pricing.wrapping.model import GiftWrap, WrapTerms, wrap_fee
from domain.pricing.zones import Place
from domain.shared.address import Address
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.errors import ErrorCode, Problem, refuse
from domain.shared.ids import (
    CartLineId,
    CheckoutId,
    CustomerId,
    DeliveryGroupId,
    DeliveryOptionId,
    OfferId,
    VendorId,
    WarehouseId,
)
from domain.shared.media import Image
from domain.shared.money import AmountOutOfRangeError, Money, TaxedMoney

type Deliveries = Sequence[tuple[DeliveryGroupId, DeliveryOption]]


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of the market that a checkout is priced by."""

    market: Market
    tax_rates: Sequence[TaxRate]
    delivery: DeliveryTerms
    house_vendor_id: VendorId | None = None
    promotions: PromotionBook = EMPTY_BOOK
    duty_rates: Sequence[DutyRate] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """The goods of one group, where they lie ready, and the place that was chosen to fetch them at."""

    demand: Mapping[OfferId, int]
    held: tuple[Held, ...]
    place: Place
    pickup: PickupPlace | None


@dataclass(frozen=True, slots=True)
class PricedOption:
    """A delivery option with its tax, as it would be charged for this group."""

    option: DeliveryOption
    price: TaxedMoney
    duties: Money | None = None
    """What customs will ask of the buyer, where that is estimated (rule T13)."""
    carries: Carried | None = None
    """What it is offered for."""

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
    ruling: Ruling
    fee: QuotedFee | None = None
    """What is charged for wrapping it."""

    @property
    def tax_treatment(self) -> Treatment:
        return self.ruling.treatment

    @property
    def tax_collector(self) -> Collector:
        return self.ruling.collector

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
    def gift_message(self) -> str | None:
        return self.line.gift_message

    @property
    def gift_wrap(self) -> GiftWrap | None:
        if self.line.wrap is None or self.fee is None:
            return None
        return GiftWrap(self.gift_message, self.line.wrap.per, self.fee.price)

    @property
    def is_gift(self) -> bool:
        return bool(self.line.gift_of)

    @property
    def unit_price(self) -> TaxedMoney:
        return self.quoted.unit_price

    @property
    def total(self) -> TaxedMoney:
        return self.quoted.total

    @property
    def discounts(self) -> tuple[DiscountAllocation, ...]:
        return self.quoted.discounts


@dataclass(frozen=True)
class PricedGroup:
    """`pickup` is the chosen place, `warehouses` where its goods are kept ready.

    `undeliverable_lines` are those because of which no way is left; none where nothing leads to the place anyhow. What
    a way costs is computed when somebody asks for it: most who want a total want no more than that.
    """

    id: DeliveryGroupId
    vendor_id: VendorId
    lines: tuple[PricedCheckoutLine, ...]
    ways: tuple[DeliveryOption, ...]
    chosen: DeliveryOption | None
    pricing: "_Pricing" = field(repr=False, compare=False)
    pickup: PickupPlace | None = None
    warehouses: tuple[WarehouseId, ...] = ()
    undeliverable_lines: tuple[PricedCheckoutLine, ...] = ()
    kept_back: tuple[PricedCheckoutLine, ...] = ()
    """Those because of which some way is not offered."""

    @cached_property
    def options(self) -> tuple[PricedOption, ...]:
        return tuple([self.priced(way) for way in self.ways])

    @cached_property
    def selected(self) -> PricedOption | None:
        return None if self.chosen is None else self.priced(self.chosen)

    def priced(self, way: DeliveryOption) -> PricedOption:
        return self.pricing.option(self.id, way)


@dataclass(frozen=True, slots=True)
class PricedCheckout:
    """`missing` is empty exactly when completing can succeed; `shares` are what balances pay of the total."""

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
    taxed: Taxed
    shares: tuple[Share, ...] = ()
    promoted: Discounted = NOTHING_OFF

    @property
    def promo_codes(self) -> tuple[PromoCodeState, ...]:
        return self.promoted.codes

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
    def po_number(self) -> str | None:
        return self.checkout.po_number

    @property
    def customer_id(self) -> CustomerId | None:
        return self.checkout.customer_id

    @property
    def vat_id(self) -> BuyersVatId | None:
        return self.taxed.evidence.buyers_vat_id


def price_checkout(checkout: Checkout, tenders: Sequence[Tender], terms: Terms, *, now: datetime) -> PricedCheckout:
    """The checkout with its totals, options and gaps. Refused with QUANTITY_LIMIT if no amount can hold its total."""
    pricing = _Pricing(checkout, terms, _taxes(checkout, terms), _offering(checkout, terms.promotions, now), now)
    values = pricing.values()
    ways = {group.id: pricing.deliverable(group, values) for group in checkout.groups}
    chosen = {group.id: _chosen(group, ways[group.id].options) for group in checkout.groups}
    deliveries: Deliveries = [(key, option) for key, option in chosen.items() if option is not None]
    by_taxes = partial(_requoted, pricing, deliveries)
    found = taxed(checkout, pricing.taxes, by_taxes)
    quoted = found.quote
    if found.taxes is not pricing.taxes:
        pricing = replace(pricing, taxes=found.taxes)
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
        delivery_groups=tuple(_priced_group(group, lines, ways[group.id], pricing) for group in checkout.groups),
        tenders=tuple(tenders),
        quote=quoted,
        totals=totals,
        missing=missing(checkout, tenders, chosen, totals, is_tax_missing=found.is_blocked),
        shares=shares,
        taxed=found,
        promoted=pricing.promoted(deliveries),
    )


def _requoted(pricing: "_Pricing", deliveries: Deliveries, taxes: RuledTaxes) -> Quote:
    there = pricing if taxes is pricing.taxes else replace(pricing, taxes=taxes)
    return there.quoted(pricing.checkout.lines, deliveries)


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


def used_up_codes(whole: PricedCheckout, *path: str) -> list[Problem]:
    """A problem for each code that others used up since it was entered (rule P9)."""
    return [
        Problem(ErrorCode.COUPON_EXHAUSTED, f"{state.code} was used up meanwhile.", path)
        for state in whole.promo_codes
        if state.reason is ErrorCode.COUPON_EXHAUSTED
    ]


def missing(
    checkout: Checkout,
    tenders: Sequence[Tender],
    chosen: Mapping[DeliveryGroupId, DeliveryOption | None],
    totals: Totals,
    *,
    is_tax_missing: bool = False,
) -> tuple[CheckoutRequirement, ...]:
    """What the buyer has yet to give, in the order in which a client would ask."""
    gaps = {
        CheckoutRequirement.EMAIL: not checkout.email,
        CheckoutRequirement.SHIPPING_ADDRESS: checkout.shipping_address is None and not checkout.is_fetched,
        CheckoutRequirement.BILLING_ADDRESS: checkout.is_fetched
        and checkout.shipping_address is None
        and checkout.billing_address is None,
        CheckoutRequirement.DELIVERY_OPTION: any(option is None for option in chosen.values()),
        CheckoutRequirement.PAYMENT: bool(totals.due.minor) and gateway_tender(tenders) is None,
        CheckoutRequirement.TERMS: not checkout.terms_accepted,
        CheckoutRequirement.TAX: is_tax_missing,
        CheckoutRequirement.APPROVAL: _is_unapproved(checkout, totals.total.gross),
    }
    return tuple(requirement for requirement, is_missing in gaps.items() if is_missing)


def _is_unapproved(checkout: Checkout, total: Money) -> bool:
    """Whether the buyer may not order for so much in the name of the company."""
    is_open = checkout.state is CheckoutState.OPEN
    return is_open and checkout.company is not None and checkout.company.refusal(total) is not None


def _taxes(checkout: Checkout, terms: Terms) -> RuledTaxes:
    return checkout_taxes(checkout, terms.market, terms.tax_rates, terms.house_vendor_id)


@dataclass(frozen=True, slots=True)
class _Pricing:
    """What all prices of one checkout depend on."""

    checkout: Checkout
    terms: Terms
    taxes: RuledTaxes
    offering: Offering
    now: datetime
    _taken: dict[tuple[str, ...], Discounted] = field(default_factory=dict, init=False, repr=False, compare=False)
    _options: dict[tuple[str, str], PricedOption] = field(default_factory=dict, init=False, repr=False, compare=False)

    def deliverable(self, group: DeliveryGroup, values: Mapping[CartLineId, int]) -> Deliverable:
        """The ways to deliver a group, given what the goods of each line are worth to thresholds.

        Gifts go along: they cost no delivery.
        """
        checkout, lines = self.checkout, self.checkout.lines_of(group.id)
        consignment = Consignment(
            market_id=checkout.market_id,
            vendor_id=group.vendor_id,
            place=checkout.delivery_place,
            load=Load(
                sum(values[line.cart_line_id] for line in lines),
                sum((line.weight_grams or 0) * line.quantity for line in lines if not line.gift_of),
                sum((line.volume_ml or 0) * line.quantity for line in lines if not line.gift_of),
            ),
            currency=checkout.currency,
            goods=[(line.cart_line_id, checkout.goods_of(line)) for line in lines],
            is_digital=group.is_digital,
            handlings=[held.handling for held in checkout.held_for(group.id) if held.handling],
        )
        zone = self.terms.market.time_zone
        return options_for(consignment, self.terms.delivery, language=checkout.language, now=self.now, time_zone=zone)

    def values(self) -> Mapping[CartLineId, int]:
        """What the goods of each line are worth to thresholds: after line discounts (rule P6).

        Gift cards are worth nothing, and neither are gifts.
        """
        taken = self.promoted(())
        return {
            line.cart_line_id: 0
            if self.checkout.goods_of(line).is_gift_card or line.gift_of
            else self._amount(line) - taken.off_line_before_order(line.cart_line_id)
            for line in self.checkout.lines
        }

    def _amount(self, line: CheckoutLine) -> int:
        """What a line costs before promotions, as the market displays it."""
        runs = self._runs(line)
        return amount_of(runs) if runs else self._displayed(line) * line.quantity

    def option(self, group_id: DeliveryGroupId, option: DeliveryOption) -> PricedOption:
        """The option taxed with the goods it would carry."""
        key = (group_id, option.id)
        if key not in self._options:
            self._options[key] = self._option(group_id, option)
        return self._options[key]

    def _option(self, group_id: DeliveryGroupId, option: DeliveryOption) -> PricedOption:
        found = self.quoted(self.checkout.lines_of(group_id), [(group_id, option)])
        duty = duties(found, self.taxes, self.terms.duty_rates)
        return PricedOption(option, found.deliveries[0].price, duty, self._carried(group_id, option))

    def _carried(self, group_id: DeliveryGroupId, option: DeliveryOption) -> Carried:
        checkout = self.checkout
        group = next(group for group in checkout.groups if group.id == group_id)
        return Carried(
            demand=summed([(line.offer_id, line.quantity) for line in checkout.lines_of(group_id)]),
            held=checkout.held_for(group_id),
            place=checkout.delivery_place,
            pickup=group.pickup if option.id == group.option_id else None,
        )

    def promoted(self, deliveries: Deliveries) -> Discounted:
        """What promotions take off the goods and these deliveries."""
        key = tuple([part for group_id, option in deliveries for part in (group_id, option.id)])
        if key not in self._taken:
            self._taken[key] = self._promoted(deliveries)
        return self._taken[key]

    def _promoted(self, deliveries: Deliveries) -> Discounted:
        checkout = self.checkout
        return discounted_by_hand(
            checkout.prices.manual,
            self.offering,
            [
                PricedGoods(
                    line.cart_line_id,
                    checkout.goods_of(line),
                    self._displayed(line),
                    line.quantity,
                    runs=self._runs(line),
                    gift_of=line.gift_of,
                )
                for line in checkout.lines
            ],
            [PricedDelivery(key, self._delivery(key, option), self._keys(key)) for key, option in deliveries],
            market=self.terms.market,
            currency=checkout.currency,
            language=checkout.language,
            buyer=checkout.prices.buyer,
            codes=checkout.prices.codes,
        )

    def quoted(self, lines: Sequence[CheckoutLine], deliveries: Deliveries) -> Quote:
        taken = self.promoted(deliveries)
        try:
            return quote(
                QuoteRequest(
                    market=self.terms.market,
                    currency=self.checkout.currency,
                    lines=tuple([self._line(line, taken) for line in lines]),
                    rates=self.taxes.classes(),
                    deliveries=tuple([self._charge(key, option, taken) for key, option in deliveries]),
                    fees=tuple([self._fee(line, line.wrap) for line in lines if line.wrap is not None]),
                    house_vendor_id=self.terms.house_vendor_id,
                    tax_is_estimate=self.checkout.destination is None,
                )
            )
        except AmountOutOfRangeError:
            raise refuse(ErrorCode.QUANTITY_LIMIT, "The total is more than an amount can hold.") from None

    def _line(self, line: CheckoutLine, taken: Discounted) -> QuoteLine:
        tax_class, key = self.taxes.tax_class(line.cart_line_id), line.cart_line_id
        shown, runs = self._displayed(line), self._runs(line)
        if line.gift_of and taken.given.get(key, 0) != line.quantity:
            return QuoteLine(key, line.vendor_id, 0, line.quantity, tax_class)
        return QuoteLine(key, line.vendor_id, shown, line.quantity, tax_class, taken.of_line(key), runs)

    def _fee(self, line: CheckoutLine, wrap: WrapTerms) -> Fee:
        key = line.cart_line_id
        shown, tax_class = self.taxes.shown(wrap.price, key), self.taxes.tax_class(key)
        return wrap_fee(key, wrap, line.quantity, shown=shown, tax_class=tax_class)

    def _displayed(self, line: CheckoutLine) -> int:
        return self.taxes.displayed(line.cart_line_id)

    def _runs(self, line: CheckoutLine) -> tuple[Run, ...]:
        """What its units cost where they do not all cost the same."""
        runs = self.checkout.prices.runs.get(line.cart_line_id, ())
        return tuple([Run(self.taxes.shown(run.amount, line.cart_line_id), run.units) for run in runs])

    def _charge(self, group_id: DeliveryGroupId, option: DeliveryOption, taken: Discounted) -> DeliveryCharge:
        price = self._delivery(group_id, option) - taken.off_delivery(group_id)
        return DeliveryCharge(group_id, price, self._keys(group_id), taken.of_delivery(group_id))

    def _delivery(self, group_id: DeliveryGroupId, option: DeliveryOption) -> int:
        """What a delivery costs before promotions, as the market displays it."""
        return self.taxes.delivery(option.price.minor, self._keys(group_id))

    def _keys(self, group_id: DeliveryGroupId) -> tuple[CartLineId, ...]:
        return tuple([line.cart_line_id for line in self.checkout.lines_of(group_id)])


def _chosen(group: DeliveryGroup, options: Sequence[DeliveryOption]) -> DeliveryOption | None:
    """The way that was chosen, if it is still offered; the only one to deliver digital goods needs no choice."""
    if group.is_digital and len(options) == 1:
        return options[0]
    chosen = next((option for option in options if option.id == group.option_id), None)
    return None if chosen is None or (chosen.kind.is_fetched and group.pickup is None) else chosen


def _priced_group(
    group: DeliveryGroup, lines: Sequence[PricedCheckoutLine], ways: Deliverable, pricing: _Pricing
) -> PricedGroup:
    chosen = _chosen(group, ways.options)
    own = tuple(line for line in lines if line.line.group_id == group.id)
    return PricedGroup(
        id=group.id,
        vendor_id=group.vendor_id,
        lines=own,
        ways=tuple(ways.options),
        chosen=chosen,
        pricing=pricing,
        pickup=group.pickup if chosen is not None and chosen.kind.is_fetched else None,
        warehouses=tuple(sorted({held.warehouse_id for held in pricing.checkout.held_for(group.id)})),
        undeliverable_lines=tuple(line for line in own if line.id in ways.blamed),
        kept_back=tuple(line for line in own if line.id in ways.kept_back),
    )
