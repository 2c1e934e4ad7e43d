"""Delivery in a checkout: zones, groups, sourcing, stores and points to fetch goods at."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.checkout.model import CheckoutRequirement
from domain.checkout.priced import PricedCheckout, PricedOption
from domain.fulfillment.calendar import Handling
from domain.shared.delivery_kinds import SENT_BY_NETWORK, DeliveryKind
from domain.shared.errors import DeliveryProblem, Refused, StockProblem
from domain.shared.ids import CheckoutId, DeliveryGroupId, DeliveryOptionId, OfferId, PickupPointId, WarehouseId
from persistence.ids import new_id
from tests.factories.buying import BERLIN, Buying, outcomes
from tests.factories.promotions import promote
from tests.factories.refusals import problems_of

STORE_ADDRESS = {"line1": "Musterweg 8", "city": "Fulda", "postal_code": "36037", "country": "DE"}
FULDA, HAMBURG = (50.55, 9.68), (53.55, 9.99)


async def two_of_one_vendor(shop: Buying, **first: Any) -> tuple[str, OfferId, OfferId]:
    """A vendor with two offers that lie nowhere yet."""
    vendor = await shop.catalog.vendor()
    one = await shop.offer(vendor_id=vendor, stock=None, **first)
    return vendor, one, await shop.offer(vendor_id=vendor, stock=None)


async def warehouse(shop: Buying, vendor: str, stock: dict[OfferId, int], **facts: Any) -> WarehouseId:
    key = await shop.catalog.warehouse(vendor, **facts)
    for offer, units in stock.items():
        await shop.catalog.stock(offer, key, on_hand=units)
    return WarehouseId(key)


async def store(shop: Buying, vendor: str, stock: dict[OfferId, int], **facts: Any) -> WarehouseId:
    """A warehouse where goods can be fetched; what this process knows of stores is read again."""
    key = await warehouse(shop, vendor, stock, is_pickup=True, address=STORE_ADDRESS, **facts)
    await known_anew(shop)
    return key


async def known_anew(shop: Buying) -> None:
    shop.reference.forget()
    await shop.reference.facts()


async def held(shop: Buying, checkout: CheckoutId) -> list[tuple[str, str, int]]:
    rows = await shop.pool.fetch(
        "SELECT offer_id, warehouse_id, quantity FROM reservation WHERE checkout_id = $1 ORDER BY 1, 2", checkout
    )
    return [tuple(row) for row in rows]


def option_of(priced: PricedCheckout, kind: DeliveryKind, group: int = 0) -> PricedOption:
    return next(option for option in priced.delivery_groups[group].options if option.kind is kind)


async def fetched_at(
    shop: Buying, checkout: CheckoutId, place: WarehouseId | PickupPointId, kind: DeliveryKind
) -> None:
    priced = await shop.checkout(checkout)
    group = priced.delivery_groups[0].id
    await shop.update(checkout, deliveries=((group, option_of(priced, kind).id),), places=((group, place),))


async def test_s9_two_a_and_one_b_come_all_from_the_warehouse_that_has_both(shop: Buying):
    vendor, a, b = await two_of_one_vendor(shop)
    await warehouse(shop, vendor, {a: 2}, priority=0)
    both = await warehouse(shop, vendor, {a: 2, b: 1}, priority=1)

    checkout = await shop.start(await shop.cart((a, 2), (b, 1)))

    assert await held(shop, checkout) == sorted([(a, both, 2), (b, both, 1)])
    assert (await shop.checkout(checkout)).delivery_groups[0].warehouses == (both,)


async def test_s9_the_nearest_warehouse_sends_then_the_one_with_the_lower_priority(shop: Buying):
    vendor, a, b = await two_of_one_vendor(shop)
    await warehouse(shop, vendor, {a: 5}, priority=0, country="AT")
    near = await warehouse(shop, vendor, {a: 5, b: 5}, priority=5, latitude=FULDA[0], longitude=FULDA[1])
    far = await warehouse(shop, vendor, {a: 5, b: 5}, priority=1, latitude=HAMBURG[0], longitude=HAMBURG[1])

    nearest = await held(shop, await shop.start(await shop.cart((a, 1))))
    await shop.pool.execute("UPDATE warehouse SET latitude = NULL, longitude = NULL")
    unlocated = await held(shop, await shop.start(await shop.cart((b, 1))))

    assert nearest == [(a, near, 1)]
    assert unlocated == [(b, far, 1)]


async def test_v1_what_is_digital_is_a_group_and_a_vendor_order_of_its_own(shop: Buying):
    vendor = await shop.catalog.vendor()
    lamp = await shop.offer(vendor_id=vendor)
    song = await shop.offer(vendor_id=vendor, product={"kind": "DIGITAL"})
    checkout = await shop.ready((lamp, 1), (song, 1))
    priced = await shop.checkout(checkout)

    await shop.complete(checkout)

    by_offer = {group.lines[0].line.offer_id: group for group in priced.delivery_groups}
    assert [option.id for option in by_offer[song].options] == [SENT_BY_NETWORK]
    assert [option.price.gross.minor for option in by_offer[lamp].options if option is by_offer[lamp].selected] == [490]
    assert priced.totals.shipping.gross.minor == 490
    kinds = await shop.pool.fetch("SELECT delivery ->> 'kind' FROM vendor_order ORDER BY 1")
    assert [row[0] for row in kinds] == ["DIGITAL", "SHIP"]


async def test_digital_goods_need_no_choice_of_delivery(shop: Buying):
    song = await shop.offer(product={"kind": "DIGITAL"})
    checkout = await shop.start(await shop.cart((song, 1)))

    await shop.update(checkout, shipping_address=BERLIN, email="ada@example.com", accept_terms=True)

    assert (await shop.checkout(checkout)).missing == (CheckoutRequirement.PAYMENT,)


async def test_p6_free_delivery_looks_at_the_goods_after_their_own_discounts(shop: Buying):
    """52.00 less 4.00 off the line are 48.00: not yet free from 50.00."""
    offer = await shop.offer(price=5200)
    checkout = await shop.start(await shop.cart((offer, 1)))
    free = option_of(await shop.checkout(checkout), DeliveryKind.SHIP).price.gross.minor
    await promote(shop, action={"kind": "amount", "amounts": {"EUR": "4.00"}, "per": "LINE"})

    reduced = await shop.start(await shop.cart((offer, 1)))

    assert free == 0
    priced = await shop.checkout(reduced)
    assert priced.lines[0].total.gross.minor == 4800
    assert option_of(priced, DeliveryKind.SHIP).price.gross.minor == 490


async def test_restricted_goods_are_named_where_nothing_leads_to_their_buyer(shop: Buying):
    vendor = await shop.catalog.vendor()
    free = await shop.offer(vendor_id=vendor)
    kept = await shop.offer(vendor_id=vendor)
    product = await shop.pool.fetchval("SELECT product_id FROM offer WHERE id = $1", kept)
    zone = await shop.pool.fetchval("SELECT id FROM delivery_zone WHERE name = 'Germany'")
    await shop.pool.execute(
        "INSERT INTO delivery_restriction (id, product_id, zone_id) VALUES ($1, $2, $3)",
        new_id("delivery_restriction"),
        product,
        zone,
    )
    await known_anew(shop)
    checkout = await shop.start(await shop.cart((free, 1), (kept, 1)))
    option = DeliveryOptionId(
        await shop.pool.fetchval("SELECT id FROM delivery_rate WHERE name LIKE 'Express%' LIMIT 1")
    )
    await shop.update(checkout, shipping_address=BERLIN, email="ada@example.com", accept_terms=True)
    await shop.tender(checkout)
    priced = await shop.checkout(checkout)
    group = priced.delivery_groups[0]
    line = next(line.id for line in priced.lines if line.line.offer_id == kept)

    chosen, completed = await outcomes(
        [shop.update(checkout, deliveries=((group.id, option),)), shop.complete(checkout)]
    )

    assert group.options == ()
    assert [blamed.id for blamed in group.undeliverable_lines] == [line]
    for refusal, path in ((chosen, ("deliveries", "0", "option_id")), (completed, ("checkout_id",))):
        assert isinstance(refusal, Refused)
        (problem,) = refusal.problems
        assert isinstance(problem, DeliveryProblem)
        assert (problem.code.value, problem.path, problem.line_ids) == ("NO_DELIVERY_OPTION", path, (line,))


async def test_what_is_never_sent_is_a_group_of_its_own_to_be_fetched(shop: Buying):
    vendor = await shop.catalog.vendor()
    sent = await shop.offer(vendor_id=vendor)
    heavy = await shop.offer(vendor_id=vendor, stock=None)
    await store(shop, vendor, {heavy: 3})
    await shop.pool.execute(
        """INSERT INTO delivery_restriction (id, product_id, kind)
        SELECT 'delivery_restriction_1', product_id, 'SHIP' FROM offer WHERE id = $1""",
        heavy,
    )
    await known_anew(shop)

    priced = await shop.checkout(await shop.start(await shop.cart((sent, 1), (heavy, 1))))

    kinds = {
        group.lines[0].line.offer_id: {option.kind.value for option in group.options}
        for group in priced.delivery_groups
    }
    assert kinds == {sent: {"SHIP", "PICKUP_STORE"}, heavy: {"PICKUP_STORE"}}


async def test_core_0105_goods_are_fetched_at_the_store_that_the_buyer_chose(shop: Buying):
    vendor, lamp, _ = await two_of_one_vendor(shop)
    central = await warehouse(shop, vendor, {lamp: 9}, priority=0)
    fulda = await store(shop, vendor, {lamp: 2}, priority=5, name="Fulda", opening_hours="Mon to Fri")
    checkout = await shop.start(await shop.cart((lamp, 1)))
    before = await held(shop, checkout)

    await fetched_at(shop, checkout, fulda, DeliveryKind.PICKUP_STORE)
    await shop.update(checkout, email="ada@example.com", billing_address=BERLIN, accept_terms=True)
    await shop.tender(checkout)
    ready = await shop.checkout(checkout)
    done = await shop.complete(checkout)

    assert before == [(lamp, central, 1)]
    assert ready.missing == ()
    assert ready.totals.total.gross.minor == 1999
    assert not ready.totals.tax_is_estimate
    assert done.order_id is not None
    assert await shop.pool.fetchval("SELECT warehouse_id FROM allocation") == fulda
    delivery = await shop.pool.fetchval("SELECT delivery FROM vendor_order")
    assert delivery["kind"] == "PICKUP_STORE"
    assert delivery["pickup"] == {"id": fulda, "name": "Fulda", "address": STORE_ADDRESS, "opening_hours": "Mon to Fri"}
    (order,) = await shop.pool.fetch('SELECT shipping_address, country FROM "order"')
    assert tuple(order) == (None, "DE")


async def test_a_store_that_has_too_little_is_refused_and_nothing_changes(shop: Buying):
    vendor, lamp, _ = await two_of_one_vendor(shop)
    central = await warehouse(shop, vendor, {lamp: 9})
    fulda = await store(shop, vendor, {lamp: 1}, priority=5)
    checkout = await shop.start(await shop.cart((lamp, 2)))

    (refusal,) = await outcomes([fetched_at(shop, checkout, fulda, DeliveryKind.PICKUP_STORE)])

    assert isinstance(refusal, Refused)
    (problem,) = refusal.problems
    assert isinstance(problem, StockProblem)
    assert (problem.available, problem.path) == (1, ("deliveries",))
    assert await held(shop, checkout) == [(lamp, central, 2)]


async def test_core_0115_a_chosen_delivery_can_be_taken_back_and_its_store_is_forgotten(shop: Buying):
    vendor, lamp, _ = await two_of_one_vendor(shop)
    central = await warehouse(shop, vendor, {lamp: 9})
    fulda = await store(shop, vendor, {lamp: 1}, priority=5)
    checkout = await shop.start(await shop.cart((lamp, 1)))
    await fetched_at(shop, checkout, fulda, DeliveryKind.PICKUP_STORE)
    chosen = await shop.checkout(checkout)

    await shop.update(checkout, deliveries=((chosen.delivery_groups[0].id, None),))

    (group,) = (await shop.checkout(checkout)).delivery_groups
    assert chosen.delivery_groups[0].selected is not None
    assert (group.selected, group.pickup) == (None, None)
    assert await held(shop, checkout) == [(lamp, central, 1)]
    assert CheckoutRequirement.DELIVERY_OPTION in (await shop.checkout(checkout)).missing


async def point(shop: Buying, carrier: str, code: str, country: str = "DE") -> PickupPointId:
    key = PickupPointId(new_id("pickup_point"))
    await shop.pool.execute(
        """INSERT INTO pickup_point (id, carrier, code, name, country, postal_code, address)
        VALUES ($1, $2, $3, 'Kiosk', $4, '10115', $5)""",
        key,
        carrier,
        code,
        country,
        {"line1": "Weg 1", "city": "Berlin", "postal_code": "10115", "country": country},
    )
    return key


async def test_goods_are_fetched_at_a_point_of_the_options_carrier(shop: Buying):
    market = await shop.pool.fetchval("SELECT id FROM market WHERE handle = 'de'")
    await shop.pool.execute(
        """INSERT INTO delivery_rate (id, market_id, countries, kind, name, carrier, currency, price_minor, min_days,
            max_days, position) VALUES ($1, $2, '{}', 'PICKUP_POINT', 'Parcel shop', 'DHL', 'EUR', 390, 2, 3, 9)""",
        new_id("delivery_option"),
        market,
    )
    await known_anew(shop)
    checkout = await shop.start(await shop.cart((await shop.offer(), 1)))
    await shop.update(checkout, shipping_address=BERLIN)
    right, another, abroad = (
        await point(shop, "DHL", "1"),
        await point(shop, "DPD", "1"),
        await point(shop, "DHL", "2", "AT"),
    )

    for wrong in (another, abroad):
        refused = await problems_of(fetched_at(shop, checkout, wrong, DeliveryKind.PICKUP_POINT))
        assert refused == [("NOT_FOUND", ("deliveries", "0", "place_id"))]
    await fetched_at(shop, checkout, right, DeliveryKind.PICKUP_POINT)

    (group,) = (await shop.checkout(checkout)).delivery_groups
    assert group.selected is not None
    assert group.pickup is not None
    assert (group.pickup.id, group.selected.price.gross.minor) == (right, 390)


@pytest.mark.parametrize(
    ("kind", "place", "refusal"),
    [
        (DeliveryKind.PICKUP_STORE, None, ("REQUIRED", ("deliveries", "0", "place_id"))),
        (DeliveryKind.SHIP, "store", ("INVALID", ("deliveries", "0", "place_id"))),
        (DeliveryKind.PICKUP_STORE, "unknown", ("REQUIRED", ("deliveries", "0", "place_id"))),
    ],
    ids=["no place", "a place to nothing", "an unknown place"],
)
async def test_a_place_goes_with_a_way_to_fetch_goods(
    shop: Buying, kind: DeliveryKind, place: str | None, refusal: tuple[str, tuple[str, ...]]
):
    vendor, lamp, _ = await two_of_one_vendor(shop)
    fulda = await store(shop, vendor, {lamp: 5})
    checkout = await shop.start(await shop.cart((lamp, 1)))
    priced = await shop.checkout(checkout)
    group: DeliveryGroupId = priced.delivery_groups[0].id
    places = {"store": fulda, "unknown": WarehouseId(new_id("warehouse"))}
    named = ((group, places[place]),) if place else ()

    refused = await problems_of(shop.update(checkout, deliveries=((group, option_of(priced, kind).id),), places=named))

    assert refused == [refusal]


async def test_estimates_begin_when_the_warehouse_sends(shop: Buying):
    vendor, lamp, _ = await two_of_one_vendor(shop)
    await warehouse(shop, vendor, {lamp: 5}, cutoff_hour=14, handling_days=2, time_zone="Europe/Berlin")
    plain = await shop.offer()
    usual, handled = [await shop.checkout(await shop.start(await shop.cart((offer, 1)))) for offer in (plain, lamp)]

    today = shop.now.astimezone(ZoneInfo("Europe/Berlin")).date()
    leaves = Handling("DE", "Europe/Berlin", 14, 2).leaves_on(shop.now)
    assert option_of(usual, DeliveryKind.SHIP).estimate.earliest == today + timedelta(days=2)
    assert option_of(handled, DeliveryKind.SHIP).estimate.earliest == leaves + timedelta(days=2)
    assert leaves > today
