"""Before a process answers anybody: what the first requests would make, each for all that follow.

The first page of a process took five times as long as the third: its document was read, its plan compiled, its
statements prepared on a connection, and formats of the shop's languages loaded. So a page like those that shops ask for
is made and thrown away. What only later ones need, registered documents and asking others, is made ready beside them.

Facets are asked for of few products: counted over a whole catalog they are a fifth of a second of PostgreSQL's time at
20,000 products, twice before the first answer, and nothing of that is left afterwards.
"""

import asyncio
import time
from typing import Any

import structlog

from execution import Executor, MakeContext, RequestRefused
from execution.documents import DocumentStore
from integrations import http
from persistence.registered_documents import latest_texts
from persistence.statement import Pool
from server.connection import Connection

PAGE = """
query WarmUp {
  found: search(input: {query: "warm"}, first: 1) {
    totalCount
    facets { key label values { value label count } }
  }
  newest: search(input: {sort: NEWEST}, first: 20) {
    nodes {
      id slug title
      media(first: 2) { url alt width height }
      priceRange { min { amountMinor currency formatted } max { formatted } }
      variants(first: 10) {
        nodes {
          id sku title options { name value }
          buyBox { id vendor { name } price { current { gross { formatted } } } availability { state } }
        }
      }
    }
  }
}
"""

PATIENCE_SECONDS = 5.0
MOST_REGISTERED = 300
FIRST_SECONDS = 0.5
"""In which the first requests have the process to themselves."""
PAUSE_SECONDS = 0.005
"""Between two registered documents, so that requests do not wait for them."""

logger = structlog.get_logger(__name__)


async def warm_up(executor: Executor, make_context: MakeContext[Connection]) -> None:
    """Make a page as a guest sees it. A shop that has nothing to show, or takes long to, is no reason not to start."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _make_page(executor, make_context)
    except Exception as error:  # noqa: BLE001 - requests will tell what is wrong
        logger.warning("not_warm", error=type(error).__name__)
    else:
        logger.info("warm", milliseconds=round((time.perf_counter() - began) * 1000))


async def _make_page(executor: Executor, make_context: MakeContext[Connection]) -> None:
    executor.documents.expect(PAGE)
    admitted = await executor.operation_aside(await executor.documents.admit_aside(PAGE))
    nobody: dict[str, Any] = {"type": "http", "method": "POST", "path": "/", "headers": [], "client": None}
    await executor.run(admitted, await make_context(Connection(nobody), admitted))


async def be_ready_for_more(pool: Pool, documents: DocumentStore) -> None:
    """What requests need that a process could answer its first ones without."""
    await asyncio.sleep(FIRST_SECONDS)
    await http.be_ready()
    await read_registered(pool, documents)


async def read_registered(pool: Pool, documents: DocumentStore) -> None:
    """Read the documents that were registered last, and keep them."""
    try:
        texts = await latest_texts(pool, MOST_REGISTERED)
    except Exception as error:  # noqa: BLE001 - the database may be away; documents are read when asked for
        logger.warning("registered_not_read", error=type(error).__name__)
        return
    for text in texts:
        try:
            documents.expect(text)
            await documents.admit_aside(text)
        except RequestRefused:  # what it selects is gone; `commerce operations check` tells whose it is
            continue
        await asyncio.sleep(PAUSE_SECONDS)
