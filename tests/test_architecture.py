"""What the import contracts cannot say."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOMAIN = sorted((ROOT / "domain").rglob("*.py"))
ALLOWED = {*sys.stdlib_module_names, "domain"}
ASYNC_MODULES = {"usecases", "ports"}


def imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return {*plain, *[node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", DOMAIN, ids=name_of)
def test_the_domain_imports_only_itself_and_the_standard_library(file: Path) -> None:
    packages = {name.partition(".")[0] for name in imported(file)}

    assert packages <= ALLOWED


@pytest.mark.parametrize("file", [file for file in DOMAIN if file.stem not in ASYNC_MODULES], ids=name_of)
def test_rules_are_plain_functions(file: Path) -> None:
    tree = ast.parse(file.read_text())
    ports = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and is_protocol(node)]
    promised = [member for port in ports for member in port.body]

    waiting = [node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef) and node not in promised]

    assert waiting == []


def is_protocol(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base) == "Protocol" for base in node.bases)


def test_graphql_never_becomes_a_package() -> None:
    folder = ROOT / "graphql"

    assert not list(folder.rglob("*.py"))
