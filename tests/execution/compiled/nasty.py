"""A schema in which anything may go wrong: each value is what a state makes of it, null, an error or of a wrong kind.

What happens to a field of an object depends on the state, the object's key and the field's name alone, so that two
executions meet the same.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, NewType
from zlib import crc32

import strawberry
from graphql import GraphQLError, GraphQLObjectType
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from execution import graphql_schema

Even = NewType("Even", int)
"""Odd numbers are no values of it."""


def even_text(value: Any) -> str | None:
    if not isinstance(value, int):
        raise TypeError("not even a number")
    return f"{value}" if value % 2 == 0 else None


class Hue(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class State:
    """What befalls whom. `harm`: of a hundred values, so many go wrong. `pauses`: resolvers wait for a turn or two."""

    seed: int
    harm: int = 0
    pauses: bool = False
    calls: list[str] = field(default_factory=list)

    def number(self, key: str, name: str) -> int:
        return crc32(f"{self.seed}:{key}:{name}".encode())

    def fate(self, key: str, name: str) -> str:
        number = self.number(key, name)
        return FATES[number // 100 % len(FATES)] if number % 100 < self.harm else "well"

    async def pause(self, key: str, name: str) -> None:
        if self.pauses:
            for _ in range(self.number(key, name) % 3):
                await asyncio.sleep(0)


FATES = ("null", "null", "raises", "coded", "returned", "wrong")


class Model:
    """An object of the domain. What its attributes are is told by its state."""

    kinds: tuple[type, ...] = ()

    def __init__(self, state: State, key: str) -> None:
        self.state = state
        self.key = key

    def told(self, name: str, make: Callable[[int], Any]) -> Any:
        """The value of this name, if all goes well."""
        number = self.state.number(self.key, name)
        match self.state.fate(self.key, name):
            case "null":
                return None
            case "raises":
                raise ValueError(f"no {name}")
            case "coded":
                raise GraphQLError("Not for you.", extensions={"code": "FORBIDDEN"})
            case "returned":
                return LookupError(f"lost {name}")
            case "wrong":
                return WRONG[number % len(WRONG)]
            case _:
                return make(number)

    def child(self, name: str, number: int = 0) -> "Model":
        kinds = (Apple, Brick, Cloud)
        key = f"{self.key}.{name}{number}"
        return kinds[self.state.number(key, "kind") % 3](self.state, key)

    def children(self, name: str, number: int) -> list["Model"]:
        return [self.child(name, at) for at in range(number % 4)]

    def __getattribute__(self, name: str) -> Any:
        if name in MADE:
            return self.told(name, lambda number: MADE[name](self, number))
        return super().__getattribute__(name)


class Apple(Model): ...


class Brick(Model): ...


class Cloud(Model): ...


class Stranger:
    """What no type of the schema shows."""


WRONG: tuple[Any, ...] = (Stranger(), "text", -(2**40), 1.5, True, {"a": 1}, [], ["x", None], object, float("nan"))

MADE: dict[str, Callable[[Model, int], Any]] = {
    "id": lambda model, _: model.key,
    "text": lambda _, number: f"text {number % 7}",
    "maybe_text": lambda _, number: None if number % 3 else "some",
    "number": lambda _, number: number % 1000,
    "ratio": lambda _, number: number % 7 / 4,
    "is_so": lambda _, number: number % 2 == 0,
    "hue": lambda _, number: (Hue.RED, Hue.BLUE)[number % 2],
    "moment": lambda _, number: datetime.fromtimestamp(number, UTC),
    "even": lambda _, number: number % 5 * 2 + (number % 53 == 0),
    "tree": lambda _, number: {"a": [number % 3, None, {"b": "c"}]},
    "texts": lambda _, number: [str(at) for at in range(number % 4)],
    "gaps": lambda _, number: tuple(None if (number >> at) % 2 else at for at in range(number % 4)),
    "grid": lambda _, number: [[at, at + 1] if at % 2 else None for at in range(number % 3)],
    "bag": lambda _, number: frozenset({number % 3}),
    "twin": lambda model, _: Apple(model.state, f"{model.key}.twin"),
    "maybe_twin": lambda model, number: Apple(model.state, f"{model.key}.maybe") if number % 3 else None,
    "apples": lambda model, number: [Apple(model.state, f"{model.key}.a{at}") for at in range(number % 4)],
    "some_apples": lambda model, number: [
        Apple(model.state, f"{model.key}.s{at}") if (number >> at) % 2 else None for at in range(number % 4)
    ],
    "any_apple": lambda model, _: model.child("any"),
    "every": lambda model, number: model.children("every", number),
    "one_of": lambda model, _: model.child("one_of"),
}


@strawberry.input
class Box:
    width: int = 1
    labels: list[str] | None = None
    inner: "Box | None" = None


Info = strawberry.Info[State, None]


def answered(root: Any, name: str, make: Callable[[int], Any]) -> Any:
    root.state.calls.append(f"{root.key}:{name}")
    return root.told(name, make)


def sync_twin(root: Any) -> Any:
    return answered(root, "sync_twin", lambda _: Apple(root.state, f"{root.key}.y"))


async def later_twin(root: Any, info: Info) -> Any:
    await info.context.pause(root.key, "later_twin")
    return answered(root, "later_twin", lambda _: Apple(root.state, f"{root.key}.l"))


async def later_text(root: Any, info: Info, size: int = 3, hue: Hue | None = None, box: Box | None = None) -> Any:
    await info.context.pause(root.key, "later_text")
    labels = box.labels if box else None
    return answered(root, f"later_text{size}{hue}", lambda number: f"{number % 10:0{size}d}{hue}{labels}")


async def later_list(root: Any, info: Info, first: int | None = 2) -> Any:
    await info.context.pause(root.key, "later_list")
    return answered(root, "later_list", lambda number: [root.child("ll", at) for at in range(first or number % 3)])


def promised(root: Any) -> Any:
    """Something to be awaited, from a function that is not async."""

    async def text() -> Any:
        await root.state.pause(root.key, "promised")
        return answered(root, "promised", lambda number: f"{number % 9}")

    return text()


def once(root: Any) -> Any:
    """A list that can be read once only."""

    def read(number: int) -> Iterator[Any]:
        return (root.child("once", at) for at in range(number % 3))

    return answered(root, "once", read)


def flow(root: Any) -> Any:
    async def read(number: int) -> AsyncIterator[Any]:
        for at in range(number % 3):
            yield at

    return answered(root, "flow", read)


def awaitable_items(root: Any) -> Any:
    async def item(at: int) -> Any:
        return answered(root, f"awaitable_items{at}", lambda number: number % 10)

    return [item(at) for at in range(root.state.number(root.key, "awaitable_items") % 3)]


def where(root: Any, info: Info) -> str:
    return ".".join(map(str, info.path.as_list()))


def selected(root: Any, info: Info) -> list[str]:
    return [info.field_name, *(str(getattr(selection, "name", "")) for selection in info.selected_fields)]


async def kin(root: Any, info: Info, least: int = 0) -> Any:
    await info.context.pause(root.key, "kin")
    return kin_of(root, least)


def kin_of(root: Any, least: int) -> Any:
    return answered(root, "kin", lambda number: [root.child("kin", at) for at in range(max(least, number % 4))])


async def kin_batch(roots: Sequence[Any], info: Any, least: int = 0) -> list[Any]:
    await info.context.pause(roots[0].key, "kin")
    return [kin_or_error(root, least) for root in roots]


def kin_or_error(root: Any, least: int) -> Any:
    try:
        return kin_of(root, least)
    except Exception as error:  # noqa: BLE001 - what a batch function says of one object that failed
        return error


kin.batch = kin_batch  # type: ignore[attr-defined] # declared as the compiler looks for it


def guarded(field: Any) -> None:
    """Wrap the resolver of a field, as rules of access are."""
    resolve = field.resolve

    def guard(root: Any, info: Any, **arguments: Any) -> Any:
        if root.state.number(root.key, "guard") % 100 < root.state.harm:
            raise GraphQLError("You may not.", extensions={"code": "FORBIDDEN"})
        return resolve(root, info, **arguments)

    field.resolve = guard


def resolved(resolver: Any = None) -> Any:
    return strawberry.field(resolver=resolver)


@strawberry.interface
class Thing:
    id: strawberry.ID = resolved()
    text: str = resolved()
    maybe_text: str | None = resolved()
    number: int = resolved()
    twin: "AppleType" = resolved()
    any_apple: "Thing | None" = resolved()
    later_text: str | None = resolved(later_text)
    later_list: "list[Thing]" = resolved(later_list)


def shows(*models: type) -> Callable[[type], type]:
    """Types that show exactly these classes, and say so."""

    def decorate(cls: type) -> type:
        shown = frozenset(models)

        def is_type_of(value: object, _info: Any) -> bool:
            return type(value) in shown

        is_type_of.exact_types = shown  # type: ignore[attr-defined] # as the compiler looks for it
        cls.is_type_of = staticmethod(is_type_of)  # type: ignore[attr-defined] # as Strawberry looks for it
        return cls

    return decorate


@strawberry.type(name="Apple")
@shows(Apple)
class AppleType(Thing):
    ratio: float | None = resolved()
    is_so: bool = resolved()
    hue: Hue | None = resolved()
    moment: datetime | None = resolved()
    even: Even | None = resolved()
    sure_even: Even = strawberry.field(resolver=lambda root: root.even, graphql_type=Even)
    tree: JSON | None = resolved()
    texts: list[str] = resolved()
    gaps: list[int | None] | None = resolved()
    grid: list[list[int] | None] = resolved()
    bag: list[int] | None = resolved()
    maybe_twin: "AppleType | None" = resolved()
    apples: "list[AppleType]" = resolved()
    some_apples: "list[AppleType | None] | None" = resolved()
    every: list[Thing] | None = resolved()
    one_of: "Union | None" = resolved()
    sync_twin: "AppleType | None" = resolved(sync_twin)
    later_twin: "AppleType" = resolved(later_twin)
    promised: str = resolved(promised)
    once: list[Thing] | None = resolved(once)
    flow: list[int] | None = resolved(flow)
    awaitable_items: list[int] | None = resolved(awaitable_items)
    selected: list[str] = resolved(selected)
    sure_kin: "list[Thing | None]" = resolved(kin)
    kin: list[Thing] | None = resolved(kin)
    guarded_text: str = resolved(later_text)


@strawberry.type(name="Brick")
class BrickType(Thing):
    """One that Strawberry knows by its class, which is another one than the domain's."""

    guarded_number: int | None = strawberry.field(resolver=lambda root: root.number, graphql_type=int | None)
    where: str = resolved(where)
    kin: list[Thing] = resolved(kin)

    @classmethod
    def is_type_of(cls, value: object, _info: Any) -> bool:
        return isinstance(value, Brick)


