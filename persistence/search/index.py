"""Keeping what search reads in step with the catalog, for some products or all of them.

`refresh` works in the transaction of the change, so that what is committed can be found. Prices that begin or end by
the clock wait for whoever calls it then. Who writes by the thousand may `postpone` the products and have them indexed
by `refresh_postponed` while writing more: what is still to be done outlasts a crash.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.shared.translation import DEFAULT_LANGUAGE
from persistence.changes import count_product_lists
from persistence.search import number_bands, price_bands
from persistence.search.breadth import tiers_of
from persistence.search.outside import note_products
from persistence.search.words import compared, configuration, folded_column, joined, spelled
from persistence.statement import Connection, Pool

REBUILD_BATCH = 1_000
COUNT_TIMEOUT_SECONDS = 900.0
"""To count words takes a minute for a million products."""
MAX_DESCRIPTION = 4_000
"""Characters of a description that can be found."""
MAX_WORD = 40
"""Characters of a word that is learned for suggestions and corrections."""
EDITION = "edition=2"
"""A place of every product. Whoever has the index tell more of them begins a new edition."""
MAX_FACT = 80
"""Characters of an attribute's value that can be found, and above which it is no value to choose among."""

_LOCK = "SELECT id FROM product WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"

_FORGET = """
DELETE FROM search_product WHERE product_id = ANY($1)
AND NOT EXISTS (SELECT FROM product WHERE id = product_id AND status = 'ACTIVE')
"""

_VENDOR_IS_ACTIVE = "(SELECT status FROM vendor WHERE id = vendor_id) = 'ACTIVE'"
_PRODUCT_IS_ACTIVE = "(SELECT status FROM product WHERE id = product_id) = 'ACTIVE'"
"""No joins: before the tables are first analyzed, those would read all offers of a vendor for each product."""

_PRODUCTS = f"""
WITH told AS MATERIALIZED (
    SELECT product.id, array_agg(key || '=' || (value #>> '{{}}') ORDER BY key) AS facts
    FROM product CROSS JOIN jsonb_each(product.attributes) JOIN attribute USING (key)
    WHERE product.id = ANY($1) AND is_filterable AND (jsonb_typeof(value) = 'boolean'
        OR jsonb_typeof(value) = 'string' AND length(value #>> '{{}}') <= {MAX_FACT})
    GROUP BY 1
)
INSERT INTO search_product AS known (product_id, newest_on, places, facts, numbers)
SELECT
    product.id,
    coalesce(product.released_on, (product.created_at AT TIME ZONE 'UTC')::date),
    array_remove(category.lineage || ('brand=' || brand.name)
        || ARRAY(SELECT collection_id FROM collection_product WHERE product_id = product.id ORDER BY 1)
        || ARRAY(SELECT DISTINCT vendor_id FROM offer
                 WHERE product_id = product.id AND status = 'ACTIVE' AND {_VENDOR_IS_ACTIVE} ORDER BY 1)
        || ARRAY['{EDITION}'] || {tiers_of("product.id")} || {price_bands.places("product.id")},
        NULL),
    coalesce(told.facts, '{{}}'),
    {number_bands.places("product.attributes")}
FROM product
LEFT JOIN told ON told.id = product.id
LEFT JOIN category ON category.id = product.category_id
LEFT JOIN brand ON brand.id = product.brand_id
WHERE product.id = ANY($1) AND product.status = 'ACTIVE'
ORDER BY product.id
ON CONFLICT (product_id) DO UPDATE
SET newest_on = excluded.newest_on, places = excluded.places, facts = excluded.facts, numbers = excluded.numbers
WHERE (known.newest_on, known.places, known.facts, known.numbers)
    IS DISTINCT FROM (excluded.newest_on, excluded.places, excluded.facts, excluded.numbers)
"""  # noqa: S608

_SPOKEN = """
spoken AS (
    SELECT product.id, '' AS language, title, description, '' AS other_title, brand_id, category_id, attributes,
        ARRAY(SELECT key FROM jsonb_each(translations) WHERE value ? 'title' OR value ? 'description' ORDER BY 1)
            AS translated
    FROM product WHERE id = ANY($1) AND status = 'ACTIVE'
    UNION ALL
    SELECT product.id, key, coalesce(value ->> 'title', title), coalesce(value ->> 'description', description),
        title, brand_id, category_id, attributes, '{}'
    FROM product CROSS JOIN jsonb_each(translations)
    WHERE id = ANY($1) AND status = 'ACTIVE' AND (value ? 'title' OR value ? 'description')
)
"""

