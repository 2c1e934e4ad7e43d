"""Checkouts with what they cost and lack, batched."""

from collections.abc import Sequence

from domain.checkout.model import Checkout
from domain.checkout.priced import PricedCheckout
from domain.checkout.pricing import price_checkout
from domain.shared.ids import CheckoutId
from loaders.batch import one_per_key
from loaders.reads import Reads
from persistence.checkout.repository import checkouts_by_id, terms_of


async def checkouts(reads: Reads, ids: Sequence[CheckoutId]) -> list[PricedCheckout | None]:
    """One statement, however many there are; one more for each with codes or limited promotions."""
    await reads.reference.facts()
    found = await checkouts_by_id(reads.pool, ids)
    return one_per_key(ids, [priced(reads, checkout) for checkout in found], lambda checkout: checkout.id)


def priced(reads: Reads, checkout: Checkout) -> PricedCheckout:
    """The checkout with what it costs and lacks at the moment of the request."""
    return price_checkout(checkout, checkout.tenders, terms_of(reads.reference, checkout.market_id), now=reads.now)
