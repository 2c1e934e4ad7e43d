"""Telling an index outside the database, if one is kept, of what no event tells it."""

from collections.abc import Sequence

from domain.shared.jobs import Job, JobKind
from persistence.jobs import enqueue
from persistence.statement import Connection

READER = "outside_search:"
"""Begins the name of the row in `log` by which an index outside follows it; without such a row none is kept."""
BATCH = 250
"""Products that one job tells of."""

_IS_KEPT = f"SELECT EXISTS (SELECT FROM log WHERE starts_with(name, '{READER}'))"  # noqa: S608 - made of constants


async def note_products(connection: Connection, product_ids: Sequence[str]) -> None:
    """Have the worker tell what the products are like, once the present transaction has committed."""
    if product_ids and await connection.fetchval(_IS_KEPT):
        batches = [product_ids[first : first + BATCH] for first in range(0, len(product_ids), BATCH)]
        await enqueue(connection, [Job(JobKind.PUSH_PRODUCTS, " ".join(batch)) for batch in batches])
