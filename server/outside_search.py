"""The search engine outside the database, where the settings name one."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from domain.shared.making import dataclass
from persistence.search.engine import PostgresCursors, PostgresSearch
from persistence.search.names import CatalogNames
from persistence.statement import Pool
from server.settings import Settings

if TYPE_CHECKING:
    from integrations.opensearch.index import OpenSearchIndex
    from integrations.opensearch.standing_in import WithStandIn


@dataclass(frozen=True, slots=True)
class OutsideSearch:
    """What searches are put to, and the index that the worker keeps in step."""

    engine: "WithStandIn"
    index: "OpenSearchIndex"


@asynccontextmanager
async def open_outside_search(settings: Settings, pool: Pool) -> AsyncIterator[OutsideSearch | None]:
    """The engine that the settings name, for which the database stands in; None if they name none."""
    if settings.commerce_opensearch_url is None:
        yield None
        return
    from integrations.opensearch.client import OpenSearchClient  # noqa: PLC0415 - few need it, and all start
    from integrations.opensearch.engine import OpenSearch  # noqa: PLC0415
    from integrations.opensearch.index import OpenSearchIndex, alias_of  # noqa: PLC0415
    from integrations.opensearch.standing_in import WithStandIn  # noqa: PLC0415

    secret = settings.commerce_opensearch_api_key
    key = secret.get_secret_value() if secret else None
    alias = alias_of(settings.commerce_opensearch_prefix)
    async with OpenSearchClient(settings.commerce_opensearch_url, api_key=key) as client:
        engine = OpenSearch(client, alias, CatalogNames(pool), PostgresCursors())
        yield OutsideSearch(WithStandIn(engine, PostgresSearch(pool)), OpenSearchIndex(client, alias))


class SearchAnswers(Collector):
    """Counts, for Prometheus, who answered searches."""

    def __init__(self, search: OutsideSearch) -> None:
        self._search = search

    def collect(self) -> Iterable[CounterMetricFamily]:
        family = CounterMetricFamily(
            "commerce_search_answers",
            "Searches by who answered: the engine outside the database, or the database in its stead.",
            labels=["by"],
        )
        for by, count in self._search.engine.answered.items():
            family.add_metric([by], count)
        yield family
