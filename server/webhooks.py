"""What gateways tell us: taken once, answered at once, and looked into by a worker (rule I6)."""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.checkout.observing.usecases import take_notices
from domain.payments.observing import ForgedNotice
from server.doubles import STRIPE_WEBHOOK
from server.gateways import NoticeSource
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts

MAX_BODY_BYTES = 1_000_000

logger = structlog.get_logger(__name__)


def webhook_routes(parts: Parts) -> list[Route]:
    """The webhooks of the gateways whose signatures can be told."""
    if parts.stripe_notices is None:
        return []
    return [Route(STRIPE_WEBHOOK, StripeWebhook(parts, parts.stripe_notices).answer, methods=["POST"])]


class StripeWebhook:
    """Writes down what Stripe has signed. It is told 200 once that is committed, and tries again otherwise."""

    def __init__(self, parts: Parts, notices: NoticeSource) -> None:
        self._parts = parts
        self._notices = notices

    async def answer(self, request: Request) -> Response:
        body = await _bounded(request)
        if body is None:
            return JSONResponse({"error": "too large"}, 413)
        try:
            notice = self._notices.read(body, request.headers.get("stripe-signature"))
        except ForgedNotice as forged:
            logger.warning("webhook_refused", gateway=self._notices.gateway, reason=str(forged))
            return JSONResponse({"error": "the signature does not fit"}, 400)
        taken = await take_notices(unit_of_work(self._parts), [notice])
        logger.info("webhook_taken", gateway=notice.gateway, type=notice.type, is_new=bool(taken))
        return JSONResponse({"received": True})


async def _bounded(request: Request) -> bytes | None:
    """The raw body; None if it is larger than any notice."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)
