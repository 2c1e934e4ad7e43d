"""Apollo's gateway works before a server that answers only registered documents."""

import shutil
from collections.abc import Iterator

import pytest

from tests.clients.conftest import ROUTER_SECRET
from tests.clients.node import Finished, must_have_node, names_in, run_script
from tests.journeys.processes import Store
from tests.places import new_folder

SCRIPT = "trusted_router.mjs"


@pytest.fixture(scope="module")
def finished() -> Iterator[Finished]:
    must_have_node()
    folder = new_folder("commerce-trusted-")
    settings = {"COMMERCE_ROUTER_SECRET": ROUTER_SECRET, "COMMERCE_TRUSTED_DOCUMENTS_ONLY": "true"}
    try:
        with Store(folder / "store", **settings) as store:
            yield run_script(SCRIPT, URL=f"{store.origin}/graphql", ROUTER_SECRET=ROUTER_SECRET)
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", names_in(SCRIPT))
def test_a_router_where_only_registered_documents_run(finished: Finished, name: str):
    assert finished.passed(name), finished.told_of(name)
