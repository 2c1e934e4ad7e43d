"""What categories, vendors, attributes and their values are called, for an engine outside the database."""

from collections.abc import Sequence
from typing import Any

from domain.catalog.search import languages_of, words_of
from domain.pricing.searching.names import AttributeNames, FacetNames
from domain.shared.ids import CategoryId, VendorId
from persistence.search.suggestions import spoken_names
from persistence.search.words import folded
from persistence.statement import Database, Record


def _called(word: str, own: str) -> str:
    """SQL: the word in the first of the languages in `$1` that has it, or else the row's own."""
    return (
        f"coalesce((SELECT translations -> tag ->> '{word}' "  # noqa: S608 - made of constants
        "FROM unnest($1::text[]) WITH ORDINALITY AS spoken (tag, place) "
        f"WHERE translations -> tag ? '{word}' ORDER BY place LIMIT 1), {own})"
    )


_OF_FACETS = f"""
SELECT 'place' AS what, id AS key, {_called("name", "name")} AS label, false AS is_boolean, '[]'::jsonb AS spoken,
    '{{}}'::text[] AS lineage FROM category WHERE id = ANY($2)
UNION ALL SELECT 'place', id, {_called("name", "name")}, false, '[]', '{{}}' FROM vendor WHERE id = ANY($2)
UNION ALL SELECT 'attribute', key, {_called("label", "label")}, kind = 'BOOLEAN',
    (SELECT coalesce(jsonb_agg(translations -> tag -> 'values' ORDER BY place DESC), '[]')
     FROM unnest($1::text[]) WITH ORDINALITY AS spoken (tag, place) WHERE translations -> tag ? 'values'), '{{}}'
    FROM attribute WHERE key = ANY($3)
UNION ALL SELECT 'scope', id, '', false, '[]', lineage FROM category WHERE id = $4
"""  # noqa: S608 - made of constants

_BEGUN = f"""
WITH begun AS MATERIALIZED (SELECT {folded("$2::text")} AS title)
(SELECT category.id FROM category, begun WHERE {spoken_names("category")} LIKE '% ' || title || '%'
    ORDER BY cardinality(lineage), name LIMIT $3)
UNION ALL
(SELECT vendor.id FROM vendor, begun
    WHERE status = 'ACTIVE' AND {spoken_names("vendor")} LIKE '% ' || title || '%' ORDER BY name LIMIT $3)
"""  # noqa: S608 - made of constants


class CatalogNames:
    """Implements `domain.pricing.searching.ports.SearchNames`, by one statement for each answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_facets(
        self, *, places: Sequence[str], attributes: Sequence[str], scope: str | None, language: str
    ) -> FacetNames:
        languages = [tag for tag in languages_of(language) if tag]
        rows = await self._database.fetch(_OF_FACETS, languages, places, attributes, scope)
        lineage = [category for row in rows if row["what"] == "scope" for category in row["lineage"]]
        return FacetNames(
            places={row["key"]: row["label"] for row in rows if row["what"] == "place"},
            attributes={row["key"]: _attribute(row) for row in rows if row["what"] == "attribute"},
            surrounding=frozenset(map(CategoryId, lineage)),
        )

    async def begun(self, prefix: str, limit: int, language: str) -> tuple[Sequence[CategoryId], Sequence[VendorId]]:
        title = " ".join(word.text for word in words_of(prefix))
        rows = await self._database.fetch(_BEGUN, languages_of(language), title, limit)
        ids = [row["id"] for row in rows]
        categories = [CategoryId(each) for each in ids if each.startswith("category_")]
        return categories, [VendorId(each) for each in ids if each.startswith("vendor_")]


def _attribute(row: Record) -> AttributeNames:
    values: dict[str, Any] = {}
    for spoken in row["spoken"]:  # the language that is liked best comes last
        values |= spoken
    return AttributeNames(row["label"], row["is_boolean"], values)
