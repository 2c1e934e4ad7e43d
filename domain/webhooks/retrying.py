"""What follows an attempt to deliver: when to try again, and when a webhook is taken for dead."""

from datetime import datetime, timedelta

from domain.shared.making import dataclass
from domain.webhooks.model import (
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookOutcome,
    WebhookPauseReason,
)

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Between the attempts at one delivery, as Standard Webhooks advises: ten of them, in a little more than three days."""
JITTER = 0.1
"""By how much of itself a pause may be longer, so that what failed together does not come again together."""
DEAD_AFTER = timedelta(days=3)
"""A webhook that has only failed for so long is paused; before any delivery to it has been given up."""
FIRST_HOLD = timedelta(seconds=5)
LONGEST_HOLD = timedelta(minutes=5)
"""For how long nothing is sent to a webhook that has just failed; longer with each failure."""
LONGEST_WISH = timedelta(hours=24)
"""As far as a receiver's `Retry-After` is followed."""
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: `retry_after` is how long the receiver asked to be left alone."""

    outcome: WebhookOutcome
    milliseconds: int = 0
    status_code: int | None = None
    retry_after: timedelta | None = None
    response: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of a delivery and of its webhook, which gets nothing before `held_until`.

    `blames` says whether it counts as a failure of the webhook.
    """

    state: WebhookDeliveryState
    next_attempt_at: datetime | None = None
    held_until: datetime | None = None
    pause: WebhookPauseReason | None = None
    blames: bool = False


def judged(webhook: Webhook, delivery: WebhookDelivery, answer: Answer, now: datetime, *, chance: float) -> Verdict:
    """What follows from the answer; `chance` is 0 to 1.

    A ping is tried once, and says nothing of the webhook. What could not be prepared is our failure, not the
    receiver's: it is tried again and never counts towards a pause.
    """
    if answer.outcome is WebhookOutcome.SUCCEEDED:
        return Verdict(WebhookDeliveryState.SUCCEEDED)
    if delivery.is_ping:
        return Verdict(WebhookDeliveryState.FAILED)
    blames = answer.outcome is not WebhookOutcome.NOT_PREPARED
    if answer.status_code == GONE:
        return Verdict(WebhookDeliveryState.WAITING, now, pause=WebhookPauseReason.GONE, blames=blames)
    if blames and _is_dead(webhook, now):
        return Verdict(WebhookDeliveryState.WAITING, now, pause=WebhookPauseReason.FAILING, blames=blames)
    held_until = now + max(_hold(webhook.failures, chance), _wish(answer))
    if delivery.tries >= len(PAUSES):
        return Verdict(WebhookDeliveryState.FAILED, held_until=held_until, blames=blames)
    pause = max(PAUSES[delivery.tries] * (1 + JITTER * chance), _wish(answer))
    return Verdict(WebhookDeliveryState.WAITING, now + pause, held_until, blames=blames)


def _is_dead(webhook: Webhook, now: datetime) -> bool:
    return webhook.failing_since is not None and now - webhook.failing_since >= DEAD_AFTER


def _hold(failures: int, chance: float) -> timedelta:
    doubled: timedelta = FIRST_HOLD * 2 ** min(failures, 10)
    return min(doubled, LONGEST_HOLD) * (1 + JITTER * chance)


def _wish(answer: Answer) -> timedelta:
    return min(max(answer.retry_after or timedelta(), timedelta()), LONGEST_WISH)
