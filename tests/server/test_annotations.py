"""Annotations that are alike are read once at imports, and mean the same as if each were read by itself."""

import os
import subprocess
import sys
from types import ModuleType
from typing import Annotated, Any

import pytest
from strawberry.annotation import StrawberryAnnotation

from server.annotations import annotations_read_once


def meaning(annotation: Any, **names: Any) -> Any:
    return StrawberryAnnotation(annotation, namespace=names).resolve()


def test_the_schema_of_a_web_process_is_that_of_imports_without_it():
    quickly, plainly = (
        schema_after(imports)
        for imports in ("from server.importing import import_web; import_web()", "import server.web_process")
    )

    assert "type Product " in plainly
    assert quickly == plainly


def schema_after(imports: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"{imports}; from schema.root import schema; print(schema.as_str())"],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_what_is_alike_means_the_same_object():
    with annotations_read_once():
        assert meaning(list[int | None]) is meaning(list[int | None])
        assert meaning("list[int] | None") is meaning(list[int] | None)
        assert meaning(list[int]) != meaning(list[str])

    assert meaning(list[int | None]) is not meaning(list[int | None])


def test_a_name_means_what_its_module_says():
    with annotations_read_once():
        for type_ in (int, str, bool) * 5:
            assert meaning("list[Name] | None", Name=type_).of_type.of_type is type_


def test_a_name_that_is_not_there_yet_is_asked_again():
    module = ModuleType("later")
    with annotations_read_once():
        annotation = StrawberryAnnotation("list[Later]", namespace=vars(module))
        with pytest.raises(NameError):
            annotation.resolve()
        vars(module)["Later"] = int

        assert annotation.resolve().of_type is int  # type: ignore[union-attr]


def test_what_cannot_be_a_key_is_read_each_time():
    with annotations_read_once():
        assert meaning(Annotated[list[int], []]).of_type is int
