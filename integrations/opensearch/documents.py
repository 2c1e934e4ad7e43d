"""Products as documents of an index, in the shape that `mapping` declares."""

from typing import Any

from domain.pricing.searching.document import DocumentPrice, DocumentWords, SearchDocument
from integrations.opensearch.mapping import MAX_KEYWORD
from integrations.opensearch.words import OWN

type Json = dict[str, Any]

MIN_WORD, MAX_WORD = 2, 40
"""Characters of a word that is told apart for suggestions and corrections."""


def shelf_of(market_id: str, currency: str) -> str:
    """Where a price is shown."""
    return f"{market_id}:{currency}"


def known_word(language: str, word: str) -> str:
    """A word of a title, brand or category, told from the same word of other languages."""
    return f"{language or OWN}:{word}"


def source_of(document: SearchDocument) -> Json:
    """The document's source. Only `variants` is ever read back."""
    own = document.words.get("")
    return {
        "product_id": document.product_id,
        "newest_on": document.newest_on.isoformat(),
        "category": list(document.categories),
        "vendor": list(document.vendors),
        "collection": list(document.collections),
        "brand": [] if document.brand is None else [document.brand],
        "brand_words": document.brand_words,
        "facts": list(document.facts),
        "translated": [language for language in document.words if language],
        "title_length": len(own.title.split()) if own else 0,
        "codes": list(document.codes),
        "variants": dict(document.codes),
        "known_words": [
            known_word(language, word)
            for language, words in document.words.items()
            for word in _apart(f"{words.title} {words.kind}")
        ],
        "prices": [_price(price) for price in document.prices],
        "positions": [{"collection": key, "position": place} for key, place in document.collections.items()],
        "numbers": [{"key": key, "value": value} for key, value in document.numbers.items()],
        "words": {language or OWN: _words(words) for language, words in document.words.items()},
    }


def _price(price: DocumentPrice) -> Json:
    return {
        "shelf": shelf_of(price.market_id, price.currency),
        "amount_minor": price.amount_minor,
        "in_stock": price.in_stock,
    }


def _words(words: DocumentWords) -> Json:
    return {
        "opening": words.opening[:MAX_KEYWORD],
        "title": words.title,
        "kind": words.kind,
        "summary": words.summary,
        "rest": words.rest,
        "title_words": _apart(words.title),
    }


def _apart(text: str) -> list[str]:
    return sorted({word for word in text.split() if MIN_WORD <= len(word) <= MAX_WORD})
