"""What somebody who has begun to type may mean, by one statement."""

from domain.catalog.search import FoundSuggestions, languages_of, words_of
from domain.pricing.context import RequestContext
from domain.shared.ids import CategoryId, ProductId, VendorId
from domain.shared.translation import DEFAULT_LANGUAGE
from persistence.search.breadth import RANKED, is_big, some_tiers
from persistence.search.words import configuration_of, folded, stands_under
from persistence.statement import Database

MIN_PREFIX = 3
"""Of how many characters a first word must be for products to be found by it in the middle of their titles."""
MAX_WEIGHED = 200
"""Matches that are looked at to find the best ones: a prefix may have very many."""


MAX_WORDS, MAX_WORDS_OF_MANY = 200, 12
"""The most common words that go on from a prefix; of a big catalog not as many are looked for beside other words."""
JUDGING_TIERS, MENTIONING_TIERS = 4, 16
"""In how many tiers of a big catalog words must stand together, and common ones are looked for."""

_TOGETHER = f"""SELECT count(*) FROM search_document AS document WHERE {stands_under("document", "spoken")}
        AND vector @@ (earlier_query && plainto_tsquery(configuration, word))"""  # noqa: S608
_MENTIONING = f"""
SELECT product_id, vector, title_words, query FROM begun, spoken JOIN going_on USING (language)
CROSS JOIN LATERAL (SELECT coalesce(earlier_query && going_on.word_query, going_on.word_query) AS query) AS whole
JOIN search_document AS document ON {stands_under("document", "spoken")} AND vector @@ query
WHERE (length(word) >= {MIN_PREFIX} OR earlier <> '') AND NOT translated && $1::text[]"""  # noqa: S608
_LAST = "\U0010ffff"
"""Sorts after every word that begins alike."""


def spoken_names(table: str) -> str:
    """SQL: the folded names of a row in the buyer's languages, each word after a space."""
    translated = "(SELECT string_agg(translations -> tag ->> 'name', ' ') FROM unnest($1::text[]) AS tag)"
    return f"' ' || {folded(f"concat_ws(' ', {table}.name, {translated})")}"


_SUGGESTIONS = f"""
WITH begun AS MATERIALIZED (
    SELECT {folded("$3::text")} AS word, {folded("$4::text")} AS earlier, {folded("$5::text")} AS title
), spoken AS MATERIALIZED (
    SELECT language, configuration::regconfig AS configuration, CASE WHEN earlier = '' THEN NULL
        ELSE plainto_tsquery(configuration::regconfig, earlier) END AS earlier_query
    FROM unnest($1::text[], $2::text[]) AS spoken (language, configuration), begun
), begun_word AS (
    SELECT known.* FROM begun, spoken JOIN search_word AS known USING (language)
    WHERE known.word >= begun.word AND known.word < begun.word || '{_LAST}' AND known.word !~ '[0-9]'
    UNION ALL
    SELECT known.* FROM begun, spoken JOIN search_word AS known USING (language)
    WHERE known.word >= begun.word AND known.word < begun.word || '{_LAST}' AND known.word ~ '[0-9]'
    AND length(begun.word) >= {MIN_PREFIX}
), common AS MATERIALIZED (
    SELECT language, lexeme, min(word) AS word, max(document_count) AS weight
    FROM begun_word LEFT JOIN search_lexeme USING (language, lexeme)
    GROUP BY language, lexeme ORDER BY 4 DESC NULLS LAST, 3
    LIMIT CASE WHEN {is_big()} AND (SELECT earlier <> '' FROM begun) THEN {MAX_WORDS_OF_MANY} ELSE {MAX_WORDS} END
), worded AS (
    SELECT word, weight FROM common JOIN spoken USING (language)
    WHERE earlier_query IS NULL OR CASE WHEN {is_big()} THEN ({_TOGETHER} AND places && {some_tiers(JUDGING_TIERS)})
        ELSE ({_TOGETHER}) END > 0
    ORDER BY 2 DESC NULLS LAST, 1 LIMIT $6
), titled AS (
    SELECT product_id, 1::real AS weight FROM begun, spoken JOIN search_document AS document USING (language)
    WHERE document.title >= begun.title AND document.title < begun.title || '{_LAST}' AND NOT translated && $1::text[]
    LIMIT {MAX_WEIGHED}
), going_on AS MATERIALIZED (
    SELECT language, sum(sum(weight)) OVER () AS weight,
        string_agg('(' || regexp_replace(query, $q$'( |$)$q$, $q$':A\\1$q$, 'g') || ')', ' | ')::tsquery AS word_query
    FROM common JOIN spoken USING (language) CROSS JOIN CAST(plainto_tsquery(configuration, word) AS text) AS query
    WHERE query <> '' GROUP BY language
), mentioned AS (
    SELECT product_id, ts_rank('{{0,0,0.1,1}}', vector, query) / (1 + title_words) AS weight FROM (
        ({_MENTIONING} AND coalesce(going_on.weight, 0) <= {RANKED.gathered} LIMIT {MAX_WEIGHED})
        UNION ALL
        ({_MENTIONING} AND going_on.weight > {RANKED.gathered} AND places && {some_tiers(MENTIONING_TIERS)}
        LIMIT {MAX_WEIGHED})
    ) AS candidate
), listed AS (
    SELECT product_id, max(weight) AS weight FROM (SELECT * FROM titled UNION ALL SELECT * FROM mentioned) AS found
    JOIN search_price USING (product_id) WHERE market_id = $7 AND currency = $8
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $6
)
SELECT 'query' AS kind, word AS value, coalesce(weight, 0)::real AS weight FROM worded
UNION ALL SELECT 'product', product_id, weight FROM listed
UNION ALL (SELECT 'category', category.id, -cardinality(lineage) FROM category, begun
    WHERE {spoken_names("category")} LIKE '% ' || title || '%' ORDER BY 3 DESC, name LIMIT $6)
UNION ALL (SELECT 'vendor', vendor.id, 0 FROM vendor, begun
    WHERE status = 'ACTIVE' AND {spoken_names("vendor")} LIKE '% ' || title || '%' ORDER BY name LIMIT $6)
ORDER BY kind, weight DESC, value
"""  # noqa: S608


async def suggestions(database: Database, prefix: str, limit: int, request: RequestContext) -> FoundSuggestions:
    """Up to `limit` of each: queries that continue what was typed, and what is called like it."""
    words = [word.text for word in words_of(prefix)]
    if not words:
        return FoundSuggestions()
    languages = languages_of(request.language)
    configurations = [configuration_of(language or DEFAULT_LANGUAGE) for language in languages]
    earlier, title = " ".join(words[:-1]), " ".join(words)
    rows = await database.fetch(
        _SUGGESTIONS,
        languages,
        configurations,
        words[-1],
        earlier,
        title,
        limit,
        request.market.id,
        request.currency,
    )
    found: dict[str, list[str]] = {"query": [], "product": [], "category": [], "vendor": []}
    for row in rows:
        found[row["kind"]].append(row["value"])
    return FoundSuggestions(
        queries=tuple(dict.fromkeys(f"{earlier} {word}".strip() for word in found["query"])),
        products=tuple(map(ProductId, found["product"])),
        categories=tuple(map(CategoryId, found["category"])),
        vendors=tuple(map(VendorId, found["vendor"])),
    )
