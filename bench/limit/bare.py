"""The least that a server can do over HTTP: the same bytes for every request, from memory."""

from urllib.request import Request, urlopen

from starlette.types import Receive, Scope, Send

from bench.documents import TYPE_NAME_ANSWER

JSON = (b"content-type", b"application/json; charset=utf-8")
NOT_REPEATED = {"connection", "date", "transfer-encoding", "server"}


class Bare:
    """Answers each request with the same headers and body."""

    def __init__(self, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self._start = {"type": "http.response.start", "status": 200, "headers": headers}
        self._body = {"type": "http.response.body", "body": body}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        while (await receive()).get("more_body"):
            pass
        await send(self._start)
        await send(self._body)


def type_name() -> Bare:
    return Bare(TYPE_NAME_ANSWER, [(b"content-length", b"%d" % len(TYPE_NAME_ANSWER)), JSON])


def as_answered(url: str) -> Bare:
    """What a GET of this address is answered, with the same headers."""
    asked = Request(url, headers={"accept": "application/json"})  # noqa: S310 - an address of our own
    with urlopen(asked, timeout=30) as response:  # noqa: S310
        kept = [(name, value) for name, value in response.getheaders() if name.lower() not in NOT_REPEATED]
        return Bare(response.read(), [(name.lower().encode(), value.encode()) for name, value in kept])
