"""What somebody who has begun to type may mean."""

import re
from collections.abc import Sequence

from domain.catalog.search import languages_of, words_of
from domain.pricing.context import RequestContext
from domain.shared.ids import ProductId
from domain.shared.making import dataclass
from integrations.opensearch.clauses import Clause, all_of, any_of, constant, sold
from integrations.opensearch.client import Json
from integrations.opensearch.documents import known_word
from integrations.opensearch.texts import is_read, words_in
from integrations.opensearch.words import OWN, field_of, folded

MIN_PREFIX = 3
"""Of how many characters a first word must be for products to be found by it in the middle of their titles."""
OPENING_SCORE, WORD_SCORE = 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Begun:
    """What was typed: words that are complete, and one that goes on."""

    earlier: str
    word: str
    languages: Sequence[str]

    def bodies(self, limit: int, request: RequestContext) -> list[Json]:
        """A search for words that it may become, and one for products."""
        return [self._words(limit), self._products(limit, request)]

    def _words(self, limit: int) -> Json:
        spoken = [words_in(language, self.earlier, "100%") for language in self.languages] if self.earlier else []
        return {
            "size": 0,
            "track_total_hits": False,
            "query": any_of(*spoken) if spoken else all_of(),
            "aggs": {language or OWN: self._known_words(language, limit) for language in self.languages},
        }

    def _known_words(self, language: str, limit: int) -> Json:
        begins = re.sub(r"[^\w]", lambda match: "\\" + match[0], known_word(language, folded(self.word)))
        return {"terms": {"field": "known_words", "size": limit, "include": f"{begins}.*"}}

    def _products(self, limit: int, request: RequestContext) -> Json:
        called = [self._called(language) for language in self.languages]
        return {
            "size": limit,
            "track_total_hits": False,
            "query": {"bool": {"must": [any_of(*called)], "filter": sold(None, request)}},
            "sort": [
                {"_score": {"order": "desc"}},
                {"title_length": {"order": "asc"}},
                {"product_id": {"order": "asc"}},
            ],
            "_source": False,
        }

    def _called(self, language: str) -> Clause:
        """That a title in the language begins with all that was typed, or has the words of it."""
        field = field_of(language)
        typed = folded(f"{self.earlier} {self.word}".strip())
        ways = [constant(_begins(f"{field}.opening", typed), OPENING_SCORE)]
        if self.earlier or len(self.word) >= MIN_PREFIX:
            earlier = [words_in(language, self.earlier, "100%")] if self.earlier else []
            ways.append(constant(all_of(_begins(f"{field}.title_words", folded(self.word)), *earlier), WORD_SCORE))
        return {"bool": {"filter": [is_read(language, self.languages)], "must": [any_of(*ways)]}}

    def queries(self, answer: Json, limit: int) -> tuple[str, ...]:
        counts: dict[str, int] = {}
        for counted in answer["aggregations"].values():
            for bucket in counted["buckets"]:
                word = bucket["key"].partition(":")[2]
                counts[word] = max(bucket["doc_count"], counts.get(word, 0))
        best = sorted(counts, key=lambda word: (-counts[word], word))[:limit]
        return tuple(f"{self.earlier} {word}".strip() for word in best)


def begun(prefix: str, language: str) -> Begun | None:
    """None for a text without a word."""
    words = [word.text for word in words_of(prefix)]
    return Begun(" ".join(words[:-1]), words[-1], languages_of(language)) if words else None


def found_products(answer: Json) -> tuple[ProductId, ...]:
    return tuple(ProductId(hit["_id"]) for hit in answer["hits"]["hits"])


def _begins(field: str, text: str) -> Clause:
    return {"prefix": {field: {"value": text}}}