@strawberry.type(name="Cloud")
@shows(Cloud)
class CloudType(Thing):
    hue: Hue = resolved()
    sync_twin: "AppleType" = resolved(sync_twin)


Union = Annotated[AppleType | BrickType, strawberry.union("AppleOrBrick")]


def root_of(info: Info) -> Model:
    return Apple(info.context, "root")


async def start(info: Info, key: str = "root") -> Any:
    await info.context.pause(key, "start")
    return answered(Apple(info.context, key), "start", lambda _: Apple(info.context, key))


def sync_start(info: Info) -> Any:
    return root_of(info)


async def things(info: Info, count: int = 3) -> Any:
    return answered(root_of(info), "things", lambda _: [root_of(info).child("t", at) for at in range(count)])


async def change(info: Info, note: str) -> Any:
    info.context.calls.append(note)
    return await start(info, note)


@strawberry.type
class Query:
    sure_start: AppleType = resolved(start)
    start: AppleType | None = resolved(start)
    sync_start: AppleType = resolved(sync_start)
    some_things: "list[Union | None] | None" = resolved(things)
    things: list[Thing] = resolved(things)


@strawberry.type
class Mutation:
    must_change: AppleType = resolved(change)
    change: AppleType | None = resolved(change)


def nasty_schema() -> strawberry.Schema:
    schema = strawberry.Schema(
        Query,
        Mutation,
        types=[AppleType, BrickType, CloudType],
        config=StrawberryConfig(
            scalar_map={Even: strawberry.scalar(name="Even", serialize=even_text, parse_value=int)}
        ),
    )
    for name, fields in {"Apple": ("guardedText",), "Brick": ("guardedNumber", "text")}.items():
        named = graphql_schema(schema).type_map[name]
        assert isinstance(named, GraphQLObjectType)
        for each in fields:
            guarded(named.fields[each])
    return schema
