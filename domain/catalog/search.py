"""Finding products: what is asked and answered, and the rules of both that need no database."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import Enum
from typing import NamedTuple

from domain.shared.errors import RequestFault
from domain.shared.ids import CategoryId, ProductId, VariantId, VendorId, prefix_of
from domain.shared.making import dataclass, replace
from domain.shared.money import MAX_MINOR, Money, exponent_of
from domain.shared.page import PageInfo
from domain.shared.translation import DEFAULT_LANGUAGE

MAX_QUERY_LENGTH = 500
MAX_WORDS = 16
"""Words of a query that are searched for; nobody says with the seventeenth what the first sixteen left open."""
MAX_FILTERS = 20
MAX_FILTER_VALUES = 50
MAX_VALUE_LENGTH = 200
MIN_CODE_LENGTH = 5
"""Shorter codes are found only if they are the whole query: `80` is a part number too."""
CODE_WORDS = 3
"""How many neighboring words may spell one code, as `tn 2110 bk`."""

ATTRIBUTE = "attributes."


class SearchSort(Enum):
    """What stands first among products that were found."""

    RELEVANCE = "RELEVANCE"
    """The best answer to the query; without one a collection's own order, or else the newest."""
    PRICE_ASC = "PRICE_ASC"
    PRICE_DESC = "PRICE_DESC"
    NEWEST = "NEWEST"


class FacetKind(Enum):
    """How a facet is chosen from."""

    LIST = "LIST"
    RANGE = "RANGE"
    BOOLEAN = "BOOLEAN"


class Stock(Enum):
    """The values of the filter `availability`."""

    IN_STOCK = "IN_STOCK"
    OUT_OF_STOCK = "OUT_OF_STOCK"


@dataclass(frozen=True, slots=True)
class Filter:
    """One of `values` of what `key` names, or a number from `min` to `max`, both included.

    Prices are in the buyer's currency.
    """

    key: str
    values: tuple[str, ...] = ()
    min: Decimal | None = None
    max: Decimal | None = None

    @property
    def is_range(self) -> bool:
        return self.min is not None or self.max is not None

    @property
    def attribute(self) -> str | None:
        """The key of the attribute it is about, if it is about one."""
        return self.key.removeprefix(ATTRIBUTE) if self.key.startswith(ATTRIBUTE) else None


@dataclass(frozen=True, slots=True)
class SearchInput:
    """What is looked for. Filters narrow one another; the values of one widen it."""

    query: str = ""
    filters: tuple[Filter, ...] = ()
    sort: SearchSort = SearchSort.RELEVANCE


class SearchHit(NamedTuple):
    """A product that was found; `variant_id` is that of the variant whose SKU, GTIN or MPN was asked for."""

    make_cursor: Callable[[], str]
    """Few ask for the cursor of each hit."""
    product_id: ProductId
    variant_id: VariantId | None = None
    stamp: int | None = None
    """What the product's present facts are known by, if the engine has looked."""

    @property
    def cursor(self) -> str:
        return self.make_cursor()


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of hits. `corrected_query` is what was searched for instead of a query with a word that nothing has."""

    hits: Sequence[SearchHit]
    has_next_page: bool
    has_previous_page: bool
    corrected_query: str | None

    @property
    def page_info(self) -> PageInfo:
        start, end = (self.hits[0].cursor, self.hits[-1].cursor) if self.hits else (None, None)
        return PageInfo(self.has_next_page, self.has_previous_page, start, end)


@dataclass(frozen=True, slots=True)
class FoundSuggestions:
    """What somebody who has begun to type may mean, the best of each kind first."""

    queries: tuple[str, ...] = ()
    products: tuple[ProductId, ...] = ()
    categories: tuple[CategoryId, ...] = ()
    vendors: tuple[VendorId, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value to narrow the result by; `count` is what choosing it would leave."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to narrow the result; its own selection does not narrow its counts."""

    key: str
    label: str
    kind: FacetKind
    values: tuple[FacetValue, ...] = ()
    lowest: Money | None = None
    highest: Money | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    """What can be said of a whole result, beyond one page of it. `facets` is None if only counted."""

    total: int
    facets: tuple[Facet, ...] | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query with the other spellings that count as it: joined with a neighbor, as `smart watch`."""

    text: str
    joined: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.text, *self.joined)


_PLACES = {"category": "category", "collection": "collection", "vendor": "vendor"}
_PLAIN_KEYS = {*_PLACES, "brand", "price", "availability"}
_SEPARATORS = re.compile(r"[\W_]+")
_IDEOGRAPHS = re.compile("[々〆ぁ-ヺー-ヿ㐀-䶿一-鿿豈-﫿]+")


def checked(asked: SearchInput) -> SearchInput:
    """The input with its query trimmed; BAD_USER_INPUT for what no client should send."""
    if len(asked.query) > MAX_QUERY_LENGTH:
        raise RequestFault(f"A query has at most {MAX_QUERY_LENGTH} characters.")
    if len(asked.filters) > MAX_FILTERS:
        raise RequestFault(f"At most {MAX_FILTERS} filters at once.")
    _must_be_storable(asked.query)
    for entry in asked.filters:
        _check(entry)
    return replace(asked, query=asked.query.strip())


def _must_be_storable(text: str) -> None:
    """Refuse what PostgreSQL cannot hold: NUL, and halves of surrogate pairs."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise RequestFault("A text may not contain NUL or half a surrogate pair.")


