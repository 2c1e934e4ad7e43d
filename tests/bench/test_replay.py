"""Making up further purchases from two that were recorded."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from bench.replay.pairing import NotReplayableError, Pairing, fresh_tokens
from bench.replay.recording import Recording, Sent
from persistence.ids import new_id

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SQL = "INSERT INTO thing VALUES ($1, $2, $3)"


def recording(*sent: Sent, topics: Collection[str] = ()) -> Recording:
    return Recording(sent, frozenset(topics))


def test_an_id_is_another_one_in_each_purchase_and_the_same_wherever_it_stands():
    first, second = new_id("cart"), new_id("cart")
    kinds = {SQL: ["text", "jsonb", "text[]"]}

    template = Pairing(BEGAN, kinds).template(
        recording(Sent(SQL, (first, {"cart": first, "count": 2}, [first, "EUR"]), is_many=False)),
        recording(Sent(SQL, (second, {"cart": second, "count": 2}, [second, "EUR"]), is_many=False)),
    )
    fresh = fresh_tokens(template.tokens)
    key, document, items = template.steps[0].rows[0].made(fresh, BEGAN)

    assert key.startswith("cart_")
    assert key not in {first, second}
    assert orjson.loads(document) == {"cart": key, "count": 2}
    assert items == [key, "EUR"]
    assert fresh_tokens(template.tokens) != fresh


def test_moments_move_with_the_clock_and_digests_keep_their_length():
    kinds = {SQL: ["timestamptz", "bytea", "text"]}
    sent = [
        Sent(SQL, (BEGAN + timedelta(minutes=15 + at), bytes([at]) * 32, "auth_" + f"{at}" * 32), is_many=False)
        for at in (0, 1)
    ]

    template = Pairing(BEGAN, kinds).template(recording(sent[0]), recording(sent[1]))
    now = BEGAN + timedelta(days=3)
    expires_at, digest, authorization = template.steps[0].rows[0].made(fresh_tokens(template.tokens), now)

    assert expires_at == now + timedelta(minutes=15)
    assert len(digest) == 32
    assert authorization.startswith("auth_")
    assert len(authorization) == len("auth_") + 32
    assert authorization not in {each.arguments[2] for each in sent}


def test_what_is_the_same_in_both_purchases_is_sent_as_it_was():
    sent = Sent(SQL, (1, {"a": [1]}, None), is_many=False)

    template = Pairing(BEGAN, {SQL: ["int4", "jsonb", "text"]}).template(recording(sent), recording(sent))

    assert template.tokens == ()
    assert template.steps[0].rows[0].made({}, BEGAN) == [1, '{"a":[1]}', None]


def test_rows_that_go_together_are_made_one_by_one():
    sql, ids = "INSERT INTO event VALUES ($1)", [new_id("event") for _ in range(4)]
    first = Sent(sql, ([ids[0]], [ids[1]]), is_many=True)
    second = Sent(sql, ([ids[2]], [ids[3]]), is_many=True)

    template = Pairing(BEGAN, {sql: ["text"]}).template(recording(first), recording(second))

    assert len(template.steps[0].rows) == 2
    assert len(set(fresh_tokens(template.tokens).values())) == 2


def test_purchases_that_differ_in_what_is_not_known_are_not_made_up():
    pairing = Pairing(BEGAN, {SQL: ["int4", "text", "text"], "COMMIT;": []})

    with pytest.raises(NotReplayableError, match="1 and 2 in INSERT"):
        pairing.template(
            recording(Sent(SQL, (1, "a", "b"), is_many=False)), recording(Sent(SQL, (2, "a", "b"), is_many=False))
        )
    with pytest.raises(NotReplayableError, match="'red' and 'blue'"):
        pairing.template(
            recording(Sent(SQL, (1, "red", "b"), is_many=False)), recording(Sent(SQL, (1, "blue", "b"), is_many=False))
        )
    with pytest.raises(NotReplayableError, match="different statements"):
        pairing.template(recording(Sent("COMMIT;", (), is_many=False)), recording())


def test_who_is_told_of_each_purchase_is_told_of_those_made_up():
    sent = Sent(SQL, (1, None, None), is_many=False)
    first, second = (recording(sent, topics=("events", new_id("cart"))) for _ in range(2))

    template = Pairing(BEGAN, {SQL: ["int4", "jsonb", "text"]}).template(first, second)

    assert template.topics == {"events"}
