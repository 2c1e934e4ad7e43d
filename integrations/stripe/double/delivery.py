"""Sending what is owed: signed, at least once, again and again until it is taken."""

import asyncio
import json

from stripe import WebhookSignature

from integrations.http import LazyClient, Unanswered
from integrations.stripe.double.book import Book, Delivery
from integrations.stripe.double.intents import expire_intent, settle_intent
from integrations.stripe.double.refunds import settle_refund

TURN_SECONDS = 0.25
TIMEOUT_SECONDS = 10.0
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
MAX_ATTEMPTS = 20
REORDERING_SECONDS = 1.0
FOREVER = float("inf")


class Clockwork:
    """What happens by itself at Stripe: webhooks, the ends of delayed payments and refunds, expiry of holds."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._client = LazyClient(timeout_seconds=TIMEOUT_SECONDS)

    async def run(self) -> None:
        """Until canceled."""
        try:
            while True:
                self.settle_due()
                if self._book.switch("webhooks", "normal") != "held":
                    await self._deliver_due()
                await asyncio.sleep(TURN_SECONDS)
        finally:
            await self._client.aclose()

    def settle_due(self) -> None:
        for act, subject in self._book.appointments(due_before=self._book.now()):
            self.settle(act, subject)

    def settle(self, act: str, subject: str) -> bool:
        """Do now what was appointed for an object; whether there was such an appointment."""
        with self._book.transaction():
            if not self._book.take_appointment(act, subject):
                return False
            if act == "settle_refund":
                settle_refund(self._book, self._book.get("refund", subject))
            elif act == "expire_intent":
                expire_intent(self._book, self._book.get("payment_intent", subject))
            else:
                settle_intent(self._book, self._book.get("payment_intent", subject))
        return True

    async def _deliver_due(self) -> None:
        is_reordered = self._book.switch("webhooks") == "reordered"
        before = self._book.now() - (REORDERING_SECONDS if is_reordered else 0)
        for delivery in self._book.deliveries(due_before=before, newest_first=is_reordered):
            await self.deliver(delivery)

    async def deliver_all(self, *, newest_first: bool = False, copies: int = 1) -> list[int]:
        """Send all that is owed, now, whatever the switches say; the status of each answer."""
        owed = self._book.deliveries(due_before=FOREVER, newest_first=newest_first)
        return [await self.deliver(delivery) for delivery in owed for _ in range(copies)]

    async def deliver(self, delivery: Delivery) -> int:
        """Send one event; put off when it is not taken. 0 when there is nobody."""
        event, endpoint = (
            self._book.find("event", delivery.event_id),
            self._book.find("webhook_endpoint", delivery.endpoint_id),
        )
        if event is None or endpoint is None:
            self._book.delivered(delivery.id)
            return 0
        status = await self._sent(endpoint["url"], json.dumps(event), endpoint["secret"])
        if 200 <= status < 300 or delivery.attempts + 1 >= MAX_ATTEMPTS:
            self._book.delivered(delivery.id)
        else:
            wait = min(FIRST_RETRY_SECONDS * 2**delivery.attempts, LONGEST_RETRY_SECONDS)
            self._book.put_off(delivery.id, until=self._book.now() + wait)
        return status

    async def _sent(self, url: str, body: str, secret: str) -> int:
        signature = WebhookSignature.generate_signature_header(body, secret)
        headers = {"stripe-signature": signature, "content-type": "application/json; charset=utf-8"}
        try:
            response = await self._client.request("POST", url, body.encode(), headers=headers)
        except Unanswered:
            return 0
        return response.status
