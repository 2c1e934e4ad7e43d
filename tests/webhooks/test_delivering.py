"""Events of the log reach receivers: signed, in order, once each, and again where they did not."""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories.webhooks import Answered, Post, Receiver, receiving

STOCK = ["STOCK_CHANGED"]


async def test_an_event_is_posted_with_a_signature_that_standard_webhooks_verifies(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    await post.happen()

    await post.work()

    [request] = receiver.received
    assert request.is_signed_by(hook["secret"], now=post.now)
    assert not request.is_signed_by("whsec_c29tZWJvZHkgZWxzZQ==", now=post.now)
    assert request.headers["content-type"] == "application/json"
    assert (request.json["type"], request.json["data"]["type"]) == ("STOCK_CHANGED", "STOCK_CHANGED")
    assert set(request.json) == {"type", "timestamp", "data"}


async def test_events_before_a_webhook_was_made_are_not_sent(post: Post, receiver: Receiver):
    await post.happen(3)
    await post.hook(receiver, events=STOCK)
    await post.happen()

    await post.work()

    assert [request.sequence for request in receiver.received] == [4]


async def test_only_the_wanted_kinds_are_sent_and_all_where_none_is_named(post: Post, receiver: Receiver):
    async with receiving() as curious:
        await post.hook(receiver, events=["ORDER_PLACED"])
        await post.hook(curious, events=[])
        await post.happen(2)

        await post.work()

        assert receiver.received == []
        assert {request.json["type"] for request in curious.received} >= {"STOCK_CHANGED", "WEBHOOK_CHANGED"}


async def test_the_events_of_a_subject_come_in_order_and_once(post: Post, receiver: Receiver):
    await post.hook(receiver, events=STOCK)
    await post.happen(20)
    await post.happen(20, offer=1)

    await post.work()

    by_subject: dict[str, list[int]] = {}
    for request in receiver.received:
        by_subject.setdefault(request.json["data"]["subject"]["id"], []).append(request.sequence)
    assert list(by_subject.values()) == [list(range(1, 21))] * 2
    assert len(set(receiver.ids)) == 40


async def test_what_failed_is_tried_again_under_the_same_id_with_a_new_time(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(500, body=b"no"), Answered(503))
    await post.happen()

    await post.work()
    for _ in range(2):
        post.clock.go_on(minutes=6)
        await post.work()

    assert len(receiver.received) == 3
    assert len(set(receiver.ids)) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.received}) == 3
    assert all(
        request.is_signed_by(hook["secret"], now=post.now - timedelta(minutes=6 * (2 - at)))
        for at, request in enumerate(receiver.received)
    )
    [delivery] = await post.deliveries(hook["id"])
    assert delivery["state"] == "SUCCEEDED"
    assert [(each["number"], each["outcome"], each["statusCode"]) for each in delivery["attempts"]] == [
        (1, "REFUSED", 500),
        (2, "REFUSED", 503),
        (3, "SUCCEEDED", 200),
    ]
    assert delivery["attempts"][0]["response"] == "no"


async def test_a_receiver_that_does_not_answer_in_time_is_given_up_for_now(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(after_seconds=4))
    await post.happen()

    await post.work()

    [delivery] = await post.deliveries(hook["id"])
    assert (delivery["state"], delivery["attempts"][0]["outcome"]) == ("WAITING", "TIMED_OUT")


async def test_redirects_are_not_followed(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(307, {"location": f"{receiver.url}/elsewhere"}))
    await post.happen()

    await post.work()

    assert len(receiver.received) == 1
    [delivery] = await post.deliveries(hook["id"])
    assert (delivery["attempts"][0]["outcome"], delivery["attempts"][0]["statusCode"]) == ("REFUSED", 307)


async def test_no_more_of_an_answer_is_read_and_kept_than_its_beginning(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(200, body=b"\x00long" * 1_000_000))
    await post.happen()

    await post.work()

    [delivery] = await post.deliveries(hook["id"])
    assert len(delivery["attempts"][0]["response"].encode()) <= 3 * 2_048


@pytest.mark.parametrize("status", [429, 503])
async def test_a_wish_to_be_left_alone_is_followed(post: Post, receiver: Receiver, status: int):
    await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(status, {"retry-after": "3600"}))
    await post.happen(2)

    await post.work()
    post.clock.go_on(minutes=59)
    await post.work()
    before = len(receiver.received)
    post.clock.go_on(minutes=2)
    await post.work()

    assert (before, len(receiver.received)) == (1, 3)


