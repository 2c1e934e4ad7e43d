"""The REST protocol that OpenSearch and Elasticsearch have in common.

SearchUnavailable    nobody answers in time, or who answers is overloaded or broken, has no such index, or keeps us out
    SearchRefused    it answers that the request is wrong, which is a fault of ours
    TooSlow          it has not answered in time
"""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import orjson

from domain.pricing.searching.ports import SearchUnavailable
from integrations.http import LazyClient, TooLate, Unanswered

READ_SECONDS = 2.0
"""A search that takes longer is answered from elsewhere."""
WRITE_SECONDS = 30.0
RETRY_SECONDS = 0.1
"""After which a read that found nobody, or an engine with too much to do, is tried once more."""
LINES = "application/x-ndjson"
NO_INDEX = "index_not_found_exception"
AWAY = frozenset({401, 403, 429})
"""Answers of an engine that is there, but not for us, or not now; as are those from 500 on."""

type Json = dict[str, Any]


class SearchRefused(SearchUnavailable):
    """The engine says that the request is wrong. `kind` is its own word for why."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"{status} {kind}: {reason}")
        self.status = status
        self.kind = kind


class TooSlow(SearchUnavailable):
    """The engine has more to do than it can: to ask it once more would make that worse."""


class OpenSearchClient:
    """Asks one cluster. The URL may hold a user and password; `api_key` is one of Elasticsearch's."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        read_seconds: float = READ_SECONDS,
        write_seconds: float = WRITE_SECONDS,
    ) -> None:
        self._http = LazyClient(base_url=url, timeout_seconds=read_seconds)
        self._headers = {"authorization": f"ApiKey {api_key}"} if api_key else {}
        self._write_seconds = write_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def read(self, path: str, body: Json | None = None, **parameters: str) -> Json:
        """The answer to what changes nothing; tried twice, unless it takes too long."""
        return await self._twice("POST" if body else "GET", path, _json(body), parameters)

    async def read_many(self, index: str, bodies: Sequence[Json]) -> list[Json]:
        """The answers to several searches of an index at once, all of which must have one; tried like `read`."""
        lines = b"".join(b"{}\n" + orjson.dumps(body) + b"\n" for body in bodies)
        answer = await self._twice("POST", f"/{index}/_msearch", lines, {}, content_type=LINES)
        found: list[Json] = answer["responses"]
        for each in found:
            if "error" in each:
                raise _fault(each["status"], each["error"])
        return found

    async def write(self, method: str, path: str, body: Json | None = None, **parameters: str) -> Json:
        return await self._send(method, path, _json(body), parameters, seconds=self._write_seconds)

    async def write_lines(self, path: str, lines: bytes, **parameters: str) -> Json:
        """Posts newline-delimited JSON."""
        return await self._send("POST", path, lines, parameters, content_type=LINES, seconds=self._write_seconds)

    async def _twice(self, *asked: Any, **more: Any) -> Json:
        try:
            return await self._send(*asked, **more)
        except (SearchRefused, TooSlow):
            raise
        except SearchUnavailable:
            await asyncio.sleep(RETRY_SECONDS)
            return await self._send(*asked, **more)

    async def _send(
        self,
        method: str,
        path: str,
        content: bytes | None,
        parameters: Mapping[str, str],
        *,
        content_type: str = "application/json",
        seconds: float | None = None,
    ) -> Json:
        headers = self._headers | ({"content-type": content_type} if content is not None else {})
        try:
            response = await self._http.request(
                method, path, content, parameters=parameters, headers=headers, timeout_seconds=seconds
            )
            answer: Any = orjson.loads(response.content)
        except TooLate as error:
            raise TooSlow(str(error)) from error
        except Unanswered as error:
            raise SearchUnavailable(str(error)) from error
        except orjson.JSONDecodeError as error:
            raise SearchUnavailable(type(error).__name__) from error
        if not isinstance(answer, dict):
            raise SearchUnavailable("no object")
        if not response.is_success:
            raise _fault(response.status, answer.get("error"))
        return answer


def _json(body: Json | None) -> bytes | None:
    return None if body is None else orjson.dumps(body)


def _fault(status: int, error: Any) -> SearchUnavailable:
    told: Mapping[str, Any] = error if isinstance(error, dict) else {}
    kind, reason = str(told.get("type", "error")), str(told.get("reason", error))
    if status in AWAY or status >= 500 or kind == NO_INDEX:
        return SearchUnavailable(f"{status} {kind}: {reason}")
    return SearchRefused(status, kind, reason)
