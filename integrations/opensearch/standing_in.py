"""Another engine that answers while the first one does not."""

from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from domain.catalog.search import FoundSuggestions, Hits, Insight, SearchInput
from domain.pricing.context import RequestContext
from domain.pricing.searching.ports import SearchEngine, SearchUnavailable
from domain.shared.page import PageRequest
from integrations.opensearch.circuit import Circuit
from integrations.opensearch.client import SearchRefused
from integrations.opensearch.hits import BegunElsewhere

logger = structlog.get_logger(__name__)


class WithStandIn:
    """Implements `domain.pricing.searching.ports.SearchEngine` by the first of two engines, as long as it answers.

    `answered` counts searches by who answered: `engine`, or `stand_in`.
    """

    def __init__(self, engine: SearchEngine, stand_in: SearchEngine, circuit: Circuit | None = None) -> None:
        self._engine = engine
        self._stand_in = stand_in
        self._circuit = circuit or Circuit()
        self.answered: Counter[str] = Counter(engine=0, stand_in=0)

    async def hits(self, asked: SearchInput, scope: str | None, request: RequestContext, page: PageRequest) -> Hits:
        return await self._ask(lambda engine: engine.hits(asked, scope, request, page))

    async def total(self, asked: SearchInput, scope: str | None, request: RequestContext) -> Insight:
        return await self._ask(lambda engine: engine.total(asked, scope, request))

    async def facets(self, asked: SearchInput, scope: str | None, request: RequestContext) -> Insight:
        return await self._ask(lambda engine: engine.facets(asked, scope, request))

    async def suggestions(self, prefix: str, limit: int, request: RequestContext) -> FoundSuggestions:
        return await self._ask(lambda engine: engine.suggestions(prefix, limit, request))

    async def _ask[T](self, ask: Callable[[SearchEngine], Awaitable[T]]) -> T:
        if self._circuit.may_ask():
            try:
                answer = await ask(self._engine)
            except BegunElsewhere:
                pass
            except SearchRefused as refusal:
                logger.exception("search_engine_refused", status=refusal.status, kind=refusal.kind)
            except SearchUnavailable as error:
                self._circuit.failed()
                logger.warning("search_engine_away", error=str(error), paused=self._circuit.is_open)
            else:
                self._circuit.succeeded()
                self.answered["engine"] += 1
                return answer
        self.answered["stand_in"] += 1
        return await ask(self._stand_in)
