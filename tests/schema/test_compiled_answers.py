"""Random queries over the whole schema, of guests and staff: compiled plans answer what graphql-core does."""

import os
from collections import Counter
from random import Random

import pytest

from domain.shared.actor import GUEST, STAFF_SCOPE, Actor
from domain.shared.errors import RequestFault
from domain.shared.ids import CustomerId
from execution import RequestRefused
from persistence.statement import Pool
from schema.access import scopes_of
from schema.root import schema
from tests.execution.compiled.compared import Pair, essence
from tests.execution.compiled.operations import Writer
from tests.factories.catalog import catalog_in
from tests.factories.requests import make_client

IS_NIGHTLY = os.environ.get("PROPERTIES") == "nightly"
OPERATIONS = 20_000 if IS_NIGHTLY else 500
SCOPES = scopes_of(schema)
STAFF = Actor(customer_id=CustomerId("customer_01jd3kq0000000000000000000"), scopes=SCOPES | {STAFF_SCOPE})
SHOPPING = {
    "first": (0, 1, 2, 5, None),
    "last": (None,),
    "before": (None,),
    "after": (None,),
    "query": ("lamp", "", None),
    "country": ("DE", "FR"),
    "language": ("en", "de"),
    "currency": ("EUR",),
    "limit": (1, 6),
    "min": ("1.5",),
    "max": ("20",),
}

pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.timeout(36_000 if IS_NIGHTLY else 1200),
]


async def shelves(pool: Pool) -> dict[str, list[str]]:
    """A few products of each shape, and the ids and slugs by which random queries find things."""
    catalog = await catalog_in(pool)
    vendors = [await catalog.vendor(), await catalog.vendor(slug="second")]
    root = await catalog.category("Root")
    leaf = await catalog.category("Leaf", [root])
    ids = [*vendors, root, leaf]
    for number in range(4):
        product_id = await catalog.product(f"Lamp {number}", slug=f"lamp-{number}", category_id=leaf)
        ids.append(product_id)
        for position in range(number):
            variant_id = await catalog.variant(product_id, {"Size": str(position)}, position=position)
            ids.append(variant_id)
            ids += [await catalog.offer(variant_id, vendor_id) for vendor_id in vendors]
    ids.append(await catalog.collection("Lights", ids[4:6]))
    slugs = ["lamp-1", "lamp-3", "root", "leaf", "lights", "second", "nothing"]
    return {"id": ids, "ids": ids, "slug": slugs, "path": [f"/products/{slug}" for slug in slugs]}


@pytest.mark.parametrize("actor", [GUEST, STAFF], ids=["guest", "staff"])
async def test_compiled_answers_are_those_of_graphql_core(pool: Pool, actor: Actor):
    client = make_client(pool, actor=actor)
    values = SHOPPING | await shelves(pool)
    pair = Pair.of(schema, told=(RequestFault,))
    how: Counter[str] = Counter()
    for seed in range(OPERATIONS):
        writer = Writer(pair.core.schema, Random(seed), fields=16, values=values)
        text = writer.operation()
        try:
            admitted = pair.admitted(pair.operation(text), writer.variables)
        except RequestRefused:
            continue  # a value that its scalar does not take
        contexts = iter([await client.context(), await client.context()])

        expected, actual, _, _ = await pair.answers(admitted, lambda: next(contexts))  # noqa: B023 - called at once

        assert essence(actual) == essence(expected), (seed, text, writer.variables)
        how[pair.how[-1]] += 1
    assert how["compiled"] > OPERATIONS // 5
