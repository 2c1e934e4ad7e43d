"""Indexes, what is in them, and the aliases that lead to them, in memory.

As in the real engine, what is written is found only after a refresh, which comes by itself once a second.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from domain.shared.making import dataclass
from integrations.opensearch.double.analysis import Analysis
from integrations.opensearch.double.faults import EngineFault, illegal, no_index
from integrations.opensearch.double.mapping import Fields, IndexMapping
from integrations.opensearch.double.queries import Statistics

REFRESH_SECONDS = 1.0
type Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it was written."""

    source: Json
    fields: Fields


class Index:
    """Documents by their ids, the newest version of each. A deleted one leaves its version behind."""

    def __init__(self, body: Json) -> None:
        if unknown := set(body) - {"settings", "mappings"}:
            raise EngineFault(400, "parse_exception", f"unknown key [{unknown.pop()}] for create index")
        self._mapping = IndexMapping(body.get("mappings", {}), Analysis(body.get("settings", {}).get("analysis", {})))
        self._written: dict[str, Stored] = {}
        self._versions: dict[str, int] = {}
        self.refresh()

    @property
    def searchable(self) -> tuple[Mapping[str, Stored], Statistics]:
        """What can be found now."""
        if time.monotonic() - self._refreshed_at >= REFRESH_SECONDS:
            self.refresh()
        return self._searchable, self._statistics

    def refresh(self) -> None:
        self._refreshed_at = time.monotonic()
        self._searchable = dict(self._written)
        self._statistics = Statistics(self._mapping, [stored.fields for stored in self._searchable.values()])

    def put(self, item_id: str, source: Json, version: int | None) -> tuple[int, str]:
        """The status and the result of writing a document; EngineFault for one that is older or does not fit."""
        stored = Stored(source, self._mapping.fields_of(source))
        self._advance(item_id, version)
        existed = item_id in self._written
        self._written[item_id] = stored
        return (200, "updated") if existed else (201, "created")

    def delete(self, item_id: str, version: int | None) -> tuple[int, str]:
        self._advance(item_id, version)
        return (404, "not_found") if self._written.pop(item_id, None) is None else (200, "deleted")

    def version_of(self, item_id: str) -> int:
        return self._versions[item_id]

    def _advance(self, item_id: str, version: int | None) -> None:
        """Versions from outside must grow; without one, the engine counts."""
        current = self._versions.get(item_id, 0)
        if version is not None and version <= current:
            told = f"current version [{current}] is higher or equal to the one provided [{version}]"
            raise EngineFault(409, "version_conflict_engine_exception", f"[{item_id}]: version conflict, {told}")
        self._versions[item_id] = current + 1 if version is None else version


class Cluster:
    """Indexes by name, and aliases of one index each."""

    def __init__(self) -> None:
        self._indexes: dict[str, Index] = {}
        self._aliases: dict[str, set[str]] = {}

    @property
    def names(self) -> Sequence[str]:
        return sorted(self._indexes)

    def create(self, name: str, body: Json) -> None:
        if name in self._indexes or name in self._aliases:
            raise EngineFault(400, "resource_already_exists_exception", f"index [{name}] already exists")
        self._indexes[name] = Index(body)

    def drop(self, name: str) -> None:
        if name in self._aliases:
            raise illegal(f"The provided expression [{name}] matches an alias, specify the corresponding indices.")
        if name not in self._indexes:
            raise no_index(name)
        del self._indexes[name]
        self._aliases = {alias: left for alias, names in self._aliases.items() if (left := names - {name})}

    def index(self, name: str, *, require_alias: bool = False) -> Index:
        names = self._aliases.get(name, set() if require_alias else {name})
        if len(names) > 1:
            raise illegal(f"the double keeps to aliases of one index, and [{name}] has more")
        for each in names:
            if each in self._indexes:
                return self._indexes[each]
        raise no_index(name)

    def behind(self, alias: str) -> Sequence[str]:
        return sorted(self._aliases.get(alias, ()))

    def change_aliases(self, actions: Sequence[Json]) -> None:
        """All of them or none."""
        changed = {alias: set(names) for alias, names in self._aliases.items()}
        for action in actions:
            ((kind, told),) = action.items()
            if told["index"] not in self._indexes:
                raise no_index(told["index"])
            if kind == "add":
                changed.setdefault(told["alias"], set()).add(told["index"])
            elif kind == "remove" and told["index"] in changed.get(told["alias"], ()):
                changed[told["alias"]].discard(told["index"])
            else:
                raise EngineFault(404, "aliases_not_found_exception", f"aliases [{told['alias']}] missing")
        self._aliases = {alias: names for alias, names in changed.items() if names}
