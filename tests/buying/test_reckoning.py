"""What a checkout comes to is told again only while everything that it rests on is the same."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.checkout.calculation import Terms, leaving_days
from domain.checkout.model import Checkout, CheckoutState
from domain.checkout.priced import PricedCheckout
from domain.checkout.pricing import price_checkout
from domain.checkout.reckoning import MAX_REMEMBERED, Reckoning, Reckonings
from domain.shared.ids import CheckoutId
from persistence.checkout.repository import terms_of
from tests.factories.buying import Buying

COURSE = {"version", "state", "expires_at", "lease_until", "tenders"}
LEAVING: dict[Any, Any] = {}


@pytest.fixture
async def found(shop: Buying) -> PricedCheckout:
    """Its promises end on the day when it is found, whatever the hour of the test: it is noon of the next day."""
    shop.now = (shop.now + timedelta(days=1)).replace(hour=12)
    checkout_id = await shop.start(await shop.cart((await shop.offer(price=1000), 2)))
    await shop.tell(checkout_id)
    return await shop.checkout(checkout_id)


@pytest.fixture
def terms(shop: Buying, found: PricedCheckout) -> Terms:
    return terms_of(shop.reference, found.checkout.market_id)


async def computed(shop: Buying, found: PricedCheckout) -> PricedCheckout:
    """By rules that remember nothing."""
    unused = replace(terms_of(shop.reference, found.checkout.market_id))
    return price_checkout(found.checkout, found.tenders, unused, now=shop.now)


async def test_it_is_not_computed_again_while_nothing_changes(shop: Buying, found: PricedCheckout):
    await shop.tender(found.id)

    again = await shop.checkout(found.id)

    assert again.quote is found.quote
    assert again.version == found.version + 1
    assert (again.missing, len(again.tenders)) == ((), 1)
    assert again == await computed(shop, again)


async def test_it_is_computed_again_with_each_change(shop: Buying, found: PricedCheckout):
    munich = replace(found.checkout.shipping_address, postal_code="80331")  # type: ignore[type-var]

    await shop.update(found.id, shipping_address=munich)
    moved = await shop.checkout(found.id)

    assert moved.quote is not found.quote
    assert moved == await computed(shop, moved)


async def test_it_is_computed_again_by_other_rules(shop: Buying, found: PricedCheckout):
    await shop.pool.execute("UPDATE delivery_rate SET price_minor = price_minor + 100")
    shop.reference.forget()
    await shop.reference.facts()

    dearer = await shop.checkout(found.id)

    assert dearer.totals.shipping.gross.minor == found.totals.shipping.gross.minor + 100
    assert dearer == await computed(shop, dearer)


async def test_nothing_is_told_again_once_its_promises_have_ended(shop: Buying, found: PricedCheckout, terms: Terms):
    late = found.expires_at + timedelta(seconds=1)

    first, second = (price_checkout(found.checkout, (), terms, now=late) for _ in range(2))

    assert found.quote is not first.quote is not second.quote


async def test_paying_for_it_changes_nothing_of_it(shop: Buying, found: PricedCheckout, terms: Terms):
    paying = replace(found.checkout, state=CheckoutState.COMPLETING, version=9, lease_until=shop.now)

    assert price_checkout(paying, (), terms, now=found.expires_at).quote is found.quote


@pytest.mark.parametrize("name", [each.name for each in fields(Checkout) if each.name not in COURSE])
async def test_it_rests_on_every_fact(found: PricedCheckout, name: str):
    known = Reckonings()
    known.keep(found.checkout, LEAVING, reckoning_of(found))

    change: dict[str, Any] = {name: object()}
    other = replace(found.checkout, **change)

    assert known.find(found.checkout, LEAVING) is not None
    assert known.find(other, LEAVING) is None


async def test_it_rests_on_the_day_when_goods_leave(found: PricedCheckout, shop: Buying, terms: Terms):
    today, later = (leaving_days(found.checkout, terms.market, shop.now + timedelta(days=days)) for days in (0, 7))
    known = Reckonings()
    known.keep(found.checkout, today, reckoning_of(found))

    assert known.find(found.checkout, today) is not None
    assert known.find(found.checkout, later) is None


async def test_few_are_remembered(found: PricedCheckout):
    known = Reckonings()
    ids = [CheckoutId(f"checkout_{at}") for at in range(MAX_REMEMBERED + 1)]

    for key in (*ids, ids[1]):
        known.keep(replace(found.checkout, id=key), LEAVING, reckoning_of(found))

    remembered = [key for key in ids if known.find(replace(found.checkout, id=key), LEAVING)]
    assert remembered == ids[1:]


def reckoning_of(found: PricedCheckout) -> Reckoning:
    return Reckoning(found.lines, found.delivery_groups, found.taxed, found.promoted)