def _check(entry: Filter) -> None:
    attribute = entry.attribute
    if attribute is None and entry.key not in _PLAIN_KEYS:
        keys = ", ".join(sorted(_PLAIN_KEYS))
        raise RequestFault(f"There is no filter of this key; there are {keys} and {ATTRIBUTE}<key>.")
    _must_be_storable(entry.key)
    if len(entry.key) > MAX_VALUE_LENGTH or attribute == "":
        raise RequestFault(f"A filter's key is {ATTRIBUTE}<key> with at most {MAX_VALUE_LENGTH} characters.")
    takes_range = attribute is not None or entry.key == "price"
    if entry.is_range == bool(entry.values) or (entry.is_range and not takes_range):
        raise RequestFault("A filter takes `values`; `price` takes `min` and `max`, and an attribute either.")
    if entry.key == "price" and not entry.is_range:
        raise RequestFault("The filter `price` takes `min` and `max`.")
    _check_range(entry)
    _check_values(entry)


def _check_range(entry: Filter) -> None:
    bounds = [bound for bound in (entry.min, entry.max) if bound is not None]
    if not all(bound.is_finite() and abs(bound.adjusted()) < 20 for bound in bounds):
        raise RequestFault("`min` and `max` must be numbers of at most 20 digits.")
    if len(bounds) == 2 and bounds[0] > bounds[1]:
        raise RequestFault("`min` must not be above `max`.")


def _check_values(entry: Filter) -> None:
    if len(entry.values) > MAX_FILTER_VALUES:
        raise RequestFault(f"A filter has at most {MAX_FILTER_VALUES} values.")
    prefix = _PLACES.get(entry.key)
    for value in entry.values:
        _must_be_storable(value)
        if len(value) > MAX_VALUE_LENGTH:
            raise RequestFault(f"A filter's value has at most {MAX_VALUE_LENGTH} characters.")
        if prefix is not None and prefix_of(value) != prefix:
            raise RequestFault(f"The filter `{entry.key}` takes ids of a {prefix}.")
        if entry.key == "availability" and value not in Stock.__members__:
            raise RequestFault(f"The filter `availability` takes {' and '.join(Stock.__members__)}.")


def price_bounds(entry: Filter, currency: str) -> tuple[int, int]:
    """The least and greatest price that the filter lets through, in minor units."""
    unit = Decimal(10) ** exponent_of(currency)
    low = 0 if entry.min is None else int((entry.min * unit).to_integral_value(ROUND_CEILING))
    high = MAX_MINOR if entry.max is None else int((entry.max * unit).to_integral_value(ROUND_FLOOR))
    return min(max(low, 0), MAX_MINOR), min(max(high, -1), MAX_MINOR)


def languages_of(language: str) -> list[str]:
    """Under which languages documents may stand that a buyer reads: the tag, the same without region, the catalog's."""
    base = language.partition("-")[0]
    own = DEFAULT_LANGUAGE.partition("-")[0]
    return [*dict.fromkeys(tag for tag in (language, base) if tag != own), ""]


def words_of(text: str) -> list[Word]:
    """The words that a query is made of, as documents are taken apart into words.

    Runs of Japanese or Chinese, written without spaces, become their overlapping pairs of characters.
    """
    plain = list(_plain_words(text))[:MAX_WORDS]
    words = []
    for at, word in enumerate(plain):
        before = [plain[at - 1] + word] if at else []
        after = [word + plain[at + 1]] if at + 1 < len(plain) else []
        words.append(Word(word, tuple(text for text in (*before, *after) if not _IDEOGRAPHS.search(text))))
    return words


def _plain_words(text: str) -> Iterator[str]:
    for word in _SEPARATORS.split(unicodedata.normalize("NFKC", text).lower()):
        at = 0
        for run in _IDEOGRAPHS.finditer(word):
            if run.start() > at:
                yield word[at : run.start()]
            yield from _pairs(run[0])
            at = run.end()
        if at < len(word):
            yield word[at:]


def _pairs(run: str) -> Sequence[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def corrected(query: str, corrections: Sequence[str | None]) -> str | None:
    """The query with each of its words that has a correction replaced by it; None if no word has one."""
    if not any(corrections):
        return None
    for word, correction in zip(words_of(query), corrections, strict=True):
        if correction is not None:
            query = re.sub(re.escape(word.text), correction, query, count=1, flags=re.IGNORECASE)
    return query


def codes_of(text: str) -> list[str]:
    """The codes (SKU, GTIN, MPN) that a query might spell: all of it, or some words that together are long enough."""
    words = [word for part in text.split() if (word := code_of(part))][:MAX_WORDS]
    spelled = {code_of("".join(words))} if len(words) == 1 or any(word.isdigit() for word in words) else set()
    for first in range(len(words)):
        for last in range(first + 1, min(first + CODE_WORDS, len(words)) + 1):
            code = code_of("".join(words[first:last]))
            if len(code) >= MIN_CODE_LENGTH and any(character.isdigit() for character in code):
                spelled.add(code)
    return sorted(spelled)


def code_of(text: str) -> str:
    """A code as it is compared: without case, spaces, punctuation, and zeros before a number (UPC and EAN)."""
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).lower())
    return code.lstrip("0") if code.isdigit() else code
