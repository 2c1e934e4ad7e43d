"""Requests put to the schema in this process, as a client in some market would."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from domain.pricing.context import Wish, applied
from domain.pricing.searching.ports import SearchEngine
from domain.shared.actor import GUEST, Actor
from persistence.ids import new_id
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from resolvers.context import Context, Services
from schema.root import schema
from tests.factories.clock import present


@dataclass(frozen=True, slots=True)
class Client:
    """Asks in one market, for one actor, at one moment."""

    pool: Pool
    reference: Reference
    market: str = "de"
    country: str | None = None
    language: str | None = "en"
    actor: Actor = GUEST
    now: datetime = field(default_factory=present)
    search_engine: SearchEngine | None = None

    async def ask(self, query: str, /, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.send(query, **variables)
        assert answer.errors is None, answer.errors
        return answer.data

    async def refusals(self, query: str, /, **variables: Any) -> list[tuple[str, str | None]]:
        """The message and code of each top-level error."""
        answer = await self.send(query, **variables)
        return [(error.message, (error.extensions or {}).get("code")) for error in answer.errors or []]

    async def send(self, query: str, /, **variables: Any) -> Any:
        return await schema.execute(query, variable_values=variables, context_value=await self.context())

    async def context(self) -> Context:
        """The request as resolvers see it; services that no test of this kind calls are absent."""
        facts = await self.reference.facts()
        wish = Wish(market=self.market, country=self.country, language=self.language)
        request = applied(facts.markets, asked=wish, preferred=Wish())
        known: dict[str, Any] = {
            "pool": self.pool,
            "reference": self.reference,
            "new_id": new_id,
            "now": lambda: self.now,
            "search_engine": self.search_engine,
        }
        absent: dict[str, Any] = {item.name: None for item in fields(Services)}
        services = Services(**(absent | known))
        return Context(services, self.actor, request, self.now, "trace")


def make_client(pool: Pool, **facts: Any) -> Client:
    return Client(pool, Reference(pool), **facts)
