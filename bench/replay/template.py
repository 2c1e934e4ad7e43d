"""A purchase that can be made again: its statements, with what is fresh in each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from persistence.statement import Connection

type Fresh = Mapping[str, str]
"""What stands in a purchase in the place of what was recorded."""
type Make = Callable[[Fresh, datetime], Any]


@dataclass(frozen=True, slots=True)
class Arguments:
    """Values of parameters; `makes` are those that are made anew, by their places."""

    values: tuple[Any, ...]
    makes: tuple[tuple[int, Make], ...]

    def made(self, fresh: Fresh, now: datetime) -> list[Any]:
        made = list(self.values)
        for at, make in self.makes:
            made[at] = make(fresh, now)
        return made


@dataclass(frozen=True, slots=True)
class Step:
    """A statement: sent once, or for each of several rows in one round trip."""

    sql: str
    rows: tuple[Arguments, ...]
    is_many: bool

    async def send(self, connection: Connection, fresh: Fresh, now: datetime) -> None:
        if self.is_many:
            await connection.executemany(self.sql, [row.made(fresh, now) for row in self.rows])
        elif arguments := self.rows[0].made(fresh, now):
            await connection.fetch(self.sql, *arguments)
        else:
            await connection.execute(self.sql)


@dataclass(frozen=True, slots=True)
class Template:
    """The statements of a purchase in their order; `tokens` are what each purchase has others of.

    `topics`: of what each purchase tells that it changed.
    """

    steps: tuple[Step, ...]
    tokens: tuple[str, ...]
    topics: frozenset[str]

    async def buy(self, connection: Connection, fresh: Fresh, now: datetime) -> None:
        for step in self.steps:
            await step.send(connection, fresh, now)
