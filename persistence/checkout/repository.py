"""Checkouts: read whole in one statement; their lines are written once, change in nothing but their prices, and go if
they are gifts no more.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.cart.model import Cart
from domain.checkout.calculation import Terms
from domain.checkout.model import Checkout, CheckoutState
from domain.inventory.sourcing import Pick
from domain.payments.model import Attempt
from domain.shared.idempotency import Once, Outcome
from domain.shared.ids import (
    CartId,
    CartLineId,
    CheckoutId,
    MarketId,
)
from domain.shared.making import replace
from persistence.cart.repository import CART_WIDTH, LOCK_CART_OF_CHECKOUT, as_locked
from persistence.checkout.promises import promises_document
from persistence.checkout.rows import COLUMNS, checkout_of, line_values_of, values_of
from persistence.idempotency import IdempotencyKeys, claiming
from persistence.inventory.reservations import STILL_HELD, kept_until, picks_of
from persistence.orders.documents import address_document
from persistence.payments.repository import recorded_values, recording
from persistence.pricing.promotion_usage import counts
from persistence.pricing.reference import Reference, ReferenceFacts
from persistence.pricing.tax_documents import facts_document
from persistence.statement import Connection, Database, Record, among, unseen

_READ = f"SELECT {COLUMNS} FROM checkout c "  # noqa: S608 - made of constants
_BY_ID = f"{_READ} WHERE c.id {among('$1')}"

_LOCK = _READ + "WHERE c.id = $1 FOR UPDATE"
_LOCK_WITH_CART = f"""
WITH basket AS MATERIALIZED ({LOCK_CART_OF_CHECKOUT})
SELECT basket.*, {COLUMNS} FROM basket JOIN checkout c ON c.cart_id = basket.id WHERE c.id = $1 FOR UPDATE OF c
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

_CHOSEN = f"""
chosen AS (
    UPDATE delivery_group g SET option_id = c.option_id, pickup = c.pickup
    FROM unnest({unseen("$12::text[]")}, {unseen("$13::text[]")}, {unseen("$16::jsonb[]")}) AS c (id, option_id, pickup)
    WHERE g.id = c.id AND (g.option_id, g.pickup) IS DISTINCT FROM (c.option_id, c.pickup)
)
"""  # noqa: S608 - made of constants
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
    return [await counted(database, checkout_of(row)) for row in await database.fetch(_BY_ID, list(ids))]


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
        return None if row is None else await counted(self._connection, checkout_of(row))

    async def _as_locked(self, row: Record | None) -> Checkout | None:
        """Read again what was changed while its lock was waited for: what hangs on the row is older than the row."""
        if row is None:
            return None
        if row["version"] == row["seen_version"]:
            return await counted(self._connection, checkout_of(row))
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
            *map(list, zip(*map(line_values_of, checkout.lines), strict=True)),
            [group.option_id for group in checkout.groups],
            [group.is_digital for group in checkout.groups],
            checkout.held_by.value,
            checkout.saves_shipping_address,
            checkout.saves_billing_address,
            checkout.company_id,
            checkout.po_number,
        )

    async def save(self, checkout: Checkout) -> None:
        await self._connection.execute(_SAVE, *values_of(checkout))

    async def drop_lines(self, checkout_id: CheckoutId, lines: Sequence[CartLineId]) -> None:
        await self._connection.execute(_DROP_LINES, checkout_id, list(lines))

    async def save_prices(self, checkout: Checkout) -> None:
        lines = [line.cart_line_id for line in checkout.lines]
        prices = [line.unit_price for line in checkout.lines]
        await self._connection.execute(_SAVE_PRICES, checkout.id, lines, prices, checkout.cart_version)

    async def save_holding(self, checkout: Checkout) -> Sequence[Pick]:
        """The same, and its goods are held until it expires; what is still held."""
        return picks_of(await self._connection.fetch(_SAVE_HOLDING, *values_of(checkout)))

    async def save_ordered(self, checkout: Checkout, paid_by: Attempt | None) -> None:
        values = values_of(checkout)
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
    """The rules that checkouts of a market are priced by, made once of the same facts."""
    known = reference.known
    found: Terms | None = known.kept.get((Terms, market_id))
    if found is None:
        found = known.kept[Terms, market_id] = _terms(known, market_id)
    return found


def _terms(known: ReferenceFacts, market_id: MarketId) -> Terms:
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
