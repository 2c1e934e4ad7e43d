"""Clients made from the schema and the registered operations compile, in TypeScript and in Python."""

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from schema.contracts import Contract
from server.published import published_contract
from tests.clients.node import WORKSHOP, Finished, run_command, run_script, run_tool, workshop

OPERATIONS = Path(__file__).parents[2] / "graphql" / "operations" / "storefront"
REQUIREMENTS = Path(__file__).parent / "requirements.lock"
STRICT = ("--strict", "--noEmit", "--skipLibCheck", "--target", "es2023", "--module", "nodenext")
ASKS = "import asyncio, sys, shop; print(asyncio.run(shop.Client(sys.argv[1]).suggest(prefix='tea')).suggest.queries)"
BESIDE_A_FRAGMENT = re.compile(r"\{ \.\.\.Errors \.\.\. on ")


def generated(out: str, schema: str, **environment: str) -> Path:
    """What graphql-codegen writes into the workshop."""
    path = workshop() / "scripts" / f"{out}.ts"
    sdl = path.with_suffix(".graphql")
    sdl.write_text(schema)
    finished = run_script("codegen.mjs", SCHEMA=str(sdl), OUT=str(path), **environment)
    assert finished.succeeded, finished.said
    return path


def compiled(*sources: Path) -> Finished:
    return run_tool("tsc", *STRICT, *map(str, sources))


@pytest.mark.parametrize("contract", Contract)
def test_the_types_of_a_contract_compile(contract: Contract):
    types = generated(contract.value, published_contract(contract))

    finished = compiled(types)

    assert finished.succeeded, finished.said


def test_the_registered_operations_compile_and_a_storefront_that_uses_them():
    """A line of the storefront is wrong on purpose, and has to be noticed."""
    operations = generated("generated", published_contract(Contract.STOREFRONT), OPERATIONS=str(OPERATIONS))

    finished = compiled(operations, workshop() / "scripts" / "shop.ts")

    assert finished.succeeded, finished.said


@cache
def python() -> Path:
    """An environment with ariadne-codegen, which wants another graphql-core than we do."""
    folder = WORKSHOP / "python"
    installed = folder / "requirements.lock"
    if not installed.exists() or installed.read_bytes() != REQUIREMENTS.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        packages = ("--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement", str(REQUIREMENTS))
        finished = run_command(str(folder / "bin" / "python"), "-m", "pip", "install", *packages)
        if not finished.succeeded:
            pytest.skip(f"ariadne-codegen cannot be had: {finished.said[-500:]}")
        shutil.copy(REQUIREMENTS, installed)
    return folder / "bin"


def written_operations(folder: Path) -> None:
    """The operations as ariadne-codegen 0.19 takes them: it forgets a fragment that stands beside another selection."""
    folder.mkdir()
    for path in OPERATIONS.glob("*.graphql"):
        text = BESIDE_A_FRAGMENT.sub("{ code message path ... on ", path.read_text())
        (folder / path.name).write_text(text)


def test_a_client_in_python_compiles_and_asks(shop: dict[str, str], tmp_path: Path):
    written_operations(tmp_path / "operations")
    (tmp_path / "schema.graphql").write_text(published_contract(Contract.STOREFRONT))
    settings = {"schema_path": "schema.graphql", "queries_path": "operations", "target_package_name": "shop"}
    lines = [f'{name} = "{value}"' for name, value in settings.items()]
    (tmp_path / "pyproject.toml").write_text("\n".join(["[tool.ariadne-codegen]", *lines]))

    written = run_command(str(python() / "ariadne-codegen"), folder=tmp_path)
    checked = run_command(
        sys.executable, "-m", "mypy", "--python-executable", str(python() / "python"), "shop", folder=tmp_path
    )
    asked = run_command(str(python() / "python"), "-c", ASKS, shop["URL"], folder=tmp_path)

    assert written.succeeded, written.said
    assert checked.succeeded, checked.said
    assert asked.succeeded, asked.said
    assert asked.said.startswith("[")
