"""What the schema's own elements say of themselves beside their types."""

from collections.abc import Iterator
from typing import Any

DEFINITION = "strawberry-definition"


READ_ONLY = "__graphql_read_only__"


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
