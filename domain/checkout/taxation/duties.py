"""What customs will ask of the buyer for one delivery (rule T13)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from domain.pricing.model import rates_at
from domain.pricing.quote import Quote
from domain.pricing.tax import rate_group
from domain.pricing.taxation.facts import Goods
from domain.pricing.taxation.landed import DutyRate, ImportedGoods, duty_rate, import_estimate
from domain.pricing.taxation.ruled import RuledTaxes
from domain.pricing.taxation.treatment import Treatment
from domain.shared.ids import CartLineId
from domain.shared.money import Money


def duties(quote: Quote, taxes: RuledTaxes, rates: Sequence[DutyRate]) -> Money | None:
    """Duty and import tax that are payable on delivery of all that is quoted, packing included.

    None where the market makes no such estimate, or where nothing crosses a customs border untaxed.
    """
    if not taxes.market.estimates_duties:
        return None
    crossing = [CartLineId(line.key) for line in quote.lines if _is_import(CartLineId(line.key), taxes)]
    if not crossing:
        return None
    fees = {key: fee.price.net.minor for key, fee in quote.fees_by_line.items()}
    goods = [
        _imported(CartLineId(line.key), line.total.net.minor + fees.get(line.key, 0), taxes, rates)
        for line in quote.lines
    ]
    freight = sum(charge.price.net.minor for charge in quote.deliveries)
    estimate = import_estimate(goods, freight, taxes.market.rounding)
    return Money(estimate.due, quote.currency)


def _is_import(key: CartLineId, taxes: RuledTaxes) -> bool:
    goods = taxes.facts.goods.get(key)
    is_untaxed = taxes.ruling(key).treatment is Treatment.EXPORT
    return goods is not None and is_untaxed and not taxes.place.is_in_customs_area_of(goods.seller_country, taxes.on)


def _imported(key: CartLineId, net: int, taxes: RuledTaxes, rates: Sequence[DutyRate]) -> ImportedGoods:
    """A thing is a customs matter, a service is none."""
    goods = taxes.facts.goods.get(key) or Goods(taxes.market.default_country)
    if goods.is_service or not _is_import(key, taxes):
        return ImportedGoods(0, Decimal(0), Decimal(0))
    duty = duty_rate(rates, taxes.place.customs, goods.hs_code, taxes.on)
    return ImportedGoods(net, duty, _import_tax(key, taxes))


def _import_tax(key: CartLineId, taxes: RuledTaxes) -> Decimal:
    """The rate of the place's own taxes together, on a net price."""
    found = rates_at(taxes.rates, taxes.lines[key].tax_class, taxes.place.territory, taxes.on)
    shares = rate_group(found, taxes.market).shares
    on_gross = sum((Fraction(*share) for share in shares), Fraction(0))
    whole = on_gross / (1 - on_gross) if taxes.market.prices_include_tax else on_gross
    return Decimal(whole.numerator) / Decimal(whole.denominator)
