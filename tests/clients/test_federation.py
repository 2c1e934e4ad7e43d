"""Apollo's composition and gateway find nothing to complain of in this server as a subgraph."""

import pytest

import server.web  # noqa: F401 - makes the schema know @inContext
from schema.root import schema
from tests.clients.node import Finished, names_in, run_script

SCRIPT = "federation.mjs"


@pytest.fixture(scope="module")
def federated(shop: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Finished:
    sdl = tmp_path_factory.mktemp("subgraph") / "schema.graphql"
    sdl.write_text(schema.whole_sdl)
    return run_script(SCRIPT, **shop, WHOLE_SDL=str(sdl))


@pytest.mark.parametrize("name", names_in(SCRIPT))
def test_federation(federated: Finished, name: str):
    assert federated.passed(name), federated.told_of(name)
