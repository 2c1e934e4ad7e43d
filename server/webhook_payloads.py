"""What webhooks are sent, made by their documents on the schema that everybody uses, for whoever's rights they have."""

import asyncio
from datetime import datetime
from typing import Any

import asyncpg

from domain.pricing.context import Wish, applied
from domain.shared.actor import Actor
from domain.shared.errors import RequestFault
from domain.shared.events import RecordedEvent
from domain.webhooks.delivering.ports import InvalidDocumentError, NotPreparedError
from domain.webhooks.model import Webhook, WebhookDelivery
from execution import AdmittedOperation, ErrorWriter, Executor, RequestRefused, encode
from persistence.faults import is_retryable
from resolvers.context import Context, Services
from resolvers.webhook_documents import DEFAULT, EVENT, Unshaped, operation_text
from server.request_ids import present_trace_id
from server.watching import log_fault

SECONDS = 10.0
"""As long as a payload may take to be made."""
MAX_BYTES = 1 << 18
PING = "PING"
OUR_FAULTS = frozenset({"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "COST_LIMIT_EXCEEDED"})


class Payloads:
    """Implements `domain.webhooks.delivering.ports.Renderer`."""

    def __init__(self, services: Services, executor: Executor) -> None:
        self._services = services
        self._executor = executor

    async def payload(
        self, webhook: Webhook, delivery: WebhookDelivery, actor: Actor, *, now: datetime
    ) -> bytes | None:
        if delivery.is_ping:
            return _body(PING, now, {"webhook": {"id": webhook.id}})
        operation = self._operation(webhook, delivery)
        try:
            async with asyncio.timeout(SECONDS):
                body = await self._made(operation, delivery, actor, now)
        except TimeoutError:
            raise NotPreparedError("It took too long.") from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise NotPreparedError(type(error).__name__) from error
        if body is not None and len(body) > MAX_BYTES:
            raise NotPreparedError(f"It has more than {MAX_BYTES} bytes.")
        return body

    def _operation(self, webhook: Webhook, delivery: WebhookDelivery) -> AdmittedOperation:
        try:
            text = operation_text(webhook.document or DEFAULT)
            return self._executor.admit(text, {"id": delivery.event_id})
        except (Unshaped, RequestRefused) as error:
            raise InvalidDocumentError(str(error)) from error

    async def _made(
        self, operation: AdmittedOperation, delivery: WebhookDelivery, actor: Actor, now: datetime
    ) -> bytes | None:
        context = await self._context(actor, now)
        assert delivery.event_id is not None, "it is no ping"
        event: RecordedEvent | None = await context.loaders.event.load(delivery.event_id)
        if event is None:
            return None
        result = await self._executor.run(operation, context)
        if failed := next((error for error in result.errors if error["extensions"]["code"] in OUR_FAULTS), None):
            raise NotPreparedError(failed["extensions"]["code"])
        data = (result.data or {}).get(EVENT)
        return _body(event.type.value, event.occurred_at, data, *result.errors)

    async def _context(self, actor: Actor, now: datetime) -> Context:
        facts = await self._services.reference.facts()
        request = applied(facts.markets, asked=Wish(), preferred=Wish())
        return Context(self._services, actor, request, now, present_trace_id())


def payloads(services: Services) -> Payloads:
    """Those of the published schema, which takes a second of imports."""
    from schema.root import schema  # noqa: PLC0415

    errors = ErrorWriter(log_fault, present_trace_id, told=(RequestFault,), retryable=is_retryable)
    return Payloads(services, Executor(schema, errors=errors))


def _body(type_: str, timestamp: datetime, data: Any, *errors: Any) -> bytes:
    """As Standard Webhooks shapes payloads, and with what of it was refused, as GraphQL tells it."""
    body = {"type": type_, "timestamp": timestamp.isoformat(), "data": data}
    return encode(body | {"errors": errors} if errors else body)
