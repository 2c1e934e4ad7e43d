"""What members of companies pay: contracts, promotions and segments, from the product page to the order."""

from dataclasses import replace
from typing import Any

from domain.companies.model import CompanyRole
from domain.customers.grouping.usecases import SetGroup, set_group
from domain.pricing.context import Wish, applied
from domain.shared.actor import GUEST
from domain.shared.ids import CompanyId, CustomerId, OfferId
from loaders.registry import Loaders
from persistence.ids import new_id
from tests.after_sale.test_editing import edit
from tests.factories.after_sale import Sale
from tests.factories.balances import customer
from tests.factories.buying import Buying
from tests.factories.companies import company, dismiss, listed, member, segments
from tests.factories.promotions import promote
from tests.factories.refusals import problems_of

HALF = {"kind": "percentage", "percent": "50"}


async def grouped(shop: Buying, group: str) -> CustomerId:
    customer_id = await customer(shop.pool)
    await set_group(shop.unit_of_work(), SetGroup(customer_id, group))
    return customer_id


async def in_cart(shop: Buying, offer: OfferId, company_id: CompanyId | None = None) -> int:
    cart = await shop.priced_cart(await shop.cart((offer, 1), company=company_id))
    minor: int = cart.totals.lines.gross.minor
    return minor


async def on_page(shop: Buying, offer: OfferId, company_id: CompanyId | None = None) -> int:
    """What the product page shows, to whoever asks in the context of the company."""
    known = await shop.reference.facts()
    request = replace(applied(known.markets, asked=Wish(market="de"), preferred=Wish()), company_id=company_id)
    found = await Loaders(shop.pool, request, shop.actor, shop.now, shop.reference).offer.load(offer)
    assert found is not None
    assert found.price is not None
    return found.price.current.gross.minor


async def market(shop: Buying) -> Any:
    return await shop.pool.fetchval("SELECT id FROM market WHERE handle = 'de'")


async def test_p1_the_companys_contract_goes_before_the_group_the_market_and_the_default(shop: Buying):
    """Default 100.00, market 90.00, group `trade` 80.00, contract 70.00; seen as each of four buyers sees it."""
    offer = await shop.offer(prices={})
    await listed(shop, offer, 100_00)
    acme = await company(shop)
    trader = await grouped(shop, "trade")
    buyer = await member(shop, acme.id, customer_id=trader)

    only_default = await in_cart(shop, offer)
    await listed(shop, offer, 90_00, market_id=await market(shop))
    await listed(shop, offer, 80_00, customer_group="trade")
    await listed(shop, offer, 70_00, company_id=acme.id)

    guest = replace(shop, actor=GUEST)
    assert only_default == 100_00
    assert [await in_cart(guest, offer), await in_cart(buyer, offer), await in_cart(buyer, offer, acme.id)] == [
        90_00,
        80_00,
        70_00,
    ]
    assert [await on_page(guest, offer), await on_page(buyer, offer), await on_page(buyer, offer, acme.id)] == [
        90_00,
        80_00,
        70_00,
    ]


async def test_p1_the_contract_price_stands_from_the_cart_to_the_order(shop: Buying):
    offer = await shop.offer(price=100_00)
    acme = await company(shop)
    await listed(shop, offer, 70_00, company_id=acme.id)
    buyer = await member(shop, acme.id)

    checkout = await buyer.start(await buyer.cart((offer, 1), company=acme.id))
    await buyer.tell(checkout)
    await buyer.tender(checkout)
    done = await buyer.complete(checkout)

    paid = await shop.pool.fetchval('SELECT lines_gross_minor FROM "order" WHERE id = $1', done.order_id)
    assert paid == 70_00


async def test_a_contract_is_of_its_own_company_alone(shop: Buying):
    offer = await shop.offer(price=100_00)
    acme, other = await company(shop), await company(shop, "Other AG")
    await listed(shop, offer, 70_00, company_id=other.id)
    buyer = await member(shop, acme.id)

    assert await in_cart(buyer, offer, acme.id) == 100_00
    assert await problems_of(buyer.cart((offer, 1), company=other.id)) == [("NOT_FOUND", ("company_id",))]


async def test_a_viewer_does_not_buy_and_a_guest_is_no_member(shop: Buying):
    offer = await shop.offer()
    acme = await company(shop)
    viewer = await member(shop, acme.id, role=CompanyRole.VIEWER)

    assert await problems_of(viewer.cart((offer, 1), company=acme.id)) == [("NOT_ALLOWED", ("company_id",))]
    assert await problems_of(shop.cart((offer, 1), company=acme.id, key="a-long-guests-key")) == [
        ("NOT_FOUND", ("company_id",))
    ]
    assert await problems_of(viewer.cart((offer, 1), company=CompanyId(new_id("company")))) == [
        ("NOT_FOUND", ("company_id",))
    ]


