"""The index as it is created: one document for each product, and how each of its fields can be found.

`VERSION` goes up with every change here. It is part of the alias, so that servers of two releases each search an index
of their own kind, and a release that needs a new one is served by the database until `commerce search reindex`.
"""

from typing import Any

from integrations.opensearch.words import OWN, PLAIN, STEMMERS, analyzer_of

VERSION = 1

MAX_KEYWORD = 256
"""Characters of an opening that can be suggested by."""

_KEYWORD = {"type": "keyword"}

PROPERTIES: dict[str, Any] = {
    "product_id": _KEYWORD,
    "newest_on": {"type": "date", "format": "strict_date"},
    "category": _KEYWORD,
    "vendor": _KEYWORD,
    "collection": _KEYWORD,
    "brand": _KEYWORD,
    "brand_words": _KEYWORD,
    "facts": _KEYWORD,
    "translated": _KEYWORD,
    "title_length": {"type": "integer"},
    "codes": _KEYWORD,
    "known_words": _KEYWORD,
    "variants": {"type": "object", "enabled": False},
    "prices": {
        "type": "nested",
        "properties": {"shelf": _KEYWORD, "amount_minor": {"type": "long"}, "in_stock": {"type": "boolean"}},
    },
    "positions": {"type": "nested", "properties": {"collection": _KEYWORD, "position": {"type": "long"}}},
    "numbers": {"type": "nested", "properties": {"key": _KEYWORD, "value": {"type": "double"}}},
    "words": {"type": "object", "dynamic": True},
}


def index_body() -> dict[str, Any]:
    """Settings and mappings. How many shards and copies there are is left to the cluster's own templates."""
    return {
        "settings": {"analysis": _analysis()},
        "mappings": {
            "dynamic": "strict",
            "date_detection": False,
            "dynamic_templates": _templates(),
            "properties": PROPERTIES,
        },
    }


def _analysis() -> dict[str, Any]:
    analyzers: dict[str, Any] = {PLAIN: _analyzer()}
    filters: dict[str, Any] = {}
    for language, (stop_words, stemmer) in STEMMERS.items():
        filters[f"{language}_stop"] = {"type": "stop", "stopwords": stop_words}
        filters[f"{language}_stem"] = {"type": "stemmer", "language": stemmer}
        analyzers[f"words_{language}"] = _analyzer(f"{language}_stop", f"{language}_stem")
    return {"analyzer": analyzers, "filter": filters}


def _analyzer(*filters: str) -> dict[str, Any]:
    return {"type": "custom", "tokenizer": "whitespace", "filter": ["lowercase", "asciifolding", *filters]}


def _templates() -> list[dict[str, Any]]:
    """Words that are told apart stay keywords; texts are analyzed by the language that they stand below."""
    keywords = [
        {f"{name}_as_keywords": _template(f"words.*.{name}", {"type": "keyword", "ignore_above": MAX_KEYWORD})}
        for name in ("opening", "title_words")
    ]
    texts = [
        {f"texts_{language}_{number}": _template(pattern, {"type": "text", "analyzer": f"words_{language}"})}
        for language in STEMMERS
        for number, pattern in enumerate((f"words.{language}.*", f"words.{language}-*.*"))
    ]
    own = {"texts_own": _template(f"words.{OWN}.*", {"type": "text", "analyzer": analyzer_of("")})}
    other = {"texts_other": _template("words.*.*", {"type": "text", "analyzer": PLAIN})}
    return [*keywords, own, *texts, other]


def _template(pattern: str, mapping: dict[str, Any]) -> dict[str, Any]:
    return {"path_match": pattern, "match_mapping_type": "string", "mapping": mapping}
