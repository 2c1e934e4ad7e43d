"""The taxes of one sale, line by line: how each is treated, by which rates, and what its price is then."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime

from domain.pricing.model import Market, TaxRate, Territory, rates_at
from domain.pricing.quote import Quote
from domain.pricing.tax import displayed_price, net_price
from domain.pricing.taxation.euro import euro_cents
from domain.pricing.taxation.facts import Goods, TaxFacts
from domain.pricing.taxation.territory import TaxPlace
from domain.pricing.taxation.treatment import Buyer, Ruling, Seller, Treatment, ruling
from domain.shared.ids import CartLineId, VendorId
from domain.shared.making import dataclass, replace

_WITHOUT_TAX = frozenset({Treatment.REVERSE_CHARGE, Treatment.INTRA_COMMUNITY_SUPPLY, Treatment.EXEMPT})
"""Treatments by which the buyer pays the net price."""


@dataclass(frozen=True, slots=True)
class SoldLine:
    """What is sold: `unit_price` in minor units as its price list says it."""

    key: CartLineId
    vendor_id: VendorId
    unit_price: int
    quantity: int
    tax_class: str
    is_gift: bool = False

    @property
    def worth(self) -> int:
        """What all units cost before any reduction; a gift is worth nothing."""
        return 0 if self.is_gift else self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class RuledTaxes:
    """How the lines of one sale to one place are taxed; made by `ruled_taxes`."""

    market: Market
    currency: str
    rates: Sequence[TaxRate]
    facts: TaxFacts
    place: TaxPlace
    house_vendor_id: VendorId | None
    on: datetime
    lines: Mapping[CartLineId, SoldLine]
    consignments: Mapping[VendorId, int | None]
    _rulings: dict[CartLineId, Ruling] = field(default_factory=dict, repr=False, compare=False)
    _rates_of: dict[tuple[str, Territory], tuple[TaxRate, ...]] = field(default_factory=dict, repr=False, compare=False)

    def ruling(self, key: CartLineId) -> Ruling:
        known = self._rulings.get(key)
        if known is None:
            known = self._rulings[key] = self._ruled(self.lines[key], self._goods(key))
        return known

    def _goods(self, key: CartLineId) -> Goods:
        return self.facts.goods.get(key) or Goods(self.market.default_country)

    def tax_class(self, key: CartLineId) -> str:
        """What the line's rates go by in `classes`: its class, or one for how it is treated."""
        found, name = self.ruling(key), self.lines[key].tax_class
        if found.treatment is Treatment.DESTINATION:
            return name
        return f"{name}:{found.treatment.value}:{found.territory.country}"

    def classes(self) -> Mapping[str, tuple[TaxRate, ...]]:
        """The rates of every class in use."""
        return {self.tax_class(key): self._due(key) for key in self.lines}

    def displayed(self, key: CartLineId) -> int:
        """The unit price as this buyer sees it (rules T9 and T10)."""
        return self.shown(self.lines[key].unit_price, key)

    def delivery(self, price: int, keys: Sequence[CartLineId]) -> int:
        """What it costs to send these lines: as the price of the most valuable of them would change."""
        if not self.market.prices_include_tax:
            return price
        first = max(keys, key=lambda key: self.lines[key].worth)
        return self.shown(price, first) if self.ruling(first).treatment in _WITHOUT_TAX else price

    def distance_sales(self, quote: Quote, senders: Mapping[str, VendorId]) -> dict[VendorId, int]:
        """What counts towards each seller's limit, in euro cents without tax, shipping and fees among it (rule T8).

        `senders` says whose each delivery of the quote is.
        """
        sums: dict[VendorId, int] = {}
        fees = quote.fees_by_line
        for line in quote.lines:
            if self._is_distance_sale(CartLineId(line.key)):
                fee = fees[line.key].price.net.minor if line.key in fees else 0
                sums[line.vendor_id] = sums.get(line.vendor_id, 0) + line.total.net.minor + fee
        for charge in quote.deliveries:
            if senders[charge.key] in sums:
                sums[senders[charge.key]] += charge.price.net.minor
        return {vendor: euro_cents(net, self.currency) or 0 for vendor, net in sums.items()}

    def with_consignments(self, consignments: Mapping[VendorId, int]) -> "RuledTaxes":
        """The same, with what is sent known better."""
        return replace(self, consignments={**self.consignments, **consignments}, _rulings={})

    def _is_distance_sale(self, key: CartLineId) -> bool:
        """Whether it is one that the limit decides on, by whichever rates it is taxed."""
        found = self.ruling(key)
        is_over = found.treatment is Treatment.DESTINATION and found.scheme is None and self.place.is_in_union
        return found.treatment is Treatment.ORIGIN or (
            is_over and self.lines[key].vendor_id in self.facts.registrations
        )

    def _ruled(self, line: SoldLine, goods: Goods) -> Ruling:
        facts = self.facts
        return ruling(
            self._seller(line.vendor_id, goods.seller_country),
            self._house(),
            self.place,
            Buyer(facts.certificates, facts.vat_id),
            tax_class=line.tax_class,
            is_service=goods.is_service,
            consignment=self.consignments.get(line.vendor_id),
            on=self.on,
        )

    def _seller(self, vendor_id: VendorId, country: str) -> Seller:
        registrations = self.facts.registrations.get(vendor_id, ())
        sales = self.facts.distance_sales.get(vendor_id, 0)
        return Seller(country, vendor_id == self.house_vendor_id, registrations, sales)

    def _house(self) -> Seller:
        house = self.house_vendor_id
        if house is None:
            return Seller(self.market.default_country, is_house=True)
        registrations = self.facts.registrations.get(house, ())
        country = next((found.country for found in registrations), self.market.default_country)
        return Seller(country, True, registrations, self.facts.distance_sales.get(house, 0))

    def _due(self, key: CartLineId) -> tuple[TaxRate, ...]:
        found = self.ruling(key)
        return self._rates(key, found.territory) if found.treatment.is_taxed else ()

    def _rates(self, key: CartLineId, territory: Territory) -> tuple[TaxRate, ...]:
        case = (self.lines[key].tax_class, territory)
        known = self._rates_of.get(case)
        if known is None:
            known = self._rates_of[case] = rates_at(self.rates, *case, self.on)
        return known

    def shown(self, price: int, key: CartLineId) -> int:
        """A stored price as this buyer sees it for this line; prices without tax are the same to everybody."""
        if not self.market.prices_include_tax:
            return price
        found = self.ruling(key)
        if found.treatment is Treatment.VOUCHER:
            return price
        made_with = self._rates(key, Territory(self.market.default_country))
        if found.treatment in _WITHOUT_TAX and found.treatment is not Treatment.EXEMPT:
            return net_price(price, self.market, self._rates(key, found.home) if found.home else made_with)
        if found.treatment is Treatment.EXEMPT:
            there = self._rates(key, found.territory)
            return net_price(displayed_price(price, self.market, made_with, there), self.market, there)
        return displayed_price(price, self.market, made_with, self._due(key))


def ruled_taxes(
    market: Market,
    currency: str,
    rates: Sequence[TaxRate],
    facts: TaxFacts,
    place: TaxPlace,
    lines: Sequence[SoldLine],
    *,
    house_vendor_id: VendorId | None,
    on: datetime,
) -> RuledTaxes:
    """How these lines are taxed, by what the goods are worth before any reduction."""
    home = Territory(market.default_country)
    worth: dict[VendorId, int] = {}
    for line in [line for line in lines if not line.is_gift]:
        included = rates_at(rates, line.tax_class, home, on) if market.prices_include_tax else ()
        net = net_price(line.unit_price, market, included) * line.quantity
        worth[line.vendor_id] = worth.get(line.vendor_id, 0) + net
    consignments = {vendor: euro_cents(net, currency) for vendor, net in worth.items()}
    by_key = {line.key: line for line in lines}
    return RuledTaxes(market, currency, rates, facts, place, house_vendor_id, on, by_key, consignments)
