"""What is the same in every purchase and what is not, seen from two of them."""

import os
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from bench.replay.recording import Recording, Sent
from bench.replay.template import Arguments, Fresh, Make, Step, Template
from persistence.ids import new_id
from server.wiring import order_number

TYPE_ID = r"[a-z][a-z_]*_[0-9a-hjkmnp-tv-z]{26}(?![0-9a-z])"
HEX = r"[0-9a-f]{32,}"
ORDER_NUMBER = r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|\+00:00)"
TOKEN = re.compile(f"({TYPE_ID}|{HEX}|{ORDER_NUMBER}|{MOMENT})")
"""What can be another one in each purchase: ids, keys and digests, numbers of orders, and moments within documents."""

JSON = ("json", "jsonb")
ARRAY_OF_JSON = tuple(f"{name}[]" for name in JSON)


class NotReplayableError(Exception):
    """Two purchases differ in something that cannot be made up."""


class Pairing:
    """Compares two recorded purchases; what differs becomes every further one's own."""

    def __init__(self, began: datetime, kinds: Mapping[str, Sequence[str]]) -> None:
        """`began`: when the first one did. `kinds`: names of the types of each statement's parameters."""
        self._began = began
        self._kinds = kinds
        self._pairs: dict[str, str] = {}

    def template(self, first: Recording, second: Recording) -> Template:
        """Raises NotReplayableError where they are not of the same statements, or differ in what is not known."""
        if [sent.sql for sent in first.sent] != [sent.sql for sent in second.sent]:
            raise NotReplayableError("two purchases sent different statements")
        steps = tuple(self._step(one, other) for one, other in zip(first.sent, second.sent, strict=True))
        return Template(steps, tuple(self._pairs), first.topics & second.topics)

    def _step(self, first: Sent, second: Sent) -> Step:
        kinds = self._kinds[first.sql]
        if first.is_many:
            rows = [
                self._arguments(*pair, kinds, first.sql) for pair in zip(first.arguments, second.arguments, strict=True)
            ]
        else:
            rows = [self._arguments(first.arguments, second.arguments, kinds, first.sql)]
        return Step(first.sql, tuple(rows), first.is_many)

    def _arguments(self, first: Sequence[Any], second: Sequence[Any], kinds: Sequence[str], sql: str) -> Arguments:
        values: list[Any] = []
        makes: list[tuple[int, Make]] = []
        for at, (one, other, kind) in enumerate(zip(first, second, kinds, strict=True)):
            kept, compared = _written(one, kind), _written(other, kind)
            values.append(kept)
            if kept != compared:
                makes.append((at, self._make(kept, compared, sql)))
        return Arguments(tuple(values), tuple(makes))

    def _make(self, one: Any, other: Any, sql: str) -> Make:
        """How a value is made that is another one each time."""
        if isinstance(one, datetime) and isinstance(other, datetime):
            after = one - self._began
            return lambda _, now: now + after
        if isinstance(one, bytes) and isinstance(other, bytes) and len(one) == len(other):
            return lambda _fresh, _now: os.urandom(len(one))
        if isinstance(one, str) and isinstance(other, str):
            return self._text(one, other, sql)
        if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
            return self._items(one, other, sql)
        raise NotReplayableError(f"{one!r} and {other!r} in {sql}")

    def _items(self, first: Sequence[Any], second: Sequence[Any], sql: str) -> Make:
        makes = [
            None if one == other else self._make(one, other, sql) for one, other in zip(first, second, strict=True)
        ]
        pairs = list(zip(first, makes, strict=True))
        return lambda fresh, now: [make(fresh, now) if make else value for value, make in pairs]

    def _text(self, one: str, other: str, sql: str) -> Make:
        """A text in which tokens are others, each wherever it stands."""
        pieces, others = TOKEN.split(one), TOKEN.split(other)
        if pieces[::2] != others[::2]:
            raise NotReplayableError(f"{one!r} and {other!r} in {sql}")
        for token, another in zip(pieces[1::2], others[1::2], strict=True):
            if token != another and self._pairs.setdefault(token, another) != another:
                raise NotReplayableError(f"{token} is {another} and {self._pairs[token]} in {sql}")
        if len(pieces) == 3 and not pieces[0] and not pieces[2]:
            return lambda fresh, _now: fresh[one]
        return lambda fresh, _now: "".join([fresh.get(piece, piece) for piece in pieces])


def fresh_tokens(tokens: Sequence[str]) -> Fresh:
    """Others of the same kinds."""
    return {token: _another(token) for token in tokens}


def _another(token: str) -> str:
    if re.fullmatch(TYPE_ID, token):
        return new_id(token[:-27])
    if re.fullmatch(HEX, token):
        return secrets.token_hex(len(token) // 2)
    return order_number() if re.fullmatch(ORDER_NUMBER, token) else token


def _written(value: Any, kind: str) -> Any:
    """Documents as the text that asyncpg sends, as it does by itself; everything else as it is."""
    if value is not None and kind in JSON:
        return orjson.dumps(value).decode()
    if value is not None and kind in ARRAY_OF_JSON:
        return [None if item is None else orjson.dumps(item).decode() for item in value]
    return value
