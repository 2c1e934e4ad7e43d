"""The bytecode of all modules of a package in one file, for those packages that processes import.

Python looks for each of two thousand modules in folders, opens a file and reads it, which takes an eighth of a start.
So what one start has imported is kept beside the bytecode of this module for the next one. As Python does, it looks at
each source all the same: a module whose source is another by now is imported from that, and the file is written anew.
Where it cannot be written or read, everything is imported as ever.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from threading import get_ident
from types import CodeType, ModuleType

from server import kept_files

type Kept = tuple[str, int, int, bool, CodeType]
"""Path, second and size of the source, whether it is a package, and its code."""

KIND = (MAGIC_NUMBER, sys.flags.optimize)
"""Bytecode of other interpreters, or of other switches, is not ours."""


@contextmanager
def modules_kept(folder: Path) -> Iterator[None]:
    """Around imports: modules that were imported at an earlier start are taken from there, what is new is added.

    What other threads import meanwhile is none of it.
    """
    finder = KeptModules(folder)
    sys.meta_path.insert(sys.meta_path.index(PathFinder), finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
    if not sys.dont_write_bytecode:
        finder.keep_what_was_missed()


class KeptModules(MetaPathFinder):
    """Finds modules below packages: where a package is, Python says itself, since that depends on where it runs.

    It holds no code that was found: what only a module's import runs is gone when that has ended.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = get_ident()
        self._known: dict[str, dict[str, Kept]] = {}
        self._missed: dict[str, list[str]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or get_ident() != self._thread:
            return None
        package = fullname.partition(".")[0]
        if package not in self._known:
            self._known[package] = self._read(package)
        kept = self._known[package].pop(fullname, None)
        if kept is not None and _is_below(kept, path) and _is_current(kept):
            return _spec(fullname, kept)
        self._missed.setdefault(package, []).append(fullname)
        return None

    def keep_what_was_missed(self) -> None:
        for package, names in self._missed.items():
            if new := {name: kept for name in names if (kept := _kept(sys.modules.get(name))) is not None}:
                stay = {name: kept for name, kept in self._read(package).items() if _is_current(kept)}
                kept_files.write(self._file(package), (KIND, stay | new))

    def _read(self, package: str) -> dict[str, Kept]:
        found = kept_files.read(self._file(package))
        return found[1] if isinstance(found, tuple) and len(found) == 2 and found[0] == KIND else {}

    def _file(self, package: str) -> Path:
        return self._folder / f"{package}.{sys.implementation.cache_tag}.bin"


class KeptLoader(SourceFileLoader):
    """Runs code that is there already. It gives it away once: who asks again has it read as ever."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code: CodeType | None = code

    def get_code(self, fullname: str) -> CodeType | None:
        code, self._code = self._code, None
        return code or super().get_code(fullname)


def _spec(name: str, kept: Kept) -> ModuleSpec:
    file, _, _, is_package, code = kept
    spec = ModuleSpec(name, KeptLoader(name, file, code), origin=file, is_package=is_package)
    spec.has_location = True
    if is_package:
        spec.submodule_search_locations = [os.path.dirname(file)]  # noqa: PTH120 - paths cost, two thousand times
    return spec


def _is_below(kept: Kept, path: Sequence[str]) -> bool:
    """Whether it stands where the package at `path` is now."""
    file, _, _, is_package, _ = kept
    folder = os.path.dirname(file)  # noqa: PTH120 - as above
    return (os.path.dirname(folder) if is_package else folder) in path  # noqa: PTH120 - as above


def _is_current(kept: Kept) -> bool:
    """Whether its source is still there, and the same."""
    file, second, size, _, _ = kept
    try:
        found = os.stat(file)  # noqa: PTH116 - as above
    except OSError:
        return False
    return (int(found.st_mtime), found.st_size) == (second, size)


def _kept(module: ModuleType | None) -> Kept | None:
    """What to keep of a module that came from a source, under its own name."""
    spec = getattr(module, "__spec__", None)
    if module is None or spec is None or spec.name != module.__name__ or type(spec.loader) is not SourceFileLoader:
        return None
    with suppress(OSError, ImportError, SyntaxError):
        found = os.stat(spec.loader.path)  # noqa: PTH116 - as above
        code = spec.loader.get_code(spec.name)
        is_package = spec.submodule_search_locations is not None
        return (spec.loader.path, int(found.st_mtime), found.st_size, is_package, code) if code else None
    return None
