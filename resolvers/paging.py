"""The arguments of connections, checked."""

import inspect
from collections.abc import Callable
from functools import partial, wraps
from inspect import Parameter
from typing import Any, Final

from domain.shared.errors import RequestFault
from domain.shared.page import MAX_PAGE_SIZE, PageRequest

type Resolver[Result] = Callable[..., Result]
"""Async or not, which `paged` leaves as it is."""

_ARGUMENTS: Final = {"first": int | None, "after": str | None, "last": int | None, "before": str | None}


def paged[Result](*, first: int | None = None) -> Callable[[Resolver[Result]], Resolver[Result]]:
    """Has clients ask for a resolver's `page` by `first` (by default so many), `after`, `last` and `before`.

    `prepared(arguments)` of the result is the resolver with these, whose page is made once for many objects.
    """
    arguments = [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=first if name == "first" else None, annotation=kind)
        for name, kind in _ARGUMENTS.items()
    ]

    def decorate(resolver: Resolver[Result]) -> Resolver[Result]:
        def asked_page(named: dict[str, Any]) -> dict[str, Any]:
            """The arguments, with `page` in the place of those of it."""
            asked = {name: named.pop(name) for name in _ARGUMENTS if name in named}
            return {**named, "page": page_request(**({"first": first} | asked))}

        @wraps(resolver)
        def called(*given: Any, **named: Any) -> Any:
            return resolver(*given, **asked_page(named))

        @wraps(resolver)
        async def awaited(*given: Any, **named: Any) -> Any:
            return await called(*given, **named)

        answered: Any = awaited if inspect.iscoroutinefunction(resolver) else called
        answered.prepared = lambda named: partial(resolver, **asked_page(named))

        signature = inspect.signature(resolver)
        own, place = list(signature.parameters.values()), list(signature.parameters).index("page")
        shown = signature.replace(parameters=[*own[:place], *arguments, *own[place + 1 :]])
        answered.__signature__ = shown
        return answered  # type: ignore[no-any-return] # what `resolver` is, but for its arguments

    return decorate


def page_request(
    first: int | None, after: str | None = None, last: int | None = None, before: str | None = None
) -> PageRequest:
    """What a client asked of a connection; BAD_USER_INPUT for sizes that no page has."""
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= MAX_PAGE_SIZE:
            raise RequestFault(f"`{name}` must be 0 to {MAX_PAGE_SIZE}.")
    if last is not None:
        if after is not None:
            raise RequestFault("`last` goes with `before`, not with `after`.")
        return PageRequest(last=last, before=before)
    if before is not None:
        raise RequestFault("`before` goes with `last`.")
    return PageRequest(first=first, after=after)
