"""Which products a search finds, and how well each fits: the SQL that hits and facets have in common.

A query becomes terms, one for each word and language of the buyer. A document in which all terms stand is a full match;
when there are few of those, documents with the greater part of the query by weight are taken as well. A term weighs the
more the fewer documents it stands in (as in BM25); in a document it counts by where it stands, and `ts_rank` lets its
repetitions count less and less. Long titles count less, words in the query's order more, and so do products of the
categories that most of the best matches belong to: who asks for a mouse is shown mice before mouse pads.
"""

from collections.abc import Sequence
from typing import Any

from domain.catalog.search import SearchInput, codes_of, languages_of, words_of
from domain.pricing.context import RequestContext
from domain.shared.making import dataclass
from domain.shared.translation import DEFAULT_LANGUAGE
from persistence.search import breadth
from persistence.search.words import configuration_of, folded, stands_under

PLACE_WEIGHTS = "{0.05,0.3,0.4,1.0}"
"""Of D, C, B, A: an attribute tells a twentieth of the title, a description a third, brand and category a bit more."""
TITLE_WEIGHT, USUAL_TITLE_WORDS = 0.15, 10.0
"""By how much of its length beyond the usual a long title counts less. BM25's usual 0.75 would favor bare names."""
PHRASE_BONUS = 0.1
"""For the words of the query next to one another: about a tenth of a match in the title."""
COVERAGE_WEIGHT = 4.0
"""More than the rest of a score can make up, so that full matches precede partial ones."""
BRAND_BONUS = 0.3
"""For the product's own brand in the query: it precedes what is made for products of that brand and names it."""
CATEGORY_WEIGHT, BEST_MATCHES = 1.0, 50
"""A category that all of the best matches belong to doubles the score of its products."""
ENOUGH_FULL_MATCHES = 10
"""With so many, nothing that lacks a word of the query is shown."""
LEAST_COVERAGE = 0.5
"""Of the query's weight that a partial match has."""
CODE_BONUS = 1_000.0
"""Puts a product whose SKU, GTIN or MPN was asked for before all others."""
RANK_SCALE = 1_000_000
"""Ranks are whole numbers, so that a cursor holds one exactly."""
MAX_COMBINED = 5
"""Words of which the combinations are looked for that make up a partial match."""
MAX_APART = 4
"""Words that the index is asked for one by one."""
ROUNDING = 1e-9
"""Of sums of the same weights in another order."""
RARE_WORD, MORE_COMMON, SIMILAR_TO_RARE = 2, 100, 0.5
"""A word in so few documents is taken for a slip if one that is so similar stands in so many times more of them."""
UNCOUNTED_DOCUMENTS = 1_000
"""How many documents there are taken to be before they are first counted."""