async def test_a_receiver_that_is_gone_is_paused_at_once_and_told_of(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(410))
    await post.happen(3)

    await post.work()

    found = await post.webhook(hook["id"])
    assert (found["state"], found["pauseReason"], len(receiver.received)) == ("PAUSED", "GONE", 1)
    await post.place()
    query = "{ events(types: [WEBHOOK_PAUSED]) { nodes { changes subject { id } } } }"
    [event] = (await post.client(post.stan).ask(query))["events"]["nodes"]
    assert event == {"changes": {"pauseReason": {"old": None, "new": "GONE"}}, "subject": {"id": hook["id"]}}


async def test_one_that_only_fails_for_three_days_is_paused_and_misses_nothing_when_it_is_resumed(
    post: Post, receiver: Receiver
):
    hook = await post.hook(receiver, events=STOCK)
    receiver.answers = iter(lambda: Answered(500), None)
    await post.happen(3)

    for _ in range(80):
        await post.work()
        post.clock.go_on(hours=1)
    await post.happen(2)
    await post.work()
    paused = await post.webhook(hook["id"])
    receiver.will_answer()
    receiver.received.clear()
    await post.do(post.stan, "webhookResume", id=hook["id"])
    await post.work()

    assert (paused["state"], paused["pauseReason"]) == ("PAUSED", "FAILING")
    assert [request.sequence for request in receiver.received] == [1, 2, 3, 4, 5]
    assert {delivery["state"] for delivery in await post.deliveries(hook["id"])} == {"SUCCEEDED"}


async def test_a_single_event_that_is_always_refused_is_given_up_after_three_days_and_holds_up_no_other(
    post: Post, receiver: Receiver
):
    hook = await post.hook(receiver, events=STOCK)
    await post.happen()
    receiver.will_answer(Answered(500))
    await post.work()
    [poison] = receiver.ids

    class Picky:
        """Refuses one request by its id."""

        def __init__(self) -> None:
            self.asked: list[str] = []

        async def post(self, url: str, headers: Any, body: bytes, **more: Any) -> Any:
            self.asked.append(headers["webhook-id"])
            receiver.will_answer(Answered(500 if headers["webhook-id"] == poison else 200))
            return await post.courier.sender.post(url, headers, body, **more)

    picky = Picky()
    for day in range(100):
        post.clock.go_on(hours=1)
        if day % 5 == 0:
            await post.happen()
        await post.work(picky)

    first, *others = await post.deliveries(hook["id"])
    assert (first["id"], first["state"], len(first["attempts"])) == (poison, "FAILED", 10)
    assert {delivery["state"] for delivery in others} == {"SUCCEEDED"}
    assert (await post.webhook(hook["id"]))["state"] == "ENABLED"


async def test_a_ping_shows_that_a_receiver_answers_and_is_tried_once(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(204, body=b""), Answered(500))

    pings = []
    for _ in range(2):
        pings.append((await post.do(post.stan, "webhookPing", id=hook["id"]))["delivery"])
        await post.work()

    assert [ping["state"] for ping in pings] == ["WAITING", "WAITING"]
    assert [delivery["state"] for delivery in await post.deliveries(hook["id"])] == ["SUCCEEDED", "FAILED"]
    assert receiver.received[0].json["type"] == "PING"
    assert receiver.received[0].is_signed_by(hook["secret"], now=post.now)
    assert (await post.webhook(hook["id"]))["failures"] == 0


async def test_two_secrets_sign_while_one_follows_the_other(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    rotated = await post.do(post.stan, "webhookSecretRotate", id=hook["id"], overlapHours=2)
    await post.happen()
    await post.work()
    post.clock.go_on(hours=3)
    await post.happen()
    await post.work()

    old, new = hook["secret"], rotated["secret"]
    first, second = receiver.received
    assert old != new
    earlier = post.now - timedelta(hours=3)
    assert [first.is_signed_by(each, now=earlier) for each in (old, new)] == [True, True]
    assert [second.is_signed_by(each, now=post.now) for each in (old, new)] == [False, True]
    assert len(first.headers["webhook-signature"].split(" ")) == 2


async def test_secrets_are_told_once_and_kept_encrypted(post: Post, receiver: Receiver):
    hook = await post.hook(receiver)

    sealed = await post.pool.fetchval("SELECT sealed FROM webhook_secret")
    changed = await post.do(post.stan, "webhookUpsert", id=hook["id"], events=STOCK)

    assert hook["secret"].encode() not in sealed
    assert changed["secret"] is None
