"""Where GraphQL answers: one path for POST, GET, server-sent events, WebSockets and the editor."""

from dataclasses import field

from starlette.routing import BaseRoute, Route, WebSocketRoute

from domain.shared.making import dataclass
from execution import Service
from server.connection import Connection
from server.graphql_drain import Drain
from server.graphql_editor import Editor, EditorOptions, assets_route
from server.graphql_http import GraphQLHTTP
from server.graphql_input import InputBounds
from server.graphql_sse import EventStreams
from server.graphql_ws import Authorize, GraphQLWebSocket, IsOriginAllowed, SocketBounds


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """How GraphQL is served; without `editor` there is no editor."""

    path: str = "/graphql"
    editor: EditorOptions | None = field(default_factory=EditorOptions)
    input_bounds: InputBounds = field(default_factory=InputBounds)
    socket_bounds: SocketBounds = field(default_factory=SocketBounds)
    heartbeat_seconds: float = 12.0
    stall_seconds: float = 30.0
    streams: int = 10_000
    is_origin_allowed: IsOriginAllowed | None = None
    authorize_socket: Authorize | None = None
    stale_seconds: int = 0
    """For how long what is out of date may be given while it is made anew."""


def graphql_routes(
    service: Service[Connection], drain: Drain, options: TransportOptions | None = None
) -> tuple[Route, *tuple[BaseRoute, ...]]:
    """The routes of all four transports, HTTP's first; `drain.drain()` ends what they hold open."""
    options = options or TransportOptions()
    assets_path = f"{options.path}/assets"
    editor = Editor(options.editor, assets_path=assets_path) if options.editor else None
    streams = EventStreams(
        drain,
        heartbeat_seconds=options.heartbeat_seconds,
        stall_seconds=options.stall_seconds,
        streams=options.streams,
    )
    http = GraphQLHTTP(
        service, streams=streams, editor=editor, bounds=options.input_bounds, stale_seconds=options.stale_seconds
    )
    socket = GraphQLWebSocket(
        service,
        drain=drain,
        bounds=options.socket_bounds,
        is_origin_allowed=options.is_origin_allowed,
        authorize=options.authorize_socket,
    )
    routes = (Route(options.path, http), WebSocketRoute(options.path, socket))
    return (*routes, assets_route(assets_path)) if editor else routes