class Arguments:
    """The values of a statement's parameters, numbered as they come."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def add(self, value: Any) -> str:
        """The placeholder of one more value."""
        self.values.append(value)
        return f"${len(self.values)}"


@dataclass(frozen=True, slots=True)
class Look:
    """What of a search is looked at: see `persistence.search.breadth`.

    `columns` of `product` are wanted beside its id, price and stock. By `narrowed`, SQL on `product` and `price`, a
    wide search is narrowed before it is looked at; `indexed` is what of that the index of words knows. `level` is that
    of an earlier page, or None if it is still to be found out, `block` the number of the block: SQL as well. Where it
    `walks`, a part of a wide search is not looked at: the caller walks along an index instead. `bounds`: how much may
    be looked at.
    """

    columns: str
    narrowed: str = "true"
    indexed: str = "true"
    level: str | None = None
    block: str = "0"
    walks: bool = False
    bounds: breadth.Bounds = breadth.RANKED


def matching(asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments, look: Look) -> str:
    """CTEs that end in `portion` and `matched`: what the query finds, before filters unless it is wide, of what is sold
    in this context, within the category, collection or vendor of `scope`.
    """
    if not asked.query:
        return f"{measured(asked, scope, request, arguments, look)}, {_listed(asked, scope, request, arguments, look)}"
    extent = breadth.extent(arguments.add(request.market.id), arguments.add(request.currency))
    sold, placed = sold_in(request, arguments), within(scope, arguments)
    words = words_of(asked.query)
    texts = arguments.add([word.text for word in words])
    spellings = arguments.add([" ".join(word.spellings) for word in words])
    languages = languages_of(request.language)
    keys = arguments.add(languages)
    configurations = arguments.add([configuration_of(language or DEFAULT_LANGUAGE) for language in languages])
    spoken = f"unnest({keys}::text[], {configurations}::text[]) AS spoken (language, configuration)"
    codes = arguments.add(codes_of(asked.query))
    documents = f"{_read_by(keys)}{placed} {sold}"
    has_all = _has_all(asked.query, languages)
    few = f"{_each_of_few('search_document', request, arguments)} JOIN asked ON {is_read(keys)}{placed}"
    return ", ".join(
        (
            extent,
            _spelling(texts, spellings, keys, spoken),
            _terms(spoken),
            _portion(f"{documents} WHERE {has_all}", look, at_once=len(words) > 1),
            _found(documents, few, codes, has_all, languages, look),
        )
    )


def measured(asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments, look: Look) -> str:
    """CTEs from `extent` to `portion` of a search without words: how much it finds."""
    extent = breadth.extent(arguments.add(request.market.id), arguments.add(request.currency))
    return f"{extent}, {_portion(found_by(asked, scope, request, arguments), look)}"


def found_by(asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments) -> str:
    """SQL: what a search finds before filters, `product` with its price, as a relation with its conditions.

    Of words it needs `asked` and `sought`, and it has all of them.
    """
    sold, placed = sold_in(request, arguments), within(scope, arguments)
    if not asked.query:
        return f"search_product AS product {sold} WHERE true{placed}"
    languages = languages_of(request.language)
    return f"{_read_by(arguments.add(languages))}{placed} {sold} WHERE {_has_all(asked.query, languages)}"


def found_among_few(scope: str | None, request: RequestContext, arguments: Arguments) -> str:
    """SQL: the same without words, where few products are sold: it begins with those. Needs `extent`."""
    return f"{_each_of_few('search_product', request, arguments)} WHERE true{within(scope, arguments)}"


def _each_of_few(table: str, request: RequestContext, arguments: Arguments) -> str:
    """SQL: `price` of all that is sold here, if that is little, and `product`, what `table` has of each."""
    market, currency = arguments.add(request.market.id), arguments.add(request.currency)
    sold = (
        "SELECT product_id AS sold_id, amount_minor, in_stock FROM search_price "  # noqa: S608
        f"WHERE market_id = {market} AND currency = {currency} AND {breadth.IS_FEW}"
    )
    row = f"SELECT * FROM {table} WHERE product_id = sold_id OFFSET 0"  # noqa: S608
    return f"({sold}) AS price CROSS JOIN LATERAL ({row}) AS product"


def sold_in(request: RequestContext, arguments: Arguments) -> str:
    """SQL: the join of `product` with its price here, looked up for each product: never by a scan of all prices."""
    market, currency = arguments.add(request.market.id), arguments.add(request.currency)
    return (
        "CROSS JOIN LATERAL (SELECT amount_minor, in_stock FROM search_price "  # noqa: S608
        f"WHERE product_id = product.product_id AND market_id = {market} AND currency = {currency} LIMIT 1) AS price"
    )


def within(scope: str | None, arguments: Arguments) -> str:
    """SQL: a further condition on `product`, that it stands in the category, collection or range of `scope`."""
    return "" if scope is None else f" AND product.places @> ARRAY[{arguments.add(scope)}::text]"


def is_read(keys: str) -> str:
    """SQL: that `product` is the document that is read by who reads the languages of `asked`."""
    return f"{stands_under('product', 'asked')} AND {_is_untranslated(keys)}"


def _is_untranslated(keys: str) -> str:
    """SQL: that none of the languages has a document of its own for the product."""
    return f"NOT product.translated && {keys}::text[]"


def _read_by(keys: str) -> str:
    """SQL: the same documents, `product`, each with what its language looks for: `asked`. By then the index has been
    asked, once for all of the languages.
    """
    own = f"SELECT * FROM asked WHERE {stands_under('product', 'asked')} OFFSET 0"  # noqa: S608
    return f"search_document AS product JOIN LATERAL ({own}) AS asked ON {_is_untranslated(keys)}"


def _has_all(query: str, languages: Sequence[str]) -> str:
    """SQL: that `product` has all words of a query.

    The index is asked for each word by itself: so it leaps from one list of documents to the next, where of a query of
    two words it would look at all that have the rarer one.
    """
    count = len(words_of(query))
    apart = [f"(SELECT query FROM sought_word WHERE place = {place + 1})" for place in range(min(count, MAX_APART))]  # noqa: S608
    rest = [] if 0 < count <= MAX_APART else ["(SELECT full_query FROM sought)"]
    own = ["full_query"] if len(languages) > 1 else []
    return " AND ".join(f"vector @@ {wanted}" for wanted in (*apart, *rest, *own))


def _has_most(languages: Sequence[str]) -> str:
    """SQL: that `product` has the words of one of the combinations that make up a partial match."""
    of_any = "vector @@ (SELECT partial_query FROM sought)"
    return f"{of_any} AND vector @@ partial_query" if len(languages) > 1 else of_any


def _portion(found: str, look: Look, *, at_once: bool = False) -> str:
    known = f"breadth AS (SELECT {look.level}::int AS level)"
    counted = known if look.level is not None else breadth.probed(found, look.indexed, look.bounds, at_once=at_once)
    return f"{counted}, {breadth.portion(look.block)}"


def _listed(asked: SearchInput, scope: str | None, request: RequestContext, arguments: Arguments, look: Look) -> str:
    """All that is sold, without a query. Not in the order in which the hits are wanted: along that `walked` goes."""
    columns = f"product.product_id, amount_minor, in_stock, {look.columns}"
    found, among_few = found_by(asked, scope, request, arguments), found_among_few(scope, request, arguments)
    return f"matched AS MATERIALIZED ({_looked_at(columns, found, among_few, look)})"


def _looked_at(columns: str, found: str, among_few: str, look: Look) -> str:
    """SQL: all of a search that is not wide, all that filters leave of one, or else a part of that.

    All of one begins with what is sold, where that is little: `among_few` is `found` in that order.
    """
    narrowed = f"SELECT {columns} FROM {found} AND {look.narrowed}"  # noqa: S608
    whole = f"SELECT {columns} FROM {found} AND (SELECT is_whole FROM portion) AND NOT {breadth.IS_FEW}"  # noqa: S608
    few = f"SELECT {columns} FROM {among_few} AND (SELECT is_whole FROM portion)"  # noqa: S608
    left = f"{narrowed} AND (SELECT is_narrowed FROM portion)"  # noqa: S608
    tiers = "product.places && (SELECT tiers FROM portion)"
    part = f"{narrowed} AND {tiers} AND (SELECT is_part FROM portion)"  # noqa: S608
    return " UNION ALL ".join([whole, few, left] if look.walks else [whole, few, left, part])


def _spelling(texts: str, spellings: str, keys: str, spoken: str) -> str:
    """The words of the query. A word that no document has is replaced by the most similar that some title has; one that
    next to none has is looked for beside a similar one that is very much more common.
    """
    return f"""
