"""The bytecode of the modules that a process imports, together in one file.

Python looks for each of two thousand modules in folders, opens a file and reads it, which takes a seventh of a start.
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

type Kept = tuple[str, float, int, bool, CodeType]
"""Path, second and size of the source, whether it is a package, and its code."""

KIND = (MAGIC_NUMBER, sys.flags.optimize)
"""Bytecode of other interpreters, or of other switches, is not ours."""


@contextmanager
def modules_kept(path: Path) -> Iterator[None]:
    """Around imports: modules that were imported at an earlier start are taken from there, what is new is added.

    What other threads import meanwhile is none of it.
    """
    finder = KeptModules(_known(path))
    sys.meta_path.insert(sys.meta_path.index(PathFinder), finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
    new = [module for name in finder.missed if (module := sys.modules.get(name)) and _is_to_be_kept(module)]
    if new and not sys.dont_write_bytecode:
        stay = {name: kept for name, kept in _known(path).items() if name in finder.found}
        added = {module.__name__: kept for module in new if (kept := _kept(module)) is not None}
        kept_files.write(path, (KIND, stay | added))


class KeptModules(MetaPathFinder):
    """Finds modules below packages: where a package is, Python says itself, since that depends on where it runs.

    It holds no code that was found: what only a module's import runs is gone when that has ended.
    """

    def __init__(self, known: dict[str, Kept]) -> None:
        self._known = known
        self._thread = get_ident()
        self.found: set[str] = set()
        self.missed: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or get_ident() != self._thread:
            return None
        kept = self._known.pop(fullname, None)
        if kept is None or not _is_current(kept, path):
            self.missed.add(fullname)
            return None
        self.found.add(fullname)
        return _spec(fullname, kept)


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


def _is_current(kept: Kept, path: Sequence[str]) -> bool:
    """Whether its source is still in its place below the package at `path`, and the same."""
    file, second, size, is_package, _ = kept
    folder = os.path.dirname(file)  # noqa: PTH120 - as above
    if (os.path.dirname(folder) if is_package else folder) not in path:  # noqa: PTH120 - as above
        return False
    try:
        found = os.stat(file)  # noqa: PTH116 - as above
    except OSError:
        return False
    return (int(found.st_mtime), found.st_size) == (second, size)


def _is_to_be_kept(module: ModuleType) -> bool:
    """Whether it came from a source, under its own name."""
    spec = getattr(module, "__spec__", None)
    return spec is not None and spec.name == module.__name__ and type(spec.loader) is SourceFileLoader


def _kept(module: ModuleType) -> Kept | None:
    spec = module.__spec__
    assert spec is not None
    assert isinstance(spec.loader, SourceFileLoader)
    with suppress(OSError, ImportError, SyntaxError):
        found = os.stat(spec.loader.path)  # noqa: PTH116 - as above
        code = spec.loader.get_code(spec.name)
        is_package = spec.submodule_search_locations is not None
        return (spec.loader.path, int(found.st_mtime), found.st_size, is_package, code) if code else None
    return None


def _known(path: Path) -> dict[str, Kept]:
    found = kept_files.read(path)
    return found[1] if isinstance(found, tuple) and len(found) == 2 and found[0] == KIND else {}
