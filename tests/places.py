"""Where tests keep files that nobody wants to see again."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")
_ROOM_BYTES: Final = 2 * 1024**3


def new_folder(prefix: str) -> Path:
    """A new folder with a short path: in memory where there is plenty, as the disk of a busy machine is slow."""
    in_memory = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    return Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY if in_memory else None))
