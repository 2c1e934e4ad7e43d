"""The file of rows that did not go in."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import orjson


class Rejects:
    """One JSON object a line: `{"line": 7, "external_id": "kettle-1", "reason": "..."}`.

    The file is made for the first bad row. One that an earlier run left is removed: it speaks of this run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, line: int, external_id: object, reason: str) -> None:
        if self._file is None:
            self._file = self.path.open("wb")
        self.count += 1
        known = external_id if isinstance(external_id, str) else None
        content: dict[str, object] = {"line": line, "external_id": known, "reason": reason}
        self._file.write(_encoded(content) + b"\n")
        self._file.flush()


def _encoded(content: dict[str, object]) -> bytes:
    """Even a reason that quotes half a surrogate pair must be told."""
    try:
        return orjson.dumps(content)
    except TypeError:
        return orjson.dumps(
            {key: str(value).encode("ascii", "backslashreplace").decode() for key, value in content.items()}
        )