_FACTS = f"""
told_facts AS (
    SELECT spoken.id, spoken.language, string_agg(CASE jsonb_typeof(fact.value)
        WHEN 'string' THEN left(coalesce(attribute.translations -> spoken.language -> 'values'
            ->> (fact.value #>> '{{}}'), fact.value #>> '{{}}'), {MAX_FACT})
        ELSE coalesce(attribute.translations -> spoken.language ->> 'label', attribute.label) END, ' ') AS told
    FROM spoken CROSS JOIN jsonb_each(attributes) AS fact LEFT JOIN attribute ON attribute.key = fact.key
    WHERE jsonb_typeof(fact.value) = 'string' OR fact.value = 'true'
    GROUP BY 1, 2
)
"""  # noqa: S608

_NAME = "coalesce({table}.translations -> spoken.language ->> 'name', {table}.name)"

_TEXTS = f"""
texts AS MATERIALIZED (
    SELECT spoken.id, spoken.language, translated, category_id, title, coalesce(brand.name, '') AS brand,
        concat_ws(' ', brand.name, {_NAME.format(table="category")}) AS kind,
        concat_ws(' ', regexp_replace(left(description, {MAX_DESCRIPTION}), '<[^>]*>|&[a-z]+;', ' ', 'g'),
            (SELECT string_agg(concat_ws(' ', mpn, sku), ' ') FROM variant WHERE product_id = spoken.id)) AS summary,
        concat_ws(' ', other_title, told,
            (SELECT string_agg({_NAME.format(table="above")}, ' ') FROM category AS above
             WHERE above.id = ANY(category.lineage) AND above.id <> category.id)) AS rest
    FROM spoken
    LEFT JOIN told_facts USING (id, language)
    LEFT JOIN brand ON brand.id = brand_id
    LEFT JOIN category ON category.id = category_id
), plain AS MATERIALIZED (
    SELECT id, language, translated, category_id, {folded_column("title")} AS title, {folded_column("brand")} AS brand,
        {folded_column("kind")} AS kind, {folded_column("summary")} AS summary, {folded_column("rest")} AS rest
    FROM texts
)
"""  # noqa: S608

_WORDS = f"""
said AS MATERIALIZED (
    SELECT id, language, translated, category_id, title, trim({spelled("brand")}) AS brand,
        {spelled("title")} AS title_words, {spelled("kind")} AS kind_words, {spelled("summary")} AS summary_words,
        concat_ws(' ', {joined("title")}, {spelled("rest")}) AS rest_words
    FROM plain
)
"""  # noqa: S608

SAID = f"{_SPOKEN}, {_FACTS}, {_TEXTS}, {_WORDS}"
"""CTEs that end in `said`: the words of the products in `$1`, as they are indexed, in each language of theirs."""

_CONFIGURATION = configuration("language", f"'{DEFAULT_LANGUAGE}'")

_WORDED = f"""
worded AS (
    SELECT DISTINCT language, word FROM said
    CROSS JOIN unnest(string_to_array(concat_ws(' ', title_words, kind_words), ' ')) AS word
    WHERE length(word) BETWEEN 2 AND {MAX_WORD}
), learned AS (
    INSERT INTO search_word (language, word, lexeme)
    SELECT language, word, lexeme
    FROM worded CROSS JOIN unnest(tsvector_to_array(to_tsvector({_CONFIGURATION}, word))) AS lexeme
    WHERE NOT EXISTS (
        SELECT FROM search_word AS known WHERE known.language = worded.language AND known.word = worded.word)
    ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
)
"""  # noqa: S608

