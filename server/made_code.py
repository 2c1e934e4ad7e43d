"""The code that `dataclasses` makes for each class, kept as Python keeps that of modules.

We have a thousand dataclasses, and for each `dataclasses` writes its methods as text, which Python compiles at every
start: a fourth of the time until the first answer. The code of a text is always the same, so it is kept beside the
bytecode of this module, and found by the digest of the text. Where it cannot be kept or read, it is compiled as ever.

`python -m server.made_code` makes all of it, for an image whose processes may not write beside the code.
"""

import builtins
import dataclasses
import marshal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import CodeType
from typing import Any

KEPT = Path(__file__).parent / "__pycache__" / f"made_code.{sys.implementation.cache_tag}.bin"
MOST = 20_000
"""Of how many texts the code is kept; those of classes that are no more are dropped when there are too many."""


@contextmanager
def made_code_kept(path: Path = KEPT) -> Iterator[None]:
    """Around imports: what was made at an earlier start is taken from there, what is new is added."""
    known = _read(path)
    made: dict[bytes, CodeType] = {}

    def execute(text: str, *namespaces: Any) -> None:
        digest = blake2b(text.encode(), digest_size=16).digest()
        code = known.get(digest) or made.get(digest)
        if code is None:
            code = made[digest] = compile(text, "<string>", "exec")
        builtins.exec(code, *namespaces)  # noqa: S102 - as `dataclasses` would

    vars(dataclasses)["exec"] = execute  # it looks for a name of its own before that of Python
    try:
        yield
    finally:
        del vars(dataclasses)["exec"]
    if made and not sys.dont_write_bytecode:
        _write(path, {**known, **made} if len(known) + len(made) <= MOST else made)


def _read(path: Path) -> dict[bytes, CodeType]:
    with suppress(OSError, ValueError, EOFError, TypeError):
        found = marshal.loads(path.read_bytes())  # noqa: S302 - trusted like the bytecode beside it
        if isinstance(found, dict):
            return found
    return {}


def _write(path: Path, codes: dict[bytes, CodeType]) -> None:
    """In one step, so that nobody reads half of it."""
    with suppress(OSError), NamedTemporaryFile(dir=path.parent, delete_on_close=False) as file:
        file.write(marshal.dumps(codes))
        file.close()
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)


if __name__ == "__main__":
    with made_code_kept():
        import server.web_process
        import server.worker  # noqa: F401 - what both processes import
