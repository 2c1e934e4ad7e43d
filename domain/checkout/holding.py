"""What a checkout holds: the lines of a cart at the prices of the moment, in a group for each vendor."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.cart.model import Cart, CartLine
from domain.checkout.model import HOLD, Checkout, CheckoutLine, CheckoutState, DeliveryGroup, Holder
from domain.checkout.promised import PromisedPrices
from domain.fulfillment.restrictions import NO_RESTRICTIONS, Restrictions
from domain.pricing.facts import OfferFacts
from domain.pricing.promotions.units import Run
from domain.pricing.taxation.facts import Goods, TaxFacts
from domain.pricing.tiers import Bought, Sale, UnitPrices
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Problem, Refused, StockProblem, refuse
from domain.shared.ids import CartLineId, CheckoutId, DeliveryGroupId, NewId, OfferId, VendorId
from domain.shared.making import replace


def checkout_of(
    checkout_id: CheckoutId,
    cart: Cart,
    facts: Mapping[OfferId, OfferFacts],
    earlier: Checkout | None,
    *,
    actor: Actor,
    new_id: NewId,
    now: datetime,
    restrictions: Restrictions = NO_RESTRICTIONS,
    gifts: Sequence[CartLine] = (),
) -> Checkout:
    """The checkout of a cart at its present prices, with what an earlier one was told already.

    A vendor's goods are one delivery group, but for those that cannot go with the others: digital goods, and what is
    never sent and has to be fetched. `gifts` are what promotions may give, as far as they go with the others.
    """
    cart = replace(cart, lines=(*cart.lines, *gifts)) if gifts else cart
    lines, groups, runs = _grouped(cart, facts, restrictions, new_id, now)
    begun = Checkout(
        id=checkout_id,
        version=1,
        state=CheckoutState.OPEN,
        cart_id=cart.id,
        cart_version=cart.version,
        customer_id=cart.customer_id or (None if cart.draft else actor.customer_id),
        market_id=cart.market_id,
        country=cart.country,
        language=cart.language,
        currency=cart.currency,
        email=cart.draft.email if cart.draft else None,
        shipping_address=None,
        billing_address=None,
        terms_accepted=False,
        order_id=None,
        started_at=now,
        expires_at=now + HOLD,
        lease_until=None,
        lines=tuple(lines),
        groups=tuple(groups),
        tax=TaxFacts({line.id: _goods(facts[line.offer_id]) for line in cart.lines}),
        prices=PromisedPrices(runs=runs, manual=cart.manual),
        held_by=Holder.STAFF if cart.draft else Holder.BUYER,
        company=cart.company,
    )
    return begun if earlier is None else _told(begun, earlier)


def _grouped(
    cart: Cart, facts: Mapping[OfferId, OfferFacts], restrictions: Restrictions, new_id: NewId, now: datetime
) -> tuple[list[CheckoutLine], Collection[DeliveryGroup], dict[CartLineId, tuple[Run, ...]]]:
    """The lines, the groups that they go in, and what units cost of lines whose units do not all cost the same."""
    groups: dict[tuple[VendorId, bool, bool], DeliveryGroup] = {}
    lines = []
    runs: dict[CartLineId, tuple[Run, ...]] = {}
    sale, bought = cart.sale(now), cart.bought(facts)
    for position, line in enumerate(cart.lines):
        offer, prices = _sold(line, facts, sale, bought)
        if prices.unequal:
            runs[line.id] = prices.unequal
        together = (offer.vendor_id, offer.is_digital, restrictions.never_sent(offer.goods))
        group = groups.get(together)
        if group is None and line.gift_of and not offer.is_digital:
            continue
        if group is None:
            group_id = DeliveryGroupId(new_id("delivery_group"))
            group = groups[together] = DeliveryGroup(group_id, offer.vendor_id, is_digital=offer.is_digital)
        lines.append(_line(line, offer, prices.average, group, position))
    return lines, groups.values(), runs


def _told(checkout: Checkout, earlier: Checkout) -> Checkout:
    """With what the buyer told in an earlier checkout."""
    return replace(
        checkout,
        email=earlier.email or checkout.email,
        shipping_address=earlier.shipping_address,
        billing_address=earlier.billing_address,
        saves_shipping_address=earlier.saves_shipping_address,
        saves_billing_address=earlier.saves_billing_address,
        po_number=earlier.po_number,
    )


def repriced(checkout: Checkout, cart: Cart, facts: Mapping[OfferId, OfferFacts]) -> Checkout:
    """The same goods at what they cost the cart's buyer when the checkout began; gifts stay as they are."""
    sale, bought = cart.sale(checkout.started_at), cart.bought(facts)
    prices = {line.id: _sold(line, facts, sale, bought)[1] for line in cart.lines}
    lines = [
        line if line.gift_of else replace(line, unit_price=prices[line.cart_line_id].average) for line in checkout.lines
    ]
    runs = {line_id: units.unequal for line_id, units in prices.items() if units.unequal}
    return replace(checkout, lines=tuple(lines), prices=replace(checkout.prices, runs=runs))


