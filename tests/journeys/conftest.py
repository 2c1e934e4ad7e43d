"""One store for the journeys of a worker, served by a real process; and guests who come to it."""

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journeys.client import Client, client_of
from tests.journeys.processes import Process, Store
from tests.places import new_folder


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """The sample store. Journeys share it: each finds what it bought itself, and no journey empties a shelf."""
    folder = new_folder("commerce-journeys-")
    try:
        with Store(folder / "store") as running:
            yield running
        examine(running)
    finally:
        shutil.rmtree(folder)


def examine(store: Store) -> None:
    """Whatever the journeys did, the store that they leave behind keeps every rule."""
    log = store.data_dir.parent / "doctor.log"
    with Process("doctor", environment={"DATA_DIR": str(store.data_dir)}, log=log) as doctor:
        doctor.line_with("The database keeps every rule.")


@pytest.fixture
async def guest(store: Store) -> AsyncIterator[Client]:
    before = store.log.stat().st_size
    async with client_of(store.origin) as client:
        yield client
    assert store.faults_since(before) == []
