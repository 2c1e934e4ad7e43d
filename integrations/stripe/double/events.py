"""What the double tells by webhook: an event for each change, to every endpoint that wants it."""

import copy

from integrations.stripe.double.book import Book, Document

API_VERSION = "2026-10-28.endive"
LATE_SECONDS = 60.0
OWN_ENDPOINT = "we_own"


def emit(book: Book, kind: str, subject: Document) -> None:
    """Record an event about an object as it is now, and owe it to the endpoints."""
    event = book.add(
        "event",
        "evt",
        type=kind,
        api_version=API_VERSION,
        data={"object": copy.deepcopy(subject)},
        pending_webhooks=0,
        request={"id": None, "idempotency_key": None},
    )
    mode = book.switch("webhooks", "normal")
    if mode == "lost":
        return
    late = float(book.switch("late_seconds", LATE_SECONDS)) if mode == "late" else 0.0
    for endpoint in book.all("webhook_endpoint"):
        wanted = endpoint["enabled_events"]
        if endpoint["status"] == "enabled" and ("*" in wanted or kind in wanted):
            for _ in range(2 if mode == "duplicate" else 1):
                book.deliver(event["id"], endpoint["id"], due_at=book.now() + late)


def tell(book: Book, url: str, secret: str) -> None:
    """Have every event sent to a webhook, signed with this secret, in the place of one that was told of so before."""
    endpoint = {"id": OWN_ENDPOINT, "object": "webhook_endpoint", "url": url, "secret": secret}
    with book.transaction():
        book.save({**endpoint, "enabled_events": ["*"], "status": "enabled"})
