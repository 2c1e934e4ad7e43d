"""What can be said of a whole result: how long it is, and by what it can be narrowed."""

from collections import defaultdict
from collections.abc import Sequence

from domain.catalog.facets import COMMON_VALUES, MAX_ATTRIBUTES, MAX_NARROWED, MAX_VALUES, ORDER, word_for
from domain.catalog.search import ATTRIBUTE, Facet, FacetKind, FacetValue, Filter, Insight, SearchInput, languages_of
from domain.pricing.context import RequestContext
from domain.shared.making import replace
from domain.shared.money import Money
from persistence.search.breadth import COUNTED, SCALE, TIERS, TOLD
from persistence.search.filtering import NARROWED, conditions, left_by, narrowing
from persistence.search.matching import Arguments, Look, matching
from persistence.statement import Database, Record

_PLACES = ("category", "brand", "vendor")

TELLING = 250
"""So many products of a part tell how many there are in all to within some six percent."""


async def total(database: Database, asked: SearchInput, scope: str | None, request: RequestContext) -> Insight:
    """How many products are found in all; of a wide search about how many."""
    arguments = Arguments()
    filters, indexed = narrowing(asked.filters, request, arguments)
    source = matching(asked, scope, request, arguments, Look(NARROWED, filters, indexed, bounds=TOLD))
    counted = f"SELECT count(*) * {SCALE} FROM matched AS product WHERE {left_by(filters, asked)}"  # noqa: S608
    return Insight(int(await database.fetchval(f"WITH {source} {counted}", *arguments.values)))


async def facets(database: Database, asked: SearchInput, scope: str | None, request: RequestContext) -> Insight:
    """How many products are found in all, and by what they can be narrowed; of a wide search about how many.

    What filters leave of a wide search is counted for itself where few of those that were looked at tell of it, which
    takes a second statement.
    """
    arguments = Arguments()
    sql = _sql(asked, scope, request, arguments)
    rows = await database.fetch(sql, *arguments.values)
    counted: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        counted[row["key"]].append(row)
    keys = [key for key in ORDER if key in counted] + sorted(
        (key for key in counted if key.startswith(ATTRIBUTE)), key=lambda key: -counted[key][0]["telling"]
    )
    told = [_facet(key, counted[key], asked.filters, request) for key in keys]
    (whole,) = counted["total"]
    passed = int(whole["count"]) * int(whole["value"]) // TIERS
    if asked.filters and int(whole["value"]) < TIERS and passed < TELLING:
        return replace(await total(database, asked, scope, request), facets=tuple(told))
    return Insight(int(whole["count"]), tuple(told))


def _sql(asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments) -> str:
    """Each row counts a value among the products that pass every filter but those of the value's own facet.

    A product that fails the filters of one facet only still counts in that one: `missed` names it.
    """
    source = matching(asked, scope, request, arguments, Look(NARROWED, bounds=COUNTED))
    by_key: dict[str, list[str]] = defaultdict(list)
    for key, condition in conditions(asked.filters, request, arguments):
        by_key[key].append(condition)
    failed = [
        f"CASE WHEN {' AND '.join(of_key)} THEN NULL ELSE {arguments.add(key)}::text END"
        for key, of_key in by_key.items()
    ]
    misses = f"array_remove(ARRAY[{', '.join(failed)}]::text[], NULL)"
    selected = arguments.add([key for key in by_key if key.startswith(ATTRIBUTE)])
    languages = arguments.add([language for language in languages_of(request.language) if language])
    within = f"AND value <> ALL(coalesce((SELECT lineage FROM category WHERE id = {arguments.add(scope)}), '{{}}'))"  # noqa: S608
    return f"WITH {source}, {_flagged(misses)}, {_counted(within)}, {_chosen(selected)} {_labeled(languages, selected)}"


def _flagged(misses: str) -> str:
    return f"""
flagged AS MATERIALIZED (
    SELECT places, facts, amount_minor, in_stock, coalesce(misses[1], '') AS missed
    FROM (SELECT places, facts, amount_minor, in_stock, {misses} AS misses FROM matched AS product) AS told
    WHERE cardinality(misses) <= 1
)"""  # noqa: S608


