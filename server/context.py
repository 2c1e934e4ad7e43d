"""From a connection to the context of its request: who asks, and where they buy."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from typing import Any

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from domain.pricing.context import RequestContext, UnknownContextError, Wish, applied
from domain.shared.actor import Actor
from domain.shared.errors import RequestFault
from domain.shared.ids import CompanyId
from execution import AdmittedOperation, directive_arguments
from persistence.pricing.reference import ReferenceFacts
from resolvers.context import Context
from server.allowance import Allowance
from server.request_ids import present_trace_id
from server.wiring import Parts

MAX_KNOWN = 500
"""Of how many different wishes it is kept where they lead."""

WISHES = ("market", "country", "language", "currency")
WISH_HEADERS = ("x-market", "x-country", "x-currency")
MAX_LANGUAGES = 256
"""How many characters of languages are looked at."""

NOTHING: Mapping[str, Any] = {}

ROUTER_HEADER = "router-authorization"
"""What Apollo's routers send their shared secret in."""


class ContextMaker:
    """Makes the context of each request. Guests without wishes cost no statement."""

    def __init__(self, parts: Parts, schema: Any, allowance: Allowance | None = None) -> None:
        self._parts = parts
        self._allowance = allowance
        self._schema = schema
        self._facts: ReferenceFacts | None = None
        self._known: dict[tuple[str | None, ...], RequestContext] = {}

    async def __call__(self, connection: HTTPConnection, admitted: AdmittedOperation) -> Context:
        services = self._parts.services
        standing = await self._parts.authenticator.standing_of(credentials_of(connection))
        actor = standing.actor
        is_router = self.is_router(connection)
        allowance = self._allowance
        told_cost = allowance.spend(connection, actor, admitted, is_router=is_router) if allowance else None
        facts = await services.reference.facts()
        asked = directive_arguments(admitted.operation, "inContext", self._schema, admitted.variables) or NOTHING
        request = self._applied(facts, asked, connection.headers)
        if asked:
            request = for_company(request, actor, asked.get("companyId"))
        moment: datetime = services.now()
        client = connection.client.host if connection.client else None
        return Context(
            services, actor, request, moment, present_trace_id(), client, standing.again, is_router, told_cost
        )

    def _applied(self, facts: ReferenceFacts, asked: Mapping[str, Any], headers: Mapping[str, str]) -> RequestContext:
        """Where somebody with these wishes buys, found out once as long as the facts stay."""
        if self._facts is not facts or len(self._known) > MAX_KNOWN:
            self._facts, self._known = facts, {}
        languages = headers.get("accept-language")
        if languages and len(languages) > MAX_LANGUAGES:
            languages = None
        wishes = (*map(asked.get, WISHES), *map(headers.get, WISH_HEADERS), languages)
        found = self._known.get(wishes)
        if found is None:
            try:
                found = applied(facts.markets, asked=wish_of(asked), preferred=preferred(headers, languages))
            except UnknownContextError as error:
                raise RequestFault(str(error)) from None
            self._known[wishes] = found
        return found

    def is_router(self, connection: HTTPConnection) -> bool:
        """Whether a federation router asks, by the secret that it shares with this server."""
        given = connection.headers.get(ROUTER_HEADER)
        return is_shared_secret(self._parts.settings.commerce_router_secret, given)


def is_shared_secret(secret: SecretStr | None, given: str | None) -> bool:
    """Whether the secret was given, compared in constant time; never where there is none."""
    if secret is None or given is None:
        return False
    return compare_digest(secret.get_secret_value().encode(), given.encode("latin-1", "replace"))


def credentials_of(connection: HTTPConnection) -> Mapping[str, str]:
    """The headers, in which a WebSocket's `connection_init` already stands in for `Authorization`."""
    return connection.headers


def for_company(request: RequestContext, actor: Actor, company_id: str | None) -> RequestContext:
    """The context of a member of the company; BAD_USER_INPUT for everybody else, whether or not there is such one."""
    if company_id is None:
        return request
    if company_id not in actor.company_ids:
        raise RequestFault("You are no member of such a company.")
    return replace(request, company_id=CompanyId(company_id))


def wish_of(arguments: Mapping[str, Any]) -> Wish:
    return Wish(**{name: arguments.get(name) for name in WISHES})


def preferred(headers: Mapping[str, str], languages: str | None) -> Wish:
    """What a client would like, where the operation does not say: `X-Market`, `X-Country`, `X-Currency`, languages."""
    return Wish(
        market=headers.get("x-market"),
        country=headers.get("x-country"),
        language=first_language(languages) if languages else None,
        currency=headers.get("x-currency"),
    )


def first_language(header: str) -> str | None:
    """The language that `Accept-Language` likes best, by its q values (RFC 9110)."""
    best, best_q = None, 0.0
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            q = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if tag and tag != "*" and q > best_q:
            best, best_q = tag, q
    return best
