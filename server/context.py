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

ROUTER_HEADER = "router-authorization"
"""What Apollo's routers send their shared secret in."""


class ContextMaker:
    """Makes the context of each request. Guests without wishes cost no statement."""

    def __init__(self, parts: Parts, schema: Any, allowance: Allowance | None = None) -> None:
        self._parts = parts
        self._allowance = allowance
        self._schema = schema
        self._facts: ReferenceFacts | None = None
        self._known: dict[tuple[Wish, Wish], RequestContext] = {}

    async def __call__(self, connection: HTTPConnection, admitted: AdmittedOperation) -> Context:
        services = self._parts.services
        headers = connection.headers
        standing = await self._parts.authenticator.standing_of(credentials_of(connection))
        actor = standing.actor
        is_router = self.is_router(connection)
        allowance = self._allowance
        told_cost = allowance.spend(connection, actor, admitted, is_router=is_router) if allowance else None
        facts = await services.reference.facts()
        asked = directive_arguments(admitted.operation, "inContext", self._schema, admitted.variables) or {}
        request = for_company(self._applied(facts, wish_of(asked), preferred(headers)), actor, asked.get("companyId"))
        moment: datetime = services.now()
        client = connection.client.host if connection.client else None
        return Context(
            services, actor, request, moment, present_trace_id(), client, standing.again, is_router, told_cost
        )

    def _applied(self, facts: ReferenceFacts, asked: Wish, preferred: Wish) -> RequestContext:
        """Where somebody with these wishes buys, found out once as long as the facts stay."""
        if self._facts is not facts or len(self._known) > MAX_KNOWN:
            self._facts, self._known = facts, {}
        found = self._known.get((asked, preferred))
        if found is None:
            try:
                found = applied(facts.markets, asked=asked, preferred=preferred)
            except UnknownContextError as error:
                raise RequestFault(str(error)) from None
            self._known[asked, preferred] = found
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


NO_WISH = Wish()


def wish_of(arguments: Mapping[str, Any]) -> Wish:
    if not arguments:
        return NO_WISH
    return Wish(**{name: arguments.get(name) for name in ("market", "country", "language", "currency")})


def preferred(headers: Mapping[str, str]) -> Wish:
    """What a client would like, where the operation does not say: `X-Market`, `X-Country`, `X-Currency`, languages."""
    return Wish(
        market=headers.get("x-market"),
        country=headers.get("x-country"),
        language=first_language(headers.get("accept-language")),
        currency=headers.get("x-currency"),
    )


def first_language(header: str | None) -> str | None:
    """The language that `Accept-Language` likes best, by its q values (RFC 9110)."""
    if not header or len(header) > 256:
        return None
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
