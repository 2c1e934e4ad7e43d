"""What a federation router asks a subgraph: entities by what names them, and the subgraph's own schema."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.shared.errors import RequestFault
from domain.shared.ids import prefix_of
from resolvers.context import Info
from resolvers.nodes import type_name

MAX_ENTITIES = 1_000
MAX_KEY_CHARACTERS = 1_000

type KeysOf = Callable[[str], Sequence[str]]
"""The key fields of the entity of a name, each a key by itself; none where no entity has that name."""


def entities(info: Info, representations: Sequence[object], keys_of: KeysOf) -> list[Any]:
    """For each representation, in order, what its entity comes from, or the fault that stands in its place.

    Nothing that one representation says touches the others. What they ask for at once is read at once.
    """
    if len(representations) > MAX_ENTITIES:
        raise RequestFault(f"At most {MAX_ENTITIES} representations at once.")
    return [_entity(info, each, keys_of) for each in representations]


def sdl(info: Info) -> str:
    """The schema with its federation directives, for routers: it names what no other client may look at."""
    if not info.context.is_router:
        raise RequestFault("Only a router with this server's secret may ask for its schema.", "FORBIDDEN")
    schema: Any = info.schema
    return str(schema.whole_sdl if info.context.services.routers_enforce_access else schema.open_sdl)


def _entity(info: Info, representation: object, keys_of: KeysOf) -> Any:
    try:
        name, key, value = named_by(representation, keys_of)
    except RequestFault as fault:
        return fault
    definition: Any = info.schema.get_type_by_name(name)
    return definition.origin.resolve_reference(info, **{key: value})


def named_by(representation: object, keys_of: KeysOf) -> tuple[str, str, str]:
    """The type, the key field and the key of the entity that this names.

    Only the first key that is there counts: what else a router sends along belongs to other subgraphs.
    """
    if not isinstance(representation, Mapping):
        raise RequestFault("A representation is an object.")
    name = representation.get("__typename")
    keys = keys_of(name) if isinstance(name, str) else ()
    if not isinstance(name, str) or not keys:
        raise RequestFault("A representation has the `__typename` of an entity.")
    for key in keys:
        if (value := representation.get(key)) is not None:
            return name, key, checked_key(name, key, value)
    raise RequestFault(f"A representation of {name} has a key: {' or '.join(keys)}.")


def checked_key(name: str, key: str, value: object) -> str:
    """The value, if it can be that key of that type: an `id` is one of its own."""
    is_text = isinstance(value, str) and 0 < len(value) <= MAX_KEY_CHARACTERS
    if not is_text or (key == "id" and not _is_id_of(name, str(value))):
        raise RequestFault(f"This is no {key} of {name}.")
    return str(value)


def _is_id_of(name: str, value: str) -> bool:
    prefix = prefix_of(value)
    return prefix is not None and type_name(prefix) == name
