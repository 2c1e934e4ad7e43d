"""Analyzers as an index declares them: text in, terms out.

Stop words and stemmers are named as the engine names them, and known for English alone: other languages leave nothing
out, and all are stemmed by their commonest endings. So words find their plurals, which is enough to test with.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.opensearch.double.faults import illegal

type Filter = Callable[[list[str]], list[str]]

ENGLISH_STOP_WORDS = frozenset(
    re.split(
        " ",
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
        "this to was will with",
    )
)
"""Lucene's."""
_ENDINGS = {"english": ("'s", "s"), "light_german": ("en", "er", "e", "n", "s"), "light_french": ("s", "x", "e")}
_LEAST_STEM = 3
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"})


class Analysis:
    """The analyzers of one index; EngineFault for settings that the engine would refuse."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._filters: dict[str, Filter] = {
            name: _declared(name, told) for name, told in settings.get("filter", {}).items()
        }
        self._analyzers = {name: self._analyzer(name, told) for name, told in settings.get("analyzer", {}).items()}

    def has(self, analyzer: str) -> bool:
        return analyzer in self._analyzers

    def terms(self, analyzer: str, text: str) -> list[str]:
        words = text.split()
        for each in self._analyzers[analyzer]:
            words = each(words)
        return words

    def _analyzer(self, name: str, told: Mapping[str, Any]) -> Sequence[Filter]:
        if told.get("type", "custom") != "custom" or told.get("tokenizer") != "whitespace":
            raise illegal(f"failed to find tokenizer under name [{told.get('tokenizer')}]")
        known = {**_BUILT_IN, **self._filters}
        for each in told.get("filter", ()):
            if each not in known:
                raise illegal(f"Custom Analyzer [{name}] failed to find filter under name [{each}]")
        return [known[each] for each in told.get("filter", ())]


def _declared(name: str, told: Mapping[str, Any]) -> Filter:
    if told.get("type") == "stop" and re.fullmatch(r"_[a-z]+_", str(told.get("stopwords"))):
        stopped = ENGLISH_STOP_WORDS if told["stopwords"] == "_english_" else frozenset()
        return lambda words: [word for word in words if word not in stopped]
    if told.get("type") == "stemmer" and "language" in told:
        endings = _ENDINGS.get(told["language"], ("s",))
        return lambda words: [_stem(word, endings) for word in words]
    raise illegal(f"Unknown filter type [{told.get('type')}] for [{name}]")


def _stem(word: str, endings: Sequence[str]) -> str:
    for ending in endings:
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= _LEAST_STEM:
            return word.removesuffix(ending)
    return word


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.translate(_LETTERS))
    marks = [letter for letter in plain if not "\u0300" <= letter <= "\u036f"]
    return unicodedata.normalize("NFC", "".join(marks))


_BUILT_IN: Mapping[str, Filter] = {
    "lowercase": lambda words: [word.lower() for word in words],
    "asciifolding": lambda words: [_folded(word) for word in words],
}
