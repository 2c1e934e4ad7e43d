"""What the schema's own elements, and resolvers, say of themselves beside their types."""

from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

DEFINITION = "strawberry-definition"

READ_ONLY = "__graphql_read_only__"
LASTING = "__graphql_lasting__"


def declared[Directive](element: Any, kind: type[Directive]) -> Iterator[Directive]:
    """The directives of one kind on a field, an argument or a type, which Strawberry keeps behind graphql-core's."""
    definition = element.extensions.get(DEFINITION)
    for directive in getattr(definition, "directives", None) or ():
        if isinstance(directive, kind):
            yield directive


def read_only[Input: type](input_type: Input) -> Input:
    """Declares that resolvers change nothing in inputs of this type, so that the same one may be given to many."""
    setattr(input_type, READ_ONLY, True)
    return input_type


def is_read_only(kind: type) -> bool:
    return getattr(kind, READ_ONLY, False)


def lasting[Output: type](output_type: Output) -> Output:
    """Declares that many requests are given the same objects of this type, which nobody changes.

    Goes above `@strawberry.type`. Fields whose resolvers say what they rest on are then built once for many requests.
    """
    setattr(output_type, LASTING, True)
    return output_type


def is_lasting(type_: Any) -> bool:
    """Whether the objects of this type of a graphql-core schema are declared so."""
    return getattr(getattr(type_.extensions.get(DEFINITION), "origin", None), LASTING, False)


class Ground(Protocol):
    """Where things are looked up by keys. Equal ones find the same in the same context."""

    def known(self, context: Any, keys: Sequence[Any]) -> Sequence[Any] | None:
        """What there is for each key; None if that has to be waited for."""

    def found(self, context: Any, keys: Sequence[Any]) -> Awaitable[Sequence[Any]]:
        """The same, waited for."""


@dataclass(frozen=True, slots=True)
class RestsOn:
    """What a resolver's outcome rests on beside the object and the arguments.

    As long as `ground` has the very same for the key of an object, or there is no ground or no key, it is the same.
    """

    ground: Ground | None = None
    key_of: Callable[[Any], Hashable | None] = lambda _: None


def resting[Resolver: Callable[..., Any]](on: RestsOn) -> Callable[[Resolver], Resolver]:
    """Declares what the outcomes of a resolver rest on."""

    def decorate(resolver: Resolver) -> Resolver:
        resolver.rests_on = on  # type: ignore[attr-defined] # where `rests_on` looks for it
        return resolver

    return decorate


def rests_on(resolver: Any) -> RestsOn | None:
    """None if the resolver does not say."""
    return getattr(resolver, "rests_on", None)
