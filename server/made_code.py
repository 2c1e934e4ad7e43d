"""What Python's libraries compile of texts while modules are imported, kept as Python keeps the code of modules.

We have a thousand dataclasses, and for each `dataclasses` writes its methods as text, which Python compiles at every
start: a fourth of the time until the first answer. `typing` compiles each annotation that is text, and `re` each
pattern, which takes a fifteenth of all imports. What comes of a text is always the same, so it is kept beside the
bytecode of this module. Where it cannot be kept or read, it is compiled as ever.
"""

import builtins
import dataclasses
import sys
import typing
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

from server import kept_files
from server.replacing import replaced

MOST = 20_000
"""Of how many texts something is kept; what is of texts that are no more is dropped when there are too many."""
FEW_NEW = 0.01
"""Of all texts; so few new ones are not kept, as the letters of some pattern come in another order at every start."""

regular_expressions: Any = import_module("re._compiler")
compile_pattern = regular_expressions.compile
engine: Any = import_module("_sre")


@contextmanager
def made_code_kept(path: Path) -> Iterator[None]:
    """Around imports: what was made at an earlier start is taken from there, what is new is added."""
    kept = _Kept(path)
    with (
        replaced(dataclasses, "exec", kept.execute),
        replaced(typing, "compile", kept.expression),
        replaced(regular_expressions, "compile", kept.pattern),
    ):
        yield
    if not sys.dont_write_bytecode:
        kept.write()


class _Kept:
    """What was made of texts, by what it was made of."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = kept_files.read(path)
        self._known: dict[Hashable, Any] = found if isinstance(found, dict) else {}
        self._made: dict[Hashable, Any] = {}

    def execute(self, text: str, *namespaces: Any) -> None:
        """`exec`, as `dataclasses` calls it. Its texts are long."""
        digest = blake2b(text.encode(), digest_size=16).digest()
        builtins.exec(self._of(digest, compile, text, "<string>", "exec"), *namespaces)  # noqa: S102 - as it would

    def expression(self, text: str, file: str, mode: str) -> Any:
        """`compile`, as `typing` calls it."""
        return self._of((text, file, mode), compile, text, file, mode)

    def pattern(self, text: Any, flags: int = 0) -> Any:
        """`compile`, as `re` calls it, of a pattern that is text or was read from one."""
        if not isinstance(text, str | bytes):
            return compile_pattern(text, flags)
        return engine.compile(*self._of((text, int(flags)), _parts, text, flags))

    def _of(self, key: Hashable, make: Callable[..., Any], *arguments: Any) -> Any:
        found = self._known.get(key) or self._made.get(key)
        if found is None:
            found = self._made[key] = make(*arguments)
        return found

    def write(self) -> None:
        if len(self._made) > FEW_NEW * len(self._known):
            all_of_them = {**self._known, **self._made}
            kept_files.write(self._path, all_of_them if len(all_of_them) <= MOST else self._made)


def _parts(text: str | bytes, flags: int) -> tuple[Any, ...]:
    """What `re` gives its engine for a pattern: as it does, but with numbers of Python's own kind."""
    parsed = regular_expressions._parser.parse(text, flags)  # noqa: SLF001
    state = parsed.state
    names = [None] * state.groups
    for name, number in state.groupdict.items():
        names[number] = name
    code = [int(step) for step in regular_expressions._code(parsed, flags)]  # noqa: SLF001
    return text, int(flags | state.flags), code, state.groups - 1, state.groupdict, tuple(names)
