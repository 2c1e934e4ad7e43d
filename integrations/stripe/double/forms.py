"""Parameters as Stripe takes them: form encoded, with brackets for nesting, and none that it does not know."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from integrations.stripe.double.faults import StripeFault, invalid, missing_parameter

type Tree = dict[str, Any]
type Finder = Callable[[Mapping[str, Any], str], Any]
"""What stands under a property of a document, in full."""

MAX_METADATA = 50
MAX_METADATA_VALUE = 500


def read_form(encoded: str) -> "Form":
    """`a[b][]=1&a[c]=2` as a tree of parameters."""
    tree: Tree = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        _place(tree, name.replace("]", "").split("["), value)
    return Form(tree)


def _place(tree: Tree, path: list[str], value: str) -> None:
    for at, key in enumerate(path[:-1]):
        tree = tree.setdefault(key or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise invalid("Invalid hash", param="[".join(path[: at + 1]))
    tree[path[-1] or str(len(tree))] = value


class Form:
    """Parameters that are read by name; `finish` refuses the request if any was not."""

    def __init__(self, tree: Tree, prefix: str = "") -> None:
        self.tree = tree
        self._prefix = prefix
        self._read: set[str] = set()
        self._parts: list[Form] = []

    def __contains__(self, name: str) -> bool:
        return self.tree.get(name) not in (None, "")

    def text(self, name: str, *, among: Collection[str] | None = None) -> str | None:
        value = self._value(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {value}", param=self._name(name))
        if among is not None and value not in among:
            options = ", ".join(sorted(among))
            raise invalid(f"Invalid {self._name(name)}: must be one of {options}", param=self._name(name))
        return value

    def required_text(self, name: str, *, among: Collection[str] | None = None) -> str:
        value = self.text(name, among=among)
        if value is None:
            raise missing_parameter(self._name(name))
        return value

    def integer(self, name: str, *, least: int = 1) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not value.lstrip("-").isdecimal():
            raise self._bad_integer(name, f"Invalid integer: {value}")
        if int(value) < least:
            raise self._bad_integer(name, f"This value must be greater than or equal to {least}.")
        return int(value)

    def required_integer(self, name: str) -> int:
        value = self.integer(name)
        if value is None:
            raise missing_parameter(self._name(name))
        return value

    def _bad_integer(self, name: str, message: str) -> StripeFault:
        return invalid(message, param=self._name(name), code="parameter_invalid_integer")

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name, among={"true", "false"})
        return default if value is None else value == "true"

    def texts(self, name: str) -> list[str]:
        value = self._value(name) or {}
        if not isinstance(value, dict):
            raise invalid("Invalid array", param=self._name(name))
        return [str(item) for item in value.values()]

    def part(self, name: str) -> "Form":
        """The parameters within a hash; an empty form if there is none."""
        value = self._value(name) or {}
        if not isinstance(value, dict):
            raise invalid("Invalid hash", param=self._name(name))
        part = Form(value, self._name(name))
        self._parts.append(part)
        return part

    def metadata(self) -> dict[str, str]:
        value = self._value("metadata") or {}
        if not isinstance(value, dict) or len(value) > MAX_METADATA:
            raise invalid("Metadata can have up to 50 keys", param="metadata")
        if any(not isinstance(item, str) or len(item) > MAX_METADATA_VALUE for item in value.values()):
            raise invalid("Metadata values can have up to 500 characters", param="metadata")
        return {key: item for key, item in value.items() if item}

    def ignore(self, *names: str) -> None:
        """Parameters that are known, and make no difference here."""
        self._read.update(names)

    def finish(self) -> None:
        for name in self.tree:
            if name not in self._read:
                full = self._name(name)
                raise invalid(f"Received unknown parameter: {full}", param=full, code="parameter_unknown")
        for part in self._parts:
            part.finish()

    def _value(self, name: str) -> Any:
        self._read.add(name)
        return self.tree.get(name)

    def _name(self, name: str) -> str:
        return f"{self._prefix}[{name}]" if self._prefix else name


def expanded(document: Tree, paths: Iterable[str], find: Finder) -> Tree:
    """The document with what the paths name in the place of its id; 400 for what cannot be expanded."""
    for path in paths:
        document = _expanded(document, path.split("."), path, find)
    return document


def _expanded(document: Tree, steps: list[str], path: str, find: Finder) -> Tree:
    step, rest = steps[0], steps[1:]
    if step == "data" and isinstance(document.get("data"), list):
        return {**document, "data": [_expanded(item, rest, path, find) for item in document["data"]]}
    if step not in document and not (document["object"] == "charge" and step == "refunds"):
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    value = find(document, step)
    if rest and isinstance(value, dict):
        value = _expanded(value, rest, path, find)
    return {**document, step: value}
