"""Traces of real processes, as a collector gets them over a real socket."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from persistence.statement import Pool
from server.sample_data import load_sample
from server.settings import Settings
from server.telemetry import first_words
from server.traces import open_traces
from tests.journeys.buying import buy, two_offers
from tests.journeys.client import fresh_email
from tests.journeys.processes import clean_environment
from tests.places import new_folder
from tests.server.watched import Collector, attributes_of, collecting, serving, working

CALLER_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{CALLER_TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("commerce-traces-")
    yield path
    shutil.rmtree(path)


def sending_to(collector: Collector) -> dict[str, str]:
    return {
        "COMMERCE_TRACES": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.origin,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }


async def test_an_operation_is_a_span_over_its_statements_and_payments(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path
):
    await load_sample(pool)
    email = fresh_email()
    async with (
        collecting() as collector,
        serving(folder, worker_database_url, redis_url, **sending_to(collector)) as (_, guest),
    ):
        pot, _ = await two_offers(guest.in_market("de"))
        await buy(guest.in_market("de"), "de", (pot, 1), email=email)
        complete = await collector.span("mutation Complete")
        await collector.span("query Order")
        below = await collector.below(complete, "BEGIN", "COMMIT", "WITH order")

    assert collector.services == {"global-commerce"}
    assert attributes_of(complete)["graphql.operation.type"] == "mutation"
    assert attributes_of(complete)["commerce.status"] == "ok"
    assert attributes_of(complete)["commerce.client"] == "GUEST"
    assert [item.value.int_value > 0 for item in complete.attributes if item.key == "commerce.cost"] == [True]
    names = [span.name for span in below]
    assert names.count("gateway authorize") == 1
    assert all(complete.start_time_unix_nano <= span.start_time_unix_nano for span in below if span.kind == 3)
    everything = b"".join(span.SerializeToString() for span in collector.spans)
    assert [words for words in (email, "Hauptstra", "Lovelace", "tok_ok") if words.encode() in everything] == []


async def test_a_trace_goes_on_where_the_caller_began_it(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path
):
    await load_sample(pool)
    hello = {"query": "query Hello { markets { handle } }"}
    async with (
        collecting() as collector,
        serving(folder, worker_database_url, redis_url, **sending_to(collector)) as (store, guest),
    ):
        named = await guest.http.post(
            "/graphql", json=hello, headers={"traceparent": TRACEPARENT, "X-Request-Id": "shop-8"}
        )
        unnamed = await guest.http.post("/graphql", json=hello, headers={"traceparent": TRACEPARENT})
        span = await collector.span("query Hello")

    logged = [orjson.loads(line) for line in store.log.read_bytes().splitlines()]
    assert span.trace_id.hex() == CALLER_TRACE
    assert span.parent_span_id.hex() == "00f067aa0ba902b7"
    assert (named.headers["x-request-id"], unnamed.headers["x-request-id"]) == ("shop-8", CALLER_TRACE)
    ids = [(event["request_id"], event["trace_id"]) for event in logged if event["event"] == "operation_answered"]
    assert ids == [("shop-8", CALLER_TRACE), (CALLER_TRACE, CALLER_TRACE)]


async def test_a_workers_jobs_are_spans(pool: Pool, worker_database_url: str, redis_url: str, folder: Path):
    await load_sample(pool)
    servers = {
        "DATABASE_URL": worker_database_url,
        "REDIS_URL": redis_url,
        "COMMERCE_PAYMENT_GATEWAY_URL": "http://127.0.0.1:9",
        "DATA_DIR": str(folder),
    }
    async with collecting() as collector, working({**servers, **sending_to(collector)}, folder):
        relay = await collector.span("job relay")
        below = await collector.below(relay, "BEGIN", "WITH event", "COMMIT")

    assert {span.trace_id for span in below} == {relay.trace_id}


def test_without_the_setting_nothing_of_opentelemetrys_is_opened():
    assert open_traces(Settings(commerce_traces=False)) is None


def test_a_server_without_traces_imports_no_exporter():
    code = (
        "import sys, server.web_process\n"
        "print('opentelemetry.exporter' in sys.modules, 'server.telemetry' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "False False\n"


def test_traces_without_their_packages_are_refused_in_one_line(folder: Path):
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None; sys.modules['opentelemetry.exporter'] = None\n"
        "sys.argv = ['commerce', 'worker']\n"
        "from server.cli import main; main()"
    )
    servers = {
        "DATABASE_URL": "postgresql://localhost/none",
        "REDIS_URL": "redis://localhost",
        "COMMERCE_PAYMENT_GATEWAY_URL": "http://localhost",
        "COMMERCE_TRACES": "true",
    }

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean_environment(), **servers},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == "commerce: COMMERCE_TRACES: needs the extra `otel`: pip install 'global-commerce[otel]'\n"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT product.id, product.slug \nFROM product WHERE id = $1", "SELECT product"),
        ('INSERT INTO "order" (id) VALUES ($1)', "INSERT order"),
        ("\nUPDATE cart SET note = $1", "UPDATE cart"),
        ("WITH fresh AS (SELECT id FROM event) UPDATE event SET position = 1", "WITH event"),
        ("BEGIN;", "BEGIN"),
        ("", "statement"),
    ],
)
def test_a_statement_is_named_by_its_first_words(sql: str, words: str):
    assert first_words(sql) == words
