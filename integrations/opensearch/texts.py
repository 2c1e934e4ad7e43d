"""Which products a query finds, and how well each fits.

A document must have all words of the query in some language that the buyer reads; while few have, those that lack one
word of two, or half of more, are taken as well. Words count by where they stand, as `PLACES` weighs them; all words
count more than some, and a code that was asked for more than any words. Scores are the engine's (BM25).
"""

from collections.abc import Sequence

from domain.catalog.search import codes_of, languages_of, words_of
from domain.shared.making import dataclass
from integrations.opensearch.clauses import NOTHING, Clause, all_of, any_of, constant, term, terms
from integrations.opensearch.words import field_of, folded

PLACES = {"title": 1.0, "kind": 0.4, "summary": 0.3, "rest": 0.05}
"""As `persistence.search.matching` weighs them."""
CODE_SCORE, COVERAGE_SCORE, BRAND_SCORE, PHRASE_WEIGHT = 10_000.0, 100.0, 2.0, 0.1
LENIENCE = "-50%"
"""Words that a partial match may lack."""
MAX_BRAND_WORDS = 3


@dataclass(frozen=True, slots=True)
class Text:
    """A query as it is put to an index, with words of it corrected that no document has."""

    spellings: tuple[str, ...]
    """All of its words, then the same with two neighbors written as one."""
    codes: tuple[str, ...]
    languages: tuple[str, ...]
    is_lenient: bool = False
    corrected_query: str | None = None

    @property
    def words(self) -> Sequence[str]:
        return self.spellings[0].split() if self.spellings else ()

    def full(self) -> Clause:
        """That a document has all words in some language."""
        return any_of(*[all_of(is_read(each, self.languages), self._full_in(each)) for each in self.languages])

    def matches(self) -> Clause:
        """That a document is found; its score says how well it fits."""
        ways = [constant(terms("codes", self.codes), CODE_SCORE)] if self.codes else []
        if self.spellings:
            ways += [self._scored(language) for language in self.languages]
        return any_of(*ways) if ways else NOTHING

    def _scored(self, language: str) -> Clause:
        full = self._full_in(language)
        found = any_of(full, words_in(language, self.spellings[0], LENIENCE)) if self.is_lenient else full
        liked = [constant(full, COVERAGE_SCORE), _phrase(language, self.spellings[0]), self._own_brand()]
        return {"bool": {"filter": [is_read(language, self.languages)], "must": [found], "should": liked}}

    def _full_in(self, language: str) -> Clause:
        return any_of(*[words_in(language, spelling, "100%") for spelling in self.spellings])

    def _own_brand(self) -> Clause:
        """That the product's own brand is asked for: it precedes what is made for products of that brand."""
        words = self.words
        ends = [(at, at + length) for length in range(1, MAX_BRAND_WORDS + 1) for at in range(len(words) - length + 1)]
        return constant(terms("brand_words", [folded(" ".join(words[at:end])) for at, end in ends]), BRAND_SCORE)


def text_of(query: str, language: str) -> Text:
    words = words_of(query)
    plain = [word.text for word in words]
    joined = [
        " ".join([*plain[:at], plain[at] + plain[at + 1], *plain[at + 2 :]])
        for at in range(len(plain) - 1)
        if plain[at] + plain[at + 1] in words[at].joined
    ]
    spellings = (" ".join(plain), *joined) if plain else ()
    return Text(spellings, tuple(codes_of(query)), tuple(languages_of(language)), is_lenient=len(plain) > 1)


def is_read(language: str, languages: Sequence[str]) -> Clause:
    """That a document speaks the language; what is translated for this buyer is not found by its own words."""
    if language:
        return term("translated", language)
    return {"bool": {"must_not": [terms("translated", [each for each in languages if each])]}}


def words_in(language: str, words: str, least: str) -> Clause:
    """That so much of the words stands in the texts of the language, wherever each of them stands."""
    fields = [f"{field_of(language)}.{place}^{weight}" for place, weight in PLACES.items()]
    return {"multi_match": {"query": words, "type": "cross_fields", "fields": fields, "minimum_should_match": least}}


def _phrase(language: str, words: str) -> Clause:
    return {"match_phrase": {f"{field_of(language)}.title": {"query": words, "boost": PHRASE_WEIGHT}}}
