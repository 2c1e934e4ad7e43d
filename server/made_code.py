"""The code that `dataclasses` makes for each class, kept as Python keeps that of modules.

We have a thousand dataclasses, and for each `dataclasses` writes its methods as text, which Python compiles at every
start: a fourth of the time until the first answer. The code of a text is always the same, so it is kept beside the
bytecode of this module, and found by the digest of the text. Where it cannot be kept or read, it is compiled as ever.
"""

import builtins
import dataclasses
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from types import CodeType
from typing import Any

from server import kept_files

MOST = 20_000
"""Of how many texts the code is kept; those of classes that are no more are dropped when there are too many."""


@contextmanager
def made_code_kept(path: Path) -> Iterator[None]:
    """Around imports: what was made at an earlier start is taken from there, what is new is added."""
    found = kept_files.read(path)
    known: dict[bytes, CodeType] = found if isinstance(found, dict) else {}
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
        kept_files.write(path, {**known, **made} if len(known) + len(made) <= MOST else made)
