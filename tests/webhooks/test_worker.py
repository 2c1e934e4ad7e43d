"""Workers that deliver: beside one another, beside slow receivers, and after one of them died."""

import asyncio
from dataclasses import replace

from persistence.webhooks.desk import Desk
from persistence.webhooks.fanning import catch_up, fan_out
from server.jobs.webhooks import KEPT, forget_old_deliveries
from tests.factories.webhooks import Answered, Post, Receiver, killed_worker, receiving, until, working

STOCK = ["STOCK_CHANGED"]


async def test_a_slow_receiver_holds_up_no_other(post: Post, receiver: Receiver):
    async with receiving() as slow, working(post.parts):
        await post.hook(slow, events=STOCK)
        await post.hook(receiver, events=STOCK)
        slow.answers = iter(lambda: Answered(after_seconds=0.5), None)
        await post.happen(10)

        await until(lambda: len(receiver.received) == 10)
        sent_to_slow = len(slow.received)
        await until(lambda: len(slow.received) == 10)

    assert sent_to_slow < 10


async def test_two_workers_at_once_deliver_every_event_once(post: Post, receiver: Receiver):
    async with receiving() as other, working(post.parts), working(replace(post.parts)):
        await post.hook(receiver, events=STOCK)
        await post.hook(other, events=STOCK)
        for _ in range(10):
            await post.happen(3)
            await post.happen(2, offer=1)

        await until(lambda: len(receiver.received) >= 50 and len(other.received) >= 50)
        await asyncio.sleep(0.5)

    for each in (receiver, other):
        assert len(each.received) == 50
        assert len(set(each.ids)) == 50
    assert set(receiver.ids).isdisjoint(other.ids)


async def test_a_stop_lets_what_is_under_way_come_to_its_end(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(after_seconds=1))
    await post.happen()

    async with working(post.parts) as stop:
        await asyncio.wait_for(receiver.came.wait(), 20)
        stop.set()

    [delivery] = await post.deliveries(hook["id"])
    assert delivery["state"] == "SUCCEEDED"


async def test_what_a_worker_was_at_when_it_was_killed_is_delivered_again_under_the_same_id(
    post: Post, receiver: Receiver, worker_database_url: str
):
    hook = await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(after_seconds=1))
    await post.happen(3)

    async with killed_worker(worker_database_url, post.now):
        await asyncio.wait_for(receiver.came.wait(), 30)
    await post.work()
    before = len(receiver.received)
    post.clock.go_on(seconds=91)
    await post.work()

    assert before == 1
    assert [request.sequence for request in receiver.received] == [1, 1, 2, 3]
    assert receiver.ids[0] == receiver.ids[1]
    assert [delivery["state"] for delivery in await post.deliveries(hook["id"])] == ["SUCCEEDED"] * 3


async def test_a_claim_keeps_others_away_and_ends_by_itself(post: Post, receiver: Receiver):
    await post.hook(receiver, events=STOCK)
    desk, now = Desk(post.pool), post.now
    until_ = now.replace(microsecond=1)

    claims = [await desk.claim(now=now, until=until_, limit=10) for _ in range(2)]
    post.clock.go_on(seconds=1)
    later = await desk.claim(now=post.now, until=post.now, limit=10)

    assert [len(found) for found in (*claims, later)] == [1, 0, 1]


async def test_the_log_loses_nothing_while_webhooks_pause_resume_and_catch_up(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    is_over = False

    async def fan() -> None:
        while not is_over:
            await fan_out(post.pool, now=post.now)
            await asyncio.sleep(0)

    async def follow() -> None:
        while not is_over:
            await catch_up(post.pool, hook["id"], now=post.now)
            await asyncio.sleep(0)

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(fan())
        tasks.create_task(fan())
        tasks.create_task(follow())
        for _ in range(15):
            await post.do(post.stan, "webhookPause", id=hook["id"])
            await post.happen()
            await post.do(post.stan, "webhookResume", id=hook["id"])
            await post.happen()
        is_over = True
    await post.work()

    assert [request.sequence for request in receiver.received] == list(range(1, 31))


async def test_one_with_too_much_waiting_falls_behind_and_catches_up_bit_by_bit(
    post: Post, receiver: Receiver, monkeypatch
):
    monkeypatch.setattr("persistence.webhooks.fanning.ROOM", 4)
    monkeypatch.setattr("persistence.webhooks.fanning.CROWD", 6)
    hook = await post.hook(receiver, events=STOCK)
    await post.work()
    receiver.will_answer(Answered(500))
    await post.happen(7)
    await post.work()

    await post.happen(10)
    await fan_out(post.pool, now=post.now)
    waiting = await post.pool.fetchval("SELECT count(*) FROM webhook_delivery WHERE state = 'WAITING'")
    post.clock.go_on(minutes=10)
    await post.work()

    assert waiting == 7
    assert [request.sequence for request in receiver.received] == [1, *range(1, 18)]
    assert await post.pool.fetchval("SELECT behind FROM webhook WHERE id = $1", hook["id"]) is None


async def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    await post.happen()
    await post.work()
    receiver.will_answer(Answered(500))
    await post.happen()
    await post.work()

    post.clock.go_on(seconds=KEPT.total_seconds() + 1)
    await forget_old_deliveries(post.parts)

    assert [delivery["event"]["sequence"] for delivery in await post.deliveries(hook["id"])] == [2]
