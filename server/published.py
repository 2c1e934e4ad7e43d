"""The SDL that clients and routers are given."""

from pathlib import Path

import server.web  # noqa: F401 - makes the schema know @inContext
from schema.contracts import Contract, contract_sdl
from schema.root import schema

SDL = Path(__file__).parent.parent / "graphql" / "schema.graphql"
"""Where it stands in a checkout, which is the only place it is written."""

CONTRACTS = tuple(Contract)


def published_sdl() -> str:
    """The schema as the code declares it, with its federation directives."""
    return schema.as_str().rstrip() + "\n"


def published_contract(name: str) -> str:
    """What one kind of client is given: plain SDL, without what is tagged for others."""
    return contract_sdl(published_sdl(), Contract(name))
