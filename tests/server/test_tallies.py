"""Counters and histograms that are counted without locks, as Prometheus reads them."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from server.tallies import Counts, Tallies


def test_they_are_written_as_those_of_the_library():
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    tallies = Tallies("seconds", "How long.", ("kind",), (0.5, 1.0, 2.5), ours)
    histogram = Histogram("seconds", "How long.", ("kind",), buckets=(0.5, 1.0, 2.5), registry=theirs)
    for value in (0.1, 0.5, 0.6, 2.5, 7.0):
        for kind in ("a", "b"):
            tallies.observe(value, kind)
            histogram.labels(kind).observe(value)

    assert samples(ours) == samples(theirs)


def test_counts_are_written_as_those_of_the_library():
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    counts = Counts("answers", "How many.", ("kind", "how"), ours)
    counter = Counter("answers", "How many.", ("kind", "how"), registry=theirs)
    for labels in (("a", "x"), ("b", "x"), ("a", "x")):
        counts.add(*labels)
        counter.labels(*labels).inc()

    assert samples(ours) == samples(theirs)


def samples(registry: CollectorRegistry) -> list[str]:
    lines = generate_latest(registry).decode().splitlines()
    return sorted(line for line in lines if "_created" not in line)
