"""The servers that tests run against: one PostgreSQL and one Valkey for the whole run, whatever the number of workers.

They are started when first needed, in a temporary folder, and are not durable. `TEST_DATABASE_URL` and `TEST_REDIS_URL`
name others to use instead. `PROPERTIES=nightly` tries each property of the arithmetic on 100,000 cases.
"""

import os
import shutil
import signal
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

from server.embedded import EmbeddedServers
from tests.factories import clock
from tests.places import new_folder

pytest_plugins = ["tests.database"]

settings.register_profile("quick", max_examples=100, deadline=None)
settings.register_profile("nightly", max_examples=100_000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("PROPERTIES", "quick"))

signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends the tests has them put away what they run


@pytest.fixture(autouse=True)
def _present() -> None:
    """Each test has a present of its own, before anything of it is made."""
    clock.begin()


_URLS: Final = pytest.StashKey[dict[str, str]]()


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> str:
    """The DSN of a maintenance database, whose role may create databases and roles."""
    return server_urls(pytestconfig)["postgres_server"]


@pytest.fixture(scope="session")
def redis_url(pytestconfig: pytest.Config) -> str:
    """The address of a Valkey that all workers share: keys of a test need a prefix of their own."""
    return server_urls(pytestconfig)["redis_url"]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the addresses to each worker, from the one process that all workers share."""
    node.workerinput.update(server_urls(node.config))


def server_urls(config: pytest.Config) -> dict[str, str]:
    if hasattr(config, "workerinput"):
        return dict(config.workerinput)
    if _URLS not in config.stash:
        config.stash[_URLS] = given_urls() or start_servers(config)
    return config.stash[_URLS]


def given_urls() -> dict[str, str] | None:
    """The servers that the environment names: both or none."""
    names = {"postgres_server": "TEST_DATABASE_URL", "redis_url": "TEST_REDIS_URL"}
    given = {fixture: os.environ[name] for fixture, name in names.items() if os.environ.get(name)}
    if given and len(given) < len(names):
        raise pytest.UsageError("Set both TEST_DATABASE_URL and TEST_REDIS_URL, or neither.")
    return given or None


def start_servers(config: pytest.Config) -> dict[str, str]:
    folder = new_folder("commerce-tests-")
    config.add_cleanup(lambda: shutil.rmtree(folder))
    servers = EmbeddedServers(folder, durable=False)
    servers.start()
    config.add_cleanup(servers.stop)
    return {"postgres_server": servers.database_url, "redis_url": servers.redis_url}
