"""Asking the index which words of a query it has, before the query is put to it."""

import re
from collections.abc import Sequence

from domain.catalog.search import SearchInput, corrected
from domain.pricing.context import RequestContext
from domain.shared.making import replace
from integrations.opensearch.clauses import Clause, all_of, any_of, sold
from integrations.opensearch.client import Json, OpenSearchClient
from integrations.opensearch.documents import known_word
from integrations.opensearch.texts import Text, text_of, words_in
from integrations.opensearch.words import OWN, folded

ENOUGH_FULL_MATCHES = 10
"""With so many, nothing that lacks a word of the query is shown."""
_CORRECTABLE = re.compile(r"[^\d\s]{4,}")


async def understood(
    client: OpenSearchClient, index: str, asked: SearchInput, scope: str | None, request: RequestContext
) -> Text:
    """The query, corrected where no document has a word; lenient unless enough documents have all of its words."""
    text = text_of(asked.query, request.language)
    unsure = [place for place, word in enumerate(text.words) if _CORRECTABLE.fullmatch(word)]
    counting = _full_matches(text, scope, request)
    probes = [probe for place in unsure for probe in (_known(text, place), _similar(text, place))]
    answers = await client.read_many(index, [*probes, *counting]) if probes or counting else []
    corrections: list[str | None] = [None] * len(text.words)
    for place, known, similar in zip(unsure, answers[::2], answers[1::2], strict=False):
        corrections[place] = None if _count(known) else _best(similar)
    correction = corrected(asked.query, corrections)
    if correction is None:
        return _as_lenient(text, answers[len(probes) :])
    text = replace(text_of(correction, request.language), codes=text.codes, corrected_query=correction)
    counting = _full_matches(text, scope, request)
    return _as_lenient(text, await client.read_many(index, counting) if counting else [])


def _as_lenient(text: Text, counted: Sequence[Json]) -> Text:
    has_enough = any(_count(answer) >= ENOUGH_FULL_MATCHES for answer in counted)
    return replace(text, is_lenient=text.is_lenient and not has_enough)


def _full_matches(text: Text, scope: str | None, request: RequestContext) -> list[Json]:
    """Counts documents with all words; nobody needs to know of a single one."""
    full = all_of(text.full(), *sold(scope, request))
    return [_counting(full, ENOUGH_FULL_MATCHES)] if text.is_lenient else []


def _known(text: Text, place: int) -> Json:
    """Finds out whether any document has the word, in any language that the buyer reads; all have a stop word."""
    ways = [words_in(language, text.words[place], "100%") for language in text.languages]
    for way in ways:
        way["multi_match"]["zero_terms_query"] = "all"
    return _counting(any_of(*ways), 1)


def _counting(condition: Clause, most: int) -> Json:
    return {"size": 0, "track_total_hits": most, "query": condition}


def _count(answer: Json) -> int:
    return int(answer["hits"]["total"]["value"])


def _similar(text: Text, place: int) -> Json:
    """Finds words of titles, brands and categories that are spelled much alike, with the same first letter."""
    asked: Json = {}
    for language in text.languages:
        told = {"field": "known_words", "size": 1, "suggest_mode": "always", "sort": "score"}
        same = len(known_word(language, "")) + 1
        word = known_word(language, folded(text.words[place]))
        asked[language or OWN] = {"text": word, "term": told | {"prefix_length": same}}
    return {"size": 0, "track_total_hits": False, "suggest": asked}


def _best(answer: Json) -> str | None:
    options = [
        option for of_language in answer["suggest"].values() for each in of_language for option in each["options"]
    ]
    best = max(options, key=lambda option: (option["score"], option["freq"], option["text"]), default=None)
    return None if best is None else str(best["text"]).partition(":")[2]
