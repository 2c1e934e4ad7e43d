"""A request as those see it who look at its headers again and again: who asks, where they buy, what they may spend."""

from functools import cached_property
from typing import Any

from starlette.datastructures import Address, Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope


class FoundHeaders(Headers):
    """Headers that are found without going through them all; of several of one name the first, as always."""

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        super().__init__(raw=raw)
        self._found = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(raw)}

    def __getitem__(self, key: str) -> str:
        return self._found[key.lower()]

    def get(self, key: str, default: Any = None) -> Any:
        return self._found.get(key, default) if key.islower() else super().get(key, default)


class Connection(HTTPConnection):
    """A request over HTTP."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._headers = FoundHeaders(list(scope["headers"]))

    @cached_property
    def client(self) -> Address | None:
        found = self.scope.get("client")
        return None if found is None else Address(*found)
