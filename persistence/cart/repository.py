"""Carts: read whole in one statement, written by what differs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.cart.model import Cart, CartLine, CartState
from domain.pricing.facts import OfferFacts
from domain.shared.idempotency import Once, Outcome
from domain.shared.ids import CartId, CartLineId, CustomerId, MarketId, OfferId
from domain.shared.making import replace
from persistence.cart.drafts import by_hand_document, by_hand_of, draft_document, draft_of
from persistence.companies.queries import buying_for, buying_of
from persistence.idempotency import IdempotencyKeys, claiming
from persistence.pricing.facts import offer_facts
from persistence.statement import Connection, Database, among

_READ = f"""
SELECT c.id, c.version, c.state, c.market_id, c.country, c.language, c.currency, c.customer_id,
       (SELECT jsonb_agg(jsonb_build_array(l.id, l.offer_id, l.quantity, l.gift_message, l.custom_fields,
               l.manual, l.gift_wrap) ORDER BY l.id)
        FROM cart_line l WHERE l.cart_id = c.id) AS lines,
       c.promo_codes, c.note, (SELECT b.customer_group FROM customer b WHERE b.id = c.customer_id) AS customer_group,
       c.draft, {buying_for("c")} AS buying, c.declined_gifts,
       (SELECT seen.version FROM cart seen WHERE seen.id = c.id) AS seen_version
