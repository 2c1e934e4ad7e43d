"""From a connection to the context of its request: who asks, and where they buy."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from pydantic import SecretStr

from domain.pricing.context import RequestContext, UnknownContextError, Wish, applied
from domain.shared.actor import Actor
from domain.shared.errors import RequestFault
from domain.shared.ids import CompanyId
from domain.shared.making import replace
from execution import AdmittedOperation, directive_arguments
from persistence.pricing.reference import ReferenceFacts
from resolvers.context import Context
from server.allowance import Allowance
from server.connection import Connection
from server.request_ids import present_trace_id
from server.wiring import Parts

MAX_KNOWN = 500
"""Of how many different wishes it is kept where they lead."""

ROUTER_HEADER = b"router-authorization"
"""What Apollo's routers send their shared secret in."""

WISHES = ("market", "country", "language", "currency")
CREDENTIALS = frozenset({b"authorization", b"x-api-key", ROUTER_HEADER})
WISH_HEADERS = (b"x-market", b"x-country", b"x-currency", b"accept-language")
MAX_WISH = 256
"""How long a header may be for its languages to be looked at, and for it to be kept where it leads."""

NOTHING: Mapping[str, Any] = {}


class ContextMaker:
    """Makes the context of each request. Guests without wishes cost no statement."""

    def __init__(self, parts: Parts, schema: Any, allowance: Allowance | None = None) -> None:
        self._parts = parts
        self._allowance = allowance
        self._schema = schema
        self._facts: ReferenceFacts | None = None
        self._known: dict[tuple[str | bytes | None, ...], RequestContext] = {}

    async def __call__(self, connection: Connection, admitted: AdmittedOperation) -> Context:
        services = self._parts.services
        standing, is_router = self._parts.authenticator.guest, False
        if not CREDENTIALS.isdisjoint(connection.by_name):
            standing = await self._parts.authenticator.standing_of(connection.headers)
            is_router = self.is_router(connection)
        actor, allowance = standing.actor, self._allowance
        told_cost = allowance.spend(connection, actor, admitted, is_router=is_router) if allowance else None
        facts = services.reference.fresh or await services.reference.facts()
        asked = NOTHING
        if (operation := admitted.operation).definition.directives:
            asked = directive_arguments(operation, "inContext", self._schema, admitted.variables) or NOTHING
        request = self._applied(facts, asked, connection)
        if asked:
            request = for_company(request, actor, asked.get("companyId"))
        return Context(
            services,
            actor,
            request,
            services.now(),
            present_trace_id(),
            connection.address,
            standing.again,
            is_router,
            told_cost,
        )

    def _applied(self, facts: ReferenceFacts, asked: Mapping[str, Any], connection: Connection) -> RequestContext:
        """Where somebody with these wishes buys, found out once as long as the facts stay."""
        if self._facts is not facts or len(self._known) > MAX_KNOWN:
            self._facts, self._known = facts, {}
        wishes: tuple[str | bytes | None, ...] = tuple(map(connection.by_name.get, WISH_HEADERS))
        if asked:
            wishes = (*wishes, *map(asked.get, WISHES))
        found = self._known.get(wishes)
        if found is None:
            try:
                found = applied(facts.markets, asked=wish_of(asked), preferred=preferred(connection.headers))
            except UnknownContextError as error:
                raise RequestFault(str(error)) from None
            if all(wish is None or len(wish) <= MAX_WISH for wish in wishes):
                self._known[wishes] = found
        return found

    def is_router(self, connection: Connection) -> bool:
        """Whether a federation router asks, by the secret that it shares with this server."""
        given = connection.by_name.get(ROUTER_HEADER)
        return is_shared_secret(self._parts.settings.commerce_router_secret, given)


def is_shared_secret(secret: SecretStr | None, given: bytes | None) -> bool:
    """Whether the secret was given, compared in constant time; never where there is none."""
    if secret is None or given is None:
        return False
    return compare_digest(secret.get_secret_value().encode(), given)


def for_company(request: RequestContext, actor: Actor, company_id: str | None) -> RequestContext:
    """The context of a member of the company; BAD_USER_INPUT for everybody else, whether or not there is such one."""
    if company_id is None:
        return request
    if company_id not in actor.company_ids:
        raise RequestFault("You are no member of such a company.")
    return replace(request, company_id=CompanyId(company_id))


def wish_of(arguments: Mapping[str, Any]) -> Wish:
    return Wish(**{name: arguments.get(name) for name in WISHES})


def preferred(headers: Mapping[str, str]) -> Wish:
    """What a client would like, where the operation does not say: `X-Market`, `X-Country`, `X-Currency`, languages."""
    languages = headers.get("accept-language")
    if languages and len(languages) > MAX_WISH:
        languages = None
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
