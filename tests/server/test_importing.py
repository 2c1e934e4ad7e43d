"""What a start imports: quickly, and nothing that is not needed."""

import dataclasses
import importlib
import os
import subprocess
import sys

import pytest

from server.importing import without, without_signatures

UNNEEDED = (
    *("alembic", "httpx2", "limits", "opentelemetry.sdk", "pgqueuer", "pydantic_settings", "pygments", "rich"),
    *("stripe", "typst", "phonenumbers", "watchfiles", "greenlet", "sqlalchemy.orm", "server.worker", "bench"),
)
"""What a web process does without until somebody asks for what needs it."""


def imported_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},  # what is kept is that of starts
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.split())


def test_a_web_process_starts_without_what_few_ask_for():
    found = imported_by("from server.importing import import_web; import_web()")

    assert {"strawberry", "asyncpg", "uvicorn"} <= found
    assert found.isdisjoint(UNNEEDED)


def test_the_command_is_read_without_what_its_commands_need():
    found = imported_by("from server.importing import import_command; import_command()")

    assert found.isdisjoint({*UNNEEDED, "strawberry", "sqlalchemy", "redis", "schema", "persistence"})


def test_a_package_is_hidden_from_imports_alone():
    with without("tabnanny"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("tabnanny")

    assert "tabnanny" not in sys.modules


def test_a_package_that_is_imported_already_stays():
    with without("dataclasses"):
        assert sys.modules["dataclasses"] is dataclasses


def test_dataclasses_without_a_docstring_are_given_their_name():
    with without_signatures():

        @dataclasses.dataclass
        class Point:
            x: int

        @dataclasses.dataclass
        class Told:
            """What it is."""

    assert (Point.__doc__, Told.__doc__) == ("Point", "What it is.")
    assert Point(1) == Point(1)
