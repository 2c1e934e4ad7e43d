"""What several processes tell as one."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from server.siblings import Board, labeled, merged


def figures(asked: int) -> bytes:
    registry = CollectorRegistry()
    Counter("plain", "Without labels.", registry=registry).inc(asked)
    named = Counter("named", 'With labels, and "quotes".', ("name",), registry=registry)
    named.labels('a "b", {c}').inc(asked)
    Histogram("taken_seconds", "A histogram.", buckets=(1.0,), registry=registry).observe(0.5)
    return generate_latest(registry)


def test_figures_of_several_processes_are_one_text_that_prometheus_reads():
    text = merged([labeled(figures(3), 0), labeled(figures(4), 1)])

    families = {family.name: family for family in text_string_to_metric_families(text.decode())}
    assert {"plain", "named", "taken_seconds"} <= set(families)
    assert [(each.labels, each.value) for each in families["named"].samples] == [
        ({"name": 'a "b", {c}', "process": "0"}, 3.0),
        ({"name": 'a "b", {c}', "process": "1"}, 4.0),
    ]
    assert [(each.labels, each.value) for each in families["plain"].samples] == [
        ({"process": "0"}, 3.0),
        ({"process": "1"}, 4.0),
    ]
    assert text.count(b"# TYPE plain_total counter") == 1


def test_figures_of_a_process_that_tells_nothing_are_left_out():
    told = labeled(figures(3), 0)

    assert merged([told, b""]) == told


def test_all_are_ready_when_each_is():
    board = Board(2)

    board.set(0, is_ready=True)
    assert not board.are_all_ready()
    board.set(1, is_ready=True)
    assert board.are_all_ready()
    board.set(0, is_ready=False)
    assert not board.are_all_ready()
