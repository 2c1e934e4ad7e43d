"""Checkouts: read whole in one statement; their lines are written once, change in nothing but their prices, and go if
they are gifts no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.cart.model import Cart
from domain.catalog.snapshot import LineSnapshot
from domain.checkout.calculation import Terms
from domain.checkout.model import Checkout, CheckoutLine, CheckoutState, DeliveryGroup, Held, Holder
from domain.fulfillment.calendar import Handling
from domain.fulfillment.places import place_document, place_of
from domain.inventory.sourcing import Pick
from domain.payments.model import Attempt
from domain.pricing.wrapping.model import GiftWrapPer, WrapTerms
from domain.shared.idempotency import Once, Outcome
from domain.shared.ids import (
    CartId,
    CartLineId,
    CheckoutId,
    CustomerId,
    DeliveryGroupId,
    DeliveryOptionId,
    MarketId,
    OfferId,
    OrderId,
    ProductId,
    PromotionId,
    VariantId,
    VendorId,
    WarehouseId,
)
from persistence.cart.repository import CART_WIDTH, LOCK_CART_OF_CHECKOUT, as_locked
from persistence.checkout.promises import promises_document, promises_of
from persistence.companies.queries import buying_for, buying_of
from persistence.idempotency import IdempotencyKeys, claiming
from persistence.inventory.reservations import STILL_HELD, kept_until, picks_of
from persistence.orders.documents import address_document, address_of
from persistence.payments.repository import TENDERS, recorded_values, recording, tender_of
from persistence.pricing.promotion_usage import counts
from persistence.pricing.reference import Reference
from persistence.pricing.tax_documents import facts_document, facts_of
from persistence.statement import Connection, Database, Record, among

_COLUMNS = f"""
       c.id, c.version, c.state, c.cart_id, c.cart_version, c.customer_id, c.market_id, c.country, c.language,
       c.currency, c.email, c.shipping_address, c.billing_address, c.terms_accepted, c.order_id, c.started_at,
       c.expires_at, c.lease_until, c.tax, c.pricing, c.held_by,
       c.saves_shipping_address, c.saves_billing_address, c.po_number, {buying_for("c")} AS buying,
       (SELECT seen.version FROM checkout seen WHERE seen.id = c.id) AS seen_version,
       (SELECT jsonb_agg(jsonb_build_array(l.cart_line_id, l.group_id, l.offer_id, l.variant_id, l.product_id,
               l.vendor_id, l.position, l.quantity, l.unit_minor, l.tax_class, l.weight_grams, l.volume_ml, l.snapshot)
               ORDER BY l.position)
        FROM checkout_line l WHERE l.checkout_id = c.id) AS lines,
       (SELECT jsonb_agg(jsonb_build_array(g.id, g.vendor_id, g.option_id, g.is_digital, g.pickup) ORDER BY g.id)
        FROM delivery_group g WHERE g.checkout_id = c.id) AS groups,
       (SELECT jsonb_agg(jsonb_build_array(r.offer_id, r.warehouse_id, r.quantity, w.country, w.time_zone,
               w.cutoff_hour, w.handling_days) ORDER BY r.offer_id, r.warehouse_id)
        FROM reservation r JOIN warehouse w ON w.id = r.warehouse_id WHERE r.checkout_id = c.id) AS held,
       (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.tender_id)
        FROM ({TENDERS}) AS t WHERE t.tender_checkout_id = c.id) AS tenders
