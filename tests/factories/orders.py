"""A shop with two vendors, and orders placed in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from domain.catalog.snapshot import LineSnapshot
from domain.orders.model import Allocation, Order, OrderLine, OrderStatus, VendorOrder, VendorOrderStatus
from domain.pricing.quote import Totals
from domain.pricing.tax import TaxLine, merged
from domain.shared.actor import STAFF_SCOPE, Actor
from domain.shared.address import Address
from domain.shared.ids import (
    ApiKeyId,
    CheckoutId,
    CustomerId,
    MarketId,
    OfferId,
    OrderId,
    OrderLineId,
    ProductId,
    VariantId,
    VendorId,
    VendorOrderId,
    WarehouseId,
)
from domain.shared.money import Money, TaxedMoney, sum_money, sum_taxed
from domain.shared.news import News
from persistence.ids import new_id
from persistence.orders.repository import OrderRepository
from persistence.pricing.reference import Reference
from persistence.statement import Connection, Pool
from persistence.unit_of_work import PostgresUnitOfWork
from tests.factories.clock import present
from tests.fakes.news import LocalNews

CURRENCY = "EUR"
STOCK = 100


@dataclass(frozen=True, slots=True)
class Seller:
    """A vendor with one warehouse, and offers that have `STOCK` units each."""

    id: VendorId
    warehouse_id: WarehouseId
    offers: tuple[OfferId, ...]

    @property
    def actor(self) -> Actor:
        return Actor(api_key_id=ApiKeyId(f"api_key_{self.id[7:]}"), vendor_ids=frozenset({self.id}))


@dataclass(frozen=True, slots=True)
class Shop:
    market_id: MarketId
    price_list_id: str
    sellers: tuple[Seller, Seller]


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as it was written."""

    order: Order
    parts: tuple[VendorOrder, ...]
    lines: tuple[OrderLine, ...]


def staff(*scopes: str) -> Actor:
    return Actor(customer_id=CustomerId(new_id("customer")), scopes=frozenset({STAFF_SCOPE, *scopes}))


def unit_of_work(pool: Pool, actor: Actor, news: News | None = None) -> PostgresUnitOfWork:
    """What a request of the actor works in; a vendor's is confined to the vendor's rows."""
    return PostgresUnitOfWork(
        pool,
        reference=Reference(pool),
        actor=actor,
        new_id=new_id,
        news=news or LocalNews(),
        confined_to=actor.vendor_ids or None,
    )


async def make_shop(pool: Pool, *, offers: int = 2) -> Shop:
    """A German market and two vendors, each with `offers` offers."""
    market_id, price_list_id = new_id("market"), new_id("price_list")
    await pool.execute(
        """INSERT INTO market (id, handle, name, countries, currencies, languages,
        prices_include_tax, time_zone, tax_level, rounding, price_policy)
        VALUES ($1, 'de', 'Germany', '{DE}', '{EUR}', '{de,en}',
        true, 'Europe/Berlin', 'LINE', 'HALF_UP', 'FIXED_GROSS')""",
        market_id,
    )
    await pool.execute(
        "INSERT INTO price_list (id, handle, name, currency, market_id) VALUES ($1, $1, 'Germany', 'EUR', $2)",
        price_list_id,
        market_id,
    )
    sellers = (await _make_seller(pool, offers), await _make_seller(pool, offers))
    return Shop(MarketId(market_id), price_list_id, sellers)


async def _make_seller(pool: Pool, offers: int) -> Seller:
    vendor_id, warehouse_id = new_id("vendor"), new_id("warehouse")
    await pool.execute("INSERT INTO vendor (id, slug, name, country) VALUES ($1, $1, 'A vendor', 'DE')", vendor_id)
    await pool.execute(
        "INSERT INTO warehouse (id, code, name, country, vendor_id) VALUES ($1, $1, 'Main', 'DE', $2)",
        warehouse_id,
        vendor_id,
    )
    made = [await make_offer(pool, vendor_id, warehouse_id) for _ in range(offers)]
    return Seller(VendorId(vendor_id), WarehouseId(warehouse_id), tuple(made))


async def make_variant(pool: Pool, *, title: str = "A lamp") -> VariantId:
    product_id, variant_id = new_id("product"), new_id("variant")
    await pool.execute("INSERT INTO product (id, slug, title) VALUES ($1, $1, $2)", product_id, title)
    await pool.execute(
        "INSERT INTO variant (id, product_id, sku, title) VALUES ($1, $2, $1, $3)", variant_id, product_id, title
    )
    return VariantId(variant_id)


async def make_offer(pool: Pool, vendor_id: str, warehouse_id: str, *, title: str = "A lamp") -> OfferId:
    """An offer with `STOCK` units on hand, and the movement that explains them."""
    offer_id, variant_id = new_id("offer"), await make_variant(pool, title=title)
    await pool.execute(
        """INSERT INTO offer (id, variant_id, product_id, vendor_id)
        SELECT $1, id, product_id, $3 FROM variant WHERE id = $2""",
        offer_id,
        variant_id,
        vendor_id,
    )
    await pool.execute(
        "INSERT INTO stock_level (offer_id, warehouse_id, on_hand) VALUES ($1, $2, $3)", offer_id, warehouse_id, STOCK
    )
    await pool.execute(
        "INSERT INTO stock_movement (offer_id, warehouse_id, delta, reason) VALUES ($1, $2, $3, 'opening')",
        offer_id,
        warehouse_id,
        STOCK,
    )
    return OfferId(offer_id)


def make_address(**changes: Any) -> Address:
    return replace(
        Address("Hauptstraße 1", "Berlin", "DE", first_name="Ada", last_name="Lovelace", postal_code="10115"), **changes
    )