said AS MATERIALIZED (
    SELECT place, {folded("word")} AS word, {folded("spellings")} AS spellings
    FROM unnest({texts}::text[], {spellings}::text[]) WITH ORDINALITY AS said (word, spellings, place)
), judged AS MATERIALIZED (
    SELECT said.*, CASE WHEN word ~ '^[^0-9]{{4,}}$' THEN (
        SELECT max(coalesce(document_count, (
            SELECT least(count(*), 1) FROM search_document AS document
            WHERE {stands_under("document", "spoken")} AND vector @@ plainto_tsquery(configuration::regconfig, word))))
        FROM {spoken} LEFT JOIN search_lexeme AS counted ON counted.language = spoken.language
            AND lexeme = (tsvector_to_array(to_tsvector(configuration::regconfig, word)))[1]
    ) ELSE {RARE_WORD} + 1 END AS document_count FROM said
), spelling AS MATERIALIZED (
    SELECT place, coalesce(correction, word) AS word, correction,
        CASE WHEN correction IS NULL THEN spellings WHEN document_count = 0 THEN correction
             ELSE concat_ws(' ', correction, spellings) END AS spellings
    FROM (SELECT judged.*, CASE WHEN document_count <= {RARE_WORD} THEN (
        SELECT known.word FROM search_word AS known
        LEFT JOIN search_lexeme AS counted USING (language, lexeme)
        WHERE known.word % judged.word AND known.word !~ '[0-9]' AND known.language = ANY({keys}::text[])
        AND known.word <> judged.word
        AND (judged.document_count = 0 OR similarity(known.word, judged.word) >= {SIMILAR_TO_RARE}
             AND counted.document_count >= {MORE_COMMON} * judged.document_count)
        ORDER BY similarity(known.word, judged.word) DESC, counted.document_count DESC NULLS LAST, known.word LIMIT 1
    ) END AS correction FROM judged OFFSET 0) AS corrected
)"""  # noqa: S608


def _terms(spoken: str) -> str:
    """The words as each language looks for them, each with its weight, and all together; and as all languages look for
    them, so that the index is asked once. A word that says nothing in one of them leaves it to the whole query.

    A partial match has the words of one of the least combinations that weigh enough. Of many words there are too many
    combinations: any of the words will do, but for those so light that all of them weigh too little.
    """
    return f"""
