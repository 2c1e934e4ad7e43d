"""The folder of files that are sold. No path leads out of it."""

import asyncio
import hashlib
from pathlib import Path

from domain.fulfillment.digital.model import Content


class FileFolder:
    """Implements `domain.fulfillment.digital.ports.Files`; without a folder there are no files."""

    def __init__(self, root: Path | None) -> None:
        self._root = root.resolve() if root else None

    def find(self, path: str) -> Path | None:
        """The file at a path below the folder; None if there is none, wherever links and dots may lead."""
        if self._root is None or "\0" in path:
            return None
        try:
            found = (self._root / path).resolve()
            return found if found.is_relative_to(self._root) and found.is_file() else None
        except OSError:  # such as a name that is longer than any file's
            return None

    async def content(self, path: str) -> Content | None:
        """Its size and SHA-256; None if there is no such file."""
        found = self.find(path)
        return None if found is None else await asyncio.to_thread(_content, found)


def _content(path: Path) -> Content:
    with path.open("rb") as file:
        return Content(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
