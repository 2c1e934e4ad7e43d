"""Relay's compiler finds nothing to complain of in the schema, and a client works by what it writes."""

import shutil
from pathlib import Path

import pytest

from schema.contracts import Contract
from server.published import published_contract
from tests.clients.node import Finished, names_in, run_command, run_script, workshop

SCRIPT = "relay_app.mjs"
PROJECT = "relay_app"
SCHEMA = Path(__file__).parents[2] / "graphql" / "schema.graphql"


def compiled(schema: str) -> Finished:
    """What the compiler says of the project with this schema; its artifacts are in the workshop."""
    folder = workshop() / "scripts" / PROJECT
    artifacts = folder / "__generated__"
    shutil.rmtree(artifacts, ignore_errors=True)
    artifacts.mkdir()
    (artifacts / "package.json").write_text('{"type": "commonjs"}')
    (folder / "schema.graphql").write_text(schema)
    return run_command(
        str(workshop() / "node_modules" / ".bin" / "relay-compiler"),
        "relay.config.json",
        environment={"NO_COLOR": "1"},
        folder=folder,
    )


@pytest.mark.parametrize("schema", [SCHEMA.read_text(), published_contract(Contract.ADMIN)], ids=["whole", "contract"])
def test_the_compiler_does_not_complain(schema: str):
    finished = compiled(schema)

    assert finished.succeeded, finished.said
    assert [line for line in finished.said.splitlines() if "INFO" not in line] == []


@pytest.fixture(scope="module")
def finished(shop: dict[str, str]) -> Finished:
    compilation = compiled(SCHEMA.read_text())
    assert compilation.succeeded, compilation.said
    return run_script(SCRIPT, **shop)


@pytest.mark.parametrize("name", names_in(SCRIPT))
def test_a_storefront_by_artifacts(finished: Finished, name: str):
    assert finished.passed(name), finished.told_of(name)
