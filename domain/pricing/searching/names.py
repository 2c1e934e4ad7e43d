"""What the ids and keys that facets are counted by are called."""

from collections.abc import Mapping

from domain.shared.ids import CategoryId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class AttributeNames:
    """An attribute and those of its values that have another name than themselves, in one language."""

    label: str
    is_boolean: bool
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FacetNames:
    """Names in one language. What has none is called by its id or key."""

    places: Mapping[str, str]
    """Of categories and vendors by their ids."""
    attributes: Mapping[str, AttributeNames]
    """By their keys."""
    surrounding: frozenset[CategoryId]
    """The category that was looked in, and those above: no choice leads anywhere else."""
