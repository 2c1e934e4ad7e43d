"""Values that no resolver should see: strings that can be neither stored nor sent on, and far too many at once.

They are refused before anything runs, wherever in a request they stand.
"""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, StringValueNode, ValidationContext, ValidationRule

from execution.errors import RequestErrorCode, refusal

MAX_DEPTH = 32
MAX_VALUES = 12_000
MAX_SIMPLE = 8
SHORT = 200
SIMPLE = frozenset({str, int, bool, type(None)})

type Values = tuple[tuple[str, type, Any], ...]
"""Names, kinds and values of variables."""

MESSAGE = "Text must be Unicode without U+0000 and without lone surrogates."


def is_storable(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 can hold the text: no U+0000 and no half of a surrogate pair."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def has_many(value: Any, at_most: int) -> bool:
    """Whether there are more values in it than that; counts no further."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict | list):
            at_most -= len(found)
            if at_most < 0:
                return True
            waiting.extend(found.values() if isinstance(found, dict) else found)
    return False


def simple_values(variables: Mapping[str, Any]) -> Values | None:
    """What tells these variables from any others, if there are few, each of them a number, a short text or the like.

    1 and true are equal to Python, and not to a type.
    """
    if len(variables) > MAX_SIMPLE:
        return None
    values = tuple([(name, type(value), value) for name, value in variables.items()])
    is_simple = all(kind in SIMPLE and (kind is not str or len(value) <= SHORT) for _, kind, value in values)
    return values if is_simple else None


def check_variables(variables: Mapping[str, Any]) -> None:
    """The variables are fit to be looked at by their types.

    Raises RequestRefused if a text or key in them is not storable, they are nested too deeply, or too many. Many values
    are refused before any of them is looked at by its type, which takes longer than to count them.
    """
    left = MAX_VALUES
    for name, value in variables.items():
        if isinstance(value, list | dict):
            left = _checked(value, name, MAX_DEPTH, left)
        elif isinstance(value, str):
            _check_text(value, name)


def _checked(values: list[Any] | dict[str, Any], name: str, depth: int, left: int) -> int:
    """How many values there may be yet."""
    if not depth:
        raise refusal(f"Variable '${name}' is nested deeper than {MAX_DEPTH}.", RequestErrorCode.BAD_USER_INPUT)
    left -= len(values)
    if left < 0:
        raise refusal(f"The variables have more than {MAX_VALUES} values.", RequestErrorCode.BAD_USER_INPUT)
    if isinstance(values, dict):
        _check_text("".join(values), name)
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, str):
            _check_text(value, name)
        elif isinstance(value, list | dict):
            left = _checked(value, name, depth - 1, left)
    return left


def _check_text(text: str, name: str) -> None:
    if not is_storable(text):
        raise refusal(f"Variable '${name}': {MESSAGE}", RequestErrorCode.BAD_USER_INPUT)


class StorableTextRule(ValidationRule):
    """Refuses the same in the literals of a document."""

    context: ValidationContext

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if not is_storable(node.value):
            self.report_error(GraphQLError(MESSAGE, node, extensions={"code": str(RequestErrorCode.BAD_USER_INPUT)}))
