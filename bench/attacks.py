"""What somebody sends who wants a server to be busy with them alone: what is refused, and the dearest that is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import get_introspection_query

DOUBLINGS = 30
HEAD = (
    b"POST /graphql HTTP/1.1\r\nhost: attack\r\ncontent-type: application/json\r\n"
    b"accept: application/graphql-response+json\r\n"
)


@dataclass(frozen=True, slots=True)
class Attack:
    """A body, and the status that it is answered with. In the body `$NUMBER$` makes each request another one."""

    body: bytes
    status: int = 400

    def request(self, number: int, address: str = "") -> bytes:
        """The request on a kept connection, as a proxy passes it on that names the sender's address."""
        body = self.body.replace(b"$NUMBER$", b"%d" % number)
        sender = b"x-forwarded-for: %s\r\n" % address.encode() if address else b""
        return HEAD + sender + b"content-length: %d\r\n\r\n" % len(body) + body


def _asking(query: str, variables: Mapping[str, Any] | None = None, status: int = 400) -> Attack:
    return Attack(orjson.dumps({"query": query, "variables": variables or {}}), status)


def _nested(levels: int) -> str:
    return "{ " + "a: product { " * levels + "id" + " }" * levels + " }"


def _fragments(count: int, body: str) -> str:
    spreads = " ".join(f"...f{at}" for at in range(count))
    return f"query Q$NUMBER$ {{ {spreads} }} " + " ".join(
        f"fragment f{at} on Query {{ {body} }}" for at in range(count)
    )


def _doublings() -> str:
    doubled = " ".join(f"fragment f{at} on Query {{ ...f{at + 1} ...f{at + 1} }}" for at in range(DOUBLINGS))
    return f"{{ ...f0 }} {doubled} fragment f{DOUBLINGS} on Query {{ __typename }}"


def _circles() -> str:
    return "{ ...f0 } " + " ".join(f"fragment f{at} on Query {{ ...f{(at + 1) % 90} }}" for at in range(90))


IDS = "query Q$NUMBER$($ids: [ID!]!) { nodes(ids: $ids) { id } }"
ATTACKS: Mapping[str, Attack] = {
    "nesting, 20 levels": _asking(_nested(20)),
    "nesting, 900 levels": _asking(_nested(900)),
    "aliases, 600": _asking("{ " + " ".join(f"a{at}: __typename" for at in range(600)) + " }"),
    "fragments, 30 doublings": _asking(_doublings()),
    "fragments, in circles": _asking(_circles()),
    "duplicate fields, 1,990": _asking("{ " + "__typename " * 1_990 + "}"),
    "duplicate fields, 20,000": _asking("{ " + "a " * 20_000 + "}"),
    "directives, 400": _asking("{ __typename " + "@skip(if: false) " * 400 + "}"),
    "names that are nearly known": _asking(
        "mutation { " + " ".join(f"checkoutCompletX{at}" for at in range(300)) + " }"
    ),
    "a batch of 1,000": Attack(orjson.dumps([{"query": "{ __typename }"}] * 1_000)),
    "variables, 60,000 values": _asking(IDS, {"ids": [None] * 50_000}),
    "variables, 11,999 wrong values": _asking(IDS, {"ids": [{}] * 11_999}),
    "variables, 500 levels": Attack(
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}"
    ),
    "JSON, 100,000 levels": Attack(b"[" * 100_000),
    "a number of 200,000 digits": Attack(b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 200_000 + b"}}"),
    "broken UTF-8": Attack(b'{"query": "{ __typename }\xff\xfe"}'),
    "half a surrogate": Attack(b'{"query": "{ product(slug: \\"\\ud800\\") { id } }"}'),
    "a body of 257 KiB": Attack(b'{"query": "' + b" " * 257 * 1024 + b'"}', 413),
    "the dearest document that is let in": _asking(_fragments(90, 'product(slug: "a") { id title }'), status=200),
    "the whole schema": _asking(get_introspection_query(), status=200),
}