_DOCUMENTS = f"""
WITH {SAID}, {_WORDED}
INSERT INTO search_document AS known
    (product_id, language, translated, category_id, brand, title, title_words, vector, places, facts, numbers)
SELECT id, language, translated, category_id, brand, title, length(to_tsvector('simple', title_words)),
    setweight(to_tsvector({_CONFIGURATION}, title_words), 'A')
    || setweight(to_tsvector({_CONFIGURATION}, kind_words), 'B')
    || setweight(to_tsvector({_CONFIGURATION}, summary_words), 'C')
    || setweight(to_tsvector({_CONFIGURATION}, rest_words), 'D'),
    places, facts, numbers
FROM said JOIN search_product ON product_id = id ORDER BY id, language
ON CONFLICT (product_id, language) DO UPDATE
SET translated = excluded.translated, category_id = excluded.category_id, brand = excluded.brand,
    title = excluded.title, title_words = excluded.title_words, vector = excluded.vector, places = excluded.places,
    facts = excluded.facts, numbers = excluded.numbers
WHERE (known.translated, known.category_id, known.brand, known.title, known.vector, known.places, known.facts,
        known.numbers)
    IS DISTINCT FROM (excluded.translated, excluded.category_id, excluded.brand, excluded.title, excluded.vector,
        excluded.places, excluded.facts, excluded.numbers)
"""  # noqa: S608

_FORGET_DOCUMENTS = """
DELETE FROM search_document AS known USING product
WHERE product_id = ANY($1) AND product.id = product_id AND (product.status <> 'ACTIVE'
    OR language <> '' AND NOT coalesce(product.translations -> language ?| '{title,description}', false))
"""

_CODES = f"""
WITH told AS (
    SELECT DISTINCT CASE WHEN code ~ '^[0-9]+$' THEN ltrim(code, '0') ELSE code END AS code, product_id, variant_id
    FROM (
        SELECT {compared("code")} AS code, product_id, variant.id AS variant_id
        FROM variant JOIN product ON product.id = product_id AND product.status = 'ACTIVE'
        CROSS JOIN unnest(ARRAY[sku, gtin, mpn] || identifiers) AS code
        WHERE product_id = ANY($1) AND code IS NOT NULL OFFSET 0
    ) AS spelled
), gone AS (
    DELETE FROM search_code AS known WHERE product_id = ANY($1)
    AND NOT EXISTS (SELECT FROM told WHERE (told.code, told.variant_id) = (known.code, known.variant_id))
)
INSERT INTO search_code (code, product_id, variant_id)
SELECT code, product_id, variant_id FROM told WHERE code <> '' ORDER BY 1, 3
ON CONFLICT (code, variant_id) DO NOTHING
"""  # noqa: S608

_PRICES = f"""
WITH offered AS MATERIALIZED (
    SELECT id, product_id, min_quantity, EXISTS (
        SELECT FROM stock_level WHERE offer_id = offer.id AND on_hand - reserved - allocated > safety)
        OR EXISTS (SELECT FROM product WHERE product.id = product_id AND kind = 'DIGITAL') AS in_stock
    FROM offer
    WHERE product_id = ANY($1) AND status = 'ACTIVE' AND {_VENDOR_IS_ACTIVE} AND {_PRODUCT_IS_ACTIVE}
), shown AS MATERIALIZED (
    SELECT price_list.id, market.id AS market_id, currency,
        row_number() OVER (ORDER BY price_list.market_id IS NULL, priority, price_list.id) AS place
    FROM price_list JOIN market ON currency = ANY(currencies) AND market.id = coalesce(market_id, market.id)
    WHERE customer_group IS NULL AND company_id IS NULL
    AND coalesce(starts_at <= now(), true) AND coalesce(now() < ends_at, true)
), chosen AS (
    SELECT DISTINCT ON (offered.id, market_id, currency) product_id, market_id, currency, amount_minor, in_stock
    FROM offered
    JOIN price ON price.offer_id = offered.id AND price.min_quantity <= offered.min_quantity
    JOIN shown ON shown.id = price_list_id
    WHERE coalesce(starts_at <= now(), true) AND coalesce(now() < ends_at, true)
    ORDER BY offered.id, market_id, currency, place, price.min_quantity DESC, starts_at DESC NULLS LAST, amount_minor
), told AS MATERIALIZED (
    SELECT product_id, market_id, currency, min(amount_minor) AS amount_minor, bool_or(in_stock) AS in_stock
    FROM chosen GROUP BY 1, 2, 3
), gone AS (
    DELETE FROM search_price AS known WHERE product_id = ANY($1) AND NOT EXISTS (
        SELECT FROM told WHERE (told.product_id, told.market_id, told.currency)
                             = (known.product_id, known.market_id, known.currency))
    RETURNING product_id
), written AS (
    INSERT INTO search_price AS known (product_id, market_id, currency, amount_minor, in_stock)
    SELECT * FROM told ORDER BY 1, 2, 3
    ON CONFLICT (product_id, market_id, currency) DO UPDATE
    SET amount_minor = excluded.amount_minor, in_stock = excluded.in_stock
    WHERE (known.amount_minor, known.in_stock) IS DISTINCT FROM (excluded.amount_minor, excluded.in_stock)
    RETURNING product_id
)
SELECT product_id FROM gone UNION SELECT product_id FROM written ORDER BY 1
"""  # noqa: S608

