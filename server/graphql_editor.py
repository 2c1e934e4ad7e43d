"""GraphiQL, from our own files: the page needs nothing from anywhere else."""

from collections.abc import Awaitable, Callable, Sequence
from html import escape
from pathlib import Path

import orjson
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from domain.shared.making import dataclass

ASSETS = Path(__file__).parent / "graphiql"
# Styles that the editor computes are inline; scripts never are.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "vary": "accept",
    "x-content-type-options": "nosniff",
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
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


@dataclass(frozen=True, slots=True)
class EditorAccount:
    """Somebody as whom the editor can ask: after `signIn` with email and password, or with an API key."""

    name: str
    email: str | None = None
    password: str | None = None
    api_key: str | None = None


type FindAccounts = Callable[[], Awaitable[Sequence[EditorAccount]]]
"""The accounts to offer. Asked for whenever somebody opens the editor."""


@dataclass(frozen=True, slots=True)
class EditorOptions:
    """What the editor shows first: `examples` are documents, each in a tab of its own, the first one open."""

    title: str = "GraphiQL"
    examples: Sequence[str] = ()
    accounts: FindAccounts | None = None


class Editor:
    """The editor's page; its scripts and styles come from `assets_route(assets_path)`."""

    def __init__(self, options: EditorOptions, *, assets_path: str) -> None:
        self._options = options
        self._assets_path = assets_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        accounts = await self._options.accounts() if self._options.accounts else ()
        await HTMLResponse(self._page(accounts), headers=HEADERS)(scope, receive, send)

    def _page(self, accounts: Sequence[EditorAccount]) -> str:
        settings = orjson.dumps({"examples": self._options.examples, "accounts": accounts}).decode()
        return PAGE.format(
            title=escape(self._options.title),
            assets=escape(self._assets_path),
            settings=settings.replace("<", "\\u003c"),
        )


def assets_route(assets_path: str) -> BaseRoute:
    return Mount(assets_path, StaticFiles(directory=ASSETS), name="graphql-assets")