term AS MATERIALIZED (
    SELECT spoken.language, place, word_query, spelling_query, spelling_count,
        coalesce(counted.document_count, 0) AS document_count,
        ln(1 + coalesce(total.document_count, {UNCOUNTED_DOCUMENTS})::float8
            / (coalesce(counted.document_count, 0) + 1)) AS weight
    FROM {spoken} CROSS JOIN LATERAL (
        SELECT place, plainto_tsquery(configuration::regconfig, word) AS word_query,
            (tsvector_to_array(to_tsvector(configuration::regconfig, word)))[1] AS lexeme,
            (SELECT string_agg('(' || query || ')', ' | ')::tsquery
             FROM unnest(string_to_array(spellings, ' ')) AS spelled
             CROSS JOIN CAST(plainto_tsquery(configuration::regconfig, spelled) AS text) AS query WHERE query <> '')
                AS spelling_query,
            cardinality(string_to_array(spellings, ' ')) AS spelling_count
        FROM spelling OFFSET 0
    ) AS worded
    LEFT JOIN search_lexeme AS counted ON counted.language = spoken.language AND counted.lexeme = worded.lexeme
    LEFT JOIN search_lexeme AS total ON total.language = spoken.language AND total.lexeme = ''
    WHERE numnode(word_query) > 0
), weighed AS MATERIALIZED (
    SELECT term.*, sum(weight) OVER (PARTITION BY language) AS whole,
        sum(weight) OVER (PARTITION BY language ORDER BY weight, place) AS lighter,
        row_number() OVER (PARTITION BY language ORDER BY place) - 1 AS bit,
        count(*) OVER (PARTITION BY language) AS size
    FROM term
), combined AS (
    SELECT language, string_agg('(' || spelling_query::text || ')', ' & ') AS query
    FROM weighed CROSS JOIN LATERAL generate_series(1, (1 << size::int) - 2) AS combination
    WHERE size <= {MAX_COMBINED} AND combination >> bit::int & 1 = 1
    GROUP BY language, combination, whole
    HAVING sum(weight) >= {LEAST_COVERAGE} * whole - {ROUNDING}
        AND sum(weight) - min(weight) < {LEAST_COVERAGE} * whole - {ROUNDING}
    UNION ALL
    SELECT language, spelling_query::text FROM weighed
    WHERE size > {MAX_COMBINED} AND lighter >= {LEAST_COVERAGE} * whole
), partly AS (
    SELECT language, string_agg('(' || query || ')', ' | ')::tsquery AS partial_query
    FROM combined GROUP BY language
), asked AS MATERIALIZED (
    SELECT language, sum(weight) AS weight, count(place) AS word_count,
        string_agg('(' || word_query::text || ')', ' <-> ' ORDER BY place)::tsquery AS phrase_query,
        string_agg('(' || spelling_query::text || ')', ' & ')::tsquery AS full_query,
        (array_agg(partial_query))[1] AS partial_query
    FROM {spoken} LEFT JOIN weighed USING (language) LEFT JOIN partly USING (language) GROUP BY language
), sought AS MATERIALIZED (
    SELECT string_agg(DISTINCT '(' || full_query::text || ')', ' | ')::tsquery AS full_query,
        string_agg(DISTINCT '(' || partial_query::text || ')', ' | ')::tsquery AS partial_query
    FROM asked
), sought_word AS MATERIALIZED (
    SELECT place, coalesce(query, full_query) AS query FROM sought CROSS JOIN spelling LEFT JOIN (
        SELECT place, string_agg(DISTINCT '(' || spelling_query::text || ')', ' | ')::tsquery AS query
        FROM term GROUP BY place HAVING count(spelling_query) = (SELECT count(*) FROM asked)
    ) AS looked_for USING (place)
)"""  # noqa: S608


def _found(documents: str, few: str, codes: str, has_all: str, languages: Sequence[str], look: Look) -> str:
    """Documents of which the code was asked for, those with all of the terms, and if those are few, with most.

    Of very many with most of the terms, those of some tiers are enough. How often a word stands does not tell how many
    that are, as it is not counted in what is said of a product last, but looked for there.
    """
    columns = f"product.product_id, amount_minor, in_stock, asked.language, {look.columns}"
    covered = (
        "CROSS JOIN LATERAL (SELECT coalesce(sum(weight), 0) AS weight FROM term "
        "WHERE term.language = asked.language AND vector @@ spelling_query) AS told"
    )
    full, full_of_few = (f"{source} WHERE {has_all} AND {UNCODED}" for source in (documents, few))
    wanted = f"{_has_most(languages)} AND word_count > 1 AND (SELECT are_few FROM found_full)"  # noqa: S608
    partial, partial_of_few = (
        f"SELECT {columns}, NULL, told.weight / asked.weight FROM {source} {covered} WHERE {wanted} "  # noqa: S608
        f"AND {UNCODED} AND told.weight >= {LEAST_COVERAGE} * asked.weight AND NOT vector @@ full_query"
        for source in (documents, few)
    )
    return f"""
