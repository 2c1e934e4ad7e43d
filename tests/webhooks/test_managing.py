"""Who may have what sent where, and what they do about it."""

from dataclasses import replace
from typing import Any

import pytest

from domain.shared.actor import GUEST, Actor
from persistence.ids import new_id
from persistence.paging import encode_cursor
from resolvers.log import LOG
from tests.factories.webhooks import SCOPES, Answered, Post, Receiver

STOCK = ["STOCK_CHANGED"]
OWN = "query($id: ID!) { vendorPortal(vendorId: $id) { webhooks { totalCount nodes { id } } } }"
ALL = "query($state: [WebhookState!]) { admin { webhooks(state: $state) { totalCount nodes { id } } } }"
NODE = "query($id: ID!) { node(id: $id) { id } }"
EVERYTHING = (
    "webhookUpsert",
    "webhookPause",
    "webhookResume",
    "webhookDelete",
    "webhookSecretRotate",
    "webhookPing",
    "webhookReplay",
)


def values_of(name: str, id: str) -> dict[str, Any]:
    return {"id": id} | ({"after": encode_cursor(LOG, 0)} if name == "webhookReplay" else {})


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://hooks.example/", False),
        ("ftp://hooks.example/", True),
        ("https://", True),
        ("https://user:secret@hooks.example/", True),
        ("https://hooks.example/#part", True),
        ("https://hooks.example:0/", True),
        ("https://hooks.example:99999/", True),
        ("https://[::1/", True),
        ("https://hööks.example/", True),
        ("https://hooks.example/ a", True),
        ("", True),
        ("https://hooks.example/" + "a" * 2_000, True),
    ],
)
async def test_an_address_that_nothing_may_be_sent_to_is_refused(post: Post, url: str, plain: bool):
    services = post.parts.services
    terms = replace(services.webhooks, may_be_plain=plain)
    post.parts = replace(post.parts, services=replace(services, webhooks=terms))

    assert await post.refusals(post.stan, "webhookUpsert", url=url) == [("INVALID", ["url"])]


async def test_a_webhook_needs_an_address(post: Post):
    assert await post.refusals(post.stan, "webhookUpsert", events=STOCK) == [("REQUIRED", ["url"])]


@pytest.mark.parametrize(
    "document",
    [
        " ",
        "{ id",
        "{ nothing }",
        "query Named { id }",
        "query($id: ID!) { id }",
        "mutation { id }",
        "subscription { id }",
        "{ id } { type }",
        "{ id } query Other { __typename }",
        "{ id } } } query Evil { admin { webhooks { totalCount } } } { a { b {",
        "fragment Lone on Event { id }",
        "{ ...Missing }",
        "{ ...A } fragment A on Order { id }",
        "{ ...A } fragment A on Event { ...A }",
        "{ id } type Query { id: ID }",
        "{ id @include(if: $yes) }",
        "{ __schema { types { name } } }",
        "{ " + " ".join(f"a{at}: id" for at in range(200)) + " }",
    ],
)
async def test_a_document_that_is_no_selection_on_an_event_is_refused(post: Post, document: str):
    refusals = await post.refusals(post.stan, "webhookUpsert", url="https://hooks.example/", document=document)

    assert set(map(str, refusals)) == {str(("INVALID", ["document"]))}


async def test_a_document_that_costs_too_much_is_refused(post: Post):
    dear = "{ order { customer { orders(first: 100) { nodes { lines { id } vendorOrders { id lines { id } } } } } } }"

    refusals = await post.refusals(post.stan, "webhookUpsert", url="https://hooks.example/", document=dear)

    assert refusals == [("INVALID", ["document"])]


async def test_a_document_cannot_ask_for_what_takes_scopes_that_its_writer_has_not(post: Post):
    document = "{ order { customer { segments } } }"
    stacy = await post.person(scopes=(*SCOPES, "customers:read"))

    refused = await post.refusals(post.stan, "webhookUpsert", url="https://hooks.example/", document=document)
    taken = await post.refusals(stacy, "webhookUpsert", url="https://hooks.example/", document=document)

    assert (refused, taken) == ([("INVALID", ["document"])], [])


