"""What annotations mean to Strawberry, found out once for all that are alike.

Strawberry asks it of each field and argument, several times while it makes a class, and of each part of an annotation
once more: eleven thousand times of three thousand different ones, which takes a tenth of all imports.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import strawberry.annotation
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.lazy_type import LazyType
from strawberry.utils.typing import eval_type

from server.replacing import replaced


@contextmanager
def annotations_read_once() -> Iterator[None]:
    """Around the import of a schema. What a type means that is not there yet is asked again, as ever."""
    resolve = StrawberryAnnotation._resolve_evaled_type  # noqa: SLF001 - it has no other door
    with (
        replaced(strawberry.annotation, "eval_type", _once(eval_type, _annotation_and_names)),
        replaced(StrawberryAnnotation, "_resolve_evaled_type", _once(resolve, _type)),
        replaced(LazyType, "resolve_type", _once(LazyType.resolve_type, _itself)),
    ):
        yield


def _annotation_and_names(annotation: Any, names: Any = None, _locals: Any = None) -> Hashable:
    """The same text means something else among the names of another module."""
    return annotation, id(names)


def _type(_annotation: StrawberryAnnotation, evaluated: Any) -> Any:
    """No name is left in it."""
    return evaluated


def _itself(type_: LazyType[Any, Any]) -> Hashable:
    """It says itself in which module it is to be found."""
    return type_


def _once(function: Callable[..., Any], key_of: Callable[..., Hashable]) -> Callable[..., Any]:
    """A function that keeps its answers, but no exceptions, and none for what cannot be a key."""
    answers: dict[Hashable, tuple[Any, Any]] = {}

    def answer(*args: Any) -> Any:
        key = key_of(*args)
        try:
            kept = answers.get(key)
        except TypeError:
            return function(*args)
        if kept is None:
            kept = answers[key] = function(*args), args  # no other object is given the place, and id, of these
        return kept[0]

    return answer
