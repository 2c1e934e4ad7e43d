"""Counters and histograms for what happens with each request: those of prometheus-client take a lock each time."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class Tally:
    """How often values fell between bounds, and their sum. Counted by one thread."""

    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self._bounds, value)] += 1
        self.sum += value


class Tallies(Collector):
    """A histogram with labels; `of` makes the tally of a set of labels when it is first asked for."""

    def __init__(
        self, name: str, about: str, labels: Sequence[str], bounds: Sequence[float], registry: CollectorRegistry
    ) -> None:
        self._name, self._about, self._labels, self._bounds = name, about, labels, bounds
        self._tallies: dict[tuple[str, ...], Tally] = {}
        registry.register(self)

    def of(self, *labels: str) -> Callable[[float], None]:
        """What observes a value."""
        tally = self._tallies.get(labels)
        if tally is None:
            tally = self._tallies[labels] = Tally(self._bounds)
        return tally.observe

    def describe(self) -> Iterator[Metric]:
        yield HistogramMetricFamily(self._name, self._about, labels=self._labels)

    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(self._name, self._about, labels=self._labels)
        names = [*map(floatToGoString, self._bounds), "+Inf"]
        for labels, tally in list(self._tallies.items()):
            buckets = list(zip(names, accumulate(tally.counts), strict=True))
            family.add_metric(labels, buckets, tally.sum)
        yield family


class Count:
    """How often something happened. Counted by one thread."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def once_more(self) -> None:
        self.value += 1


class Counts(Collector):
    """A counter with labels; `of` makes the count of a set of labels when it is first asked for."""

    def __init__(self, name: str, about: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._name, self._about, self._labels = name, about, labels
        self._counts: dict[tuple[str, ...], Count] = {}
        registry.register(self)

    def of(self, *labels: str) -> Callable[[], None]:
        """What counts one more."""
        count = self._counts.get(labels)
        if count is None:
            count = self._counts[labels] = Count()
        return count.once_more

    def describe(self) -> Iterator[Metric]:
        yield CounterMetricFamily(self._name, self._about, labels=self._labels)

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(self._name, self._about, labels=self._labels)
        for labels, count in list(self._counts.items()):
            family.add_metric(labels, count.value)
        yield family
