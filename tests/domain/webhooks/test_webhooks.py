"""The rules of webhooks: when to try again, whom to take for dead, ids that stay, rights that end, and signatures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.actor import Actor
from domain.shared.events import EventType
from domain.shared.ids import (
    ApiKeyId,
    CustomerId,
    EventId,
    VendorId,
    WebhookDeliveryId,
    WebhookId,
    moment_of,
    prefix_of,
)
from domain.webhooks.model import (
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookOutcome,
    WebhookPauseReason,
    WebhookState,
    delivery_id,
    rights,
)
from domain.webhooks.retrying import LONGEST_HOLD, LONGEST_WISH, PAUSES, Answer, judged
from domain.webhooks.signing import headers_of
from persistence.ids import new_id

NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
REFUSED = Answer(WebhookOutcome.REFUSED, status_code=500)
VALLEY = VendorId("vendor_valley")


def make_webhook(**changes: object) -> Webhook:
    webhook = Webhook(
        id=WebhookId(new_id("webhook")),
        vendor_id=None,
        owner_id="customer_1",
        url="https://hooks.example",
        events=(),
        document=None,
        state=WebhookState.ENABLED,
        pause_reason=None,
        paused_at=None,
        created_at=NOW,
    )
    return replace(webhook, **changes)  # type: ignore[arg-type] # whatever a test says of it


def make_delivery(**changes: object) -> WebhookDelivery:
    delivery = WebhookDelivery(
        id=WebhookDeliveryId(new_id("webhook_delivery")),
        webhook_id=WebhookId("webhook_1"),
        vendor_id=None,
        event_id=EventId(new_id("event")),
        event_type=EventType.ORDER_PLACED,
        subject_id="order_1",
        state=WebhookDeliveryState.WAITING,
        attempts=0,
        tries=0,
        created_at=NOW,
        next_attempt_at=NOW,
        ended_at=None,
    )
    return replace(delivery, **changes)  # type: ignore[arg-type] # the same


def test_ten_attempts_are_spread_over_a_little_more_than_three_days():
    at, tries = NOW, 0
    while (verdict := judged(make_webhook(), make_delivery(tries=tries), REFUSED, at, chance=0)).next_attempt_at:
        at, tries = verdict.next_attempt_at, tries + 1

    assert tries + 1 == 10
    assert at - NOW == timedelta(hours=75, minutes=35, seconds=5)
    assert verdict.state is WebhookDeliveryState.FAILED


@given(st.floats(0, 1), st.integers(0, len(PAUSES) - 1))
def test_chance_only_lengthens_a_pause_and_by_a_tenth_at_the_most(chance: float, tries: int):
    verdict = judged(make_webhook(), make_delivery(tries=tries), REFUSED, NOW, chance=chance)

    assert verdict.next_attempt_at is not None
    assert PAUSES[tries] <= verdict.next_attempt_at - NOW <= PAUSES[tries] * 1.1 + timedelta(microseconds=1)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_a_webhook_that_fails_is_left_alone_for_minutes_at_the_most(failures: int, chance: float):
    verdict = judged(make_webhook(failures=failures), make_delivery(), REFUSED, NOW, chance=chance)

    assert verdict.held_until is not None
    assert timedelta(seconds=5) <= verdict.held_until - NOW <= LONGEST_HOLD * 1.1


@pytest.mark.parametrize(
    ("wish", "pause"),
    [
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(seconds=1), PAUSES[0]),
        (timedelta(days=400), LONGEST_WISH),
        (timedelta(seconds=-5), PAUSES[0]),
    ],
    ids=str,
)
def test_a_receivers_wish_lengthens_a_pause_within_a_day(wish: timedelta, pause: timedelta):
    answer = replace(REFUSED, retry_after=wish)

    verdict = judged(make_webhook(), make_delivery(), answer, NOW, chance=0)

    assert verdict.next_attempt_at == NOW + pause


@pytest.mark.parametrize(("days", "pause"), [(2.99, None), (3, WebhookPauseReason.FAILING)])
def test_a_webhook_that_has_only_failed_for_three_days_is_dead_before_a_delivery_is_given_up(
    days: float, pause: WebhookPauseReason | None
):
    webhook = make_webhook(failing_since=NOW - timedelta(days=days), failures=40)

    verdict = judged(webhook, make_delivery(tries=9 if pause else 3), REFUSED, NOW, chance=0.5)

    assert (verdict.pause, verdict.state) == (pause, WebhookDeliveryState.WAITING)


def test_what_we_could_not_prepare_is_tried_again_and_never_blamed_on_the_receiver():
    webhook = make_webhook(failing_since=NOW - timedelta(days=9))

    verdict = judged(webhook, make_delivery(), Answer(WebhookOutcome.NOT_PREPARED), NOW, chance=0)

    assert (verdict.blames, verdict.pause, verdict.next_attempt_at) == (False, None, NOW + PAUSES[0])


def test_a_ping_is_tried_once_and_says_nothing_of_the_webhook():
    ping = make_delivery(event_id=None, event_type=None)

    verdict = judged(make_webhook(), ping, replace(REFUSED, status_code=410), NOW, chance=0)

    assert (verdict.state, verdict.pause, verdict.held_until, verdict.blames) == (
        WebhookDeliveryState.FAILED,
        None,
        None,
        False,
    )


def test_a_delivery_has_one_id_for_good_which_sorts_by_the_time_of_its_event():
    hooks = [WebhookId(new_id("webhook")) for _ in range(2)]
    events = [EventId(new_id("event")) for _ in range(50)]

    ids = {(hook, event): delivery_id(hook, event) for hook in hooks for event in events}

    assert len(set(ids.values())) == 100
    assert all(delivery_id(*key) == id_ and prefix_of(id_) == "webhook_delivery" for key, id_ in ids.items())
    assert all(moment_of(id_) == moment_of(event) for (_, event), id_ in ids.items())


@pytest.mark.parametrize(
    ("vendor", "owner", "may"),
    [
        (None, Actor(customer_id=CustomerId("c"), scopes=frozenset({"staff", "events:read"})), True),
        (None, Actor(api_key_id=ApiKeyId("k"), scopes=frozenset({"events:read"})), True),
        (None, Actor(customer_id=CustomerId("c"), scopes=frozenset({"staff"})), False),
        (None, Actor(customer_id=CustomerId("c"), vendor_ids=frozenset({VALLEY})), False),
        (VALLEY, Actor(customer_id=CustomerId("c"), vendor_ids=frozenset({VALLEY})), True),
        (VALLEY, Actor(customer_id=CustomerId("c"), vendor_ids=frozenset({VendorId("vendor_other")})), False),
        (VALLEY, Actor(customer_id=CustomerId("c"), scopes=frozenset({"staff", "events:read"})), False),
        (None, None, False),
        (VALLEY, None, False),
    ],
)
def test_payloads_are_made_with_what_the_owner_may_do_by_now(vendor: VendorId | None, owner: Actor | None, may: bool):
    assert (rights(make_webhook(vendor_id=vendor), owner) is not None) is may


def test_a_vendors_webhook_never_has_the_scopes_the_other_vendors_or_the_person_of_its_owner():
    owner = Actor(
        customer_id=CustomerId("c"),
        vendor_ids=frozenset({VALLEY, VendorId("vendor_other")}),
        scopes=frozenset({"staff", "events:read", "orders:read"}),
    )

    acting = rights(make_webhook(vendor_id=VALLEY), owner)

    assert acting is not None
    assert acting == Actor(api_key_id=acting.api_key_id, vendor_ids=frozenset({VALLEY}))


def test_a_request_is_signed_as_the_example_of_standard_webhooks():
    """The example of its reference implementations."""
    at = datetime.fromtimestamp(1614265330, UTC)

    headers = headers_of(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], at
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
