"""A store for the readers of one page: the sample store, freshly started by the command that they are told to use."""

import shutil
import time
from collections.abc import Iterator

import httpx2
import pytest

from server.sample_accounts import EVENTS_KEY
from tests.journeys.processes import Store
from tests.places import new_folder

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.1
LOADED = {"query": "{ events(first: 1) { nodes { id } } }"}


@pytest.fixture
def reader() -> Iterator[httpx2.Client]:
    """A client of a store that nobody has used yet, and whose worker has told of all that was loaded."""
    folder = new_folder("commerce-docs-")
    try:
        with Store(folder / "store") as store, httpx2.Client(base_url=store.origin, timeout=PATIENCE_SECONDS) as client:
            wait_for_the_log(client)
            yield client
    finally:
        shutil.rmtree(folder)


def wait_for_the_log(client: httpx2.Client) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not client.post("/graphql", json=LOADED, headers={"X-Api-Key": EVENTS_KEY}).json()["data"]["events"]["nodes"]:
        assert time.monotonic() < deadline, "the events of the sample were not placed in the log"
        time.sleep(LOOK_SECONDS)
