"""The ASGI application: GraphQL on all its transports, health, metrics, pictures."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from graphql import DirectiveLocation, GraphQLArgument, GraphQLDirective, GraphQLError, GraphQLID, GraphQLString
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.shared.errors import RequestFault
from execution import ErrorWriter, Executor, PersistedDocuments, with_directives
from persistence.faults import is_retryable
from sample import IMAGES, IMAGES_PATH
from schema.root import schema
from server.allowance import Allowance
from server.answers.keeping import keeping_of
from server.auth import Authenticator, jwks_route
from server.connection import Connection
from server.context import ContextMaker
from server.documents import document_route, slip_route
from server.downloads import download_route
from server.editor_samples import EXAMPLES, SampleAccounts
from server.graphql_drain import Drain
from server.graphql_editor import EditorOptions
from server.graphql_routes import TransportOptions, graphql_routes
from server.graphql_ws import Authorize, IsOriginAllowed
from server.health import health_routes
from server.metrics import OperationMetrics, ProcessMetrics
from server.outside_search import SearchAnswers
from server.persisted_queries import RedisTexts
from server.protocols import answer_in_steps
from server.rates import Rates
from server.registered import RegisteredDocuments
from server.request_ids import RequestIdMiddleware, present_trace_id
from server.settings import Settings
from server.shedding import Shedding
from server.siblings import Siblings
from server.warming import be_ready_for_more, warm_up
from server.watching import WatchedService, log_fault
from server.webhooks import webhook_routes
from server.wiring import Parts

IN_CONTEXT = GraphQLDirective(
    "inContext",
    [DirectiveLocation.QUERY, DirectiveLocation.MUTATION, DirectiveLocation.SUBSCRIPTION],
    {
        name: GraphQLArgument(GraphQLString, description=text)
        for name, text in {
            "market": "The handle or id of a market.",
            "country": "ISO 3166-1 alpha-2; without a market it chooses one.",
            "language": "BCP 47.",
            "currency": "ISO 4217.",
        }.items()
    }
    | {"companyId": GraphQLArgument(GraphQLID, description="The company whose prices its member wants to be shown.")},
    description="Where and how the buyer buys. What is asked for must be served, or the request is refused.",
)

with_directives(schema, IN_CONTEXT)

ALLOWED_HEADERS = ("Accept", "Authorization", "Content-Type", "X-Api-Key", "X-Market", "X-Country", "X-Currency")
"""What pages of other origins may send beside what browsers always let them."""


def web_app(parts: Parts, drain: Drain, siblings: Siblings | None = None) -> Starlette:
    """The application over `parts`; `drain` ends what it holds open, `siblings` serve on the same port."""
    settings = parts.settings
    registry = CollectorRegistry()
    metrics = ProcessMetrics(parts.pool, registry)
    operations = OperationMetrics(registry)
    if parts.outside_search is not None:
        registry.register(SearchAnswers(parts.outside_search))
    executor = Executor(
        schema,
        errors=ErrorWriter(log_fault, present_trace_id, told=(RequestFault,), retryable=is_retryable),
        introspection=settings.commerce_introspection,
        suggestions=settings.commerce_introspection,
        compiled=settings.commerce_compiled_execution,
        on_execution=operations.count_execution,
    )
    allowance = Allowance(settings, Rates(parts.redis))
    make_context = ContextMaker(parts, executor.schema, allowance)
    keeping = keeping_of(parts, registry)
    service = WatchedService(
        executor,
        make_context,
        operations,
        parts.traces,
        persisted=PersistedDocuments(
            shared=RedisTexts(parts.redis),
            trusted=RegisteredDocuments(parts.pool),
            trusted_only=settings.commerce_trusted_documents_only,
        ),
        gate=allowance,
        may_run_any=make_context.is_router,
        keeper=keeping.keeper if keeping else None,
        shedding=Shedding(
            registry, most_points=settings.commerce_shed_points, most_seconds=settings.commerce_shed_seconds
        ),
    )
    graphql = graphql_routes(service, drain, transport_options(parts))
    routes = [*graphql, *other_routes(parts, drain, metrics, siblings)]
    middleware = [Middleware(RequestIdMiddleware), *cross_origin(settings)]
    serving = lifespan(parts, executor, metrics, siblings)
    if keeping is not None:
        serving = keeping.while_following(serving)
    app = Application(routes=routes, middleware=middleware, lifespan=serving)
    app.lead_straight(graphql[0], lambda endpoint: keeping.before(endpoint, allowance) if keeping else endpoint)
    return app


def other_routes(parts: Parts, drain: Drain, metrics: ProcessMetrics, siblings: Siblings | None) -> Sequence[BaseRoute]:
    """Everything beside GraphQL."""
    return [
        *health_routes(parts, lambda: drain.is_draining, *([siblings.board.are_all_ready] if siblings else [])),
        metrics.route(siblings.gathered if siblings else None),
        jwks_route(parts.keys),
        *webhook_routes(parts),
        document_route(parts),
        slip_route(parts),
        download_route(parts),
        Route("/", to_graphql),
        Mount(IMAGES_PATH.rstrip("/"), StaticFiles(directory=IMAGES)),
    ]


class Application(Starlette):
    """Starlette's, which gives requests of one route's path to it without looking for it among the others."""

    _straight_path = ""
    _straight: ASGIApp

    def lead_straight(self, route: Route, before: Callable[[ASGIApp], ASGIApp]) -> None:
        """The way to this route, through the middleware, and what `before` puts before that."""
        endpoint: ASGIApp = route.app
        for each in reversed(self.user_middleware):
            endpoint = each.cls(endpoint, *each.args, **each.kwargs)
        self._straight_path, self._straight = route.path, before(endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == self._straight_path:
            await self._straight(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def to_graphql(_request: Request) -> RedirectResponse:
    return RedirectResponse("/graphql")


class CrossOrigin(CORSMiddleware):
    """Tells browsers in answers to pages of other origins what these may see."""

    async def simple_response(self, scope: Scope, receive: Receive, send: Send, request_headers: Headers) -> None:
        answer_in_steps(scope)
        await super().simple_response(scope, receive, send, request_headers)


def cross_origin(settings: Settings) -> list[Middleware]:
    """Lets pages of the named origins call the API (CORS); without any, browsers keep pages of others out."""
    if not settings.commerce_allowed_origins:
        return []
    return [
        Middleware(
            CrossOrigin,
            allow_origins=settings.commerce_allowed_origins,
            allow_methods=("GET", "POST"),
            allow_headers=ALLOWED_HEADERS,
            expose_headers=("ETag", "Retry-After", "X-Request-Id"),
            max_age=600,
        )
    ]


def lifespan(
    parts: Parts, executor: Executor, metrics: ProcessMetrics, siblings: Siblings | None
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """What must be known before the first request is read before it; meanwhile the others are told what is counted."""
    make_context = ContextMaker(parts, executor.schema)

    @asynccontextmanager
    async def while_serving(_app: Starlette) -> AsyncIterator[None]:
        await parts.services.reference.facts()
        await warm_up(executor, make_context)
        readying = asyncio.create_task(be_ready_for_more(parts.pool, executor.documents))
        try:
            async with siblings.telling(metrics.text) if siblings else nullcontext():
                yield
        finally:
            readying.cancel()

    return while_serving


def transport_options(parts: Parts) -> TransportOptions:
    settings, authenticator = parts.settings, parts.authenticator
    editor = (
        EditorOptions("Global Commerce", EXAMPLES, SampleAccounts(parts.pool)) if settings.commerce_editor else None
    )
    return TransportOptions(
        editor=editor,
        is_origin_allowed=origin_check(settings),
        authorize_socket=socket_check(authenticator),
        stale_seconds=settings.commerce_stale_seconds,
    )


def socket_check(authenticator: Authenticator) -> Authorize:
    """Refuses a socket whose credentials are not valid, before any operation; guests may come."""

    async def check(connection: Connection) -> None:
        try:
            await authenticator.of_headers(connection.headers)
        except RequestFault as fault:
            raise GraphQLError(str(fault)) from fault

    return check


def origin_check(settings: Settings) -> IsOriginAllowed:
    """Whether a page of this origin may open a WebSocket: one that is named, or else one of this server's own."""
    allowed = frozenset(settings.commerce_allowed_origins)

    def is_allowed(origin: str | None, scope: Scope) -> bool:
        if origin is None or origin in allowed or "*" in allowed:
            return True
        return origin.partition("://")[2] == Headers(scope=scope).get("host")

    return is_allowed
