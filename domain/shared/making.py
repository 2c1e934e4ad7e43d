"""How values of which a request makes hundreds are made.

The `__init__` of a frozen dataclass sets each field by its name through `object.__setattr__`, which takes most of the
time of making one. A class with slots has a descriptor for each, which sets it in half of that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from inspect import Parameter, signature
from typing import Any


def quickly_made[T](kind: type[T]) -> type[T]:
    """The frozen dataclass with slots, whose `__init__` does the same in less time; it stays what it is otherwise."""
    made: Any = kind
    slow, names = made.__init__, dict[str, Any]()
    parameters = signature(slow).parameters
    body = "".join([f"\n    {line}" for line in _statements(made, parameters, names)])
    exec(f"def __init__({_listed(parameters)}):{body}", names)  # noqa: S102 - our own source, as dataclasses write theirs
    quick = names["__init__"]
    quick.__defaults__, quick.__kwdefaults__ = slow.__defaults__, slow.__kwdefaults__
    quick.__annotations__, quick.__qualname__ = slow.__annotations__, slow.__qualname__
    quick.__module__ = kind.__module__
    made.__init__ = quick
    return kind


def _listed(parameters: Mapping[str, Parameter]) -> str:
    """The names of the parameters; their defaults are taken over as they are."""
    by_name = [name for name, each in parameters.items() if each.kind is Parameter.KEYWORD_ONLY]
    return ", ".join([f"*, {name}" if by_name[:1] == [name] else name for name in parameters])


def _statements(kind: Any, parameters: Mapping[str, Parameter], names: dict[str, Any]) -> Iterator[str]:
    """What sets each field in its order, and then looks at the whole; `names` gets what they use."""
    itself = next(iter(parameters))
    for at, field in enumerate(fields(kind)):
        names[f"_set_{at}"] = getattr(kind, field.name).__set__
        value = field.name
        if field.default_factory is MISSING:
            assert field.init, "what is no parameter is made"
        else:
            names[f"_make_{at}"] = field.default_factory
            value = f"_make_{at}()"
            if field.init:
                names[f"_unset_{at}"] = parameters[field.name].default
                value = f"{value} if {field.name} is _unset_{at} else {field.name}"
        yield f"_set_{at}({itself}, {value})"
    if hasattr(kind, "__post_init__"):
        yield f"{itself}.__post_init__()"
