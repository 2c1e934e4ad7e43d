"""How documents become fields that can be found: the mapping of one index, with its dynamic templates."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import Any

from domain.shared.making import dataclass
from integrations.opensearch.double.analysis import Analysis
from integrations.opensearch.double.faults import EngineFault, illegal

TYPES = {
    "keyword": str, "text": str, "boolean": bool, "date": str, "long": int, "integer": int, "double": (int, float)
}  # fmt: skip
type Json = Mapping[str, Any]


@dataclass(slots=True)
class Fields:
    """What a document, or an object nested in it, has in each field."""

    values: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    terms: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Of the fields that are text."""
    nested: dict[str, list["Fields"]] = field(default_factory=lambda: defaultdict(list))


class IndexMapping:
    """Fields by their paths. What comes by a dynamic template stays."""

    def __init__(self, told: Json, analysis: Analysis) -> None:
        unknown = set(told) - {"dynamic", "date_detection", "dynamic_templates", "properties"}
        if unknown:
            reason = f"Root mapping definition has unsupported parameters:  [{', '.join(sorted(unknown))}]"
            raise EngineFault(400, "mapper_parsing_exception", reason)
        self._analysis = analysis
        self._is_strict = told.get("dynamic") == "strict"
        self._templates = [dict(named) for item in told.get("dynamic_templates", ()) for named in item.values()]
        self._kinds: dict[str, Json] = {}
        for path, mapping in _flat("", told.get("properties", {})):
            self._add(path, mapping)

    def kind_of(self, path: str) -> str | None:
        """The type of a field; None for one that no document has."""
        return self._kinds[path]["type"] if path in self._kinds else None

    def terms(self, path: str, text: str) -> list[str]:
        """The text as the field's analyzer takes it apart."""
        return self._analysis.terms(self._kinds[path]["analyzer"], text)

    def fields_of(self, source: Json) -> Fields:
        """EngineFault for a source that does not fit."""
        found = Fields()
        self._read("", source, found)
        return found

    def _read(self, above: str, content: Json, found: Fields) -> None:
        for name, value in content.items():
            path = f"{above}{name}"
            kind = self._kind_for(path, value)
            if kind == "nested":
                for item in _listed(value):
                    below = Fields()
                    self._read(f"{path}.", item, below)
                    found.nested[path].append(below)
            elif kind == "object":
                if self._kinds[path].get("enabled", True):
                    self._read(f"{path}.", value, found)
            elif kind is not None:
                self._keep(path, kind, _listed(value), found)

    def _keep(self, path: str, kind: str, values: Sequence[Any], found: Fields) -> None:
        longest = self._kinds[path].get("ignore_above")
        for value in values:
            if not isinstance(value, TYPES[kind]):  # type: ignore[arg-type]
                reason = f"failed to parse field [{path}] of type [{kind}]"
                raise EngineFault(400, "mapper_parsing_exception", reason)
            if longest is not None and len(value) > longest:
                continue
            found.values[path].append(_milliseconds(value) if kind == "date" else value)
            if kind == "text":
                found.terms[path].extend(self.terms(path, value))

    def _kind_for(self, path: str, value: Any) -> str | None:
        """The type of the field, which a template may only now give it; None where there is no value to tell by."""
        if path in self._kinds:
            return str(self._kinds[path]["type"])
        if not self._is_dynamic(path):
            within = path.rpartition(".")[0] or "_doc"
            reason = f"mapping set to strict, dynamic introduction of [{path}] within [{within}] is not allowed"
            raise EngineFault(400, "strict_dynamic_mapping_exception", reason)
        if isinstance(value, Mapping):
            self._kinds[path] = {"type": "object", "dynamic": True}
            return "object"
        if not any(isinstance(item, str) for item in _listed(value)):
            return None
        for template in self._templates:
            if template["match_mapping_type"] == "string" and fnmatchcase(path, template["path_match"]):
                self._add(path, template["mapping"])
                return str(template["mapping"]["type"])
        raise illegal(f"the double has no default mapping for [{path}]")

    def _is_dynamic(self, path: str) -> bool:
        above = path.rpartition(".")[0]
        while above:
            if above in self._kinds and "dynamic" in self._kinds[above]:
                return self._kinds[above]["dynamic"] is True
            above = above.rpartition(".")[0]
        return not self._is_strict

    def _add(self, path: str, mapping: Json) -> None:
        kind = mapping.get("type", "object")
        if kind not in TYPES and kind not in {"nested", "object"}:
            reason = f"No handler for type [{kind}] declared on field [{path}]"
            raise EngineFault(400, "mapper_parsing_exception", reason)
        if kind == "text" and not self._analysis.has(mapping.get("analyzer", "")):
            reason = f"analyzer [{mapping.get('analyzer')}] has not been configured in mappings"
            raise EngineFault(400, "mapper_parsing_exception", reason)
        self._kinds[path] = {"type": kind, **mapping}


def _flat(above: str, properties: Json) -> Iterable[tuple[str, Json]]:
    for name, mapping in properties.items():
        yield f"{above}{name}", mapping
        yield from _flat(f"{above}{name}.", mapping.get("properties", {}))


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else [value]


def _milliseconds(text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        reason = f"failed to parse date field [{text}] with format [strict_date]"
        raise EngineFault(400, "mapper_parsing_exception", reason) from None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
