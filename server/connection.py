"""A request as those see it who look at its headers again and again: who asks, where they buy, what they may spend."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

if TYPE_CHECKING:
    from server.allowance import ClientKind


class FoundHeaders(Headers):
    """Headers that are found by name at once; of several of one name the first, as always."""

    def __init__(self, raw: list[tuple[bytes, bytes]], by_name: Mapping[bytes, bytes]) -> None:
        self._list = raw
        self.by_name = by_name

    def __getitem__(self, key: str) -> str:
        return self.by_name[key.lower().encode("latin-1")].decode("latin-1")

    def get(self, key: str, default: Any = None) -> Any:
        found = self.by_name.get(key.lower().encode("latin-1"))
        return default if found is None else found.decode("latin-1")


class Connection(HTTPConnection):
    """A request over HTTP, or the socket that one became.

    `by_name`: its headers by their names in lower case. `address`: whom it comes from, as far as trusted proxies say.
    `client_kind`: who asks, once that is found out; not of those who were refused before.
    """

    client_kind: "ClientKind | None" = None

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.by_name: dict[bytes, bytes] = dict(reversed(scope["headers"]))
        client = scope.get("client")
        self.address: str | None = client[0] if client else None

    @property
    def headers(self) -> Headers:
        return FoundHeaders(self.scope["headers"], self.by_name)
