"""Who is refused when more is asked for than can be answered: dear reads of guests first, checkouts last."""

from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from domain.shared.actor import GUEST, Actor
from domain.shared.ids import ApiKeyId, CustomerId
from execution import AdmittedOperation, Executor
from schema.root import schema
from server.shedding import CART_FIELDS, CHECKOUT_FIELDS, HALF_LIFE_SECONDS, LEAST_POINTS, Rank, Shedding, rank_of

CUSTOMER = Actor(customer_id=CustomerId("customer_1"))
PROGRAM = Actor(api_key_id=ApiKeyId("api_key_1"))

DEAR = "{ search(input: {}, first: 100) { nodes { id variants(first: 20) { nodes { id } } } } }"
PAGE = "{ search(input: {}, first: 20) { nodes { id slug title } } }"
CHEAP = "{ __typename }"
CART = "query($id: ID!) { cart(id: $id) { id } }"
CHECKOUT = "query($id: ID!) { checkout(id: $id) { id } }"
START = "mutation($input: CheckoutStartInput!) { checkoutStart(input: $input) { checkout { id } } }"
SIGN_IN = 'mutation { signIn(input: {email: "a@b.example", password: "secret"}) { errors { code } } }'


@pytest.fixture(scope="module")
def executor() -> Executor:
    return Executor(schema)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def admitted(executor: Executor, text: str) -> AdmittedOperation:
    variables = {"id": "x", "input": {"cartId": "x", "idempotencyKey": "x"}} if "$" in text else None
    return executor.admit(text, {k: v for k, v in (variables or {}).items() if f"${k}" in text})


def under(pressure: float) -> Shedding:
    """A process whose waiting makes for that much pressure."""
    clock = Clock()
    shedding = Shedding(CollectorRegistry(), most_points=0, most_seconds=1.0, clock=clock)
    shedding.has_waited(pressure)
    return shedding


def answered(executor: Executor, pressure: float, actor: Actor = GUEST) -> set[str]:
    shedding = under(pressure)
    all_kinds = {"dear": DEAR, "page": PAGE, "cheap": CHEAP, "cart": CART, "sign in": SIGN_IN, "checkout": CHECKOUT}
    return {name for name, text in all_kinds.items() if shedding.refusal(admitted(executor, text), actor) is None}


@pytest.mark.parametrize(
    ("pressure", "left"),
    [
        (0.0, {"dear", "page", "cheap", "cart", "sign in", "checkout"}),
        (0.99, {"dear", "page", "cheap", "cart", "sign in", "checkout"}),
        (1.0, {"page", "cheap", "cart", "sign in", "checkout"}),
        (1.995, {"cheap", "cart", "sign in", "checkout"}),
        (2.0, {"cart", "sign in", "checkout"}),
        (4.0, {"checkout"}),
        (6.0, {"checkout"}),
        (8.0, set()),
    ],
)
def test_guests_lose_dear_reads_first_then_all_then_carts_and_checkouts_last(
    executor: Executor, pressure: float, left: set[str]
):
    assert answered(executor, pressure) == left


@pytest.mark.parametrize("actor", [CUSTOMER, PROGRAM], ids=["customer", "program"])
def test_who_is_known_goes_on_reading_when_guests_are_refused(executor: Executor, actor: Actor):
    assert "dear" in answered(executor, 1.99, actor)
    assert "dear" not in answered(executor, 2.0, actor)
    assert "page" in answered(executor, 2.0, actor)
    assert "cheap" not in answered(executor, 3.0, actor)


def test_what_is_answered_gets_cheaper_as_the_pressure_grows():
    for rank in Rank:
        steps = [rank.most_points(pressure / 10) for pressure in range(100)]
        assert steps == sorted(steps, reverse=True)
        assert steps[0] == float("inf")
        assert steps[-1] < 0


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        (START, Rank.CHECKOUT),
        (CHECKOUT, Rank.CHECKOUT),
        (SIGN_IN, Rank.CART),
        (CART, Rank.CART),
        (PAGE, Rank.GUEST_READ),
        ('{ checkout(id: "x") { id } search(input: {}) { totalCount } }', Rank.GUEST_READ),
        ('{ checkout(id: "x") { id } cart(id: "x") { id } }', Rank.CART),
        ('{ ...Hidden } fragment Hidden on Query { checkout(id: "x") { id } }', Rank.GUEST_READ),
        ('{ search: checkout(id: "x") { id } }', Rank.CHECKOUT),
        ("{ checkout: search(input: {}) { totalCount } }", Rank.GUEST_READ),
    ],
)
def test_an_operation_has_the_lowest_rank_of_what_it_asks_for(executor: Executor, text: str, rank: Rank):
    assert rank_of(admitted(executor, text), GUEST) is rank


