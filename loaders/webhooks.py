"""Webhooks and their deliveries, batched."""

from collections.abc import Sequence

from domain.shared.ids import WebhookDeliveryId, WebhookId
from domain.webhooks.model import Webhook, WebhookAttempt, WebhookDelivery
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.webhooks import queries


async def webhooks(reads: Reads, ids: Sequence[WebhookId]) -> list[Webhook | None]:
    return one_per_key(ids, await queries.webhooks_by_id(reads.pool, ids), lambda found: found.id)


async def deliveries(reads: Reads, ids: Sequence[WebhookDeliveryId]) -> list[WebhookDelivery | None]:
    return one_per_key(ids, await queries.deliveries_by_id(reads.pool, ids), lambda found: found.id)


async def attempts(reads: Reads, ids: Sequence[WebhookDeliveryId]) -> list[list[WebhookAttempt]]:
    """The attempts at each delivery, the first one first."""
    rows = await queries.attempts_of(reads.pool, ids)
    return [[attempt for _, attempt in found] for found in many_per_key(ids, rows, lambda row: row[0])]
