"""GraphiQL, from our own files: the page needs nothing from anywhere else."""

from html import escape
from pathlib import Path

import orjson
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

ASSETS = Path(__file__).parent / "graphiql"
# Styles that the editor computes are inline; scripts never are.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{assets}/graphiql.min.css">
<link rel="stylesheet" href="{assets}/editor.css">
</head>
<body>
<div id="editor"></div>
<script id="settings" type="application/json">{settings}</script>
<script src="{assets}/react.production.min.js"></script>
<script src="{assets}/react-dom.production.min.js"></script>
<script src="{assets}/graphiql.min.js"></script>
<script src="{assets}/graphql-ws.min.js"></script>
<script src="{assets}/editor.js"></script>
</body>
</html>
"""


class Editor:
    """The editor's page; its scripts and styles come from `assets_route(assets_path)`."""

    def __init__(
        self,
        *,
        assets_path: str,
        title: str = "GraphiQL",
        default_query: str | None = None,
        default_headers: str | None = None,
    ) -> None:
        settings = orjson.dumps({"defaultQuery": default_query, "defaultHeaders": default_headers}).decode()
        page = PAGE.format(
            title=escape(title),
            assets=escape(assets_path),
            settings=settings.replace("<", "\\u003c"),
        )
        headers = {
            "content-security-policy": CONTENT_SECURITY_POLICY,
            "cache-control": "no-cache",
            "vary": "accept",
            "x-content-type-options": "nosniff",
        }
        self._response = HTMLResponse(page, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._response(scope, receive, send)


def assets_route(assets_path: str) -> BaseRoute:
    return Mount(assets_path, StaticFiles(directory=ASSETS), name="graphql-assets")
