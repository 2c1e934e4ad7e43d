"""Taxes that an outside engine has computed: what is asked, what is kept of the answer, and how it enters a quote."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from domain.pricing.quote import Quote, QuotedDelivery, QuotedFee, QuotedLine, totals_of
from domain.pricing.tax import TaxLine, merged
from domain.shared.address import Address
from domain.shared.making import dataclass, replace
from domain.shared.money import Money, TaxedMoney


@dataclass(frozen=True, slots=True)
class TaxableItem:
    """An amount to be taxed: minor units, with the tax in it where the request says so."""

    key: str
    amount: int
    tax_class: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class TaxRequest:
    """All that a tax depends on; two requests with one `hash` have one answer."""

    currency: str
    included: bool
    ship_to: Address
    ship_from: str
    on: date
    items: tuple[TaxableItem, ...]
    deliveries: tuple[TaxableItem, ...] = ()
    vat_id: str | None = None

    @property
    def hash(self) -> str:
        """Of lines, amounts, addresses and date."""
        to = (
            self.ship_to.country,
            self.ship_to.region,
            self.ship_to.postal_code,
            self.ship_to.city,
            self.ship_to.line1,
        )
        known = (self.currency, self.included, to, self.ship_from, self.on, self.items, self.deliveries, self.vat_id)
        return hashlib.sha256(repr(known).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AssessedTax:
    """One jurisdiction's tax on one item: `amount` on `base`, minor units."""

    name: str
    jurisdiction: str
    rate: Decimal
    base: int
    amount: int


type Assessment = Mapping[str, Sequence[AssessedTax]]
"""The taxes of each item and delivery, by its key."""


@dataclass(frozen=True, slots=True)
class ExternalTaxes:
    """The answer to the request of this hash. Without taxes the engine could not be asked (rule T15).

    `blocks`: without an answer nothing is sold, rather than at local rates.
    """

    hash: str
    taxes: Assessment | None
    engine: str
    reference: str | None = None
    blocks: bool = True


def with_external(quote: Quote, taxes: Assessment, *, included: bool) -> Quote:
    """The quote with these taxes in the place of its own; what is paid before tax, or with it, stays as it is.

    Fees of the order as a whole were not asked for, and keep theirs.
    """
    lines = tuple(_line(line, taxes.get(line.key, ()), included) for line in quote.lines)
    deliveries = tuple(_delivery(charge, taxes.get(charge.key, ()), included) for charge in quote.deliveries)
    fees = tuple(_fee(fee, taxes.get(fee.key, ()), included) if fee.line else fee for fee in quote.fees)
    totals = totals_of(lines, deliveries, fees, quote.currency).rounded(quote.granularity)
    tendered = quote.totals.tendered.minor
    return replace(quote, lines=lines, deliveries=deliveries, fees=fees, totals=totals.paid_with(tendered))


def _line(line: QuotedLine, taxes: Sequence[AssessedTax], included: bool) -> QuotedLine:
    tax = sum(part.amount for part in taxes)
    return replace(line, total=_retaxed(line.total, tax, included), taxes=_tax_lines(taxes, line.total.currency))


def _delivery(charge: QuotedDelivery, taxes: Sequence[AssessedTax], included: bool) -> QuotedDelivery:
    tax = sum(part.amount for part in taxes)
    lines = merged(_tax_lines(taxes, charge.price.currency))
    return replace(charge, price=_retaxed(charge.price, tax, included), taxes=lines)


def _fee(fee: QuotedFee, taxes: Sequence[AssessedTax], included: bool) -> QuotedFee:
    tax = sum(part.amount for part in taxes)
    return replace(fee, price=_retaxed(fee.price, tax, included), taxes=_tax_lines(taxes, fee.price.currency))


def _retaxed(amount: TaxedMoney, tax: int, included: bool) -> TaxedMoney:
    if included:
        return TaxedMoney.of_gross(amount.gross.minor, tax, amount.currency)
    return TaxedMoney.of_net(amount.net.minor, tax, amount.currency)


def _tax_lines(taxes: Sequence[AssessedTax], currency: str) -> tuple[TaxLine, ...]:
    return tuple(
        TaxLine(tax.name, tax.jurisdiction, tax.rate, Money(tax.base, currency), Money(tax.amount, currency))
        for tax in taxes
    )
