"""Writing to the index, and filling a new one in the place of the old without anybody noticing.

Searches and changes go by an alias. Each document bears the version that it was read at: the engine refuses whatever is
older than what it has, so that writers need not know of one another.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
import structlog

from domain.pricing.searching.document import SearchDocument
from domain.pricing.searching.ports import SearchUnavailable
from domain.shared.ids import ProductId
from integrations.opensearch.client import Json, OpenSearchClient, SearchRefused
from integrations.opensearch.documents import source_of
from integrations.opensearch.mapping import VERSION, index_body

logger = structlog.get_logger(__name__)

NEWER_IS_THERE = 409
NOTHING_THERE = 404


def alias_of(prefix: str) -> str:
    return f"{prefix}-products-{VERSION}"


class OpenSearchIndex:
    """The index behind the alias."""

    def __init__(self, client: OpenSearchClient, alias: str) -> None:
        self._client = client
        self.alias = alias

    async def create(self, now: datetime) -> str:
        """A new, empty index that nobody searches yet: its name."""
        name = f"{self.alias}-{now:%Y%m%d%H%M%S%f}"
        await self._client.write("PUT", f"/{name}", index_body())
        return name

    async def switch(self, name: str) -> Sequence[str]:
        """Have the alias lead to this index from one moment to the next, and drop those that it led to: their names."""
        await self.refresh(name)
        before = [index for index in await self._behind_alias() if index != name]
        removed = [{"remove": {"index": index, "alias": self.alias}} for index in before]
        actions = [*removed, {"add": {"index": name, "alias": self.alias}}]
        await self._client.write("POST", "/_aliases", {"actions": actions})
        for index in before:
            await self.drop(index)
        return before

    async def drop(self, name: str) -> None:
        await self._client.write("DELETE", f"/{name}")

    async def refresh(self, name: str | None = None) -> None:
        """Have all that was written be found from now on; it is within a second anyhow."""
        await self._client.write("POST", f"/{name or self.alias}/_refresh")

    async def put(
        self,
        documents: Sequence[SearchDocument],
        gone: Collection[ProductId],
        *,
        version: int,
        into: str | None = None,
    ) -> None:
        """Write the documents, and remove those of products that cannot be found anymore; older versions give way.

        SearchUnavailable if not all could be written now; to write them again does no harm.
        """
        lines = [_act("index", document.product_id, version) + _line(source_of(document)) for document in documents]
        lines += [_act("delete", product_id, version) for product_id in sorted(gone)]
        if not lines:
            return
        required = {} if into else {"require_alias": "true"}
        answer = await self._client.write_lines(f"/{into or self.alias}/_bulk", b"".join(lines), **required)
        if answer["errors"]:
            _look_at(answer["items"])

    async def _behind_alias(self) -> Sequence[str]:
        try:
            return sorted(await self._client.read(f"/_alias/{self.alias}"))
        except SearchRefused as refusal:
            if refusal.status == NOTHING_THERE:
                return ()
            raise


def _act(kind: str, product_id: ProductId, version: int) -> bytes:
    return _line({kind: {"_id": product_id, "version": version, "version_type": "external"}})


def _line(content: Json) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)


def _look_at(items: Sequence[dict[str, Any]]) -> None:
    """Pass over what is newer there or gone already; tell of documents that are refused, which no repetition mends."""
    for item in items:
        (outcome,) = item.values()
        status: int = outcome["status"]
        if "error" not in outcome or (status in {NEWER_IS_THERE, NOTHING_THERE} and "index_not" not in _kind(outcome)):
            continue
        if status == 400:
            logger.error("search_document_refused", product_id=outcome["_id"], error=_kind(outcome))
            continue
        raise SearchUnavailable(f"{status} {_kind(outcome)}")


def _kind(outcome: dict[str, Any]) -> str:
    error = outcome.get("error")
    return str(error["type"]) if isinstance(error, dict) else ""
