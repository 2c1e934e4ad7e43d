"""How values that nobody changes are made, and others from them.

Our values are frozen: the type checker refuses what sets a field of one. The guard of `dataclasses` against that makes
them take four to seven times as long to make, as `__init__` has to go around it for every field, and a request makes
hundreds. So our classes do without the guard, and are otherwise what `dataclasses` makes of them.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(*, frozen: bool = False, eq: bool = True, **options: bool) -> Callable[[type], type]:
        """As that of `dataclasses`; what is frozen has its hash, but not its guard."""

        def made(kind: type) -> type:
            is_hashable = frozen and eq and not _has_own_hash(kind)
            return dataclasses.dataclass(kind, eq=eq, unsafe_hash=is_hashable, **options)

        return made

    def replace(value: Any, /, **changes: Any) -> Any:
        """As that of `dataclasses`, in a sixth of the time for a value of 30 fields with slots."""
        kind = type(value)
        change = _changes.get(kind)
        if change is None:
            change = _changes[kind] = _changing(kind)
        return change(value, changes)


type Change = Callable[[Any, Mapping[str, Any]], Any]

_changes: dict[type, Change] = {}


def _has_own_hash(kind: type) -> bool:
    own = vars(kind)
    return own.get("__hash__") is not None or ("__hash__" in own and "__eq__" not in own)


def _changing(kind: Any) -> Change:
    """What makes another one of this class, with some fields changed."""
    of_kind = dataclasses.fields(kind)
    is_set = "__slots__" in vars(kind) and kind.__setattr__ is object.__setattr__
    if not is_set or hasattr(kind, "__post_init__") or not all(each.init for each in of_kind):
        return _remade
    source = "\n    ".join(
        [
            "def change(value, changes):",
            "made = new(kind)",
            *[f"made.{each.name} = value.{each.name}" for each in of_kind],
            "for name in changes:",
            "    if name not in names: raise TypeError(f'{kind.__name__} has no field {name!r}')",
            "    setattr(made, name, changes[name])",
            "return made",
        ]
    )
    names: dict[str, Any] = {"new": object.__new__, "kind": kind, "names": {each.name for each in of_kind}}
    exec(source, names)  # noqa: S102 - our own source, as dataclasses write theirs
    change: Change = names["change"]
    return change


def _remade(value: Any, changes: Mapping[str, Any]) -> Any:
    return dataclasses.replace(value, **changes)