coded AS MATERIALIZED (
    SELECT product_id, min(variant_id) AS variant_id FROM search_code WHERE code = ANY({codes}::text[]) GROUP BY 1
), full_match AS MATERIALIZED (
    {_looked_at(f"{columns}, NULL AS variant_id, 1::float8 AS coverage", full, full_of_few, look)}
), found_full AS MATERIALIZED (
    SELECT count(*) < {ENOUGH_FULL_MATCHES} AND (SELECT is_whole FROM portion) AS are_few FROM full_match
), found_partly AS MATERIALIZED (
    {breadth.estimated(f"{documents} WHERE {wanted} AND NOT {breadth.IS_FEW}")}
), matched AS MATERIALIZED (
    SELECT * FROM full_match
    UNION ALL {partial_of_few}
    UNION ALL {partial} AND (SELECT count <= {look.bounds.gathered} FROM found_partly) AND NOT {breadth.IS_FEW}
    UNION ALL {partial} AND (SELECT count > {look.bounds.gathered} FROM found_partly)
    AND product.places && {breadth.fitting_tiers("(SELECT count FROM found_partly)", look.bounds)}
    UNION ALL
    SELECT {columns}, variant_id, coalesce(told.weight / asked.weight, 0)
    FROM {documents} JOIN coded ON coded.product_id = product.product_id {covered}
    WHERE (SELECT block = 0 FROM portion)
)"""  # noqa: S608


def ranked(filters: str) -> str:
    """What `matched` holds and `filters` let through, with the rank of each."""
    length = f"{1 - TITLE_WEIGHT} + {TITLE_WEIGHT / USUAL_TITLE_WORDS} * title_words"
    return f"""
scored AS MATERIALIZED (
    SELECT product_id, category_id, variant_id, coverage, coalesce(told.score / asked.weight, 0) / ({length})
        + CASE WHEN word_count > 1 AND vector @@ phrase_query THEN {PHRASE_BONUS} ELSE 0 END
        + CASE WHEN brand <> '' AND strpos(query_words, ' ' || brand || ' ') > 0 THEN {BRAND_BONUS} ELSE 0 END AS score
    FROM matched AS product JOIN asked USING (language) CROSS JOIN LATERAL (
        SELECT (SELECT ' ' || string_agg(word, ' ' ORDER BY place) || ' ' FROM spelling) AS query_words,
            sum(weight * spelling_count * ts_rank('{PLACE_WEIGHTS}', vector, spelling_query)) AS score
        FROM term WHERE term.language = product.language
    ) AS told
    WHERE {filters}
), typical AS (
    SELECT category_id, sum(score) / greatest(sum(sum(score)) OVER (), 1e-9) AS share FROM (
        SELECT category_id, score FROM scored
        ORDER BY {COVERAGE_WEIGHT} * coverage + score DESC, product_id LIMIT {BEST_MATCHES}
    ) AS best GROUP BY category_id
), ranked AS (
    SELECT product_id, variant_id, {
        breadth.keyed(f'''round({RANK_SCALE} * (
        CASE WHEN variant_id IS NULL THEN 0 ELSE {CODE_BONUS} END + {COVERAGE_WEIGHT} * coverage
        + score * (1 + {CATEGORY_WEIGHT} * coalesce(share, 0))))::bigint''')
    } AS rank
    FROM scored LEFT JOIN typical USING (category_id)
)"""  # noqa: S608


UNCODED = "product.product_id <> ALL(ARRAY(SELECT product_id FROM coded))"
"""SQL: that `product` is not found by its code, which `coded` has; it is among the hits already."""
RANKED_BY = "product.category_id, brand, title_words, vector"
"""What `ranked` reads of a product."""