"""  # noqa: S608 - made of constants
_READ = f"SELECT {_COLUMNS} FROM checkout c "  # noqa: S608 - made of constants
_BY_ID = f"{_READ} WHERE c.id {among('$1')}"

_LOCK = _READ + "WHERE c.id = $1 FOR UPDATE"
_LOCK_WITH_CART = f"""
WITH basket AS MATERIALIZED ({LOCK_CART_OF_CHECKOUT})
SELECT basket.*, {_COLUMNS} FROM basket JOIN checkout c ON c.cart_id = basket.id WHERE c.id = $1 FOR UPDATE OF c
"""  # noqa: S608 - made of constants
_LOCK_AND_CLAIM = claiming(_LOCK)
_LOCK_WITH_CART_AND_CLAIM = claiming(_LOCK_WITH_CART)
_LOCK_LIVE = _READ + "WHERE c.cart_id = $1 AND c.state IN ('OPEN', 'COMPLETING') FOR UPDATE"

_LAST = _READ + "WHERE c.cart_id = $1 ORDER BY c.started_at DESC, c.id DESC LIMIT 1"

_ADD = """
WITH line AS (
    INSERT INTO checkout_line (checkout_id, cart_line_id, group_id, offer_id, variant_id, product_id, vendor_id,
                               position, quantity, unit_minor, currency, tax_class, weight_grams, volume_ml, snapshot)
    SELECT $1, l.cart_line_id, l.group_id, l.offer_id, l.variant_id, l.product_id, l.vendor_id, l.position, l.quantity,
           l.unit_minor, $10, l.tax_class, l.weight_grams, l.volume_ml, l.snapshot
    FROM unnest($22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[], $28::int[], $29::int[],
                $30::bigint[], $31::text[], $32::int[], $33::int[], $34::jsonb[])
        AS l (cart_line_id, group_id, offer_id, variant_id, product_id, vendor_id, position, quantity, unit_minor,
              tax_class, weight_grams, volume_ml, snapshot)
), added AS (
    INSERT INTO checkout (id, version, state, cart_id, cart_version, customer_id, market_id, country, language,
                          currency, email, shipping_address, billing_address, terms_accepted, order_id, started_at,
                          expires_at, tax, pricing, held_by,
                          saves_shipping_address, saves_billing_address, company_id, po_number)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $20, $21, $37, $38,
            $39, $40, $41)
)
INSERT INTO delivery_group (id, checkout_id, vendor_id, option_id, is_digital)
SELECT id, $1, vendor_id, option_id, is_digital
FROM unnest($18::text[], $19::text[], $35::text[], $36::boolean[]) AS g (id, vendor_id, option_id, is_digital)
"""

_CHOSEN = """
chosen AS (
    UPDATE delivery_group g SET option_id = c.option_id, pickup = c.pickup
    FROM unnest($12::text[], $13::text[], $16::jsonb[]) AS c (id, option_id, pickup)
    WHERE g.id = c.id AND (g.option_id, g.pickup) IS DISTINCT FROM (c.option_id, c.pickup)
)
"""
_ORDERED = """
ordered AS (
    UPDATE cart SET state = 'ORDERED', version = version + 1, updated_at = now()
    WHERE id = (SELECT cart_id FROM checkout WHERE id = $1)
)
"""
_UPDATE = """
UPDATE checkout SET version = $2, state = $3, email = $4, shipping_address = $5, billing_address = $6,
       terms_accepted = $7, order_id = $8, expires_at = $9, lease_until = $10, customer_id = $11,
       tax = $14, pricing = $15, saves_shipping_address = $17, saves_billing_address = $18,
       company_id = $19, po_number = $20
WHERE id = $1
"""
_DROP_LINES = """
WITH gone AS (
    DELETE FROM checkout_line WHERE checkout_id = $1 AND cart_line_id = ANY($2::text[])
)
DELETE FROM delivery_group g WHERE g.checkout_id = $1 AND NOT EXISTS (
    SELECT FROM checkout_line l WHERE l.group_id = g.id AND l.cart_line_id <> ALL($2::text[]))