def _counted(within: str) -> str:
    """Values are grouped by as they stand in the index: there are few of them, and many products."""
    key_of_place = "CASE WHEN place LIKE 'brand=%' THEN 'brand' ELSE split_part(place, '_', 1) END"
    key_of_fact = f"'{ATTRIBUTE}' || split_part(fact, '=', 1)"
    return f"""
placed AS (
    SELECT {key_of_place} AS key, CASE WHEN place LIKE 'brand=%' THEN substr(place, 7) ELSE place END AS value, count
    FROM (SELECT place, count(*) FILTER (WHERE missed = '' OR missed = {key_of_place}) AS count
          FROM flagged CROSS JOIN unnest(places) AS place
          WHERE place NOT LIKE 'tier=%' AND place NOT LIKE 'price=%' GROUP BY 1 OFFSET 0) AS told
), stated AS (
    SELECT {key_of_fact} AS key, substr(fact, strpos(fact, '=') + 1) AS value, count
    FROM (SELECT fact, count(*) FILTER (WHERE missed = '' OR missed = {key_of_fact}) AS count
          FROM flagged CROSS JOIN unnest(facts) AS fact
          WHERE (SELECT count(*) FROM flagged) * {SCALE} <= {MAX_NARROWED} GROUP BY 1 OFFSET 0) AS told
), counted AS (
    SELECT key, value, sum(count) * {SCALE} AS count FROM (
        SELECT * FROM placed WHERE key = ANY('{{{",".join(_PLACES)}}}') {within}
        UNION ALL SELECT * FROM stated
        UNION ALL SELECT 'availability', CASE WHEN in_stock THEN 'IN_STOCK' ELSE 'OUT_OF_STOCK' END, count(*)
            FROM flagged WHERE missed IN ('', 'availability') GROUP BY 1, 2
    ) AS all_counted WHERE count > 0 GROUP BY 1, 2
)"""  # noqa: S608


def _chosen(selected: str) -> str:
    """The most telling attributes: those of which the common values part the most products from one another."""
    return f"""
standing AS (
    SELECT *, row_number() OVER (PARTITION BY key ORDER BY count DESC, value) AS standing FROM counted
), telling AS (
    SELECT key, coalesce(sum(count) FILTER (WHERE standing BETWEEN 2 AND {COMMON_VALUES}), 0) AS telling
    FROM standing GROUP BY key
), chosen AS (
    SELECT key FROM telling
    WHERE key LIKE '{ATTRIBUTE}%' AND NOT key = ANY({selected}::text[]) AND telling > 0
    ORDER BY telling DESC, key LIMIT {MAX_ATTRIBUTES}
)"""  # noqa: S608


def _labeled(languages: str, selected: str) -> str:
    def words(table: str, word: str, own: str) -> str:
        return (
            f"coalesce((SELECT {table}.translations -> tag ->> '{word}' FROM unnest({languages}::text[]) "  # noqa: S608
            f"WITH ORDINALITY AS spoken (tag, place) WHERE {table}.translations -> tag ? '{word}' "
            f"ORDER BY place LIMIT 1), {own})"
        )

    value_label = (
        "(SELECT attribute.translations -> tag -> 'values' ->> value "  # noqa: S608
        f"FROM unnest({languages}::text[]) AS tag WHERE attribute.translations -> tag -> 'values' ? value LIMIT 1)"
    )
    return f"""
SELECT told.key, value, count, telling, attribute.kind,
    {words("attribute", "label", "attribute.label")} AS label,
    coalesce({words("category", "name", "category.name")}, {words("vendor", "name", "vendor.name")},
        {value_label}, value) AS value_label, NULL::bigint AS lowest, NULL::bigint AS highest
FROM standing AS told JOIN telling USING (key)
LEFT JOIN category ON told.key = 'category' AND category.id = value
LEFT JOIN vendor ON told.key = 'vendor' AND vendor.id = value
LEFT JOIN attribute ON told.key = '{ATTRIBUTE}' || attribute.key
WHERE standing <= {MAX_VALUES}
AND (told.key NOT LIKE '{ATTRIBUTE}%' OR told.key = ANY(SELECT key FROM chosen) OR told.key = ANY({selected}::text[]))
UNION ALL
SELECT 'total', (SELECT size::text FROM portion), count(*) * {SCALE}, 0, NULL, NULL, NULL, NULL, NULL
FROM flagged WHERE missed = ''
UNION ALL
SELECT 'price', '', count(*), 0, NULL, NULL, NULL, min(amount_minor), max(amount_minor)
FROM flagged WHERE missed IN ('', 'price') HAVING count(*) > 0
ORDER BY 1, count DESC, value_label"""  # noqa: S608


def _facet(key: str, rows: Sequence[Record], filters: Sequence[Filter], request: RequestContext) -> Facet:
    if key == "price":
        low, high = (Money(rows[0][bound], request.currency) for bound in ("lowest", "highest"))
        return Facet(key, word_for(key, request.language), FacetKind.RANGE, lowest=low, highest=high)
    chosen = {value for entry in filters if entry.key == key for value in entry.values}
    is_boolean = rows[0]["kind"] == "BOOLEAN"
    translates = is_boolean or key == "availability"
    values = [
        FacetValue(
            row["value"],
            word_for(row["value"], request.language) if translates else row["value_label"],
            int(row["count"]),
            row["value"] in chosen,
        )
        for row in rows
    ]
    label = rows[0]["label"] or word_for(key, request.language)
    return Facet(key, label, FacetKind.BOOLEAN if is_boolean else FacetKind.LIST, tuple(values))
