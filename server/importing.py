"""How processes import what they are made of, which is most of their start.

`python -m server.importing` does what a first start does, for an image whose processes may not write beside the code.
"""

import dataclasses
import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Never

from server.kept_files import FOLDER
from server.kept_modules import modules_kept
from server.made_code import made_code_kept
from server.replacing import replaced

UNUSED = ("rich", "opentelemetry", "watchfiles", "greenlet")
"""What libraries import where they find it, for colors, figures, reloading or threads, and else do without.

It takes a tenth of all imports. Who wants traces imports OpenTelemetry itself, and migrations greenlet.
"""

NO_PLUGINS = ("PYDANTIC_DISABLE_PLUGINS", "__all__")
"""Pydantic else reads of every installed package whether it is a plugin, a sixtieth of all imports. `""` lets it."""


def import_command() -> ModuleType:
    """What reads the command line; each command imports the rest of what it needs."""
    return _imported("server.cli", "command")


def import_serving() -> ModuleType:
    """What starts databases and web processes, and watches over them."""
    return _imported("server.serving", "serving")


def import_web() -> ModuleType:
    with quick_imports("web"):
        from server.annotations import annotations_read_once  # noqa: PLC0415 - imports Strawberry

        with annotations_read_once():
            return import_module("server.web_process")


def import_processes() -> ModuleType:
    """Several web processes, and a worker among them."""
    import_web()
    return _imported("server.processes", "processes")


def import_worker() -> ModuleType:
    return _imported("server.worker", "worker")


def _imported(module: str, name: str) -> ModuleType:
    with quick_imports(name):
        return import_module(module)


@contextmanager
def quick_imports(name: str) -> Iterator[None]:
    """Around imports: code is kept under this name for the next start, and what no process of ours uses is left out."""
    folder = FOLDER / f"kept_{name}"
    with (
        modules_kept(folder),
        made_code_kept(folder / f"made_code.{sys.implementation.cache_tag}.bin"),
        without_signatures(),
        without(*UNUSED),
    ):
        os.environ.setdefault(*NO_PLUGINS)
        yield


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Around imports that shall not find these packages; what is imported already stays."""
    hidden = [package for package in packages if package not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # as the documentation of `sys.modules` has it
    try:
        yield
    finally:
        for package in hidden:
            del sys.modules[package]


@contextmanager
def without_signatures() -> Iterator[None]:
    """Around imports: dataclasses without a docstring are given their name for one, and not their signature."""
    unsigned = ModuleType(inspect.__name__)
    vars(unsigned).update(vars(inspect), signature=_no_signature)
    with replaced(dataclasses, "inspect", unsigned):
        yield


def _no_signature(_cls: type) -> Never:
    """`inspect.signature` finds none of some classes, and `dataclasses` knows."""
    raise ValueError


if __name__ == "__main__":
    import_command()
    import_serving()
    import_processes()
