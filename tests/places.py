"""Where tests keep files that nobody wants to see again."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")
_ROOM_BYTES: Final = 2 * 1024**3


def new_folder(prefix: str) -> Path:
    """A new folder with a short path: in memory where there is plenty, as the disk of a busy machine is slow.

    What tests that were killed have left behind is removed.
    """
    in_memory = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    place = _MEMORY if in_memory else Path(tempfile.gettempdir())
    for left in place.glob(f"{prefix}*.of-*"):
        if not Path(f"/proc/{left.suffix.removeprefix('.of-')}").exists():
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=prefix, suffix=f".of-{os.getpid()}", dir=place))
