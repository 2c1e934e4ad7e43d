"""What one run of `commerce bench` found, as it is printed, kept in a file and shown on a page."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from bench.load import Seen
from bench.measure import Cost
from bench.stage import Start, command_output
from server.embedded.binaries import Binaries

LIBRARIES = ("graphql-core", "strawberry-graphql", "asyncpg", "uvicorn", "orjson")
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured. `load_average` says how busy the machine was with other things when the run began."""

    processor: str
    cpus: int
    memory_gigabytes: float
    system: str
    load_average: float

    @classmethod
    def this(cls) -> Self:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return cls(_processor(), os.cpu_count() or 1, round(memory / 2**30, 1), platform.platform(), os.getloadavg()[0])


@dataclass(frozen=True, slots=True)
class Versions:
    """Of what was measured. `commit` ends with `+` where files were changed since."""

    commit: str
    python: str
    postgresql: str
    valkey: str
    libraries: Mapping[str, str]

    @classmethod
    def these(cls) -> Self:
        binaries = Binaries.find()
        return cls(
            commit_of(ROOT),
            platform.python_version(),
            command_output(str(binaries.postgres), "--version").split()[2],
            command_output(str(binaries.valkey), "--version").partition("v=")[2].split()[0],
            {name: version(name) for name in LIBRARIES},
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One workload, beside the same by hand where there is such. `statements` are those of one turn.

    The statements of purchases are a `limit` as often as purchases were made, and `flat_out` as often as can be.
    """

    name: str
    title: str
    requests_per_turn: int
    cost: Cost
    statements: int | None = None
    limit: Cost | None = None
    is_same_answer: bool | None = None
    flat_out: Cost | None = None

    @property
    def web_ratio(self) -> float | None:
        """CPU of the web process over that of the limit."""
        if self.limit is None:
            return None
        return _ratio(self.cost.web_cpu_milliseconds, self.limit.web_cpu_milliseconds)

    @property
    def whole_ratio(self) -> float | None:
        """CPU of the web process and PostgreSQL together over that of the limit and PostgreSQL."""
        return None if self.limit is None else _ratio(_together(self.cost), _together(self.limit))

    @property
    def flat_out_ratio(self) -> float | None:
        """The same over the statements that are sent as fast as can be."""
        return None if self.flat_out is None else _ratio(_together(self.cost), _together(self.flat_out))


@dataclass(frozen=True, slots=True)
class Followed:
    """Seconds until all products with another price, and as many with another title, could be found by it."""

    price_seconds: float
    title_seconds: float


@dataclass(frozen=True, slots=True)
class Indexing:
    """How the search index follows so many changes at once: when what it reads may lie on the disk still, and again."""

    products: int
    first: Followed
    again: Followed

    @property
    def per_second(self) -> Sequence[float]:
        """Prices and titles a second, and both again."""
        return [
            self.products / seconds
            for each in (self.first, self.again)
            for seconds in (each.price_seconds, each.title_seconds)
        ]


@dataclass(frozen=True, slots=True)
class Size:
    """A catalog of so many products, the bytes of its database, what its pages cost and how its index follows."""

    products: int
    database_bytes: int
    lines: Sequence[Line]
    indexing: Indexing | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """The list page of the largest catalog beside that of the smallest, by turns."""

    small_products: int
    large_products: int
    small: Cost
    large: Cost

    @property
    def web_ratio(self) -> float:
        """CPU of the web process for a page of the largest over that for one of the smallest."""
        return _ratio(self.large.web_cpu_milliseconds, self.small.web_cpu_milliseconds)

    @property
    def whole_ratio(self) -> float:
        """The same of the web process and PostgreSQL together."""
        return _ratio(_together(self.large), _together(self.small))


@dataclass(frozen=True, slots=True)
class ShopLoad:
    """The mix of a shop: how long each kind of request took, and what all of them cost."""

    cost: Cost
    kinds: Mapping[str, Seen]
    errors: int


@dataclass(frozen=True, slots=True)
class ProcessCount:
    """So many web processes behind one port, and the bytes that each holds."""

    processes: int
    lines: Sequence[Line]
    shop: ShopLoad
    memory_bytes: Sequence[int]


@dataclass(frozen=True, slots=True)
class Soak:
    """Memory of the web processes under the mix of a shop: bytes by seconds since the load began."""

    minutes: float
    memory_bytes: Sequence[tuple[float, int]]
    settled_seconds: float
    shop: ShopLoad

    @property
    def ratio(self) -> float:
        """What they hold at the end over what they held once it had settled."""
        settled = [size for seconds, size in self.memory_bytes if seconds >= self.settled_seconds]
        return settled[-1] / settled[0]


@dataclass(frozen=True, slots=True)
class Intake:
    """Products that an import has brought in, and how the search index follows what changes of them."""

    imported: int
    import_seconds: float
    indexing: Indexing

    @property
    def imported_per_second(self) -> float:
        return self.imported / self.import_seconds


@dataclass(slots=True)
class Run:
    """Everything that was found; parts that were not asked for are empty."""

    machine: Machine
    versions: Versions
    date: str
    seconds: float
    connections: int
    products: int = 0
    starts: dict[str, list[Start]] = field(default_factory=dict)
    memory_bytes: dict[str, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    shop: ShopLoad | None = None
    sizes: list[Size] = field(default_factory=list)
    growth: Growth | None = None
    processes: list[ProcessCount] = field(default_factory=list)
    intake: Intake | None = None
    soak: Soak | None = None

    @classmethod
    def now(cls, *, seconds: float, connections: int) -> Self:
        today = datetime.now(UTC).date().isoformat()
        return cls(Machine.this(), Versions.these(), today, seconds, connections)

    def line(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name), None)

    @property
    def indexings(self) -> Sequence[tuple[int, Indexing]]:
        """How the index follows by the number of products that there are, few before many."""
        found = [(size.products, size.indexing) for size in self.sizes if size.indexing is not None]
        if self.intake is not None:
            found.append((self.products, self.intake.indexing))
        return sorted(found, key=itemgetter(0))

    def as_json(self) -> bytes:
        return _RUN.dump_json(self, indent=2) + b"\n"

    @staticmethod
    def from_json(text: bytes) -> "Run":
        return _RUN.validate_json(text)


_RUN = TypeAdapter(Run)


def commit_of(folder: Path) -> str:
    """The revision of a checkout; empty elsewhere."""
    try:
        commit = command_output("git", "-C", str(folder), "rev-parse", "--short", "HEAD").strip()
        changed = command_output("git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no").strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{commit}+" if changed else commit


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _together(cost: Cost) -> float:
    return cost.web_cpu_milliseconds + cost.postgres_cpu_milliseconds


def _ratio(ours: float, theirs: float) -> float:
    return ours / theirs if theirs else float("inf")
