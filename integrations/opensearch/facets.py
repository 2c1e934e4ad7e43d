"""What can be said of a whole result: how long it is, and by what it can be narrowed. One search for all of it.

Each facet counts what passes the filters of all others, as `persistence.search.facets` does.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from domain.catalog.facets import COMMON_VALUES, MAX_ATTRIBUTES, MAX_NARROWED, MAX_VALUES, word_for
from domain.catalog.search import ATTRIBUTE, Facet, FacetKind, FacetValue, Insight, SearchInput, Stock
from domain.pricing.context import RequestContext
from domain.pricing.searching.names import FacetNames
from domain.pricing.searching.ports import SearchNames
from domain.shared.making import dataclass
from domain.shared.money import Money
from integrations.opensearch.clauses import Clause, all_of, any_of, conditions, shelf, sold
from integrations.opensearch.client import Json
from integrations.opensearch.texts import Text

MAX_FACTS = 10_000
"""Different values of attributes that are counted, those with the most products."""
MAX_LINEAGE = 20
"""Categories above the one that is looked in, which are counted and not told."""

type Counts = Mapping[str, int]


def total_body(asked: SearchInput, text: Text | None, scope: str | None, request: RequestContext) -> Json:
    """A search that counts what is found."""
    wanted = [each for of_key in conditions(asked.filters, request).values() for each in of_key]
    return {"size": 0, "track_total_hits": True, "query": all_of(_found(text, scope, request), *wanted)}


def _found(text: Text | None, scope: str | None, request: RequestContext) -> Clause:
    return all_of(*([text.matches()] if text else []), *sold(scope, request))


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The facets of a result that are asked for, and how they are told."""

    asked: SearchInput
    text: Text | None
    scope: str | None
    request: RequestContext

    def body(self) -> Json:
        by_key = conditions(self.asked.filters, self.request)
        keys = {*_PLACES, "price", "availability", *by_key}
        groups = [all_of(*of_key) for of_key in by_key.values()]
        counted = {
            "total": {"filter": all_of(*groups)},
            "nearly": {"filter": any_of(*groups, least=len(groups) - 1) if len(groups) > 1 else all_of()},
            "facts": {"filter": all_of(*groups), "aggs": {"values": {"terms": {"field": "facts", "size": MAX_FACTS}}}},
        }
        for key in keys:
            others = [all_of(*of_key) for other, of_key in by_key.items() if other != key]
            counted[f"of:{key}"] = {"filter": all_of(*others), "aggs": {"values": self._values(key)}}
        return {
            "size": 0,
            "track_total_hits": False,
            "query": _found(self.text, self.scope, self.request),
            "aggs": counted,
        }

    def _values(self, key: str) -> Json:
        """What is counted of the products that pass the filters of all other keys."""
        if key in _PLACES:
            return {"terms": {"field": key, "size": MAX_VALUES + MAX_LINEAGE}}
        if key.startswith(ATTRIBUTE):
            pattern = re.sub(r"[^\w]", lambda match: "\\" + match[0], key.removeprefix(ATTRIBUTE))
            return {"terms": {"field": "facts", "size": MAX_VALUES, "include": f"{pattern}=.*"}}
        told: Json = {"terms": {"field": "prices.in_stock", "size": 2}}
        if key == "price":
            told = {"stats": {"field": "prices.amount_minor"}}
        here = {"filter": shelf(self.request), "aggs": {"here": told}}
        return {"nested": {"path": "prices"}, "aggs": {"shelf": here}}

    async def insight(self, answer: Json, names: SearchNames) -> Insight:
        counted = answer["aggregations"]
        total: int = counted["total"]["doc_count"]
        facts = self._facts(counted) if counted["nearly"]["doc_count"] <= MAX_NARROWED else {}
        telling = _most_telling(facts, {entry.key for entry in self.asked.filters})
        places = {key: _counts(counted[f"of:{key}"]["values"]) for key in _PLACES}
        known = await names.of_facets(
            places=[*places["category"], *places["vendor"]],
            attributes=[key.removeprefix(ATTRIBUTE) for key in telling],
            scope=self.scope,
            language=self.request.language,
        )
        inner = {value: count for value, count in places["category"].items() if value not in known.surrounding}
        told = [
            *[self._listed(key, counts, known) for key, counts in (places | {"category": inner}).items()],
            self._prices(counted["of:price"]["values"]["shelf"]["here"]),
            self._stock(counted["of:availability"]["values"]["shelf"]["here"]),
            *[self._listed(key, facts[key], known) for key in telling],
        ]
        return Insight(total, tuple(facet for facet in told if facet is not None))

    def _facts(self, counted: Json) -> Mapping[str, Counts]:
        """The values of each attribute, of those filtered by as if they were not."""
        by_key: dict[str, dict[str, int]] = defaultdict(dict)
        for fact, count in _counts(counted["facts"]["values"]).items():
            key, _, value = fact.partition("=")
            by_key[ATTRIBUTE + key][value] = count
        for key in {entry.key for entry in self.asked.filters if entry.attribute is not None}:
            values = _counts(counted[f"of:{key}"]["values"])
            by_key[key] = {fact.partition("=")[2]: count for fact, count in values.items()}
        return {key: values for key, values in by_key.items() if values}

    def _listed(self, key: str, counts: Counts, names: FacetNames) -> Facet | None:
        """The values with the most products; None if there is none."""
        if not counts:
            return None
        language = self.request.language
        attribute = names.attributes.get(key.removeprefix(ATTRIBUTE)) if key.startswith(ATTRIBUTE) else None
        is_boolean = attribute is not None and attribute.is_boolean
        labels = attribute.values if attribute else names.places
        chosen = {value for entry in self.asked.filters if entry.key == key for value in entry.values}
        values = [
            FacetValue(
                value, word_for(value, language) if is_boolean else labels.get(value, value), count, value in chosen
            )
            for value, count in _most(counts, MAX_VALUES)
        ]
        label = attribute.label if attribute else word_for(key, language)
        values.sort(key=lambda value: (-value.count, value.label))
        return Facet(key, label, FacetKind.BOOLEAN if is_boolean else FacetKind.LIST, tuple(values))

    def _prices(self, stats: Json) -> Facet | None:
        if not stats["count"]:
            return None
        low, high = (Money(int(stats[bound]), self.request.currency) for bound in ("min", "max"))
        return Facet("price", word_for("price", self.request.language), FacetKind.RANGE, lowest=low, highest=high)

    def _stock(self, counted: Json) -> Facet | None:
        names = {"true": Stock.IN_STOCK.value, "false": Stock.OUT_OF_STOCK.value}
        counts = {names[bucket["key_as_string"]]: bucket["doc_count"] for bucket in counted["buckets"]}
        chosen = {value for entry in self.asked.filters if entry.key == "availability" for value in entry.values}
        language = self.request.language
        values = [FacetValue(key, word_for(key, language), count, key in chosen) for key, count in _most(counts, 2)]
        if not values:
            return None
        return Facet("availability", word_for("availability", language), FacetKind.LIST, tuple(values))


_PLACES = ("category", "brand", "vendor")


def _counts(terms: Json) -> Counts:
    return {str(bucket["key"]): int(bucket["doc_count"]) for bucket in terms["buckets"]}


def _most(counts: Counts, number: int) -> Sequence[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:number]


def _most_telling(facts: Mapping[str, Counts], selected: set[str]) -> Sequence[str]:
    """The attributes whose common values part the most products from one another, and those that are filtered by."""
    telling = {key: sum(count for _, count in _most(values, COMMON_VALUES)[1:]) for key, values in facts.items()}
    ranked = sorted(telling, key=lambda key: (-telling[key], key))
    chosen = [key for key in ranked if key not in selected and telling[key] > 0][:MAX_ATTRIBUTES]
    return [key for key in ranked if key in selected or key in chosen]
