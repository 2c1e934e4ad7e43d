"""Reading anything by its id, under one set of access rules for `node`, `nodes` and `_entities`."""

import asyncio
from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from domain.shared.errors import RequestFault
from domain.shared.ids import prefix_of
from domain.shared.page import MAX_PAGE_SIZE
from resolvers.access import may_see
from resolvers.context import Info


async def node(info: Info, id: strawberry.ID) -> Any:
    """The object with this id; None if there is none, or none that the caller may see."""
    prefix = prefix_of(id)
    definition: Any = info.schema.get_type_by_name(type_name(prefix)) if prefix else None
    loader = getattr(getattr(definition, "origin", None), "loader", None)
    if loader is None:
        raise RequestFault("Not an id.")
    found = await getattr(info.context.loaders, loader).load(id)
    return found if found is not None and may_see(info.context.actor, found) else None


async def nodes(info: Info, ids: Sequence[strawberry.ID]) -> list[Any]:
    """One entry per id, in their order."""
    if len(ids) > MAX_PAGE_SIZE:
        raise RequestFault(f"At most {MAX_PAGE_SIZE} ids at once.")
    return await asyncio.gather(*[node(info, each) for each in ids])


def type_name(prefix: str) -> str:
    """`vendor_order` is the prefix of `VendorOrder`."""
    camel = to_camel_case(prefix)
    return camel[:1].upper() + camel[1:]