async def test_whoever_is_dismissed_loses_the_contract_and_cannot_order_by_it(shop: Buying):
    offer = await shop.offer(price=100_00)
    acme = await company(shop)
    await listed(shop, offer, 70_00, company_id=acme.id)
    buyer = await member(shop, acme.id)
    cart = await buyer.cart((offer, 1), company=acme.id)
    checkout = await buyer.start(await buyer.cart((offer, 1), company=acme.id))
    await buyer.tell(checkout)
    await buyer.tender(checkout)

    await dismiss(shop, acme.id, buyer.actor.customer_id)

    left = await buyer.priced_cart(cart)
    assert left.totals.lines.gross.minor == 100_00
    assert [problem.code.value for problem in left.problems] == ["NOT_ALLOWED"]
    assert await problems_of(buyer.start(cart)) == [("NOT_ALLOWED", ("cart_id",))]
    assert [need.value for need in (await buyer.checkout(checkout)).missing] == ["APPROVAL"]
    assert await problems_of(buyer.complete(checkout)) == [("NOT_ALLOWED", ("checkout_id",))]


async def test_a_promotion_for_companies_is_for_who_buys_for_one_of_them(shop: Buying):
    offer = await shop.offer(price=100_00)
    acme = await company(shop)
    buyer = await member(shop, acme.id)
    await promote(shop, conditions={"companies": [acme.id]}, action=HALF)

    assert [await in_cart(buyer, offer), await in_cart(buyer, offer, acme.id)] == [100_00, 50_00]
    assert [await on_page(buyer, offer), await on_page(buyer, offer, acme.id)] == [100_00, 50_00]


async def test_p5_a_segments_promotion_competes_with_others_as_any_does(shop: Buying):
    """Ten percent for all and half for `lapsed` in one group: the one that saves the buyer more."""
    offer = await shop.offer(price=100_00)
    lapsed = await customer(shop.pool)
    await segments(shop, lapsed, "big-spender", "lapsed")
    await promote(shop, name="Ten", exclusion_group="sale")
    await promote(shop, name="Back", exclusion_group="sale", conditions={"segments": ["lapsed"]}, action=HALF)
    buyer = replace(shop, actor=replace(GUEST, customer_id=lapsed))
    stranger = replace(shop, actor=replace(GUEST, customer_id=await customer(shop.pool)))

    assert [await in_cart(shop, offer), await in_cart(stranger, offer), await in_cart(buyer, offer)] == [
        90_00,
        90_00,
        50_00,
    ]


async def test_p18_a_segments_price_is_promised_and_found_again_from_what_was_stored(shop: Buying):
    """The customer leaves the segment: a cart costs the whole, the checkout what it was promised, to the cent."""
    offer = await shop.offer(price=33_33)
    lapsed = await customer(shop.pool)
    await segments(shop, lapsed, "lapsed")
    action = {"kind": "percentage", "percent": "33"}
    await promote(shop, conditions={"segments": ["lapsed"]}, action=action)
    buyer = replace(shop, actor=replace(GUEST, customer_id=lapsed))
    checkout = await buyer.start(await buyer.cart((offer, 3)))
    promised = await buyer.checkout(checkout)

    await segments(shop, lapsed)
    await buyer.tell(checkout)
    await buyer.tender(checkout)
    again = await buyer.checkout(checkout)
    done = await buyer.complete(checkout)

    assert promised.checkout.prices.buyer.segments == {"lapsed"}
    assert again.lines == promised.lines
    [taken] = again.lines[0].discounts
    assert (taken.base.minor, taken.amount.minor) == (99_99, 33_00)
    assert await in_cart(buyer, offer) == 33_33
    paid = await shop.pool.fetchval('SELECT lines_gross_minor FROM "order" WHERE id = $1', done.order_id)
    assert paid == 99_99 - 33_00


async def test_o6_goods_that_are_added_to_a_companys_order_cost_what_its_contract_says(shop: Buying):
    vendor = await shop.catalog.vendor("Valley", slug="valley")
    first, added = [await shop.offer(price=100_00, vendor_id=vendor) for _ in range(2)]
    acme = await company(shop)
    await listed(shop, added, 70_00, company_id=acme.id)
    buyer = await member(shop, acme.id)
    checkout = await buyer.start(await buyer.cart((first, 1), company=acme.id))
    await buyer.tell(checkout)
    await buyer.tender(checkout)
    done = await buyer.complete(checkout)
    assert done.order_id is not None
    sale = Sale(shop, done.order_id)

    await edit(sale, add=((added, 1),))

    assert [line.total.gross.minor for line in await sale.lines()] == [100_00, 70_00]
