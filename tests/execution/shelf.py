"""A schema with prices and hints: shelves within shelves, as deep as one likes."""

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import Cost, ListSize

from execution.caching import CacheControl, CacheControlScope


def sized(assumed: int, *slicing: str, fields: tuple[str, ...] = ()) -> ListSize:
    return ListSize(
        assumed_size=assumed,
        slicing_arguments=list(slicing) or UNSET,
        sized_fields=list(fields) or UNSET,
        require_one_slicing_argument=False,
    )


@strawberry.interface(directives=[CacheControl(max_age=120)])
class Thing:
    name: str = "thing"


@strawberry.type(directives=[Cost(weight=3), CacheControl(max_age=60)])
class Book(Thing):
    pages: int = 1
    secret: int = strawberry.field(default=1, directives=[Cost(weight=7)])
    owner: "Person | None" = strawberry.field(default=None)
    reader: "Person | None" = strawberry.field(
        default=None, directives=[CacheControl(max_age=40, scope=CacheControlScope.PRIVATE)]
    )

    @strawberry.field
    def shelf(self) -> "Shelf":
        return Shelf()


@strawberry.type(directives=[CacheControl(inherit_max_age=True)])
class Books:
    @strawberry.field
    def nodes(self) -> list[Book]:
        return []

    @strawberry.field
    def shelves(self) -> list["Shelf"]:
        return []


@strawberry.type
class Person:
    name: str = "somebody"


def books(first: int | None = None, last: int | None = None) -> Books:
    return Books()


@strawberry.type(directives=[CacheControl(inherit_max_age=True)])
class Shelf:
    books: Books = strawberry.field(resolver=books, directives=[sized(4, "first", "last", fields=("nodes",))])
    boards: list["Shelf"] = strawberry.field(default_factory=list, directives=[sized(2)])

    @strawberry.field
    def pictures(self) -> list["Shelf"]:
        return []


@strawberry.type
class Query:
    plain: int = 1
    things: list[Thing] = strawberry.field(default_factory=list)

    shelf: Shelf = strawberry.field(default_factory=Shelf, directives=[CacheControl(max_age=300)])

    @strawberry.field
    def unhinted(self) -> Shelf:
        return Shelf()

    @strawberry.field
    def book(self, title: str | None = None) -> Book:
        return Book()

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[Book]:
        return []


def burn() -> Book:
    return Book()


@strawberry.type
class Mutation:
    @strawberry.mutation
    def sell(self) -> Book:
        return Book()

    burn: Book = strawberry.mutation(resolver=burn, directives=[Cost(weight=100)])


schema = strawberry.federation.Schema(Query, Mutation, types=[Book])
