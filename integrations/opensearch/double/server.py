"""A double of OpenSearch and Elasticsearch: it speaks the part of their REST protocol that the adapter uses, for real.

Documents are kept in memory and found by the queries that are sent. What is not known is refused with the errors of the
real thing. Trouble can be had by `POST /double/control`, for as many requests as are named:

    {"status": 503, "times": 2}     the next two requests are refused with this status
    {"slow_seconds": 5}             answers take so long, until another word comes
    {"broken": 1}                   the next answer is no JSON
    {"rejected_items": 3}           the next items of a bulk are refused with 429, as when a queue is full

The answer tells how many requests have come, `{"asked": 7}`.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.opensearch.double.cluster import Cluster, Index
from integrations.opensearch.double.faults import EngineFault, too_much, unparsable
from integrations.opensearch.double.searching import search

type Json = dict[str, Any]
type Answer = Callable[[Request], Awaitable[Json]]

LINES = "application/x-ndjson"


class OpenSearchDouble:
    """The routes over one cluster; with `credentials`, `user:password`, it answers nobody else."""

    def __init__(self, *, credentials: str | None = None) -> None:
        self.cluster = Cluster()
        self._authorization = f"Basic {base64.b64encode(credentials.encode()).decode()}" if credentials else None
        self._status, self._times = 503, 0
        self._slow_seconds = 0.0
        self._broken = 0
        self._rejected_items = 0
        self._asked = 0

    def app(self) -> Starlette:
        routes = [
            Route("/double/control", self.control, methods=["POST"]),
            self._route("/_aliases", self.change_aliases, "POST"),
            self._route("/_alias/{alias}", self.aliases, "GET"),
            self._route("/{index}/_msearch", self.search_many, "POST"),
            self._route("/{index}/_search", self.search, "POST"),
            self._route("/{index}/_bulk", self.bulk, "POST"),
            self._route("/{index}/_refresh", self.refresh, "POST"),
            self._route("/{index}", self.create, "PUT"),
            self._route("/{index}", self.drop, "DELETE"),
        ]
        return Starlette(routes=routes)

    def _route(self, path: str, answer: Answer, method: str) -> Route:
        async def respond(request: Request) -> Response:
            self._asked += 1
            await asyncio.sleep(self._slow_seconds)
            try:
                self._may_fail(request)
                return _response(200, await answer(request))
            except EngineFault as fault:
                return _response(fault.status, fault.body)
            except Broken:
                return Response(b'{"took": 3, "hits":', media_type="application/json")

        return Route(path, respond, methods=[method])

    def _may_fail(self, request: Request) -> None:
        if self._authorization not in {None, request.headers.get("authorization")}:
            raise EngineFault(401, "security_exception", "missing authentication credentials for REST request")
        if self._times > 0:
            self._times -= 1
            raise too_much() if self._status == 429 else EngineFault(self._status, "exception", "told to fail")
        if self._broken > 0:
            self._broken -= 1
            raise Broken

    async def control(self, request: Request) -> Response:
        told = orjson.loads(await request.body())
        self._status, self._times = int(told.get("status", 503)), int(told.get("times", 0))
        self._slow_seconds = float(told.get("slow_seconds", 0))
        self._broken = int(told.get("broken", 0))
        self._rejected_items = int(told.get("rejected_items", 0))
        return _response(200, {"asked": self._asked})

    async def create(self, request: Request) -> Json:
        name = request.path_params["index"]
        self.cluster.create(name, await _body(request))
        return {"acknowledged": True, "shards_acknowledged": True, "index": name}

    async def drop(self, request: Request) -> Json:
        self.cluster.drop(request.path_params["index"])
        return {"acknowledged": True}

    async def refresh(self, request: Request) -> Json:
        self.cluster.index(request.path_params["index"]).refresh()
        return {"_shards": {"total": 1, "successful": 1, "failed": 0}}

    async def aliases(self, request: Request) -> Json:
        alias = request.path_params["alias"]
        found = self.cluster.behind(alias)
        if not found:
            raise AliasMissing(alias)
        return {name: {"aliases": {alias: {}}} for name in found}

    async def change_aliases(self, request: Request) -> Json:
        self.cluster.change_aliases((await _body(request))["actions"])
        return {"acknowledged": True, "errors": False}

    async def search(self, request: Request) -> Json:
        name = request.path_params["index"]
        _only(request, "preference")
        return search(self.cluster.index(name), name, await _body(request))

    async def search_many(self, request: Request) -> Json:
        lines = await _lines(request)
        answers = []
        name = request.path_params["index"]
        for header, body in zip(lines[::2], lines[1::2], strict=True):
            if header:
                raise unparsable("the double takes the index of searches from the path alone")
            try:
                answers.append(search(self.cluster.index(name), name, body) | {"status": 200})
            except EngineFault as fault:
                answers.append(fault.body)
        return {"took": 1, "responses": answers}

    async def bulk(self, request: Request) -> Json:
        name = request.path_params["index"]
        _only(request, "require_alias")
        lines = iter(await _lines(request))
        items = []
        for action in lines:
            ((kind, told),) = action.items()
            source = next(lines) if kind == "index" else None
            items.append({kind: self._write(name, kind, told, source, request)})
        return {"took": 1, "errors": any("error" in item for each in items for item in each.values()), "items": items}

    def _write(self, name: str, kind: str, told: Json, source: Json | None, request: Request) -> Json:
        about = {"_index": name, "_id": told["_id"]}
        try:
            index = self.cluster.index(name, require_alias=request.query_params.get("require_alias") == "true")
            if self._rejected_items > 0:
                self._rejected_items -= 1
                raise too_much()
            status, result = _written(index, kind, told, source)
        except EngineFault as fault:
            return about | {"status": fault.status, "error": fault.cause}
        return about | {"_version": index.version_of(told["_id"]), "result": result, "status": status}


class Broken(Exception):  # noqa: N818 - said of an answer
    """Leads to an answer that ends in the middle."""


class AliasMissing(EngineFault):
    """The one error that is written in another way."""

    @property
    def body(self) -> Json:
        return {"error": self.cause["reason"], "status": self.status}

    def __init__(self, alias: str) -> None:
        super().__init__(404, "aliases_not_found_exception", f"alias [{alias}] missing")


def _written(index: Index, kind: str, told: Json, source: Json | None) -> tuple[int, str]:
    if unknown := set(told) - {"_id", "version", "version_type"}:
        raise EngineFault(400, "illegal_argument_exception", f"contains an unknown parameter [{unknown.pop()}]")
    version = told.get("version")
    if version is not None and told.get("version_type") != "external":
        raise EngineFault(400, "action_request_validation_exception", "internal versioning can not be used")
    if kind == "delete":
        return index.delete(told["_id"], version)
    if kind != "index" or source is None:
        raise EngineFault(400, "illegal_argument_exception", f"Malformed action/metadata line, found [{kind}]")
    return index.put(told["_id"], source, version)


def _only(request: Request, *parameters: str) -> None:
    for name in request.query_params:
        if name not in parameters:
            reason = f"request [{request.url.path}] contains unrecognized parameter: [{name}]"
            raise EngineFault(400, "illegal_argument_exception", reason)


async def _body(request: Request) -> Json:
    try:
        body: Json = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise unparsable("request body is not JSON") from None
    return body


async def _lines(request: Request) -> Sequence[Json]:
    content = await request.body()
    if request.headers.get("content-type") != LINES or not content.endswith(b"\n"):
        raise EngineFault(400, "illegal_argument_exception", "The bulk request must be terminated by a newline [\\n]")
    return [orjson.loads(line) for line in content.splitlines()]


def _response(status: int, body: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")