def make_line(offer_id: str, *, quantity: int = 1, **changes: Any) -> OrderLine:
    """A line of lamps at 11.90 EUR each, 19 % included; it belongs to no order yet."""
    gross = Money(1190 * quantity, CURRENCY)
    tax = Money(190 * quantity, CURRENCY)
    line = OrderLine(
        id=OrderLineId(new_id("order_line")),
        order_id=OrderId(""),
        vendor_order_id=VendorOrderId(""),
        vendor_id=VendorId(""),
        position=0,
        offer_id=OfferId(offer_id),
        variant_id=VariantId(new_id("variant")),
        product_id=ProductId(new_id("product")),
        snapshot=LineSnapshot("A lamp", "LAMP-1", (("Color", "Red"),), "/media/lamp.svg", "A red lamp"),
        tax_class="standard",
        quantity=quantity,
        unit_price=TaxedMoney.of_gross(1190, 190, CURRENCY),
        total=TaxedMoney(gross - tax, tax, gross),
        discount=Money.zero(CURRENCY),
        taxes=(TaxLine("VAT", "DE", Decimal("0.19"), gross - tax, tax),),
    )
    return replace(line, **changes)


def make_totals(lines: Sequence[OrderLine], shipping: TaxedMoney | None = None) -> Totals:
    goods = sum_taxed((line.total for line in lines), CURRENCY)
    shipping = shipping or TaxedMoney.zero(CURRENCY)
    return Totals(
        lines=goods,
        discount=sum_money((line.discount for line in lines), CURRENCY),
        shipping=shipping,
        fees=TaxedMoney.zero(CURRENCY),
        rounding=Money.zero(CURRENCY),
        taxes=merged([tax for line in lines for tax in line.taxes]),
        total=goods + shipping,
        tendered=Money.zero(CURRENCY),
        due=(goods + shipping).gross,
    )


def make_order(shop: Shop, lines: Sequence[OrderLine], **changes: Any) -> Order:
    order = Order(
        id=OrderId(new_id("order")),
        number=new_id("number"),
        status=OrderStatus.CONFIRMED,
        checkout_id=CheckoutId(new_id("checkout")),
        customer_id=None,
        email="ada@example.com",
        market_id=shop.market_id,
        country="DE",
        language="de",
        currency=CURRENCY,
        shipping_address=make_address(),
        billing_address=make_address(company="Analytical Engines"),
        totals=make_totals(lines, TaxedMoney.of_gross(490, 78, CURRENCY)),
        placed_at=present(),
        internal_notes=("Call before delivery",),
    )
    return replace(order, **changes)


async def place_order(
    pool: Pool,
    shop: Shop,
    *,
    sold: Sequence[tuple[int, int, int]] = ((0, 0, 2), (1, 0, 1)),
    status: VendorOrderStatus = VendorOrderStatus.NEW,
    **changes: Any,
) -> Placed:
    """Place an order of `(seller, offer, quantity)` lines; what it owes is allocated in the sellers' warehouses."""
    lines = [make_line(shop.sellers[seller].offers[offer], quantity=quantity) for seller, offer, quantity in sold]
    order = make_order(shop, lines, **changes)
    parts = {}
    for number, seller in enumerate(sorted({seller for seller, _, _ in sold}), start=1):
        own = [line for line, (of, _, _) in zip(lines, sold, strict=True) if of == seller]
        parts[seller] = _make_part(order, shop.sellers[seller], own, number, status)
    lines = [
        replace(
            line,
            order_id=order.id,
            vendor_order_id=parts[seller].id,
            vendor_id=parts[seller].vendor_id,
            position=position,
        )
        for position, (line, (seller, _, _)) in enumerate(zip(lines, sold, strict=True))
    ]
    allocations = [
        Allocation(line.id, line.offer_id, shop.sellers[seller].warehouse_id, line.quantity)
        for line, (seller, _, _) in zip(lines, sold, strict=True)
    ]
    await _write(pool, order, list(parts.values()), lines, allocations)
    return Placed(order, tuple(parts.values()), tuple(lines))


def _make_part(
    order: Order, seller: Seller, lines: Sequence[OrderLine], number: int, status: VendorOrderStatus
) -> VendorOrder:
    return VendorOrder(
        id=VendorOrderId(new_id("vendor_order")),
        order_id=order.id,
        number=f"{order.number}-{number}",
        vendor_id=seller.id,
        status=status,
        language=order.language,
        shipping_address=order.shipping_address,
        delivery={"name": "Standard", "carrier": "DHL"},
        totals=make_totals(lines),
        placed_at=order.placed_at,
        accept_by=order.placed_at + timedelta(hours=48),
    )


async def _write(
    pool: Pool,
    order: Order,
    parts: Sequence[VendorOrder],
    lines: Sequence[OrderLine],
    allocations: Sequence[Allocation],
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await _write_checkout(connection, order)
        await OrderRepository(connection).add(order, parts, lines, allocations)
        for item in allocations:
            await connection.execute(
                "UPDATE stock_level SET allocated = allocated + $3 WHERE offer_id = $1 AND warehouse_id = $2",
                item.offer_id,
                item.warehouse_id,
                item.quantity,
            )


async def _write_checkout(connection: Connection, order: Order) -> None:
    cart_id = new_id("cart")
    place = (order.market_id, order.country, order.language, order.currency)
    await connection.execute(
        "INSERT INTO cart (id, market_id, country, language, currency) VALUES ($1, $2, $3, $4, $5)", cart_id, *place
    )
    await connection.execute(
        """INSERT INTO checkout (id, state, cart_id, cart_version, market_id, country, language, currency, expires_at)
        VALUES ($1, 'COMPLETED', $2, 1, $3, $4, $5, $6, now())""",
        order.checkout_id,
        cart_id,
        *place,
    )
