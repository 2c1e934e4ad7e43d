"""The web processes of one port, as one of them sees them: whether all are ready, and what each has counted."""

import asyncio
import mmap
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog

from domain.shared.making import dataclass
from server.listening import listening_socket

PATIENCE_SECONDS = 1.0
"""How long another process may take to tell its figures; of one that takes longer none are told this time."""

MOST_BYTES = 32 << 20

_SAMPLE = re.compile(rb"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$", re.MULTILINE)

logger = structlog.get_logger(__name__)


class Board:
    """Memory that processes share from before they were forked: of each of them, whether it is ready."""

    def __init__(self, count: int) -> None:
        self._flags = mmap.mmap(-1, count)

    def set(self, number: int, *, is_ready: bool) -> None:
        self._flags[number] = is_ready

    def is_ready(self, number: int) -> bool:
        return bool(self._flags[number])

    def are_all_ready(self) -> bool:
        return all(self._flags[:])


@dataclass(frozen=True, slots=True)
class Siblings:
    """`number` is this process. Each of `listeners` is where one of them tells its figures, to this machine alone."""

    number: int
    board: Board
    listeners: Sequence[socket.socket]

    async def gathered(self, own: bytes) -> bytes:
        """The figures of all of them, each with the label `process`, in the text format of Prometheus."""
        others = (number for number in range(len(self.listeners)) if number != self.number)
        told = await asyncio.gather(*(_told_at(self.listeners[each]) for each in others if self.board.is_ready(each)))
        return merged([labeled(own, self.number), *told])

    @asynccontextmanager
    async def telling(self, own: Callable[[], Awaitable[bytes]]) -> AsyncIterator[None]:
        """Tell the others this process' figures while the block lasts."""

        async def tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(labeled(await own(), self.number))
            writer.close()

        async with await asyncio.start_server(tell, sock=self.listeners[self.number].dup()):
            yield


def siblings(count: int, board: Board) -> Sequence[Siblings]:
    """As many as there shall be processes; made before they are forked."""
    listeners = [listening_socket("127.0.0.1", 0) for _ in range(count)]
    return [Siblings(number, board, listeners) for number in range(count)]


async def _told_at(listener: socket.socket) -> bytes:
    host, port = listener.getsockname()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, limit=MOST_BYTES)
            try:
                return await reader.read()
            finally:
                writer.close()
    except OSError as error:  # a `TimeoutError` is one
        logger.warning("sibling_silent", error=type(error).__name__)
        return b""


def labeled(text: bytes, number: int) -> bytes:
    """The same figures, each with the label `process`."""
    process = b'process="%d"' % number

    def label(found: re.Match[bytes]) -> bytes:
        labels = found["labels"]
        return b"%s{%s%s} %s" % (found["name"], labels + b"," if labels else b"", process, found["value"])

    return _SAMPLE.sub(label, text)


def merged(texts: Iterable[bytes]) -> bytes:
    """One text of several: what each says of a metric follows its one heading, as the format demands."""
    blocks: dict[bytes, list[bytes]] = {}
    for text in texts:
        for heading, samples in _blocks(text).items():
            blocks.setdefault(heading, []).append(samples)
    return b"".join(heading + b"".join(samples) for heading, samples in blocks.items())


def _blocks(text: bytes) -> Mapping[bytes, bytes]:
    """The samples of each metric, by its lines of `# HELP` and `# TYPE`."""
    found = {}
    for block in text.split(b"# HELP ")[1:]:
        help_line, type_line, samples = block.split(b"\n", 2)
        found[b"# HELP %s\n%s\n" % (help_line, type_line)] = samples
    return found
