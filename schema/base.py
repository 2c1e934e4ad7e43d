"""How GraphQL types stand on plain domain objects."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from enum import Enum
from typing import Any, ClassVar, Protocol, cast

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.utils.str_converters import to_camel_case

from domain.shared.errors import ErrorCode, Problem, Refused
from domain.shared.free_text import without_cards
from domain.shared.page import Page
from domain.shared.page import PageInfo as PageInfoModel
from resolvers.context import Info
from resolvers.nodes import node


def represents[T: type](*models: type) -> Callable[[T], T]:
    """Say which domain classes a GraphQL type shows; goes below `@strawberry.type`.

    Interfaces and unions are resolved by it.
    """

    def decorate(cls: T) -> T:
        shown = frozenset((cls, *models))

        def is_type_of(value: object, _info: GraphQLResolveInfo[Any]) -> bool:
            return type(value) in shown

        cast("Any", is_type_of).exact_types = shown
        cast("Any", cls).models = models
        cast("Any", cls).is_type_of = staticmethod(is_type_of)
        return cls

    return decorate


def resolve(resolver: Callable[..., Any] | None = None, **options: Any) -> Any:
    """A field answered by `resolver`, or by the attribute of its name; its GraphQL type is the attribute's annotation.

    `authenticated`, `requires_scopes`, `policy` and `tags` go into the SDL and are enforced from there.
    """
    return strawberry.federation.field(resolver=cast("Any", resolver), **options)


def stream(resolver: Callable[..., AsyncIterator[Any] | Awaitable[AsyncIterator[Any]]], **options: Any) -> Any:
    """A subscription fed by `resolver`; its GraphQL type is the attribute's annotation."""
    return strawberry.federation.field(resolver=resolver, is_subscription=True, **options)


def enum(model: type[Enum]) -> None:
    """Register a domain enum under its own name, described by its docstring."""
    strawberry.enum(model, description=(model.__doc__ or "").strip())


class Input[Command](Protocol):
    def to_domain(self) -> Command: ...


def mutation[Command, Result](
    resolver: Callable[[Info, Command], Awaitable[Result]],
    *,
    input: type[Input[Command]],
    payload: type,
    **options: Any,
) -> Any:
    """A mutation that takes one `input` and answers one `payload`: a result, or `errors`.

    A payload's one other field is the result; if it has several, they are the result's attributes. Card numbers are
    taken out of the input's free text before anybody sees it (rule Y10).
    """
    names = {field.python_name for field in cast("Any", payload).__strawberry_definition__.fields} - {"errors"}

    async def mutate(info: Info, input: Any) -> Any:
        result, problems = await refusable(resolver(info, without_cards(input.to_domain())))
        info.context.forget_reads()
        if problems:
            return payload(errors=problems, **dict.fromkeys(names))
        values = dict.fromkeys(names, result) if len(names) == 1 else {name: getattr(result, name) for name in names}
        return payload(**{"errors": [], **values})

    mutate.__annotations__["input"] = input
    return strawberry.federation.field(resolver=mutate, graphql_type=payload | None, **options)


async def refusable[Result](result: Awaitable[Result]) -> tuple[Result | None, Sequence[Problem]]:
    """The result and no problems, or no result and why it was refused."""
    try:
        return await result, ()
    except Refused as refusal:
        return None, refusal.problems


def input_path(root: Problem) -> list[str]:
    return [to_camel_case(name) for name in root.path]


enum(ErrorCode)


@strawberry.interface(description="One reason why a mutation refused; nothing was changed.")
class UserError:
    code: ErrorCode = resolve(description="The reason, for programs.")
    message: str = resolve(description="For developers and as a fallback; clients word their own by `code`.")
    path: list[str] = resolve(
        input_path, description="The path into `input`, outermost first; empty if none is to blame."
    )


@strawberry.type(description="A refusal that its code says all about.")
@represents(Problem)
class GenericError(UserError): ...


@strawberry.type(description="What every mutation answers: its subject, or the reasons why not.")
class Payload:
    errors: list[UserError] = resolve(description="Empty exactly when the mutation did what it was asked.")


@strawberry.interface(description="Anything that can be read again by its `id`.")
class Node:
    id: strawberry.ID = resolve(description="A TypeID: opaque, unique across all types, the same in every subgraph.")

    loader: ClassVar[str]
    """The attribute of `Loaders` that reads objects of this type by id."""

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Any:
        """Federation's way in: an entity that another subgraph names by its key."""
        return await node(info, id)


@strawberry.federation.type(shareable=True, description="Where a page stands in its list.")
@represents(PageInfoModel)
class PageInfo:
    has_next_page: bool = resolve(description="More follows when paging forward.")
    has_previous_page: bool = resolve(description="More precedes when paging backward.")
    start_cursor: str | None = resolve(description="The cursor of the first edge.")
    end_cursor: str | None = resolve(description="The cursor of the last edge.")


async def total_count(root: Page[Any]) -> int:
    return await root.count()


@strawberry.type(description="An item of a list, with its place.")
class Edge[T]:
    cursor: str = resolve(description="Pass it as `after` or `before` to page from here.")
    node: T = resolve(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection[T]:
    edges: list[Edge[T]] = resolve(description="The items with their cursors.")
    nodes: list[T] = resolve(description="The items alone.")
    page_info: PageInfo = resolve(description="Where this page stands in the list.")
    total_count: int = resolve(total_count, description="The length of the whole list; counted only when asked for.")