async def test_a_document_of_ones_own_shapes_the_payload(post: Post, receiver: Receiver):
    document = """
    { kind: type ...Where offer { sku: variant { sku } } }
    fragment Where on Event { about: subject { __typename } }
    """
    await post.hook(receiver, events=STOCK, document=document)
    await post.happen()

    await post.work()

    [request] = receiver.received
    data = request.json["data"]
    assert (data["kind"], data["about"], list(data)) == (
        "STOCK_CHANGED",
        {"__typename": "Offer"},
        ["kind", "about", "offer"],
    )


async def test_a_document_that_holds_no_longer_pauses_the_webhook_and_loses_nothing(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    await post.pool.execute("UPDATE webhook SET document = '{ wasRemoved }'")
    await post.happen(2)

    await post.work()
    paused = await post.webhook(hook["id"])
    await post.do(post.stan, "webhookUpsert", id=hook["id"], document="{ sequence }")
    await post.do(post.stan, "webhookResume", id=hook["id"])
    await post.work()

    assert (paused["state"], paused["pauseReason"]) == ("PAUSED", "DOCUMENT_INVALID")
    assert [request.sequence for request in receiver.received] == [1, 2]


async def test_a_vendor_hears_of_its_own_events_alone(post: Post, receiver: Receiver):
    val = await post.person(vendor_id=post.seller.id)
    await post.hook(receiver, val, vendorId=post.seller.id, document="{ subject { id } actor }")
    await post.happen(2, seller=0)
    await post.happen(2, seller=1)

    await post.work()

    own = set(post.seller.offers)
    told = [request.json for request in receiver.received if request.json["type"] == "STOCK_CHANGED"]
    assert len(told) == 2
    assert {each["data"]["subject"]["id"] for each in told} <= own
    assert all(each["data"]["actor"] is None for each in told)


async def test_a_vendors_webhook_shows_no_order_and_nobody_elses_part(post: Post, receiver: Receiver):
    val = await post.person(vendor_id=post.seller.id)
    document = "{ order { id email } offer { id } changes }"
    await post.hook(receiver, val, vendorId=post.seller.id, events=STOCK, document=document)
    await post.happen()
    theirs = post.shop.sellers[1]
    await post.pool.execute("UPDATE event SET offer_id = $1 WHERE type = 'STOCK_CHANGED'", theirs.offers[0])
    await post.pool.execute("UPDATE offer SET status = 'INACTIVE' WHERE id = $1", theirs.offers[0])

    await post.work()

    [request] = receiver.received
    assert (request.json["data"]["order"], request.json["data"]["offer"]) == (None, None)


async def test_each_party_reaches_its_own_webhooks_alone(post: Post, receiver: Receiver):
    val = await post.person(vendor_id=post.shop.sellers[0].id)
    vic = await post.person(vendor_id=post.shop.sellers[1].id)
    program = await post.key(scopes=SCOPES)
    its_program = await post.key(vendor_id=post.seller.id)
    bystander = await post.person(scopes=("orders:read",))
    own = await post.hook(receiver, val, vendorId=post.seller.id)
    platforms = await post.hook(receiver, program)

    async def seen(actor: Actor) -> list[bool]:
        client = post.client(actor)
        return [(await client.ask(NODE, id=hook["id"]))["node"] is not None for hook in (own, platforms)]

    assert [await seen(each) for each in (val, its_program)] == [[True, False]] * 2
    assert [await seen(each) for each in (post.stan, program)] == [[True, True]] * 2
    assert [await seen(each) for each in (vic, bystander, GUEST)] == [[False, False]] * 3
    listed = (await post.client(val).ask(OWN, id=post.seller.id))["vendorPortal"]["webhooks"]
    assert listed == {"totalCount": 1, "nodes": [{"id": own["id"]}]}
    everything = (await post.client(post.stan).ask(ALL))["admin"]["webhooks"]
    assert everything["totalCount"] == 2
    assert (await post.client(post.stan).ask(ALL, state=["PAUSED"]))["admin"]["webhooks"]["totalCount"] == 0


@pytest.mark.parametrize("name", EVERYTHING)
async def test_nobody_does_anything_to_another_vendors_webhook(post: Post, receiver: Receiver, name: str):
    val = await post.person(vendor_id=post.shop.sellers[0].id)
    vic = await post.person(vendor_id=post.shop.sellers[1].id)
    hook = await post.hook(receiver, val, vendorId=post.seller.id)

    assert await post.refusals(vic, name, **values_of(name, hook["id"])) == [("NOT_FOUND", ["id"])]


@pytest.mark.parametrize("name", EVERYTHING)
async def test_a_vendor_does_nothing_to_the_platforms_webhooks(post: Post, receiver: Receiver, name: str):
    val = await post.person(vendor_id=post.seller.id)
    hook = await post.hook(receiver)

    assert await post.refusals(val, name, **values_of(name, hook["id"])) == [("NOT_FOUND", ["id"])]


@pytest.mark.parametrize("name", EVERYTHING)
async def test_staff_stops_the_webhooks_of_vendors_and_does_nothing_else_to_them(
    post: Post, receiver: Receiver, name: str
):
    val = await post.person(vendor_id=post.seller.id)
    hook = await post.hook(receiver, val, vendorId=post.seller.id)

    refusals = await post.refusals(post.stan, name, **values_of(name, hook["id"]))

    assert refusals == ([] if name in ("webhookPause", "webhookDelete") else [("NOT_ALLOWED", ["vendorId"])])


async def test_a_webhook_of_all_events_takes_the_right_to_read_them(post: Post, receiver: Receiver):
    half = await post.person(scopes=("integrations:write",))

    assert await post.refusals(half, "webhookUpsert", url=receiver.url) == [("NOT_ALLOWED", [])]


async def test_a_vendors_webhook_is_made_by_who_acts_for_it(post: Post, receiver: Receiver):
    vic = await post.person(vendor_id=post.shop.sellers[1].id)

    for actor in (post.stan, vic):
        query = "mutation($v: ID!, $u: String!) { webhookUpsert(input: {vendorId: $v, url: $u}) { errors { code } } }"
        answer = await post.client(actor).send(query, v=post.seller.id, u=receiver.url)
        is_refused = answer.errors or answer.data["webhookUpsert"]["errors"] == [{"code": "NOT_ALLOWED"}]
        assert is_refused


@pytest.mark.parametrize("lost", ["membership", "vendor key", "scopes", "platform key", "account"])
async def test_nothing_is_sent_any_more_once_the_owner_has_lost_the_right_to_hear_of_it(
    post: Post, receiver: Receiver, lost: str
):
    vendor = post.seller.id
    owners = {
        "membership": await post.person(vendor_id=vendor),
        "vendor key": await post.key(vendor_id=vendor),
        "scopes": await post.person(scopes=SCOPES),
        "platform key": await post.key(scopes=SCOPES),
        "account": await post.person(scopes=SCOPES),
    }
    owner = owners[lost]
    hook = await post.hook(receiver, owner, events=STOCK, vendorId=vendor if owner.vendor_ids else None)
    receiver.will_answer(Answered(500))
    await post.happen()
    await post.work()
    receiver.received.clear()
    await {
        "membership": lambda: post.pool.execute("UPDATE vendor_member SET role = 'VIEWER'"),
        "vendor key": lambda: post.pool.execute("UPDATE api_key SET revoked_at = now()"),
        "scopes": lambda: post.pool.execute("UPDATE staff_member SET scopes = '{integrations:write}'"),
        "platform key": lambda: post.pool.execute("UPDATE api_key SET revoked_at = now()"),
        "account": lambda: post.pool.execute("DELETE FROM customer WHERE id = $1", owner.customer_id),
    }[lost]()

    post.clock.go_on(hours=1)
    await post.happen()
    await post.work()

    assert receiver.received == []
    found = await post.pool.fetchval("SELECT concat(state, ' ', pause_reason) FROM webhook WHERE id = $1", hook["id"])
    assert found == "PAUSED NOT_ALLOWED"


async def test_what_the_owner_may_no_longer_read_is_left_out(post: Post, receiver: Receiver):
    stacy = await post.person(scopes=(*SCOPES, "inventory:read"))
    document = "{ sequence offer { stock { onHand } } }"
    await post.hook(receiver, stacy, events=STOCK, document=document)
    await post.happen()
    await post.work()
    await post.pool.execute(
        "UPDATE staff_member SET scopes = $2 WHERE customer_id = $1", stacy.customer_id, list(SCOPES)
    )
    await post.happen()
    await post.work()

    before, after = [request.json for request in receiver.received]
    assert before["data"]["offer"]["stock"]
    assert after["data"] is None or after["data"]["offer"] in (None, {"stock": None})
    assert after["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_whoever_resumes_a_webhook_becomes_its_owner(post: Post, receiver: Receiver):
    gone = await post.person(scopes=SCOPES)
    hook = await post.hook(receiver, gone, events=STOCK)
    await post.pool.execute("DELETE FROM customer WHERE id = $1", gone.customer_id)
    await post.happen(2)
    await post.work()

    await post.do(post.stan, "webhookResume", id=hook["id"])
    await post.work()

    assert [request.sequence for request in receiver.received] == [1, 2]


async def test_what_happens_during_a_pause_is_sent_after_it_in_order(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    await post.happen(2)
    await post.work()
    paused = (await post.do(post.stan, "webhookPause", id=hook["id"]))["webhook"]
    again = (await post.do(post.stan, "webhookPause", id=hook["id"]))["webhook"]
    await post.happen(3)
    await post.work()
    sent = len(receiver.received)

    await post.do(post.stan, "webhookResume", id=hook["id"])
    await post.work()
    await post.happen()
    await post.work()

    assert (paused["state"], paused["pauseReason"], again["version"]) == ("PAUSED", "BY_HAND", paused["version"])
    assert sent == 2
    assert [request.sequence for request in receiver.received] == [1, 2, 3, 4, 5, 6]


async def test_a_paused_webhook_is_not_pinged(post: Post, receiver: Receiver):
    hook = await post.hook(receiver)
    await post.do(post.stan, "webhookPause", id=hook["id"])

    assert await post.refusals(post.stan, "webhookPing", id=hook["id"]) == [("INVALID_TRANSITION", ["id"])]


async def test_only_so_many_pings_wait(post: Post, receiver: Receiver):
    hook = await post.hook(receiver)
    for _ in range(3):
        await post.do(post.stan, "webhookPing", id=hook["id"])

    assert await post.refusals(post.stan, "webhookPing", id=hook["id"]) == [("QUANTITY_LIMIT", ["id"])]


async def test_one_delivery_is_made_again_under_its_id(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    await post.happen(2)
    await post.work()
    first, _ = await post.deliveries(hook["id"])

    replayed = await post.do(post.stan, "webhookDeliveryReplay", id=first["id"])
    await post.work()

    assert replayed["delivery"]["state"] == "WAITING"
    assert [request.sequence for request in receiver.received] == [1, 2, 1]
    assert receiver.ids[2] == receiver.ids[0] == first["id"]
    again, _ = await post.deliveries(hook["id"])
    assert [attempt["number"] for attempt in again["attempts"]] == [1, 2]


async def test_all_events_behind_a_cursor_are_sent_again_in_order_under_their_ids(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    await post.happen(4)
    await post.work()
    query = "{ events(types: [STOCK_CHANGED]) { nodes { cursor } } }"
    nodes = (await post.client(post.stan).ask(query))["events"]["nodes"]
    before = receiver.ids[:]

    await post.do(post.stan, "webhookReplay", id=hook["id"], after=nodes[1]["cursor"])
    await post.work()
    await post.happen()
    await post.work()

    assert [request.sequence for request in receiver.received] == [1, 2, 3, 4, 3, 4, 5]
    assert receiver.ids[4:6] == before[2:4]


async def test_a_replay_reaches_back_to_what_was_forgotten_and_to_before_the_webhook(post: Post, receiver: Receiver):
    await post.happen(2)
    hook = await post.hook(receiver, events=STOCK)
    await post.happen(2)
    await post.work()
    ids = receiver.ids[:]
    await post.pool.execute("DELETE FROM webhook_delivery")

    await post.do(post.stan, "webhookReplay", id=hook["id"], since="2020-01-01T00:00:00Z")
    await post.work()

    assert [request.sequence for request in receiver.received] == [3, 4, 1, 2, 3, 4]
    assert receiver.ids[4:] == ids


async def test_a_replay_since_now_sends_nothing_again(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    await post.happen(2)
    await post.work()

    await post.do(post.stan, "webhookReplay", id=hook["id"], since=post.now.isoformat())
    await post.work()
    await post.happen()
    await post.work()

    assert [request.sequence for request in receiver.received] == [1, 2, 3]


@pytest.mark.parametrize("values", [{}, {"after": encode_cursor(LOG, 1), "since": "2026-01-01T00:00:00Z"}])
async def test_a_replay_names_one_point_to_begin_from(post: Post, receiver: Receiver, values: dict[str, str]):
    hook = await post.hook(receiver)

    assert await post.refusals(post.stan, "webhookReplay", id=hook["id"], **values) == [("INVALID", ["after"])]


async def test_a_deleted_webhook_is_sent_nothing_and_leaves_nothing(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    receiver.will_answer(Answered(500))
    await post.happen()
    await post.work()

    deleted = await post.do(post.stan, "webhookDelete", id=hook["id"])
    post.clock.go_on(hours=1)
    await post.work()

    assert deleted["webhookId"] == hook["id"]
    assert len(receiver.received) == 1
    for table in ("webhook", "webhook_secret", "webhook_delivery", "webhook_attempt"):
        assert await post.pool.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_an_edit_of_what_was_seen_before_it_changed_is_refused(post: Post, receiver: Receiver):
    hook = await post.hook(receiver)
    await post.do(post.stan, "webhookUpsert", id=hook["id"], events=STOCK, expectedVersion=1)

    refusals = await post.refusals(post.stan, "webhookUpsert", id=hook["id"], events=[], expectedVersion=1)

    assert refusals == [("VERSION_CONFLICT", ["expectedVersion"])]


async def test_a_webhook_stays_with_whom_it_was_made_for(post: Post, receiver: Receiver):
    hook = await post.hook(receiver)
    other = post.seller.id
    actor = Actor(customer_id=post.stan.customer_id, scopes=post.stan.scopes, vendor_ids=frozenset({other}))

    assert await post.refusals(actor, "webhookUpsert", id=hook["id"], vendorId=other) == [("INVALID", ["vendorId"])]


async def test_a_vendor_has_a_bounded_number_of_webhooks(post: Post, receiver: Receiver):
    val = await post.person(vendor_id=post.seller.id)
    for _ in range(10):
        await post.hook(receiver, val, vendorId=post.seller.id)

    refusals = await post.refusals(val, "webhookUpsert", url=receiver.url, vendorId=post.seller.id)

    assert refusals == [("QUANTITY_LIMIT", [])]


async def test_what_is_not_there_is_not_found(post: Post):
    for name in EVERYTHING:
        assert await post.refusals(post.stan, name, **values_of(name, new_id("webhook"))) == [("NOT_FOUND", ["id"])]
    missing = new_id("webhook_delivery")
    assert await post.refusals(post.stan, "webhookDeliveryReplay", id=missing) == [("NOT_FOUND", ["id"])]


async def test_changes_of_webhooks_stand_in_the_log_without_address_and_secret(post: Post, receiver: Receiver):
    hook = await post.hook(receiver)
    await post.do(post.stan, "webhookUpsert", id=hook["id"], url="https://hooks.example/token-abc")
    await post.do(post.stan, "webhookSecretRotate", id=hook["id"])
    await post.place()

    query = "{ events(types: [WEBHOOK_CHANGED]) { nodes { changes actor } } }"
    nodes = (await post.client(post.stan).ask(query))["events"]["nodes"]

    assert [node["changes"] for node in nodes] == [
        {"state": {"old": None, "new": "ENABLED"}},
        {"changed": {"new": ["url"]}},
        {"secret": {"new": "rotated"}},
    ]
    assert {node["actor"] for node in nodes} == {post.stan.id}


async def test_at_another_address_what_waits_is_sent_at_once(post: Post, receiver: Receiver):
    hook = await post.hook(receiver, events=STOCK)
    receiver.answers = iter(lambda: Answered(500), None)
    await post.happen(2)
    await post.work()
    receiver.will_answer()

    await post.do(post.stan, "webhookUpsert", id=hook["id"], url=f"{receiver.url}/moved")
    await post.work()

    assert [request.sequence for request in receiver.received] == [1, 1, 2]
    assert (await post.webhook(hook["id"]))["failures"] == 0
