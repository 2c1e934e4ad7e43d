"""Carts with what they cost, batched."""

from collections.abc import Sequence

from domain.cart.model import Cart
from domain.cart.pricing import PricedCart, price_cart
from domain.shared.ids import CartId
from loaders.batch import one_per_key
from loaders.reads import Reads
from persistence.cart.repository import carts_by_id
from persistence.pricing.facts import offer_facts


async def carts(reads: Reads, ids: Sequence[CartId]) -> list[PricedCart | None]:
    """Two statements for the usual one cart; one more for each further language or currency."""
    found = await carts_by_id(reads.pool, ids)
    return one_per_key(ids, [await _priced(reads, cart) for cart in found], lambda cart: cart.id)


async def _priced(reads: Reads, cart: Cart) -> PricedCart:
    known = await reads.reference.facts()
    market = known.market(cart.market_id)
    assert market is not None, "carts are of markets that exist"
    facts = await offer_facts(
        reads.pool,
        [line.offer_id for line in cart.lines],
        language=cart.language,
        currency=cart.currency,
        now=reads.now,
    )
    return price_cart(cart, facts, market, known.tax_rates, now=reads.now)
