"""Files, license keys, and what buyers may download. Counters of downloads never go below zero."""

from collections.abc import Sequence
from datetime import datetime

from domain.fulfillment.digital.model import KEY_FILE, DigitalDownload, DigitalFile, Goods
from domain.shared.ids import DigitalDownloadId, DigitalFileId, OrderId, OrderLineId, VariantId
from domain.shared.making import dataclass, replace
from persistence.statement import Connection, Database, Record

_IS_DIGITAL = """
SELECT EXISTS (SELECT FROM variant t JOIN product p ON p.id = t.product_id WHERE t.id = $1 AND p.kind = 'DIGITAL')
"""
_PUT_FILE = """
INSERT INTO digital_file (id, variant_id, name, path, size_bytes, sha256, downloads_allowed, days_allowed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (variant_id, path) DO UPDATE SET name = excluded.name, size_bytes = excluded.size_bytes,
    sha256 = excluded.sha256, downloads_allowed = excluded.downloads_allowed, days_allowed = excluded.days_allowed
RETURNING id
"""
_IS_COVERED = """
SELECT coalesce((SELECT sum(p.authorized_minor) FROM payment p WHERE p.order_id = o.id), 0) - coalesce((
           SELECT sum(p.amount_minor) FROM payment_operation p JOIN refund r ON r.id = p.refund_id
           WHERE r.order_id = o.id AND r.kind = 'CANCELLATION' AND p.state <> 'FAILED'), 0)
       + coalesce((SELECT sum(r.credited_minor) FROM refund r WHERE r.order_id = o.id), 0)
       >= o.total_gross_minor - o.canceled_gross_minor
FROM "order" o WHERE o.id = $1
"""
_ADD_KEYS = """
INSERT INTO license_key (variant_id, key)
SELECT $1, key FROM unnest($2::text[]) WITH ORDINALITY AS item (key, place) ORDER BY place
ON CONFLICT DO NOTHING
"""
_WAITING_ORDERS = """
SELECT o.id FROM "order" o
WHERE o.status = 'CONFIRMED' AND EXISTS (
    SELECT FROM order_line l
    WHERE l.order_id = o.id AND l.variant_id = $1 AND l.is_download AND l.fulfilled + l.canceled < l.quantity)
ORDER BY o.placed_at, o.id
"""
_FILES = "SELECT * FROM digital_file WHERE variant_id = $1 ORDER BY id"
_HAS_KEYS = "SELECT EXISTS (SELECT FROM license_key WHERE variant_id = $1)"
_ASSIGN = """
WITH free AS (
    SELECT id FROM license_key WHERE variant_id = $1 AND order_line_id IS NULL
    ORDER BY id LIMIT cardinality($3::int[]) FOR UPDATE SKIP LOCKED
), numbered AS (
    SELECT id, ($3::int[])[row_number() OVER (ORDER BY id)] AS unit FROM free
)
UPDATE license_key k SET order_line_id = $2, unit = numbered.unit FROM numbered WHERE k.id = numbered.id
"""
_DELIVER = """
WITH written AS (
    INSERT INTO digital_download (id, order_line_id, unit, digital_file_id, remaining, expires_at)
    SELECT id, $1, unit, file_id, remaining, expires_at
    FROM unnest($3::text[], $4::int[], $5::text[], $6::int[], $7::timestamptz[])
        AS item (id, unit, file_id, remaining, expires_at)
)
UPDATE order_line SET fulfilled = fulfilled + $2, delivered = delivered + $2 WHERE id = $1
"""
_OF_LINES = """
SELECT d.id, d.order_line_id, d.unit, d.digital_file_id, f.name, d.remaining, d.expires_at, k.key
FROM digital_download d JOIN order_line l ON l.id = d.order_line_id
LEFT JOIN digital_file f ON f.id = d.digital_file_id
LEFT JOIN license_key k ON k.order_line_id = d.order_line_id AND k.unit = d.unit
WHERE d.order_line_id = ANY($1::text[]) AND d.unit <= l.quantity - l.canceled - l.refunded
ORDER BY d.unit, d.id
"""
_OPEN = """
FROM order_line l
WHERE d.id = $1 AND l.id = d.order_line_id AND d.unit <= l.quantity - l.canceled - l.refunded
  AND (d.expires_at IS NULL OR d.expires_at > $2)
"""
_FOUND = """
SELECT f.name, f.path, k.key FROM {found} d
LEFT JOIN digital_file f ON f.id = d.digital_file_id
LEFT JOIN license_key k ON k.order_line_id = d.order_line_id AND k.unit = d.unit
"""
_TAKE = f"""
WITH taken AS (
    UPDATE digital_download d SET remaining = d.remaining - 1 {_OPEN} AND (d.remaining IS NULL OR d.remaining > 0)
    RETURNING d.*
)
{_FOUND.format(found="taken")}
"""  # noqa: S608 - made of constants
_GO_ON = f"""
WITH found AS (SELECT d.* FROM digital_download d, LATERAL (SELECT l.id {_OPEN}) open)
{_FOUND.format(found="found")}
"""  # noqa: S608 - made of constants


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is sent to a buyer: the file at `path`, or the license key alone."""

    name: str
    path: str | None
    license_key: str | None


class DigitalGoods:
    """Implements `domain.fulfillment.digital.ports.DigitalGoods` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def is_digital(self, variant_id: VariantId) -> bool:
        return bool(await self._connection.fetchval(_IS_DIGITAL, variant_id))

    async def put_file(self, file: DigitalFile) -> DigitalFile:
        """Write a file of a variant, in the place of the one that has its path, whose id it keeps."""
        values = (file.name, file.path, file.size_bytes, file.sha256, file.downloads_allowed, file.days_allowed)
        known = await self._connection.fetchval(_PUT_FILE, file.id, file.variant_id, *values)
        return replace(file, id=DigitalFileId(known))

    async def add_keys(self, variant_id: VariantId, keys: Sequence[str]) -> int:
        """Put new keys at the end of a variant's pool; how many it did not have before."""
        status = await self._connection.execute(_ADD_KEYS, variant_id, [key.strip() for key in keys])
        return int(status.rpartition(" ")[2])

    async def waiting_orders(self, variant_id: VariantId) -> Sequence[OrderId]:
        return [OrderId(row["id"]) for row in await self._connection.fetch(_WAITING_ORDERS, variant_id)]

    async def is_covered(self, order_id: OrderId) -> bool:
        """Whether all that the order costs is held for it, or was taken."""
        found: bool = await self._connection.fetchval(_IS_COVERED, order_id)
        return found

    async def goods_of(self, variant_id: VariantId) -> Goods:
        files = [_file(row) for row in await self._connection.fetch(_FILES, variant_id)]
        return Goods(tuple(files), bool(await self._connection.fetchval(_HAS_KEYS, variant_id)))

    async def assign_keys(self, variant_id: VariantId, line_id: OrderLineId, units: Sequence[int]) -> int:
        """Give the oldest free keys to these units of a line, in their order; how many there were."""
        status = await self._connection.execute(_ASSIGN, variant_id, line_id, list(units))
        return int(status.rpartition(" ")[2])

    async def deliver(self, line_id: OrderLineId, units: int, downloads: Sequence[DigitalDownload]) -> None:
        """Write what the buyer may download, and count so many more units as sent and delivered."""
        await self._connection.execute(
            _DELIVER,
            line_id,
            units,
            [item.id for item in downloads],
            [item.unit for item in downloads],
            [item.file_id for item in downloads],
            [item.remaining for item in downloads],
            [item.expires_at for item in downloads],
        )


async def downloads_of_lines(database: Database, ids: Sequence[OrderLineId]) -> list[DigitalDownload]:
    """What the buyers of these lines may download, of units that were neither canceled nor refunded."""
    return [_download(row) for row in await database.fetch(_OF_LINES, ids)]


async def take_download(
    database: Database, download_id: DigitalDownloadId, now: datetime, *, is_counted: bool
) -> Fetched | None:
    """What is to be sent; None if it is over, used up, or given back. One that goes on is not counted again."""
    row = await database.fetchrow(_TAKE if is_counted else _GO_ON, download_id, now)
    return None if row is None else Fetched(row["name"] or KEY_FILE, row["path"], row["key"])


def _file(row: Record) -> DigitalFile:
    return DigitalFile(**dict(row))


def _download(row: Record) -> DigitalDownload:
    download_id, line_id, unit, file_id, name, remaining, expires_at, key = row
    return DigitalDownload(
        DigitalDownloadId(download_id),
        OrderLineId(line_id),
        unit,
        DigitalFileId(file_id) if file_id else None,
        name or KEY_FILE,
        remaining,
        expires_at,
        key,
    )
