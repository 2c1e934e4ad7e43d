"""Hands an execution over to graphql-core: it runs the operation anew, on what the resolvers have answered already.

So errors, nulls that propagate, and whatever else is unusual are graphql-core's own business.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from execution.compiled.selections import ResolvedField
from execution.compiled.values import Unusual

type Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """What a resolver raised."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Record:
    """What the resolver of one field answered for each of these objects, whose dictionaries these are.

    `awaited`: which of the outcomes had to be awaited.
    """

    field: ResolvedField
    sources: Sequence[Any]
    dicts: list[dict[str, Any]]
    outcomes: list[Any]
    awaited: Collection[int]


class Outcomes:
    """What resolvers have answered, by the path of the field: a middleware for graphql-core's executor.

    It answers in their place, as they did: at once or as something to be awaited. Others are called.
    """

    def __init__(self, root: dict[str, Any], records: Iterable[Record]) -> None:
        paths = _paths(root)
        self._known: dict[Path, tuple[Any, bool]] = {}
        for record in records:
            for at, (owner, outcome) in enumerate(zip(record.dicts, record.outcomes, strict=True)):
                path = paths.get(id(owner))
                if path is not None and not _is_undecided(outcome):
                    self._known[*path, record.field.key] = (outcome, at in record.awaited)

    def __bool__(self) -> bool:
        return bool(self._known)

    def get_field_resolver(self, resolve: Callable[..., Any]) -> Callable[..., Any]:
        """The resolver of one field, which looks first whether it was called already."""

        def resolved(source: Any, info: Any, **arguments: Any) -> Any:
            known = self._known.get(tuple(info.path.as_list()))
            if known is None:
                return resolve(source, info, **arguments)
            outcome, is_awaited = known
            return _again(outcome) if is_awaited else _given(outcome)

        return resolved


def _given(outcome: Any) -> Any:
    if isinstance(outcome, Failure):
        raise outcome.error
    return outcome


async def _again(outcome: Any) -> Any:
    return _given(outcome)


def _is_undecided(outcome: Any) -> bool:
    """Whether the resolver did not get as far as an outcome."""
    return isinstance(outcome, Failure) and isinstance(outcome.error, Unusual)


def _paths(root: Mapping[str, Any]) -> dict[int, Path]:
    """Where each dictionary and list of an answer stands, by its identity."""
    found: dict[int, Path] = {}
    ahead: list[tuple[Any, Path]] = [(root, ())]
    while ahead:
        value, path = ahead.pop()
        if id(value) not in found:
            found[id(value)] = path
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            ahead += [(part, (*path, key)) for key, part in parts if isinstance(part, dict | list)]
    return found