_BANDS = f"""
UPDATE search_product AS known SET places = told.places FROM (
    SELECT product_id, {price_bands.replaced("places", "search_product.product_id")} AS places
    FROM search_product WHERE product_id = ANY($1) ORDER BY product_id
) AS told WHERE known.product_id = told.product_id AND known.places <> told.places
"""  # noqa: S608

_PLACES = """
UPDATE search_document AS known SET places = told.places, facts = told.facts, numbers = told.numbers
FROM search_product AS told
WHERE known.product_id = ANY($1) AND told.product_id = known.product_id
AND (known.places, known.facts, known.numbers) IS DISTINCT FROM (told.places, told.facts, told.numbers)
"""

_COUNT_LEXEMES = """
WITH counted AS MATERIALIZED (
    SELECT language, '' AS lexeme, count(*) AS document_count FROM search_document GROUP BY language
    UNION ALL
    SELECT language, word, ndoc FROM (SELECT DISTINCT language FROM search_document) AS spoken
    CROSS JOIN LATERAL ts_stat(format('SELECT vector FROM search_document WHERE language = %L', language), 'abc')
), gone AS (
    DELETE FROM search_lexeme AS known
    WHERE NOT EXISTS (SELECT FROM counted WHERE (counted.language, counted.lexeme) = (known.language, known.lexeme))
), forgotten AS (
    DELETE FROM search_word AS known
    WHERE NOT EXISTS (SELECT FROM counted WHERE (counted.language, counted.lexeme) = (known.language, known.lexeme))
)
INSERT INTO search_lexeme AS known (language, lexeme, document_count)
SELECT * FROM counted ORDER BY 1, 2
ON CONFLICT (language, lexeme) DO UPDATE SET document_count = excluded.document_count
WHERE known.document_count <> excluded.document_count
"""


async def refresh(connection: Connection, product_ids: Sequence[str]) -> None:
    """Make the index say of these products what the catalog says, in the caller's transaction.

    Products that are no longer there or not active are no longer found. Repeating it changes nothing. The products stay
    locked until the commit, so that of two at once the later one reads what the earlier one wrote.
    """
    ids = sorted(set(product_ids))
    if not ids:
        return
    await connection.execute(_LOCK, ids)
    for statement in (_FORGET, _FORGET_DOCUMENTS, _PRICES, _PRODUCTS, _CODES, _DOCUMENTS):
        await connection.execute(statement, ids)


async def refresh_offered(connection: Connection, product_ids: Collection[str]) -> bool:
    """The same, of nothing but what they cost and whether they are in stock: a quarter of the work.

    Whether any of them costs something else now, is no longer sold, or has come into stock or out of it.
    """
    ids = sorted(product_ids)
    if not ids:
        return False
    await connection.execute(_LOCK, ids)
    moved = [row[0] for row in await connection.fetch(_PRICES, ids)]
    if moved:
        await connection.execute(_BANDS, moved)
        await connection.execute(_PLACES, moved)
    return bool(moved)


async def refresh_offers(connection: Connection, product_ids: Collection[str]) -> None:
    """The same, and who sells them: all but their words, which are half of the work."""
    ids = sorted(set(product_ids))
    if not ids:
        return
    await connection.execute(_LOCK, ids)
    for statement in (_FORGET, _PRICES, _PRODUCTS, _PLACES):
        await connection.execute(statement, ids)


