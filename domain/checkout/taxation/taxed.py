"""How a checkout is taxed: each line's treatment, an outside engine's answer in the place of local rates, evidence."""

from collections.abc import Callable, Mapping, Sequence

from domain.checkout.model import Checkout
from domain.pricing.discounts import Funding
from domain.pricing.model import Market, TaxRate
from domain.pricing.quote import Quote, QuotedFee, QuotedLine
from domain.pricing.taxation.evidence import TaxEvidence, TaxFlag, evidence
from domain.pricing.taxation.external import ExternalTaxes, TaxableItem, TaxRequest, with_external
from domain.pricing.taxation.facts import Goods
from domain.pricing.taxation.ruled import RuledTaxes, SoldLine, ruled_taxes
from domain.pricing.taxation.territory import TaxPlace, place_of
from domain.shared.ids import CartLineId, VendorId
from domain.shared.making import dataclass, replace


@dataclass(frozen=True, slots=True)
class Taxed:
    """A quote with its final taxes.

    `distance_sales` is what counts towards each seller's limit, in euro cents. `is_blocked`: the engine that must be
    asked has not answered (rule T15).
    """

    quote: Quote
    taxes: RuledTaxes
    evidence: TaxEvidence
    distance_sales: Mapping[VendorId, int]
    is_blocked: bool = False
    request: TaxRequest | None = None


def place_of_checkout(checkout: Checkout) -> TaxPlace:
    """Where it is taxed: the address once it is known, the buyer's country before."""
    to = checkout.shipping_address
    if to is None:
        return place_of(checkout.country, on=checkout.started_at)
    return place_of(to.country, to.region, to.postal_code, on=checkout.started_at)


def checkout_taxes(
    checkout: Checkout, market: Market, rates: Sequence[TaxRate], house_vendor_id: VendorId | None
) -> RuledTaxes:
    """Rates are those of the moment the checkout was started at, so that its total stands (rule T7)."""
    return ruled_taxes(
        market,
        checkout.currency,
        rates,
        checkout.tax,
        place_of_checkout(checkout),
        [
            SoldLine(
                line.cart_line_id, line.vendor_id, line.unit_price, line.quantity, line.tax_class, bool(line.gift_of)
            )
            for line in checkout.lines
        ],
        house_vendor_id=house_vendor_id,
        on=checkout.started_at,
    )


def taxed(checkout: Checkout, taxes: RuledTaxes, quoted: Callable[[RuledTaxes], Quote]) -> Taxed:
    """The checkout's quote, taxed at destination where this very sale crosses the seller's limit (rule T8)."""
    senders: Mapping[str, VendorId] = {group.id: group.vendor_id for group in checkout.groups}
    quote = quoted(taxes)
    sold = taxes.distance_sales(quote, senders)
    if any(cents > (taxes.consignments[vendor] or 0) for vendor, cents in sold.items()):
        taxes = taxes.with_consignments(sold)
        quote = quoted(taxes)
        sold = taxes.distance_sales(quote, senders)
    rulings = [taxes.ruling(line.cart_line_id) for line in checkout.lines]
    local = Taxed(quote, taxes, evidence(rulings, checkout.tax.vat_id), sold)
    return local if checkout.tax.external is None else _by_engine(checkout, local, checkout.tax.external)


def _by_engine(checkout: Checkout, local: Taxed, external: ExternalTaxes) -> Taxed:
    request = tax_request(checkout, local.taxes, local.quote)
    if request is None:
        return local
    if external.taxes is None or external.hash != request.hash:
        totals = replace(local.quote.totals, tax_is_estimate=True)
        flags = (*local.evidence.flags, TaxFlag.ESTIMATED)
        return replace(
            local,
            quote=replace(local.quote, totals=totals),
            evidence=replace(local.evidence, flags=flags),
            is_blocked=external.blocks,
            request=request,
        )
    final = with_external(local.quote, external.taxes, included=local.taxes.market.prices_include_tax)
    found = replace(local.evidence, reference=external.reference)
    return replace(local, quote=final, evidence=found, request=request)


def tax_request(checkout: Checkout, taxes: RuledTaxes, quote: Quote) -> TaxRequest | None:
    """What an engine is asked: the lines that are taxed at all, with their fees, and their deliveries.

    None before there is an address.

    What is sold free of tax by rule (a reverse charge, an exemption, a voucher) is decided here, with its evidence.
    """
    if checkout.shipping_address is None:
        return None
    sent = [line for line in quote.lines if taxes.ruling(CartLineId(line.key)).treatment.is_taxed]
    if not sent:
        return None
    included = taxes.market.prices_include_tax
    keys = {found.key for found in sent}
    carried = {line.group_id for line in checkout.lines if line.cart_line_id in keys}
    goods = checkout.tax.goods.get(CartLineId(sent[0].key)) or Goods(taxes.market.default_country)
    return TaxRequest(
        currency=checkout.currency,
        included=included,
        ship_to=checkout.shipping_address,
        ship_from=goods.seller_country,
        on=checkout.started_at.date(),
        items=(
            *[_item(line, taxes) for line in sent],
            *[_fee(fee, CartLineId(fee.line), taxes) for fee in quote.fees if fee.line in keys],
        ),
        deliveries=tuple(
            TaxableItem(charge.key, charge.price.gross.minor if included else charge.price.net.minor, "shipping")
            for charge in quote.deliveries
            if charge.key in carried and charge.price.gross.minor
        ),
        vat_id=checkout.tax.vat_id.vat_id if checkout.tax.vat_id and checkout.tax.vat_id.valid else None,
    )


def _fee(fee: QuotedFee, line: CartLineId, taxes: RuledTaxes) -> TaxableItem:
    """Taxed as the goods that it is for."""
    paid = fee.price.gross.minor if taxes.market.prices_include_tax else fee.price.net.minor
    return TaxableItem(fee.key, paid, taxes.lines[line].tax_class)


def _item(line: QuotedLine, taxes: RuledTaxes) -> TaxableItem:
    """What its vendor gets for it is taxed, whoever pays: a discount that the platform funds does not lower it."""
    paid = line.total.gross.minor if taxes.market.prices_include_tax else line.total.net.minor
    if line.vendor_id != taxes.house_vendor_id:
        paid += sum(given.amount.minor for given in line.discounts if given.funded_by is Funding.PLATFORM)
    return TaxableItem(line.key, paid, taxes.lines[CartLineId(line.key)].tax_class, line.quantity)
