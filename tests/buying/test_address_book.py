"""What a customer wants to have at hand the next time is kept once the order stands."""

from dataclasses import replace

import pytest

from domain.shared.actor import Actor
from domain.shared.ids import CheckoutId
from persistence.customers.queries import addresses
from tests.factories.balances import customer
from tests.factories.buying import BERLIN, Buying
from tests.factories.refusals import problems_of

VIENNA = replace(BERLIN, city="Wien", country="AT", postal_code="1010")


@pytest.fixture
async def mine(shop: Buying) -> Buying:
    return replace(shop, actor=Actor(customer_id=await customer(shop.pool, "ada@example.com")))


async def bought(shop: Buying, **told: bool) -> CheckoutId:
    """An order sent to Berlin and billed to Vienna."""
    checkout = await shop.ready((await shop.offer(), 1))
    await shop.update(checkout, billing_address=VIENNA, **told)
    assert (await shop.complete(checkout)).order_id is not None
    return checkout


async def book(shop: Buying) -> list[str]:
    """The cities of the address book."""
    assert shop.actor.customer_id is not None
    return [entry.address.city.title() for _, entry in await addresses(shop.pool, [shop.actor.customer_id])]


async def test_core_0129_both_addresses_are_kept(mine: Buying):
    await bought(mine, save_shipping_address=True, save_billing_address=True)

    assert await book(mine) == ["Berlin", "Wien"]


async def test_core_0130_and_0253_the_shipping_address_alone_is_kept(mine: Buying):
    await bought(mine, save_shipping_address=True)

    assert await book(mine) == ["Berlin"]


async def test_core_0131_nothing_is_kept_unless_the_customer_wants_it(mine: Buying):
    await bought(mine)

    assert await book(mine) == []


async def test_what_the_book_has_is_not_kept_again_and_its_reader_is_told_of_a_new_version(mine: Buying):
    for _ in range(2):
        await bought(mine, save_shipping_address=True)

    assert await book(mine) == ["Berlin"]
    assert await mine.pool.fetchval("SELECT version FROM customer WHERE id = $1", mine.actor.customer_id) == 2


async def test_core_0255_after_the_order_it_is_too_late_to_say_so(mine: Buying):
    checkout = await bought(mine)

    late = await problems_of(mine.update(checkout, save_shipping_address=True))

    assert [code for code, _ in late] == ["INVALID_TRANSITION"]
    assert await book(mine) == []


async def test_a_checkout_that_is_started_again_remembers_the_wish(mine: Buying):
    cart = await mine.cart((await mine.offer(), 1))
    await mine.update(await mine.start(cart), save_shipping_address=True)

    again = await mine.start(cart)
    await mine.tell(again)
    await mine.tender(again)
    await mine.complete(again)

    assert await book(mine) == ["Berlin"]


async def test_a_guest_has_no_book(shop: Buying):
    await bought(shop, save_shipping_address=True)

    assert await shop.count("customer_address") == 0
