"""The SDL that clients and routers are given."""

from pathlib import Path

import server.web  # noqa: F401 - makes the schema know @inContext
from schema.root import schema

SDL = Path(__file__).parent.parent / "graphql" / "schema.graphql"
"""Where it stands in a checkout, which is the only place it is written."""


def published_sdl() -> str:
    """The schema as the code declares it, with its federation directives."""
    return schema.as_str().rstrip() + "\n"
