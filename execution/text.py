"""Strings that can be neither stored nor sent on: refused before anything runs, wherever in a request they stand."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, StringValueNode, ValidationContext, ValidationRule

from execution.errors import RequestErrorCode, refusal

MAX_DEPTH = 32
MESSAGE = "Text must be Unicode without U+0000 and without lone surrogates."


def is_storable(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 can hold the text: no U+0000 and no half of a surrogate pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_variables(variables: Mapping[str, Any]) -> None:
    """Raise RequestRefused if a text or key in the variables is not storable, or they are nested too deeply."""
    for name, value in variables.items():
        _check(value, name, MAX_DEPTH)


def _check(value: Any, name: str, depth: int) -> None:
    if isinstance(value, str):
        if not is_storable(value):
            raise refusal(f"Variable '${name}': {MESSAGE}", RequestErrorCode.BAD_USER_INPUT)
    elif isinstance(value, list | dict):
        if not depth:
            raise refusal(f"Variable '${name}' is nested deeper than {MAX_DEPTH}.", RequestErrorCode.BAD_USER_INPUT)
        if isinstance(value, dict):
            for key in value:
                _check(key, name, depth)
        for item in value.values() if isinstance(value, dict) else value:
            _check(item, name, depth - 1)


class StorableTextRule(ValidationRule):
    """Refuses the same in the literals of a document."""

    context: ValidationContext

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if not is_storable(node.value):
            self.report_error(GraphQLError(MESSAGE, node, extensions={"code": str(RequestErrorCode.BAD_USER_INPUT)}))
