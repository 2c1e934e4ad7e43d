"""What has changed of what everybody may see: the events of the log, and counts of what has no events.

Whoever writes what pages rest on and no event tells of, such as markets, tax rates or categories, counts it here in the
same transaction. So do those who keep the lists of products, since a list follows its index rather than the log.

A row of counts is locked until the commit: it is counted last in a transaction, after all other locks.
"""

from typing import NamedTuple

from domain.shared.events import EventType
from domain.shared.news import STOREFRONT
from persistence.outbox import EVENTS
from persistence.pricing.promotions import BOOK
from persistence.statement import Connection, Database

PRODUCT_LISTS = "product_lists"
"""Of the log's rows, the one that counts changes of which products searches and lists find, and in which order."""

NOT_OF_STOCK = [
    event_type.value
    for event_type in EventType
    if event_type.value.startswith(("PAYMENT_", "REFUND_", "DISPUTE_", "DOCUMENT_", "GIFT_CARD_", "DOWNLOADS_"))
    or event_type is EventType.ORDER_NOTE_ADDED
]
"""Events of orders that leave what is for sale as it is."""

STOREFRONT_COUNT = f"(SELECT coalesce(max(position), 0) FROM log WHERE name = '{STOREFRONT}')"  # noqa: S608 - a constant
"""How often that has changed which all pages rest on, as SQL. What was read after such a count is right as long as it
is the same.
"""

_PRESENT = "SELECT name, position FROM log WHERE name = ANY($1::text[])"
_COUNT = """
INSERT INTO log (name, position) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET position = log.position + 1
"""
_PRODUCTS = """
WITH fresh AS MATERIALIZED (
    SELECT type, subject_id, offer_id, order_id FROM event WHERE position > $1 AND position <= $2
)
SELECT subject_id, false AS is_sold FROM fresh WHERE type = 'PRODUCT_CHANGED'
UNION SELECT offer.product_id, false FROM fresh JOIN offer ON offer.id = fresh.offer_id
UNION SELECT line.product_id, true FROM fresh JOIN order_line AS line ON line.order_id = fresh.order_id
WHERE fresh.type <> ALL($3::text[])
"""


class Counts(NamedTuple):
    """How much has changed since the beginning. Each only ever grows, and so does their sum."""

    events: int = 0
    storefront: int = 0
    product_lists: int = 0
    promotions: int = 0

    @property
    def total(self) -> int:
        return sum(self)


class Changed(NamedTuple):
    """Products of which some fact has changed, and whether any was sold, or given back to be sold again."""

    product_ids: frozenset[str]
    is_any_sold: bool


_NAMES = (EVENTS, STOREFRONT, PRODUCT_LISTS, BOOK)


async def present(database: Database) -> Counts:
    """The counts of one moment."""
    found = {row["name"]: row["position"] for row in await database.fetch(_PRESENT, _NAMES)}
    return Counts(*[found.get(name, 0) for name in _NAMES])


async def changed_products(database: Database, after: int, until: int) -> Changed:
    """What the events tell of that stand behind one position of the log and not behind another."""
    rows = await database.fetch(_PRODUCTS, after, until, NOT_OF_STOCK)
    return Changed(frozenset(row[0] for row in rows), any(row[1] for row in rows))


async def count_storefront(connection: Connection) -> None:
    """Say, in the caller's transaction, that something changed that all pages rest on."""
    await connection.execute(_COUNT, STOREFRONT)


async def count_product_lists(connection: Connection) -> None:
    """Say, in the caller's transaction, that lists of products may be other ones now."""
    await connection.execute(_COUNT, PRODUCT_LISTS)
