"""Federation's `_entities`, for representations that anybody may send."""

from collections.abc import Iterator, Mapping
from typing import Any

import strawberry
from strawberry import Info
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema_directives import Key
from strawberry.types.base import StrawberryObjectDefinition

from domain.shared.errors import RequestFault

MAX_ENTITIES = 1_000


class Schema(strawberry.federation.Schema):
    """A federated schema that answers BAD_USER_INPUT to representations which name no entity of it.

    Of each representation only the keys are looked at: what else a router sends along belongs to other subgraphs.
    """

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        if len(representations) > MAX_ENTITIES:
            raise RequestFault(f"At most {MAX_ENTITIES} representations at once.")
        return super().entities_resolver(info, [self._keys_in(each) for each in representations])

    def _keys_in(self, representation: Any) -> Any:
        if not isinstance(representation, Mapping):
            raise RequestFault("A representation is an object.")
        name = representation.get("__typename")
        definition = self.get_type_by_name(name) if isinstance(name, str) else None
        names = _key_fields(definition) if isinstance(definition, StrawberryObjectDefinition) else ()
        keys = {key: value for key in names if isinstance(value := representation.get(key), str)}
        if not keys:
            raise RequestFault("A representation has the `__typename` of an entity and a key of it.")
        return {"__typename": name, **keys}


def _key_fields(definition: StrawberryObjectDefinition) -> Iterator[str]:
    for directive in definition.directives or ():
        if isinstance(directive, Key):
            yield str(directive.fields)
