"""Settings from environment variables: fields of a frozen dataclass, each with how its text is read and what it does.

Written by hand, since pydantic, which nothing else in a web process needs, takes 12 of its 130 MB and a twelfth of its
start.
"""

import os
import re
from collections.abc import Callable
from dataclasses import field, fields
from typing import Any
from urllib.parse import urlsplit

type Reader = Callable[[str], Any]
"""Makes a value of a text; a ValueError says what it must be."""

FLAGS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


class SettingsError(Exception):
    """One line that says which setting is wrong, and why."""


class Secret:
    """A text that nothing shows by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"


def setting(default: Any, read: Reader, description: str) -> Any:
    """A field of settings; its variable has its name in capital letters."""
    return field(default=default, metadata={"read": read, "description": description})


def from_environment[Settings](kind: type[Settings]) -> Settings:
    """The settings of this environment; SettingsError for the first one that is wrong. What is empty is not set."""
    texts = {name.upper(): text for name, text in os.environ.items() if text}
    found = {}
    for each in fields(kind):  # type: ignore[arg-type] # a dataclass, which has no name as a bound
        name = each.name.upper()
        try:
            if name in texts:
                found[each.name] = each.metadata["read"](texts[name])
        except ValueError as error:
            raise SettingsError(f"{name}: {error}") from None
    return kind(**found)


def flag(text: str) -> bool:
    try:
        return FLAGS[text.lower()]
    except KeyError:
        raise ValueError("must be `true` or `false`") from None


def whole(least: int, most: int | None = None) -> Reader:
    """A whole number within these bounds."""
    bounds = f"of at least {least}" if most is None else f"from {least} to {most}"

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or (most is not None and value > most):
            raise ValueError(f"must be a whole number {bounds}")
        return value

    return read


def number(least: float, most: float) -> Reader:
    """A number within these bounds."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise ValueError(f"must be a number from {least:g} to {most:g}")
        return value

    return read


def one_of(*known: str) -> Reader:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"must be {', '.join(known[:-1])} or {known[-1]}")
        return text

    return read


def matching(pattern: str) -> Reader:
    def read(text: str) -> str:
        if re.search(pattern, text) is None:
            raise ValueError(f"must match {pattern}")
        return text

    return read


def url_of(*schemes: str) -> Reader:
    def read(text: str) -> str:
        if urlsplit(text).scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return text

    return read


def secret(least_characters: int) -> Reader:
    def read(text: str) -> Secret:
        if len(text) < least_characters:
            raise ValueError(f"must have at least {least_characters} characters")
        return Secret(text)

    return read


def words(text: str) -> tuple[str, ...]:
    """`DE, AT` as words."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
