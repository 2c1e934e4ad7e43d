"""Buying in two calls, by what a customer has told before, and paying again by what a gateway keeps."""

import json
from dataclasses import asdict, replace

import pytest

from domain.payments.forgetting.usecases import ForgetMethod, forget_method
from domain.shared.actor import Actor
from domain.shared.address import Address
from domain.shared.ids import CheckoutId, CustomerId, StoredMethodId
from persistence.ids import new_id
from tests.factories.balances import customer
from tests.factories.buying import BERLIN, Buying
from tests.factories.refusals import problems_of

LYON = Address("1 rue de la Paix", "Lyon", "FR", first_name="Ada", last_name="Lovelace", postal_code="69001")


@pytest.fixture
async def mine(shop: Buying) -> Buying:
    """The shop as a signed-in customer meets it."""
    return replace(shop, actor=Actor(customer_id=await customer(shop.pool, "ada@example.com")))


def owner_of(shop: Buying) -> CustomerId:
    assert shop.actor.customer_id is not None
    return shop.actor.customer_id


async def save_address(shop: Buying, address: Address, *, position: int = 0, default: bool = False) -> None:
    document = {name: value for name, value in asdict(address).items() if value is not None}
    await shop.pool.execute(
        "INSERT INTO customer_address (id, customer_id, position, address, is_default_shipping)"
        " VALUES ($1, $2, $3, $4, $5)",
        new_id("address"),
        owner_of(shop),
        position,
        json.loads(json.dumps(document)),
        default,
    )


async def buy_and_save(shop: Buying, token: str = "tok_ok") -> StoredMethodId | None:
    """Pay by a card that the gateway shall keep; what it keeps."""
    checkout = await shop.start(await shop.cart((await shop.offer(), 1)))
    await shop.tell(checkout)
    await shop.tender(checkout, token, saves=True)
    assert (await shop.complete(checkout)).order_id is not None
    found = await shop.pool.fetchval("SELECT id FROM stored_method ORDER BY id DESC LIMIT 1")
    return StoredMethodId(found) if found else None


async def gaps(shop: Buying, checkout: CheckoutId) -> list[str]:
    return [gap.value for gap in (await shop.checkout(checkout)).missing]


async def test_two_calls_buy_by_saved_address_cheapest_delivery_and_stored_method(mine: Buying):
    await save_address(mine, LYON)
    await save_address(mine, BERLIN, position=1)
    stored = await buy_and_save(mine)

    checkout = await mine.start(await mine.cart((await mine.offer(), 1)), express=True)
    shown = await mine.checkout(checkout)
    done = await mine.complete(checkout)

    assert shown.missing == ()
    assert (shown.email, shown.shipping_address) == ("ada@example.com", BERLIN)
    prices = [option.price.gross.minor for option in shown.delivery_groups[0].options]
    assert shown.delivery_groups[0].selected is not None
    assert shown.delivery_groups[0].selected.price.gross.minor == min(prices)
    assert [tender.stored_method_id for tender in shown.tenders] == [stored]
    assert done.order_id is not None
    assert len(await mine.authorizations()) == 2


async def test_the_default_address_goes_before_others_where_it_is_served(mine: Buying):
    vienna = replace(BERLIN, city="Wien", country="AT", postal_code="1010")
    await save_address(mine, BERLIN)
    await save_address(mine, vienna, position=1, default=True)

    checkout = await mine.start(await mine.cart((await mine.offer(), 1)), express=True)

    assert (await mine.checkout(checkout)).shipping_address == vienna


async def test_what_is_not_on_file_is_missing_exactly(mine: Buying):
    offer = await mine.offer()
    nothing = await mine.start(await mine.cart((offer, 1)), express=True)
    assert await gaps(mine, nothing) == ["SHIPPING_ADDRESS", "PAYMENT"]

    await save_address(mine, BERLIN)
    placed = await mine.start(await mine.cart((offer, 1)), express=True)
    assert await gaps(mine, placed) == ["PAYMENT"]


async def test_a_guest_is_chosen_a_delivery_and_asked_for_the_rest(shop: Buying):
    checkout = await shop.start(await shop.cart((await shop.offer(), 1)), express=True)

    assert await gaps(shop, checkout) == ["EMAIL", "SHIPPING_ADDRESS", "PAYMENT"]


async def test_nothing_is_filled_in_unless_it_is_asked_for(mine: Buying):
    await save_address(mine, BERLIN)
    await buy_and_save(mine)

    checkout = await mine.start(await mine.cart((await mine.offer(), 1)))

    assert await gaps(mine, checkout) == ["EMAIL", "SHIPPING_ADDRESS", "DELIVERY_OPTION", "PAYMENT", "TERMS"]


async def test_a_stored_method_pays_again_for_its_owner_alone(mine: Buying):
    stored = await buy_and_save(mine)
    other = replace(mine, actor=Actor(customer_id=await customer(mine.pool)))
    own, foreign = [await shop.start(await shop.cart((await shop.offer(), 1))) for shop in (mine, other)]
    await mine.tell(own)

    await mine.tender(own, None, stored=stored)

    assert await problems_of(other.tender(foreign, None, stored=stored)) == [("NOT_FOUND", ("stored_method_id",))]
    assert (await mine.complete(own)).order_id is not None


async def test_a_forgotten_method_pays_no_more_and_forgetting_it_twice_is_as_once(mine: Buying):
    stored = await buy_and_save(mine)
    assert stored is not None
    stranger = replace(mine, actor=Actor(customer_id=await customer(mine.pool)))

    refused = await problems_of(forget_method(stranger.unit_of_work(), ForgetMethod(stored), mine.around.gateways))
    for _ in range(2):
        await forget_method(mine.unit_of_work(), ForgetMethod(stored), mine.around.gateways)

    checkout = await mine.start(await mine.cart((await mine.offer(), 1)))
    assert refused == [("NOT_FOUND", ("id",))]
    assert await problems_of(mine.tender(checkout, None, stored=stored)) == [("NOT_FOUND", ("stored_method_id",))]


async def test_a_guests_card_is_kept_for_nobody(shop: Buying):
    assert await buy_and_save(shop) is None
