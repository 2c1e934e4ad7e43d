"""Which values the compiled path takes as they are, and how leaves become JSON.

Everything else raises `Unusual`, and graphql-core says what it comes to: the rules of errors and nulls are its own.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from graphql import GraphQLEnumType, GraphQLLeafType, Undefined
from strawberry.types.scalar import identity

type Coerce = Callable[[Any], Any]


class Unusual(BaseException):
    """Something that only graphql-core knows the answer to. No `except Exception` of a resolver may swallow it."""


plain: set[type] = {bool, bytes, dict, float, frozenset, int, list, set, str, tuple}
"""Classes whose values are neither errors nor awaitable. It grows with what resolvers answer."""

SIMPLE = frozenset({bool, float, int, str})

NOT_LISTS = (bytearray, bytes, str, memoryview, Mapping)


def vet(value: Any) -> None:
    """Raise Unusual for what has no answer of its own: null, an exception, something to be awaited."""
    kind = type(value)
    if value is None or value is Undefined or not is_plain(kind):
        raise Unusual
    if has_attributes_of_its_own_making(kind):
        if hasattr(value, "__await__"):
            raise Unusual
    else:
        plain.add(kind)


def is_plain(kind: type) -> bool:
    return not issubclass(kind, BaseException) and not hasattr(kind, "__await__")


def has_attributes_of_its_own_making(kind: type) -> bool:
    """Whether the class alone does not tell which attributes its objects have."""
    lookup: Any = kind.__getattribute__
    return lookup is not object.__getattribute__ or hasattr(kind, "__getattr__")


def items(value: Any, run: Any) -> Collection[Any]:
    """The items of a list, which count against what the answer may hold."""
    if type(value) is not list and type(value) is not tuple:
        value = _collected(value)
    run.values_left -= len(value)
    if run.values_left < 0:
        raise Unusual
    return value  # type: ignore[no-any-return] # one of the two, or what `_collected` made


def _collected(value: Any) -> list[Any]:
    """The items of something that can be read twice; what can be read once only is left for graphql-core to read."""
    vet(value)
    if not isinstance(value, Collection) or isinstance(value, NOT_LISTS) or hasattr(value, "__aiter__"):
        raise Unusual
    return list(value)


def coercer(leaf: GraphQLLeafType) -> Coerce:
    """Makes JSON of a value of this type; raises whatever the type raises, or Unusual."""
    coerce = leaf.coerce_output_value

    def coerced(value: Any) -> Any:
        if type(value) not in plain:
            vet(value)
        result = coerce(value)
        if result is None or result is Undefined:
            raise Unusual
        return result

    members = getattr(leaf, "wrapped_cls", None)
    return coerced if members is None or not isinstance(leaf, GraphQLEnumType) else _names_of(members, coerced)


def is_identity(leaf: GraphQLLeafType) -> bool:
    """Whether the type makes JSON of each value as it is."""
    return leaf.coerce_output_value is identity


def _names_of(members: type, coerce: Coerce) -> Coerce:
    """The names of an enum's members, each looked up once."""
    known: dict[Any, Any] = {}

    def name(value: Any) -> Any:
        if type(value) is not members:
            return coerce(value)
        found = known.get(value)
        if found is None:
            found = known[value] = coerce(value)
        return found

    return name
