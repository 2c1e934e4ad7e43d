"""Directives that the schema's own elements carry, as Strawberry keeps them behind graphql-core's."""

from collections.abc import Iterator
from typing import Any

DEFINITION = "strawberry-definition"


def declared[Directive](element: Any, kind: type[Directive]) -> Iterator[Directive]:
    """The directives of one kind on a field, an argument or a type."""
    definition = element.extensions.get(DEFINITION)
    for directive in getattr(definition, "directives", None) or ():
        if isinstance(directive, kind):
            yield directive