async def postpone(connection: Connection, product_ids: Sequence[str]) -> None:
    """Note, in the caller's transaction, that these products are to be refreshed. The caller has locked them."""
    await connection.execute(_POSTPONE, sorted(set(product_ids)))


async def postpone_outdated(connection: Connection) -> None:
    """Note those that a worker of an earlier release wrote, and so without its edition.

    While releases run beside each other it may have done so with any of them, and told nobody.
    """
    await connection.execute(_POSTPONE_OUTDATED, timeout=COUNT_TIMEOUT_SECONDS)


async def refresh_postponed(connection: Connection, limit: int, *, last_first: bool = False) -> int:
    """Refresh at most so many of the products that were postponed, in the caller's transaction. How many it saw.

    Of two at work one begins at the end, so that they share what there is.
    Products are locked before the notes about them, as those who postpone do: neither waits for the other in a circle,
    and a product that is written meanwhile is noted anew.
    """
    ids = [row[0] for row in await connection.fetch(_LAST_POSTPONED if last_first else _POSTPONED, limit)]
    await connection.execute(_LOCK, ids)
    taken = await connection.fetch(_TAKE, ids)
    await refresh(connection, [row[0] for row in taken])
    await note_products(connection, [row[0] for row in taken])
    return len(ids)


async def rebuild(pool: Pool) -> int:
    """Refresh every product, a batch to a transaction, and count the lexemes. How many products there are."""
    last, total = "", 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            ids = [row[0] for row in await connection.fetch(_NEXT, last, REBUILD_BATCH)]
            await refresh(connection, ids)
            await count_product_lists(connection)
        if not ids:
            break
        last, total = ids[-1], total + len(ids)
    async with pool.acquire() as connection, connection.transaction():
        await count_lexemes(connection)
    return total


_POSTPONE = "INSERT INTO search_due (product_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING"
_POSTPONE_OUTDATED = f"""
INSERT INTO search_due (product_id)
SELECT product_id FROM search_product WHERE NOT places @> '{{{EDITION}}}' ORDER BY 1 ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of a constant
_POSTPONED = "SELECT product_id FROM search_due ORDER BY product_id LIMIT $1"
_LAST_POSTPONED = "SELECT product_id FROM search_due ORDER BY product_id DESC LIMIT $1"
_TAKE = "DELETE FROM search_due WHERE product_id = ANY($1) RETURNING product_id"
_NEXT = "SELECT id FROM product WHERE id > $1 ORDER BY id LIMIT $2"


_REPRICED = """
SELECT DISTINCT offer.product_id FROM (
    SELECT offer_id FROM price WHERE starts_at > $1 AND starts_at <= $2
    UNION SELECT offer_id FROM price WHERE ends_at > $1 AND ends_at <= $2
) AS turned JOIN offer ON offer.id = turned.offer_id
"""
_TURNED_LISTS = """
SELECT id FROM price_list WHERE starts_at > $1 AND starts_at <= $2 OR ends_at > $1 AND ends_at <= $2
"""
_PRICED_BY_LISTS = """
SELECT DISTINCT offer.product_id FROM price JOIN offer ON offer.id = price.offer_id
WHERE price.price_list_id = ANY($1::text[])
"""


async def repriced(connection: Connection, since: datetime, until: datetime) -> list[str]:
    """The products of which a price began or ended after `since` and not after `until`: nobody tells of that.

    Prices of lists are looked for where a list begins or ends: in one statement with the others, PostgreSQL goes
    through all prices each time, to find that no list does.
    """
    found = {row[0] for row in await connection.fetch(_REPRICED, since, until)}
    lists = [row[0] for row in await connection.fetch(_TURNED_LISTS, since, until)]
    if lists:
        found.update(row[0] for row in await connection.fetch(_PRICED_BY_LISTS, lists))
    return sorted(found)


async def count_lexemes(connection: Connection) -> None:
    """Count in how many documents each lexeme stands, and forget the words that are in none.

    For after an import and now and then: counts say how much a word of a query tells, and old ones do little harm.
    """
    await connection.execute(_COUNT_LEXEMES, timeout=COUNT_TIMEOUT_SECONDS)