def _goods(offer: OfferFacts) -> Goods:
    return Goods(offer.vendor_country, offer.is_service, offer.hs_code)


def _sold(
    line: CartLine, facts: Mapping[OfferId, OfferFacts], sale: Sale, bought: Mapping[CartLineId, Bought]
) -> tuple[OfferFacts, UnitPrices]:
    offer = facts.get(line.offer_id)
    prices = None if offer is None else line.unit_prices(offer, sale, bought[line.id])
    if offer is None or prices is None:
        raise refuse(ErrorCode.NOT_PURCHASABLE, f"The line {line.id} is not sold any more.", "cart_id")
    if not offer.allows(line.quantity):
        around = " or ".join(map(str, offer.nearest(line.quantity)))
        raise refuse(ErrorCode.QUANTITY_LIMIT, f"{offer.snapshot.title!r} is sold by {around} units.", "cart_id")
    if line.gift_wrap and offer.wrap is None:
        message = f"{offer.snapshot.title!r} is not sold with gift wrap any more."
        raise refuse(ErrorCode.NOT_PURCHASABLE, message, "cart_id")
    return offer, prices


def _line(line: CartLine, offer: OfferFacts, unit_price: int, group: DeliveryGroup, position: int) -> CheckoutLine:
    return CheckoutLine(
        cart_line_id=line.id,
        group_id=group.id,
        offer_id=offer.offer_id,
        variant_id=offer.variant_id,
        product_id=offer.product_id,
        vendor_id=offer.vendor_id,
        position=position,
        quantity=line.quantity,
        unit_price=unit_price,
        tax_class=offer.tax_class,
        weight_grams=offer.weight_grams,
        volume_ml=offer.volume_ml,
        snapshot=offer.snapshot,
        gift_message=line.gift_message,
        is_download=offer.is_download,
        wrap=offer.wrap if line.gift_wrap else None,
        gift_of=line.gift_of,
    )


def sent_as(checkout: Checkout, earlier: Checkout) -> Checkout:
    """The checkout with the ways of delivery that were chosen for the same vendors' groups before."""
    chosen = {(group.vendor_id, group.is_digital): group.option_id for group in earlier.groups if not group.pickup}
    groups = [
        replace(group, option_id=chosen.get((group.vendor_id, group.is_digital), group.option_id))
        for group in checkout.groups
    ]
    return replace(checkout, groups=tuple(groups))


def expired() -> Refused:
    return refuse(ErrorCode.RESERVATION_EXPIRED, "This checkout has expired; start it again.", "checkout_id")


def stock_problems(lines: Sequence[CheckoutLine], short: Mapping[OfferId, int], *path: str) -> list[Problem]:
    """One problem at `path` for each line that falls short, in the order of the lines (rule S3)."""
    return [
        StockProblem(
            ErrorCode.INSUFFICIENT_STOCK,
            f"Only {short[line.offer_id]} of {line.snapshot.title!r} left.",
            path,
            offer_id=line.offer_id,
            available=short[line.offer_id],
        )
        for line in lines
        if line.offer_id in short
    ]
