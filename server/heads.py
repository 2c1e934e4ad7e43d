"""Heads of requests: what the parser makes of one, known again by its bytes.

A client sends the same head with most of its requests, and a storefront's server the same for all its visitors. What
a head means depends on its bytes alone, so that those of one that came before need not be parsed again.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import httptools

from domain.shared.making import dataclass

END_OF_HEAD = b"\r\n\r\n"

MAX_KNOWN = 512
MAX_KNOWN_BYTES = 2_048
"""How many heads are known, of which size: those of browsers with long cookies are parsed each time."""

UNUSUAL = frozenset({b"expect", b"transfer-encoding"})
PROXIES_OWN = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})


@dataclass(frozen=True, slots=True)
class Head:
    """A request of HTTP/1.1 that needs nothing out of the ordinary: what ASGI has to say of it, and its body's length.

    `is_forwarded`: it says what a proxy that is trusted says of its client.
    """

    scope: dict[str, Any]
    headers: list[tuple[bytes, bytes]]
    body_bytes: int
    is_forwarded: bool


class _Told:
    """What a parser tells of a head. Whether it is plain has to be asked before the parser goes on to the next one."""

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.method = ""
        self.is_plain = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        parser = self.parser
        self.method = parser.get_method().decode("ascii")
        self.is_plain = (
            parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and UNUSUAL.isdisjoint(name for name, _ in self.headers)
        )


@lru_cache(MAX_KNOWN)
def head_of(received: bytes) -> Head | None:
    """What these bytes mean, up to and with the empty line; None for what a connection's own parser has to look at.

    That are requests which are refused, end the connection, become something else, or whose body has no known length.
    """
    told = _Told()
    try:
        told.parser.feed_data(received)
        url = httptools.parse_url(told.url)
        path = (url.path or b"").decode("ascii")
        body_bytes = int(dict(told.headers).get(b"content-length", b"0"))
    except (httptools.HttpParserError, httptools.HttpParserUpgrade, ValueError):
        return None
    finally:
        del told.parser  # the two hold each other
    if not told.is_plain or not path:
        return None
    scope = {
        "method": told.method,
        "path": unquote(path) if "%" in path else path,
        "raw_path": url.path,
        "query_string": url.query or b"",
    }
    is_forwarded = any(name in PROXIES_OWN for name, _ in told.headers)
    return Head(scope, told.headers, body_bytes, is_forwarded)
