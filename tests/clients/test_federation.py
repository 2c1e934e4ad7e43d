"""Apollo's composition and gateway find nothing to complain of in this server as a subgraph."""

import pytest

from tests.clients.node import Finished, run_script, names_in

SCRIPT = "federation.mjs"


@pytest.fixture(scope="module")
def federated(shop: dict[str, str]) -> Finished:
    return run_script(SCRIPT, **shop)


@pytest.mark.parametrize("name", names_in(SCRIPT))
def test_federation(federated: Finished, name: str):
    assert federated.passed(name), federated.told_of(name)
