"""Webhooks as people manage them."""

from datetime import datetime

from domain.shared.ids import VendorId, WebhookDeliveryId, WebhookId
from domain.webhooks.model import Webhook, WebhookDelivery
from persistence.statement import Connection
from persistence.webhooks.queries import DELIVERIES, DELIVERY_COLUMNS, WEBHOOK_COLUMNS, delivery_of, webhook_of

KEPT_SECRETS = 2
"""How many of the present secrets go on signing beside a new one."""

_LOCK = f"SELECT {WEBHOOK_COLUMNS} FROM webhook WHERE id = $1 FOR UPDATE"  # noqa: S608 - made of constants
_COUNT = "SELECT count(*) FROM webhook WHERE vendor_id IS NOT DISTINCT FROM $1"
_ADD = """
INSERT INTO webhook
    (id, vendor_id, owner_id, url, events, document, state, created_at, behind, held_until, leased_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $8)
"""
_SAVE = """
UPDATE webhook SET owner_id = $2, url = $3, events = $4, document = $5, state = $6, pause_reason = $7, paused_at = $8,
    version = $9, failures = $10, failing_since = $11, behind = CASE WHEN $6 = 'PAUSED' THEN coalesce(behind, $12)
    ELSE behind END
WHERE id = $1
"""
_TELL_AGAIN = """
UPDATE webhook SET behind = least(behind, $2), again_until = greatest(again_until, $3) WHERE id = $1
"""
_GO_ON = """
WITH waiting AS (
    UPDATE webhook_delivery SET tries = 0, next_attempt_at = $2 WHERE webhook_id = $1 AND state = 'WAITING'
)
UPDATE webhook SET due_at = $2, held_until = $2 WHERE id = $1
"""
_WAKE = "UPDATE webhook SET due_at = least(due_at, $2), held_until = least(held_until, $2) WHERE id = $1"
_SIGN_BY = """
INSERT INTO webhook_secret (webhook_id, number, sealed, created_at)
SELECT $1, coalesce(max(number), 0) + 1, $2, $3 FROM webhook_secret WHERE webhook_id = $1
"""
_END_SIGNING = """
UPDATE webhook_secret AS secret SET expires_at = CASE
    WHEN number > (SELECT max(number) FROM webhook_secret WHERE webhook_id = $1) - $3 THEN least(expires_at, $2)
    ELSE created_at END
WHERE webhook_id = $1
"""
_ADD_DELIVERY = """
INSERT INTO webhook_delivery (id, webhook_id, event_id, position, state, created_at, next_attempt_at)
VALUES ($1, $2, NULL, 0, $3, $4, $5)
"""
_WAITING_PINGS = """
SELECT count(*) FROM webhook_delivery WHERE webhook_id = $1 AND state = 'WAITING' AND event_id IS NULL
"""
_LOCK_DELIVERY = f"SELECT {DELIVERY_COLUMNS} FROM {DELIVERIES} WHERE delivery.id = $1 FOR UPDATE OF delivery"  # noqa: S608
_PUT_IN_LINE = """
UPDATE webhook_delivery SET state = 'WAITING', tries = 0, next_attempt_at = $2, ended_at = NULL WHERE id = $1
"""


class Webhooks:
    """Implements `domain.webhooks.ports.WebhookRepository` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, webhook_id: WebhookId) -> Webhook | None:
        row = await self._connection.fetchrow(_LOCK, webhook_id)
        return webhook_of(row) if row is not None else None

    async def count(self, vendor_id: VendorId | None) -> int:
        counted: int = await self._connection.fetchval(_COUNT, vendor_id)
        return counted

    async def add(self, webhook: Webhook, *, behind: int) -> None:
        await self._connection.execute(
            _ADD,
            webhook.id,
            webhook.vendor_id,
            webhook.owner_id,
            webhook.url,
            [kind.value for kind in webhook.events],
            webhook.document,
            webhook.state.value,
            webhook.created_at,
            behind,
        )

    async def save(self, webhook: Webhook, *, behind: int | None = None) -> None:
        """One that is paused falls behind the log at `behind`, unless it was behind before."""
        reason = webhook.pause_reason
        await self._connection.execute(
            _SAVE,
            webhook.id,
            webhook.owner_id,
            webhook.url,
            [kind.value for kind in webhook.events],
            webhook.document,
            webhook.state.value,
            None if reason is None else reason.value,
            webhook.paused_at,
            webhook.version,
            webhook.failures,
            webhook.failing_since,
            behind,
        )

    async def remove(self, webhook_id: WebhookId) -> None:
        await self._connection.execute("DELETE FROM webhook WHERE id = $1", webhook_id)

    async def tell_again(self, webhook_id: WebhookId, *, after: int, until: int) -> None:
        await self._connection.execute(_TELL_AGAIN, webhook_id, after, until)

    async def go_on(self, webhook_id: WebhookId, now: datetime) -> None:
        await self._connection.execute(_GO_ON, webhook_id, now)

    async def wake(self, webhook_id: WebhookId, now: datetime) -> None:
        await self._connection.execute(_WAKE, webhook_id, now)

    async def add_secret(self, webhook_id: WebhookId, sealed: bytes, now: datetime) -> None:
        await self._connection.execute(_SIGN_BY, webhook_id, sealed, now)

    async def end_secrets(self, webhook_id: WebhookId, at: datetime) -> None:
        await self._connection.execute(_END_SIGNING, webhook_id, at, KEPT_SECRETS)

    async def add_delivery(self, delivery: WebhookDelivery) -> None:
        await self._connection.execute(
            _ADD_DELIVERY,
            delivery.id,
            delivery.webhook_id,
            delivery.state.value,
            delivery.created_at,
            delivery.next_attempt_at,
        )

    async def waiting_pings(self, webhook_id: WebhookId) -> int:
        counted: int = await self._connection.fetchval(_WAITING_PINGS, webhook_id)
        return counted

    async def lock_delivery(self, delivery_id: WebhookDeliveryId) -> WebhookDelivery | None:
        row = await self._connection.fetchrow(_LOCK_DELIVERY, delivery_id)
        return delivery_of(row) if row is not None else None

    async def put_in_line(self, delivery_id: WebhookDeliveryId, now: datetime) -> None:
        await self._connection.execute(_PUT_IN_LINE, delivery_id, now)