"""
_SAVE_PRICES = """
WITH of_cart AS (UPDATE checkout SET cart_version = $4 WHERE id = $1)
UPDATE checkout_line l SET unit_minor = fresh.unit_minor
FROM unnest($2::text[], $3::bigint[]) AS fresh (cart_line_id, unit_minor)
WHERE l.checkout_id = $1 AND l.cart_line_id = fresh.cart_line_id
"""
SAVED_WIDTH = 20
"""How many parameters say what of a checkout can change."""
_SAVE = f"WITH {_CHOSEN} {_UPDATE}"
_SAVE_ORDERED = f"WITH {_ORDERED}, {_CHOSEN} {_UPDATE}"
_SAVE_PAID = f"WITH {_ORDERED}, {_CHOSEN}, {recording(SAVED_WIDTH + 1)} {_UPDATE}"
_SAVE_HOLDING = f"{kept_until('$9')}, {_CHOSEN}, saved AS ({_UPDATE}) {STILL_HELD}"

_EXPIRED = """
SELECT c.id FROM checkout c
WHERE c.state IN ('OPEN', 'COMPLETING') AND c.expires_at <= $1
  AND NOT EXISTS (SELECT FROM payment p WHERE p.checkout_id = c.id AND p.state = 'INTENDED')
ORDER BY c.expires_at LIMIT $2
"""


async def checkouts_by_id(database: Database, ids: Sequence[CheckoutId]) -> list[Checkout]:
    """Those checkouts that exist, in no particular order."""
    return [await counted(database, _checkout(row)) for row in await database.fetch(_BY_ID, list(ids))]


async def counted(database: Database, checkout: Checkout) -> Checkout:
    """The checkout with how its codes and limited promotions stand now; one more statement where it has any."""
    prices = checkout.prices
    if not prices.are_counted:
        return checkout
    found = await counts(database, prices.folded_codes, prices.counted, prices.customer_key, now=checkout.started_at)
    return replace(checkout, counts=found.ignoring_limits() if checkout.state is CheckoutState.COMPLETED else found)


async def expired_checkouts(database: Database, now: datetime, *, limit: int) -> list[CheckoutId]:
    """Live checkouts whose time is over and that no payment may still come of, the longest ago first."""
    return [CheckoutId(row["id"]) for row in await database.fetch(_EXPIRED, now, limit)]


class Checkouts:
    """Implements `domain.checkout.ports.CheckoutRepository` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, checkout_id: CheckoutId) -> Checkout | None:
        found = await checkouts_by_id(self._connection, [checkout_id])
        return found[0] if found else None

    async def lock(self, checkout_id: CheckoutId) -> Checkout | None:
        row = await self._connection.fetchrow(_LOCK, checkout_id)
        return await self._as_locked(row)

    async def lock_with_cart(self, checkout_id: CheckoutId) -> tuple[Cart, Checkout] | None:
        """The cart's columns come first; where both have one of a name, the name stands for the checkout's."""
        row = await self._connection.fetchrow(_LOCK_WITH_CART, checkout_id)
        return await self._both_as_locked(row, 0)

    async def lock_and_claim(
        self, checkout_id: CheckoutId, act: Once, outcome: Outcome
    ) -> tuple[Checkout | None, Outcome | None]:
        row, done = await IdempotencyKeys(self._connection).lock_and_claim(_LOCK_AND_CLAIM, checkout_id, act, outcome)
        return await self._as_locked(row), done

    async def lock_with_cart_and_begin(
        self, checkout_id: CheckoutId, act: Once
    ) -> tuple[tuple[Cart, Checkout] | None, Outcome | None]:
        keys = IdempotencyKeys(self._connection)
        row, done = await keys.lock_and_claim(_LOCK_WITH_CART_AND_CLAIM, checkout_id, act, None)
        return await self._both_as_locked(row, 1), done

    async def _both_as_locked(self, row: Record | None, first: int) -> tuple[Cart, Checkout] | None:
        """Of a row in which the cart's columns begin with the `first` one."""
        checkout = await self._as_locked(row)
        if row is None or checkout is None:
            return None
        cart = tuple(row.values())[first : first + CART_WIDTH]
        return await as_locked(self._connection, cart), checkout

    async def live_of_cart(self, cart_id: CartId) -> Checkout | None:
        return await self._as_locked(await self._connection.fetchrow(_LOCK_LIVE, cart_id))

    async def last_of_cart(self, cart_id: CartId) -> Checkout | None:
        row = await self._connection.fetchrow(_LAST, cart_id)
        return None if row is None else await counted(self._connection, _checkout(row))

    async def _as_locked(self, row: Record | None) -> Checkout | None:
        """Read again what was changed while its lock was waited for: what hangs on the row is older than the row."""
        if row is None:
            return None
        if row["version"] == row["seen_version"]:
            return await counted(self._connection, _checkout(row))
        return await self.get(CheckoutId(row["id"]))

    async def add(self, checkout: Checkout) -> None:
        await self._connection.execute(
            _ADD,
            checkout.id,
            checkout.version,
            checkout.state.value,
            checkout.cart_id,
            checkout.cart_version,
            checkout.customer_id,
            checkout.market_id,
            checkout.country,
            checkout.language,
            checkout.currency,
            checkout.email,
            address_document(checkout.shipping_address),
            address_document(checkout.billing_address),
            checkout.terms_accepted,
            checkout.order_id,
            checkout.started_at,
            checkout.expires_at,
            [group.id for group in checkout.groups],
            [group.vendor_id for group in checkout.groups],
            facts_document(checkout.tax),
            promises_document(checkout.prices),
            *map(list, zip(*map(_line_values, checkout.lines), strict=True)),
            [group.option_id for group in checkout.groups],
            [group.is_digital for group in checkout.groups],
            checkout.held_by.value,
            checkout.saves_shipping_address,
            checkout.saves_billing_address,
            checkout.company_id,
            checkout.po_number,
        )

    async def save(self, checkout: Checkout) -> None:
        await self._connection.execute(_SAVE, *_values(checkout))

    async def drop_lines(self, checkout_id: CheckoutId, lines: Sequence[CartLineId]) -> None:
        await self._connection.execute(_DROP_LINES, checkout_id, list(lines))

    async def save_prices(self, checkout: Checkout) -> None:
        lines = [line.cart_line_id for line in checkout.lines]
        prices = [line.unit_price for line in checkout.lines]
        await self._connection.execute(_SAVE_PRICES, checkout.id, lines, prices, checkout.cart_version)

    async def save_holding(self, checkout: Checkout) -> Sequence[Pick]:
        """The same, and its goods are held until it expires; what is still held."""
        return picks_of(await self._connection.fetch(_SAVE_HOLDING, *_values(checkout)))

    async def save_ordered(self, checkout: Checkout, paid_by: Attempt | None) -> None:
        values = _values(checkout)
        if paid_by is None:
            await self._connection.execute(_SAVE_ORDERED, *values)
        else:
            await self._connection.execute(_SAVE_PAID, *values, *recorded_values(paid_by))


