"""`commerce search reindex` as an operator runs it, and what searches are put to afterwards."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from typer.testing import CliRunner

from domain.catalog.search import SearchInput
from domain.shared.page import PageRequest
from integrations.opensearch.double.server import OpenSearchDouble
from persistence.catalog import search_index
from persistence.search.engine import PostgresSearch
from persistence.statement import Pool
from server.cli import app
from server.listening import address_of, listening_socket
from server.outside_search import SearchAnswers, open_outside_search
from server.settings import Settings, SettingsError
from tests.factories.catalog import catalog_in
from tests.factories.requests import make_client


@contextmanager
def double() -> Iterator[str]:
    """A double in a thread of its own, since the command blocks this one."""
    with listening_socket("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(OpenSearchDouble().app(), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield address_of(listener)
        server.should_exit = True
        thread.join()


async def test_a_shop_switches_to_the_engine(
    pool: Pool, worker_database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    catalog = await catalog_in(pool)
    await catalog.sold("Lamp")
    await search_index.rebuild(pool)
    with double() as url:
        settings = {"DATABASE_URL": worker_database_url, "REDIS_URL": redis_url, "COMMERCE_OPENSEARCH_URL": url}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        ran = await asyncio.to_thread(CliRunner().invoke, app, ["search", "reindex"])
        async with open_outside_search(Settings.read(), pool) as search:
            assert search is not None
            request = (await make_client(pool).context()).request
            found = await search.engine.hits(SearchInput("lamp"), None, request, PageRequest(first=5))
            registry = CollectorRegistry()
            registry.register(SearchAnswers(search))
            told = generate_latest(registry).decode()

    assert ran.output == "Searches go to a new index. Products in it: 1.\n"
    assert len(found.hits) == 1
    assert 'commerce_search_answers_total{by="engine"} 1.0' in told
    assert 'commerce_search_answers_total{by="stand_in"} 0.0' in told


def test_the_command_wants_an_engine_to_be_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COMMERCE_OPENSEARCH_URL", raising=False)

    ran = CliRunner().invoke(app, ["search", "reindex"])

    assert isinstance(ran.exception, SettingsError)
    assert "COMMERCE_OPENSEARCH_URL" in str(ran.exception)


async def test_without_an_engine_the_database_is_searched(pool: Pool):
    await catalog_in(pool)

    async with open_outside_search(Settings(), pool) as search:
        services = (await make_client(pool).context()).services

    assert search is None
    assert isinstance(services.search, PostgresSearch)