def test_the_fields_of_buying_are_those_of_the_schema(executor: Executor):
    query, mutation = executor.schema.query_type, executor.schema.mutation_type
    assert query is not None
    assert mutation is not None
    known = {*query.fields, *mutation.fields}

    assert known >= CHECKOUT_FIELDS | CART_FIELDS
    assert not CHECKOUT_FIELDS & CART_FIELDS
    assert {name for name in mutation.fields if name.startswith("checkout")} <= CHECKOUT_FIELDS
    assert {name for name in mutation.fields if name.startswith("cart")} <= CART_FIELDS


def test_what_runs_makes_pressure_until_it_has_ended(executor: Executor):
    shedding = Shedding(CollectorRegistry(), most_points=1_000, most_seconds=0.0)
    dear, cheap = admitted(executor, DEAR), admitted(executor, CHEAP)

    first = shedding.opened(dear)
    refusal = shedding.refusal(dear, GUEST)
    shedding.closed(first)

    assert refusal is not None
    assert refusal.extensions == {"code": "SERVICE_UNAVAILABLE", "retryable": True, "retryAfter": 3}
    assert shedding.pressure == 0
    assert shedding.opened(cheap) == LEAST_POINTS["query"], "nothing is free"


def test_one_operation_however_dear_is_no_overload(executor: Executor):
    shedding = Shedding(CollectorRegistry(), most_points=50_000, most_seconds=0.0)

    shedding.opened(replace(admitted(executor, DEAR), cost=1_000_000))

    assert shedding.refusal(admitted(executor, DEAR), GUEST) is None


def test_reads_alone_never_make_so_much_pressure_that_buying_is_refused(executor: Executor):
    shedding = Shedding(CollectorRegistry(), most_points=20_000, most_seconds=0.0)
    pages = [admitted(executor, text) for text in (DEAR, PAGE, CHEAP)] * 1_000

    for page in pages:
        if shedding.refusal(page, GUEST) is None:
            shedding.opened(page)

    assert shedding.pressure < 3
    assert shedding.refusal(admitted(executor, CART), GUEST) is None
    assert shedding.refusal(admitted(executor, START), GUEST) is None


def test_a_wait_is_forgotten_when_nobody_waits_any_more():
    clock = Clock()
    shedding = Shedding(CollectorRegistry(), most_points=0, most_seconds=0.5, clock=clock)

    shedding.has_waited(1.0)
    at_once = shedding.pressure
    clock.now += HALF_LIFE_SECONDS
    shedding.has_waited(0.1)
    later = shedding.pressure
    clock.now += 20 * HALF_LIFE_SECONDS

    assert (at_once, later) == (2.0, 1.0)
    assert shedding.pressure < 0.001


def test_where_nothing_would_be_answered_nothing_is_read():
    assert under(7.99).refusal_of_all() is None
    assert under(8.0).refusal_of_all() is not None


def test_without_bounds_nothing_is_refused(executor: Executor):
    shedding = Shedding(CollectorRegistry(), most_points=0, most_seconds=0.0)
    shedding.has_waited(1_000.0)
    for _ in range(1_000):
        shedding.opened(admitted(executor, DEAR))

    assert shedding.refusal(admitted(executor, DEAR), GUEST) is None
    assert shedding.refusal_of_all() is None


def test_what_is_refused_is_counted_by_its_rank(executor: Executor):
    registry = CollectorRegistry()
    shedding = Shedding(registry, most_points=0, most_seconds=1.0, clock=Clock())
    shedding.has_waited(9.0)

    for text in (PAGE, PAGE, START):
        shedding.refusal(admitted(executor, text), GUEST)
    shedding.refusal_of_all()

    counted = [registry.get_sample_value("commerce_operations_shed_total", {"rank": rank}) for rank in WORDS]
    assert counted == [2, None, None, 1, 1]
    assert registry.get_sample_value("commerce_pressure") == 9.0


WORDS = ("guest_read", "other", "cart", "checkout", "unread")
