"""Figures of kept answers, for Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from execution import Answers


class AnswerMetrics(Collector):
    """Reads the figures when they are asked for: nothing is done for them when an answer is given."""

    def __init__(self, answers: Answers, registry: CollectorRegistry) -> None:
        self._answers = answers
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        figures = self._answers.figures
        hits = CounterMetricFamily(
            "commerce_answers_kept",
            "Requests given an answer that was made before, by where it was found.",
            labels=("level",),
        )
        for level, count in figures.hits.items():
            hits.add_metric((level,), count)
        yield hits
        bypasses = CounterMetricFamily(
            "commerce_answers_bypassed", "Queries whose answers are not kept, by why.", labels=("reason",)
        )
        for reason, count in figures.bypasses.items():
            bypasses.add_metric((reason,), count)
        yield bypasses
        yield CounterMetricFamily("commerce_answers_made", "Answers made to be kept.", value=figures.misses)
        yield CounterMetricFamily("commerce_answers_purged", "Answers ended by a change.", value=figures.purged)
        yield CounterMetricFamily(
            "commerce_answers_overtaken",
            "Answers not kept, since something changed meanwhile.",
            value=figures.overtaken,
        )
        yield GaugeMetricFamily("commerce_answers_bytes", "What kept answers take.", value=self._answers.size_bytes)
        yield GaugeMetricFamily("commerce_answers", "Answers that are kept.", value=self._answers.count)
        yield GaugeMetricFamily(
            "commerce_answers_seeing",
            "Whether changes are seen; nothing is kept while not.",
            value=self._answers.is_seeing,
        )