FROM cart c
"""  # noqa: S608 - made of constants
CART_WIDTH = 16
"""How many columns a cart has; the last is the version that its lines were read at."""
_BY_ID = f"{_READ} WHERE c.id {among('$1')}"

_LOCK = _READ + "WHERE c.id = $1 FOR UPDATE"
_LOCK_AND_CLAIM = claiming(_LOCK)
LOCK_CART_OF_CHECKOUT = _READ + "WHERE c.id = (SELECT cart_id FROM checkout WHERE id = $1) FOR UPDATE"  # noqa: S608

_ADD = """
WITH line AS (
    INSERT INTO cart_line (id, cart_id, offer_id, quantity, gift_message, custom_fields, manual, gift_wrap)
    SELECT id, $1, offer_id, quantity, gift_message, custom_fields, manual, gift_wrap
    FROM unnest($13::text[], $14::text[], $15::int[], $16::text[], $17::jsonb[], $18::jsonb[],
                $19::boolean[])
        AS line (id, offer_id, quantity, gift_message, custom_fields, manual, gift_wrap)
)
INSERT INTO cart (id, version, state, market_id, country, language, currency, customer_id, promo_codes, note, draft,
                  company_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
RETURNING (SELECT b.customer_group FROM customer b WHERE b.id = $8)
"""

_PUT_LINES = """
INSERT INTO cart_line (id, cart_id, offer_id, quantity, gift_message, custom_fields, manual, gift_wrap)
SELECT id, $1, offer_id, quantity, gift_message, custom_fields, manual, gift_wrap
FROM unnest($2::text[], $3::text[], $4::int[], $5::text[], $6::jsonb[], $7::jsonb[], $8::boolean[])
    AS line (id, offer_id, quantity, gift_message, custom_fields, manual, gift_wrap)
ON CONFLICT (id) DO UPDATE SET
    quantity = excluded.quantity, gift_message = excluded.gift_message, custom_fields = excluded.custom_fields,
    manual = excluded.manual, gift_wrap = excluded.gift_wrap
"""

_DROP_LINES = "DELETE FROM cart_line WHERE id = ANY($1::text[])"

_SAVE = """
UPDATE cart SET version = $2, state = $3, customer_id = $4, promo_codes = $5, note = $6, draft = $7,
       company_id = $8, declined_gifts = $9, updated_at = now()
WHERE id = $1
"""


async def carts_by_id(database: Database, ids: Sequence[CartId]) -> list[Cart]:
    """Those carts that exist, in no particular order; lines in the order they were added."""
    return [_cart(row) for row in await database.fetch(_BY_ID, list(ids))]


async def as_locked(connection: Connection, row: Sequence[Any]) -> Cart:
    """A locked cart, read again if it was changed while its lock was waited for: its lines are older than the row."""
    cart = _cart(row)
    if cart.version == row[-1]:
        return cart
    (found,) = await carts_by_id(connection, [cart.id])
    return found


def _cart(row: Any) -> Cart:
    cart_id, version, state, market_id, country, language, currency, customer_id, lines, promo_codes, *rest = row
    note, customer_group, draft, company, declined_gifts, _ = rest
    return Cart(
        CartId(cart_id),
        version,
        CartState(state),
        MarketId(market_id),
        country,
        language,
        currency,
        CustomerId(customer_id) if customer_id else None,
        tuple(_line(*values) for values in lines or ()),
        tuple(promo_codes),
        note,
        customer_group,
        draft_of(draft),
        buying_of(company),
        tuple(map(OfferId, declined_gifts)),
    )


def _line(line_id: str, offer_id: str, *rest: Any) -> CartLine:
    quantity, gift_message, custom_fields, by_hand, gift_wrap = rest
    return CartLine(
        CartLineId(line_id), OfferId(offer_id), quantity, gift_message, custom_fields, by_hand_of(by_hand), gift_wrap
    )


class Carts:
    """Implements `domain.cart.ports.CartRepository` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, cart_id: CartId) -> Cart | None:
        found = await carts_by_id(self._connection, [cart_id])
        return found[0] if found else None

    async def lock(self, cart_id: CartId) -> Cart | None:
        row = await self._connection.fetchrow(_LOCK, cart_id)
        return None if row is None else await as_locked(self._connection, tuple(row.values()))

    async def lock_and_claim(self, cart_id: CartId, act: Once, outcome: Outcome) -> tuple[Cart | None, Outcome | None]:
        keys = IdempotencyKeys(self._connection)
        row, done = await keys.lock_and_claim(_LOCK_AND_CLAIM, cart_id, act, outcome)
        return None if row is None else await as_locked(self._connection, tuple(row.values())[1:]), done

    async def add(self, cart: Cart) -> Cart:
        customer_group = await self._connection.fetchval(
            _ADD,
            cart.id,
            cart.version,
            cart.state.value,
            cart.market_id,
            cart.country,
            cart.language,
            cart.currency,
            cart.customer_id,
            list(cart.promo_codes),
            cart.note,
            draft_document(cart.draft),
            cart.company.id if cart.company else None,
            *_line_columns(cart.lines),
        )
        return replace(cart, customer_group=customer_group)

    async def save(self, cart: Cart, *, before: Cart) -> None:
        standing = {line.id: line for line in before.lines}
        kept = {line.id for line in cart.lines}
        gone = [line_id for line_id in standing if line_id not in kept]
        if gone:
            await self._connection.execute(_DROP_LINES, gone)
        await self._put(cart.id, [line for line in cart.lines if standing.get(line.id) != line])
        await self._connection.execute(
            _SAVE,
            cart.id,
            cart.version,
            cart.state.value,
            cart.customer_id,
            list(cart.promo_codes),
            cart.note,
            draft_document(cart.draft),
            cart.company.id if cart.company else None,
            list(cart.declined_gifts),
        )

    async def _put(self, cart_id: CartId, lines: Sequence[CartLine]) -> None:
        if not lines:
            return
        await self._connection.execute(_PUT_LINES, cart_id, *_line_columns(lines))


def _line_columns(lines: Sequence[CartLine]) -> list[list[Any]]:
    return [
        [line.id for line in lines],
        [line.offer_id for line in lines],
        [line.quantity for line in lines],
        [line.gift_message for line in lines],
        [line.custom_fields for line in lines],
        [by_hand_document(line.by_hand) for line in lines],
        [line.gift_wrap for line in lines],
    ]


class Offers:
    """Implements `domain.cart.ports.OfferReader` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def facts(
        self, offers: Sequence[OfferId], *, language: str, currency: str, now: datetime
    ) -> Mapping[OfferId, OfferFacts]:
        return await offer_facts(self._connection, offers, language=language, currency=currency, now=now)
