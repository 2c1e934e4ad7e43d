"""Files beside our bytecode, in which one start keeps for the next what it has made."""

import marshal
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

FOLDER = Path(__file__).parent / "__pycache__"


def read(path: Path) -> Any:
    """What was written, or None where that cannot be read. The file's bytes are not copied, which would hold memory."""
    with (
        suppress(OSError, ValueError, EOFError, TypeError),
        path.open("rb") as file,
        mmap(file.fileno(), 0, access=ACCESS_READ) as content,
    ):
        return marshal.loads(content)  # noqa: S302 - trusted like the bytecode beside it
    return None


def write(path: Path, value: Any) -> None:
    """In one step, so that nobody reads half of it; where it cannot be written, nothing happens."""
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
    with suppress(OSError), NamedTemporaryFile(dir=path.parent, delete_on_close=False) as file:
        file.write(marshal.dumps(value))
        file.close()
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
