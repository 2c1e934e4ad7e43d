"""A small schema with a bit of everything that can go well or wrong."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLError,
    GraphQLString,
)
from strawberry.scalars import JSON

from execution import with_directives

FLOOD_BYTES = 100_000


@dataclass
class Context:
    """What the toy's resolvers note down for a test to look at."""

    caller: str = "nobody"
    country: str | None = None
    closed: int = 0
    events_open: int = 0
    events_made: int = 0
    seen: list[str] = field(default_factory=list)

    async def close(self) -> None:
        self.closed += 1


Info = strawberry.Info[Context, None]


@strawberry.input
class Size:
    width: int
    inner: "Size | None" = None


@strawberry.type
class Thing:
    name: str

    @strawberry.field
    def nothing(self) -> str | None:
        return None

    @strawberry.field
    def broken_promise(self) -> str:
        return None  # type: ignore[return-value] # the schema says otherwise: that is the point

    @strawberry.field
    def thing(self) -> "Thing":
        return self

    @strawberry.field
    def refused(self) -> str | None:
        raise GraphQLError("Not for you.", extensions={"code": "FORBIDDEN"})

    @strawberry.field
    def uncoded(self) -> str | None:
        raise GraphQLError("select * from secret")

    @strawberry.field
    def crash(self) -> str | None:
        raise ZeroDivisionError("select * from secret")


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"Hello, {name}!"

    @strawberry.field
    def thing(self) -> Thing | None:
        return Thing(name="a thing")

    @strawberry.field
    def things(self, count: int = 3) -> list[Thing | None]:
        return [Thing(name=str(at)) for at in range(count)]

    @strawberry.field
    def echo(self, value: JSON) -> JSON:
        return value

    @strawberry.field
    def area(self, size: Size) -> int:
        return size.width * size.width

    @strawberry.field
    def caller(self, info: Info) -> str:
        return f"{info.context.caller} in {info.context.country}"

    @strawberry.field
    async def slow(self, seconds: float = 0.05) -> str:
        await asyncio.sleep(seconds)
        return "done"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def note(self, info: Info, text: str) -> str:
        info.context.seen.append(text)
        return text


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int = 3, pause: float = 0.0) -> AsyncGenerator[int]:
        info.context.events_open += 1
        try:
            for number in range(1, to + 1):
                await asyncio.sleep(pause)
                yield number
        finally:
            info.context.events_open -= 1

    @strawberry.subscription
    async def flood(self, info: Info) -> AsyncGenerator[str]:
        info.context.events_open += 1
        try:
            while True:
                info.context.events_made += 1
                yield "x" * FLOOD_BYTES
        finally:
            info.context.events_open -= 1

    @strawberry.subscription
    async def crash_after_one(self) -> AsyncGenerator[int]:
        yield 1
        raise ZeroDivisionError("select * from secret")

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int]:
        raise GraphQLError("Not for you.", extensions={"code": "FORBIDDEN"})
        yield 1

    @strawberry.subscription
    async def things(self) -> AsyncGenerator[Thing]:
        yield Thing(name="first")
        yield Thing(name="second")


in_context = GraphQLDirective(
    "inContext",
    [DirectiveLocation.QUERY, DirectiveLocation.MUTATION, DirectiveLocation.SUBSCRIPTION],
    args={"country": GraphQLArgument(GraphQLString)},
)


def make_schema(**options: Any) -> strawberry.Schema:
    return with_directives(strawberry.Schema(Query, Mutation, Subscription, **options), in_context)
