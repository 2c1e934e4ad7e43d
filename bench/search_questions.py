"""What people ask of search in a catalog of real products, and much of it: the same questions in each run."""

import random
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from domain.catalog.search import Filter, SearchInput, SearchSort
from domain.pricing.context import RequestContext
from domain.shared.page import PageRequest
from persistence.search.engine import PostgresSearch
from persistence.statement import Pool

PAGE_SIZE = 24
QUESTIONS = 120
SUGGESTIONS = 6
COMMON = ("cable", "black", "original", "toner", "usb", "cartridge", "patch", "power")
"""Words of so many titles that no answer can look at all of them."""
DEEP_LISTS = (
    ("", SearchSort.NEWEST),
    ("", SearchSort.PRICE_DESC),
    ("cable", SearchSort.RELEVANCE),
    ("black", SearchSort.PRICE_ASC),
    ("usb cable", SearchSort.NEWEST),
)

type Ask = Callable[[], Awaitable[object]]
type Kind = tuple[str, list[Ask]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What can be asked for in a catalog."""

    titles: Sequence[str]
    brands: Sequence[str]
    categories: Sequence[str]
    facts: Sequence[tuple[str, str]]
    numbers: Sequence[tuple[str, Decimal]]


async def vocabulary_of(pool: Pool) -> Vocabulary:
    """Titles, values of attributes, and all brands and categories, of a catalog of some thousand products or more."""
    titles = await pool.fetch("SELECT title FROM product WHERE right(id, 1) = 'a' ORDER BY id LIMIT 4000")
    facts = await pool.fetch(
        "SELECT DISTINCT unnest(facts) FROM (SELECT facts FROM search_product LIMIT 4000) ORDER BY 1"
    )
    numbers = await pool.fetch(
        "SELECT DISTINCT key, (value #>> '{}')::numeric FROM (SELECT attributes FROM product ORDER BY id LIMIT 4000) "
        "AS known CROSS JOIN jsonb_each(attributes) WHERE jsonb_typeof(value) = 'number' ORDER BY 1, 2"
    )
    parts = [row[0].partition("=") for row in facts]
    return Vocabulary(
        [row[0] for row in titles],
        [row[0] for row in await pool.fetch("SELECT name FROM brand ORDER BY name")],
        [row[0] for row in await pool.fetch("SELECT id FROM category ORDER BY lineage")],
        [(key, value) for key, _, value in parts],
        [(key, number) for key, number in numbers],
    )


class Questions:
    """Lists of calls of a search engine, by kind. Markets and languages take turns."""

    def __init__(
        self, search: PostgresSearch, known: Vocabulary, contexts: Sequence[RequestContext], seed: int
    ) -> None:
        self._search = search
        self._known = known
        self._contexts = contexts
        self._random = random.Random(seed)  # noqa: S311 - the same questions each time

    def kinds(self) -> Iterator[Kind]:
        yield "newest of all", self._pages(sort=SearchSort.NEWEST)
        yield "cheapest of all", self._pages(sort=SearchSort.PRICE_ASC)
        yield "facets of all", self._facets()
        yield from self._by_words()
        yield from self._sorted()
        yield from self._filtered()
        for length in range(1, 9):
            yield f"suggest, {length} letters", self._suggestions(length)

    def _by_words(self) -> Iterator[Kind]:
        queries: dict[str, Callable[[], str]] = {
            "1 word": partial(self._words, 1),
            "2 words": partial(self._words, 2),
            "3 words": partial(self._words, 3),
            "a common word": partial(self._random.choice, COMMON),
            "two common words": lambda: " ".join(self._random.sample(COMMON, 2)),
            "a typo": self._typo,
            "a brand": self._brand,
            "a brand and a word": lambda: f"{self._brand()} {self._words(1)}",
        }
        for name, query in queries.items():
            yield name, self._pages(query)
            yield f"{name}, facets", self._facets(query)

    def _sorted(self) -> Iterator[Kind]:
        for sort in (SearchSort.PRICE_ASC, SearchSort.PRICE_DESC, SearchSort.NEWEST):
            yield f"1 word, {sort.name}", self._pages(partial(self._words, 1), sort=sort)
            yield f"a category, {sort.name}", self._pages(sort=sort, scoped=True)
        yield "a category, facets", self._facets(scoped=True)

    def _filtered(self) -> Iterator[Kind]:
        entries = {
            "brand": self._by_brand,
            "price": self._by_price,
            "attribute": self._by_fact,
            "number": self._by_number,
        }
        for name, entry in entries.items():
            yield f"1 word, by {name}", self._pages(partial(self._words, 1), entry)
            yield f"1 word, by {name}, facets", self._facets(partial(self._words, 1), entry)
            yield f"a category, by {name}", self._pages(entry=entry, scoped=True)
            yield f"a category, by {name}, facets", self._facets(entry=entry, scoped=True)

    def deep_lists(self) -> Iterator[Callable[[PageRequest], Awaitable[object]]]:
        """Lists to go through page by page."""
        for at, (query, sort) in enumerate(DEEP_LISTS):
            yield partial(self._search.hits, SearchInput(query, (), sort), None, self._context(at))

    def _pages(
        self,
        query: Callable[[], str] = str,
        entry: Callable[[], Filter] | None = None,
        *,
        sort: SearchSort = SearchSort.RELEVANCE,
        scoped: bool = False,
    ) -> list[Ask]:
        page = PageRequest(first=PAGE_SIZE)
        return [
            partial(self._search.hits, self._asked(query, entry, sort), self._scope(scoped), self._context(at), page)
            for at in range(QUESTIONS)
        ]

    def _facets(
        self, query: Callable[[], str] = str, entry: Callable[[], Filter] | None = None, *, scoped: bool = False
    ) -> list[Ask]:
        sort = SearchSort.RELEVANCE
        return [
            partial(self._search.facets, self._asked(query, entry, sort), self._scope(scoped), self._context(at))
            for at in range(QUESTIONS)
        ]

    def _suggestions(self, length: int) -> list[Ask]:
        return [
            partial(self._search.suggestions, self._words(1)[:length], SUGGESTIONS, self._context(at))
            for at in range(QUESTIONS)
        ]

    @staticmethod
    def _asked(query: Callable[[], str], entry: Callable[[], Filter] | None, sort: SearchSort) -> SearchInput:
        return SearchInput(query(), (entry(),) if entry else (), sort)

    def _context(self, at: int) -> RequestContext:
        return self._contexts[at % len(self._contexts)]

    def _scope(self, scoped: bool) -> str | None:
        return self._random.choice(self._known.categories) if scoped else None

    def _words(self, count: int) -> str:
        while True:
            words = re.findall(r"\w{3,}", self._random.choice(self._known.titles))
            if len(words) >= count:
                return " ".join(self._random.sample(words, count))

    def _typo(self) -> str:
        """A word of which two neighboring letters have changed places."""
        while True:
            word = self._words(1)
            if len(word) >= 6 and word.isalpha():
                at = self._random.randrange(1, len(word) - 2)
                return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    def _brand(self) -> str:
        return self._random.choice(self._known.brands)

    def _by_brand(self) -> Filter:
        return Filter("brand", (self._brand(), self._brand()))

    def _by_price(self) -> Filter:
        low = self._random.choice((1, 5, 20, 100, 500))
        return Filter("price", min=Decimal(low), max=Decimal(low * self._random.choice((2, 10))))

    def _by_fact(self) -> Filter:
        key, value = self._random.choice(self._known.facts)
        return Filter(f"attributes.{key}", (value,))

    def _by_number(self) -> Filter:
        key, number = self._random.choice(self._known.numbers)
        return Filter(f"attributes.{key}", min=number, max=number * self._random.choice((1, 2, 10)))
