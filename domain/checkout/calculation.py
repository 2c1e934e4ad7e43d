"""What all prices of a checkout are computed from: goods, deliveries and wrapping, less promotions, and their taxes."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from functools import partial
from typing import Any

from domain.checkout.model import Checkout, CheckoutLine, DeliveryGroup
from domain.checkout.priced import Carried, OptionPrice, PricedOption
from domain.checkout.reckoning import Reckonings
from domain.checkout.taxation.duties import duties
from domain.fulfillment.calendar import leaving
from domain.fulfillment.delivery import (
    Consignment,
    Deliverable,
    DeliveryOption,
    DeliveryTerms,
    options_for,
)
from domain.inventory.sourcing import summed
from domain.pricing.manual import discounted_by_hand
from domain.pricing.model import Market, TaxRate
from domain.pricing.promoting.book import EMPTY_BOOK, PromotionBook
from domain.pricing.promoting.discounting import Discounted, PricedDelivery, PricedGoods
from domain.pricing.promoting.offering import Offering
from domain.pricing.promotions.units import Run, amount_of
from domain.pricing.quote import (
    DeliveryCharge,
    Fee,
    Quote,
    QuoteLine,
    QuoteRequest,
    quote,
)
from domain.pricing.tariff import Load
from domain.pricing.taxation.landed import DutyRate
from domain.pricing.taxation.ruled import RuledTaxes
from domain.pricing.wrapping.model import WrapTerms, wrap_fee
from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import (
    CartLineId,
    DeliveryGroupId,
    VendorId,
)
from domain.shared.making import dataclass
from domain.shared.money import AmountOutOfRangeError

type Deliveries = Sequence[tuple[DeliveryGroupId, DeliveryOption]]


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of the market that a checkout is priced by, and what they made of some lately."""

    market: Market
    tax_rates: Sequence[TaxRate]
    delivery: DeliveryTerms
    house_vendor_id: VendorId | None = None
    promotions: PromotionBook = EMPTY_BOOK
    duty_rates: Sequence[DutyRate] = ()
    reckonings: Reckonings = field(default_factory=Reckonings, init=False, repr=False, compare=False)


def leaving_days(checkout: Checkout, market: Market, now: datetime) -> Mapping[DeliveryGroupId, date]:
    """When the goods of each group leave if they are ordered now."""
    return {
        group.id: leaving(
            [held.handling for held in checkout.held_for(group.id) if held.handling], now, market.time_zone
        )
        for group in checkout.groups
    }


@dataclass(frozen=True, slots=True)
class Calculation:
    """What all prices of one checkout depend on."""

    checkout: Checkout
    terms: Terms
    taxes: RuledTaxes
    offering: Offering
    leaving: Mapping[DeliveryGroupId, date]
    """When the goods of each group leave."""
    _taken: dict[tuple[str, ...], Discounted] = field(default_factory=dict, init=False, repr=False, compare=False)
    _quotes: dict[tuple[Any, ...], Quote] = field(default_factory=dict, init=False, repr=False, compare=False)

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
        )
        leaves_on = self.leaving[group.id]
        return options_for(consignment, self.terms.delivery, language=checkout.language, leaves_on=leaves_on)

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
        """The option, to be taxed with the goods it would carry when somebody asks what it costs."""
        return PricedOption(option, partial(self._price, group_id, option), self._carried(group_id, option))

    def _price(self, group_id: DeliveryGroupId, option: DeliveryOption) -> OptionPrice:
        found = self.quoted(self.checkout.lines_of(group_id), [(group_id, option)])
        return OptionPrice(found.deliveries[0].price, duties(found, self.taxes, self.terms.duty_rates))

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
        key = _key(deliveries)
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
        """What these lines and their deliveries come to. A checkout that is one group is quoted once as both."""
        key = (_key(deliveries), *[line.cart_line_id for line in lines])
        if key not in self._quotes:
            self._quotes[key] = self._quoted(lines, deliveries)
        return self._quotes[key]

    def _quoted(self, lines: Sequence[CheckoutLine], deliveries: Deliveries) -> Quote:
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


def _key(deliveries: Deliveries) -> tuple[str, ...]:
    return tuple([part for group_id, option in deliveries for part in (group_id, option.id)])
