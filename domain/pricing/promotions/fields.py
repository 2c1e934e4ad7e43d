"""Reading a document that somebody wrote: each value checked, and what is wrong named by its path."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.money import Money

MAX_ITEMS = 1_000
MAX_COUNT = 1_000_000


class Fields:
    """An object of a document. Every reading refuses with INVALID at the path of what it cannot read."""

    def __init__(self, document: object, path: tuple[str, ...]) -> None:
        if not isinstance(document, Mapping):
            raise invalid("An object is wanted here.", path)
        self._document = document
        self._path = path
        self._read: set[str] = set()

    def done(self) -> None:
        """Refuse names that nothing has read."""
        unknown = sorted(str(name) for name in self._document if name not in self._read)
        if unknown:
            raise invalid(f"Not known here: {', '.join(unknown)}.", self._path)

    def path(self, name: str) -> tuple[str, ...]:
        return (*self._path, name)

    def has(self, name: str) -> bool:
        return self._document.get(name) is not None

    def value(self, name: str) -> Any:
        """The value of that name, None if it is absent."""
        self._read.add(name)
        return self._document.get(name)

    def required(self, name: str) -> Any:
        found = self.value(name)
        if found is None:
            raise refuse(ErrorCode.REQUIRED, f"{name} is wanted here.", *self.path(name))
        return found

    def text(self, name: str) -> str:
        found = self.required(name)
        if not isinstance(found, str) or not found.strip():
            raise invalid("A text is wanted here.", self.path(name))
        return found

    def flag(self, name: str) -> bool:
        found = self.value(name)
        if found is None or isinstance(found, bool):
            return bool(found)
        raise invalid("true or false is wanted here.", self.path(name))

    def count(self, name: str, default: int | None = None) -> int | None:
        """A whole number from 1 on, `default` if absent."""
        found = self.value(name)
        if found is None:
            return default
        if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= MAX_COUNT:
            raise invalid(f"A whole number from 1 to {MAX_COUNT} is wanted here.", self.path(name))
        return found

    def counted(self, name: str, default: int | None = None) -> int:
        found = self.count(name, default)
        if found is None:
            raise refuse(ErrorCode.REQUIRED, f"{name} is wanted here.", *self.path(name))
        return found

    def percent(self, name: str, default: Decimal | None = None) -> Decimal:
        """More than 0 and at most 100, exact: a text like "12.5" or a whole number."""
        found = self.value(name) if default is not None else self.required(name)
        if found is None and default is not None:
            return default
        percent = _decimal(found)
        if percent is None or not 0 < percent <= 100:
            raise invalid('More than 0 and at most 100 percent are wanted here, as in "12.5".', self.path(name))
        return percent

    def choice[Choice: Enum](self, name: str, choices: type[Choice], default: Choice) -> Choice:
        found = self.value(name)
        if found is None:
            return default
        try:
            return choices(found)
        except ValueError:
            raise invalid(f"Choose one of {', '.join(choice.value for choice in choices)}.", self.path(name)) from None

    def texts(self, name: str) -> frozenset[Any]:
        """A list of texts, each at most once; none if absent."""
        found = self._list(name)
        if not all(isinstance(text, str) and text for text in found):
            raise invalid("A list of texts is wanted here.", self.path(name))
        return frozenset(found)

    def items[Item](self, name: str, read: Callable[["Fields"], Item]) -> tuple[Item, ...]:
        """A list of objects; none if absent."""
        return tuple(
            _whole(Fields(item, (*self._path, name, str(at))), read) for at, item in enumerate(self._list(name))
        )

    def part[Part](self, name: str, read: Callable[["Fields"], Part], default: Part) -> Part:
        """An object within, `default` if absent."""
        found = self.value(name)
        return default if found is None else _whole(Fields(found, self.path(name)), read)

    def amounts(self, name: str, *, least: int = 0) -> Mapping[str, int] | None:
        """Minor units by currency of `{"EUR": "5.00"}`; None if absent."""
        found = self.value(name)
        if found is None:
            return None
        if not isinstance(found, Mapping) or not found:
            raise invalid('Amounts by currency are wanted here, as in {"EUR": "5.00"}.', self.path(name))
        return {str(currency): self._minor(name, str(currency), amount, least) for currency, amount in found.items()}

    def some_amounts(self, name: str, *, least: int = 0) -> Mapping[str, int]:
        found = self.amounts(name, least=least)
        if found is None:
            raise refuse(ErrorCode.REQUIRED, f"{name} is wanted here.", *self.path(name))
        return found

    def _minor(self, name: str, currency: str, amount: object, least: int) -> int:
        try:
            minor = Money.parse(amount, currency).minor if isinstance(amount, str) else None
        except ValueError as error:
            raise invalid(f"{error}.", (*self.path(name), currency)) from None
        if minor is None or minor < least:
            wanted = "An amount above zero" if least else "An amount"
            raise invalid(f'{wanted} is wanted here as a text, as in "5.00".', (*self.path(name), currency))
        return minor

    def _list(self, name: str) -> list[Any]:
        found = self.value(name)
        if found is None:
            return []
        if not isinstance(found, list | tuple) or len(found) > MAX_ITEMS:
            raise invalid(f"A list of at most {MAX_ITEMS} items is wanted here.", self.path(name))
        return list(found)


def whole[Read](document: object, path: tuple[str, ...], read: Callable[[Fields], Read]) -> Read:
    """What `read` makes of a document that has nothing besides."""
    return _whole(Fields(document, path), read)


def invalid(message: str, path: tuple[str, ...]) -> Refused:
    return refuse(ErrorCode.INVALID, message, *path)


def _whole[Read](fields: Fields, read: Callable[[Fields], Read]) -> Read:
    found = read(fields)
    fields.done()
    return found


def _decimal(value: object) -> Decimal | None:
    """Of a text or whole number; never of a binary fraction."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and len(number.as_tuple().digits) <= 12 else None
