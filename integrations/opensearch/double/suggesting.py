"""The term suggester: words of a field that are spelled much like one that was typed."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from integrations.opensearch.double.faults import illegal, unparsable
from integrations.opensearch.double.queries import Statistics

MAX_EDITS = 2
MIN_WORD_LENGTH = 4
type Json = Mapping[str, Any]


def suggested(asked: Json, known: Statistics) -> dict[str, Any]:
    return {name: [_entry(told, known)] for name, told in asked.items()}


def _entry(told: Json, known: Statistics) -> dict[str, Any]:
    if set(told) != {"text", "term"}:
        raise unparsable("the double has the suggester [term] alone, with a [text]")
    options = told["term"]
    if unknown := set(options) - {"field", "size", "min_word_length", "prefix_length", "suggest_mode", "sort"}:
        raise unparsable(f"suggester[term] doesn't support field [{unknown.pop()}]")
    if known.mapping.kind_of(options["field"]) is None:
        raise illegal(f"no mapping found for field [{options['field']}]")
    word, size = told["text"], options.get("size", 5)
    counts = Counter(value for document in known.documents for value in set(document.values.get(options["field"], ())))
    similar = [_option(word, value, count) for value, count in counts.items() if _is_similar(word, value, options)]
    similar.sort(key=lambda option: (-option["score"], -option["freq"], option["text"]))
    return {"text": word, "offset": 0, "length": len(word), "options": similar[:size]}


def _is_similar(word: str, value: str, options: Json) -> bool:
    """Of the same first letters, long enough, and at most two edits away."""
    least, same = options.get("min_word_length", MIN_WORD_LENGTH), options.get("prefix_length", 1)
    if value == word or value[:same] != word[:same] or len(value) < least or abs(len(value) - len(word)) > MAX_EDITS:
        return False
    return edits(word, value) <= MAX_EDITS


def _option(word: str, value: str, count: int) -> dict[str, Any]:
    return {"text": value, "score": 1 - edits(word, value) / min(len(word), len(value)), "freq": count}


def edits(first: str, second: str) -> int:
    """Letters to insert, delete, replace or swap with the next one (optimal string alignment)."""
    before, row = [0] * (len(second) + 1), list(range(len(second) + 1))
    for at, letter in enumerate(first, 1):
        above, row = row, [at]
        for place, other in enumerate(second, 1):
            cheapest = min(above[place] + 1, row[-1] + 1, above[place - 1] + (letter != other))
            if at > 1 and place > 1 and letter == second[place - 2] and first[at - 2] == other:
                cheapest = min(cheapest, before[place - 2] + 1)
            row.append(cheapest)
        before = above
    return row[-1]
