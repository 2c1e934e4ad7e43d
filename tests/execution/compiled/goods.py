"""A schema of lasting objects, of which it is declared what they rest on, and a world in which that changes."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import strawberry

from execution import ErrorWriter, Executor
from execution.declared import RestsOn, lasting, resting


@dataclass(frozen=True)
class Maker:
    name: str


@dataclass(frozen=True)
class Good:
    id: str
    name: str
    parts: tuple["Good", ...] = ()
    is_broken: bool = False

    @property
    def maker(self) -> Maker | None:
        """Another one each time, as of things that are derived."""
        if self.is_broken:
            raise RuntimeError("nobody knows who made it")
        return Maker(f"Maker of {self.name}") if self.parts else None


@dataclass(frozen=True)
class Price:
    amount: int


@dataclass
class World:
    """What a database would hold, and how often it was asked in vain what has not changed."""

    goods: list[Good]
    prices: dict[str, Price] = field(default_factory=dict)
    words: str = "en"
    audience: Hashable = None
    calls: list[str] = field(default_factory=list)
    is_slow: bool = False
    is_down: bool = False


@dataclass(frozen=True)
class Prices:
    """The ground that prices rest on."""

    def known(self, context: World, keys: Sequence[str]) -> list[Price | None] | None:
        return None if context.is_slow and keys else [context.prices.get(key) for key in keys]

    async def found(self, context: World, keys: Sequence[str]) -> list[Price | None]:
        context.calls.append(f"read {len(keys)}")
        if context.is_down:
            raise ConnectionError("no prices today")
        return [context.prices.get(key) for key in keys]


@dataclass(frozen=True)
class Words:
    def known(self, context: World, keys: Sequence[str]) -> list[str]:
        return [context.words] * len(keys)

    async def found(self, context: World, keys: Sequence[str]) -> list[str]:
        return self.known(context, keys)


@resting(RestsOn(Prices(), lambda good: good.id))
async def price(root: Any, info: strawberry.Info) -> Any:
    info.context.calls.append("price")
    (found,) = await Prices().found(info.context, [root.id])
    return found


@resting(RestsOn(Prices(), lambda good: good.id))
def sure_price(root: Any, info: strawberry.Info) -> Any:
    return info.context.prices.get(root.id)


@resting(RestsOn())
def parts_of(root: Any, first: int | None = None) -> Any:
    return root.parts[:first]


@resting(RestsOn(Words(), lambda _: "words"))
def tags(root: Any, info: strawberry.Info) -> list[str]:
    return [info.context.words, root.name]


def mood(root: Any, info: strawberry.Info) -> str:
    info.context.calls.append("mood")
    words: str = info.context.words
    return words


@strawberry.type(name="Price")
class PriceType:
    amount: int


@strawberry.type(name="Maker")
class MakerType:
    name: str


@lasting
@strawberry.type(name="Good")
class GoodType:
    id: strawberry.ID
    name: str
    maker: MakerType | None
    price: PriceType | None = strawberry.field(resolver=price)
    sure_price: PriceType = strawberry.field(resolver=sure_price)
    parts: list["GoodType"] = strawberry.field(resolver=parts_of)
    some_parts: list["GoodType | None"] | None = strawberry.field(resolver=parts_of)
    tags: list[str] = strawberry.field(resolver=tags)
    mood: str = strawberry.field(resolver=mood)


async def goods_of(info: strawberry.Info) -> Any:
    return info.context.goods


@strawberry.type
class Query:
    goods: list[GoodType] = strawberry.field(resolver=goods_of)
    some_goods: list[GoodType | None] | None = strawberry.field(resolver=goods_of)


@strawberry.type
class Mutation:
    goods: list[GoodType] = strawberry.field(resolver=goods_of)


def make_executor(**options: Any) -> Executor:
    return Executor(strawberry.Schema(Query, Mutation), errors=ErrorWriter(new_trace_id=lambda: "trace"), **options)
