"""Carts with what they cost, batched."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.cart.gifts import gifts_on_offer
from domain.cart.model import Cart
from domain.cart.priced import PricedCart
from domain.cart.pricing import price_cart
from domain.pricing.coupons.model import folded
from domain.pricing.facts import OfferFacts
from domain.pricing.promoting.offering import offering, to_count
from domain.shared.ids import CartId, OfferId
from loaders.batch import one_per_key
from loaders.reads import Reads
from persistence.cart.abandoning import EMAILS
from persistence.cart.repository import carts_by_id
from persistence.pricing.buyers import buyer_of
from persistence.pricing.facts import offer_facts
from persistence.pricing.promotion_usage import counts


async def carts(reads: Reads, ids: Sequence[CartId]) -> list[PricedCart | None]:
    """Two statements for the usual one cart; one more for codes and limits, and one for what promotions ask of buyers.

    One more for each further language or currency.
    """
    found = await carts_by_id(reads.pool, ids)
    return one_per_key(ids, [await priced(reads, cart, now=reads.now) for cart in found], lambda cart: cart.id)


async def emails_of_carts(reads: Reads, ids: Sequence[CartId]) -> list[str | None]:
    """Whom a cart is of: the email of its customer, or the one that a guest told in a checkout."""
    found = {row[0]: row[1] for row in await reads.pool.fetch(EMAILS, list(ids))}
    return [found.get(cart_id) for cart_id in ids]


async def priced(
    reads: Reads,
    cart: Cart,
    *,
    now: datetime,
    revision: int | None = None,
    facts: Mapping[OfferId, OfferFacts] | None = None,
) -> PricedCart:
    """What a cart costs at an instant, by the promotions of a revision; by the present ones unless told.

    The `facts` of its offers, and of those that promotions may give, are read as far as they are not known.
    """
    known = await reads.reference.facts()
    market = known.market(cart.market_id)
    assert market is not None, "carts are of markets that exist"
    book, codes = known.promotions, [folded(code) for code in cart.promo_codes]
    facts = await _facts(reads, cart, gifts_on_offer(book, now, revision), facts or {}, now)
    counted = await counts(reads.pool, codes, to_count(book, now, revision), cart.customer_id, now=now)
    offered = offering(book, now=now, revision=revision, codes=cart.promo_codes, counts=counted)
    buyer = await buyer_of(reads.pool, offered, cart.customer_id, company_id=cart.buys_for)
    return price_cart(cart, facts, market, known.tax_rates, now=now, offering=offered, buyer=buyer)


async def _facts(
    reads: Reads, cart: Cart, gifts: Sequence[OfferId], known: Mapping[OfferId, OfferFacts], now: datetime
) -> Mapping[OfferId, OfferFacts]:
    offers = dict.fromkeys([line.offer_id for line in cart.lines] + (list(gifts) if cart.lines else []))
    unknown = [offer for offer in offers if offer not in known]
    found = await offer_facts(reads.pool, unknown, language=cart.language, currency=cart.currency, now=now)
    return {**known, **found}
