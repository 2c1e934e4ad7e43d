"""One store for the journeys of a worker, served by a real process; and guests who come to it."""

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journeys.client import Client, client_of
from tests.journeys.processes import Store
from tests.places import new_folder


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """The sample store. Journeys share it: each finds what it bought itself, and no journey empties a shelf."""
    folder = new_folder("commerce-journeys-")
    try:
        with Store(folder / "store") as running:
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.fixture
async def guest(store: Store) -> AsyncIterator[Client]:
    before = store.log.stat().st_size
    async with client_of(store.origin) as client:
        yield client
    assert store.faults_since(before) == []