class MarketTerms:
    """Implements `domain.checkout.ports.TermsReader` with what the process knows already."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def terms(self, market_id: MarketId) -> Terms:
        return terms_of(self._reference, market_id)


def terms_of(reference: Reference, market_id: MarketId) -> Terms:
    """The rules that checkouts of a market are priced by."""
    known = reference.known
    market = known.market(market_id)
    assert market is not None, "checkouts are of markets that exist"
    return Terms(
        market,
        known.tax_rates,
        known.delivery,
        known.house_vendor_id,
        promotions=known.promotions,
        duty_rates=known.duty_rates,
    )


def _values(checkout: Checkout) -> tuple[Any, ...]:
    """What of a checkout can change, as the statements that save it number it."""
    return (
        checkout.id,
        checkout.version,
        checkout.state.value,
        checkout.email,
        address_document(checkout.shipping_address),
        address_document(checkout.billing_address),
        checkout.terms_accepted,
        checkout.order_id,
        checkout.expires_at,
        checkout.lease_until,
        checkout.customer_id,
        [group.id for group in checkout.groups],
        [group.option_id for group in checkout.groups],
        facts_document(checkout.tax),
        promises_document(checkout.prices),
        [place_document(group.pickup) for group in checkout.groups],
        checkout.saves_shipping_address,
        checkout.saves_billing_address,
        checkout.company_id,
        checkout.po_number,
    )


def _line_values(line: CheckoutLine) -> tuple[Any, ...]:
    return (
        line.cart_line_id,
        line.group_id,
        line.offer_id,
        line.variant_id,
        line.product_id,
        line.vendor_id,
        line.position,
        line.quantity,
        line.unit_price,
        line.tax_class,
        line.weight_grams,
        line.volume_ml,
        _snapshot_document(line.snapshot)
        | {"gift_message": line.gift_message, "is_download": line.is_download}
        | ({"wrap": [line.wrap.per.value, line.wrap.price]} if line.wrap else {})
        | ({"gift_of": sorted(line.gift_of)} if line.gift_of else {}),
    )


def _snapshot_document(snapshot: LineSnapshot) -> dict[str, Any]:
    return {
        "title": snapshot.title,
        "sku": snapshot.sku,
        "options": [list(option) for option in snapshot.options],
        "image_url": snapshot.image_url,
        "image_alt": snapshot.image_alt,
    }


def _snapshot_of(document: Mapping[str, Any]) -> LineSnapshot:
    options = tuple((name, value) for name, value in document["options"])
    return LineSnapshot(document["title"], document["sku"], options, document["image_url"], document["image_alt"])


def _line_of(values: Sequence[Any]) -> CheckoutLine:
    line_id, group_id, offer_id, variant_id, product_id, vendor_id, *numbers, snapshot = values
    position, quantity, unit_price, tax_class, weight_grams, volume_ml = numbers
    return CheckoutLine(
        CartLineId(line_id),
        DeliveryGroupId(group_id),
        OfferId(offer_id),
        VariantId(variant_id),
        ProductId(product_id),
        VendorId(vendor_id),
        position,
        quantity,
        unit_price,
        tax_class,
        weight_grams,
        _snapshot_of(snapshot),
        volume_ml,
        snapshot.get("gift_message"),
        snapshot.get("is_download", False),
        _wrap_of(snapshot.get("wrap")),
        frozenset(map(PromotionId, snapshot.get("gift_of", ()))),
    )


def _wrap_of(document: Sequence[Any] | None) -> WrapTerms | None:
    if document is None:
        return None
    per, price = document
    return WrapTerms(GiftWrapPer(per), price)


def _group_of(values: Sequence[Any]) -> DeliveryGroup:
    group_id, vendor_id, option_id, is_digital, pickup = values
    return DeliveryGroup(
        DeliveryGroupId(group_id),
        VendorId(vendor_id),
        DeliveryOptionId(option_id) if option_id else None,
        is_digital,
        place_of(pickup),
    )


def _held_of(values: Sequence[Any]) -> Held:
    offer_id, warehouse_id, quantity, country, time_zone, cutoff_hour, days = values
    handling = None if cutoff_hour is None else Handling(country, time_zone or "UTC", cutoff_hour, days)
    return Held(OfferId(offer_id), WarehouseId(warehouse_id), quantity, handling)


def _checkout(row: Record) -> Checkout:
    return Checkout(
        id=CheckoutId(row["id"]),
        version=row["version"],
        state=CheckoutState(row["state"]),
        cart_id=CartId(row["cart_id"]),
        cart_version=row["cart_version"],
        customer_id=CustomerId(row["customer_id"]) if row["customer_id"] else None,
        market_id=MarketId(row["market_id"]),
        country=row["country"],
        language=row["language"],
        currency=row["currency"],
        email=row["email"],
        shipping_address=address_of(row["shipping_address"]),
        billing_address=address_of(row["billing_address"]),
        terms_accepted=row["terms_accepted"],
        order_id=OrderId(row["order_id"]) if row["order_id"] else None,
        started_at=row["started_at"],
        expires_at=row["expires_at"],
        lease_until=row["lease_until"],
        tax=facts_of(row["tax"]),
        prices=promises_of(row["pricing"]),
        lines=tuple(map(_line_of, row["lines"])),
        groups=tuple(map(_group_of, row["groups"])),
        held=tuple(map(_held_of, row["held"] or ())),
        tenders=tuple(map(tender_of, row["tenders"] or ())),
        held_by=Holder(row["held_by"]),
        saves_shipping_address=row["saves_shipping_address"],
        saves_billing_address=row["saves_billing_address"],
        company=buying_of(row["buying"]),
        po_number=row["po_number"],
    )
