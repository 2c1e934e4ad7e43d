"""Several processes of ours that share what was imported: forked from this one, and replaced when they fall over.

This process imports everything once and then serves nobody: it has no event loop, no connection and no thread that
would hold a lock, which is what makes forking it safe. A fork shares the memory of what was imported (60 MB less for
each process than if it had been started anew) and begins to work at once, also in the place of one that fell over.
"""

import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import structlog

from domain.shared.making import dataclass
from server.children import end_when_closed
from server.settings import SettingsError
from server.siblings import Board

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
STEADY_SECONDS = 10.0
"""A process that lived so long is replaced without a pause; one that falls over sooner waits longer each time."""

FAILED = 1
WATCHED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)

logger = structlog.get_logger(__name__)

type Work = Callable[[Callable[[], None]], None]
"""What a process does until SIGTERM; it calls what it is given once it is ready."""


@dataclass(slots=True)
class Place:
    """Filled by one process after another. `starts_at`: when the next one is due, by the monotonic clock."""

    number: int
    work: Work
    pid: int | None = None
    starts_at: float = 0.0
    started_at: float = 0.0
    pause_seconds: float = 0.0

    def is_due(self, now: float) -> bool:
        return self.pid is None and self.starts_at <= now

    def begins(self, now: float) -> None:
        self.started_at = now

    def has_ended(self, now: float) -> None:
        """Say when the next one starts."""
        self.pid = None
        is_steady = now - self.started_at >= STEADY_SECONDS
        longer = min(max(self.pause_seconds * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        self.pause_seconds = 0.0 if is_steady else longer
        self.starts_at = now + self.pause_seconds


class Supervisor:
    """Keeps a process for each of `works` until it is told to stop, then stops them all.

    The first one shows whether the settings are right: as long as none has ever been ready, a process that ends is not
    replaced but ends everything, and the others are not started. `board` tells all of them which are ready.
    """

    def __init__(
        self, works: Sequence[Work], board: Board, *, stop_seconds: float, on_ready: Callable[[], None] = lambda: None
    ) -> None:
        self._places = [Place(number, work, starts_at=float("inf")) for number, work in enumerate(works)]
        self._board = board
        self._stop_seconds = stop_seconds
        self._on_ready = on_ready
        self._has_been_ready = False
        self._kill_at: float | None = None
        self._status = 0

    def run(self) -> int:
        """The exit status: 0 when it was told to stop, else 1."""
        self._ready_reader, self._ready_writer = os.pipe()
        self._life_reader, self._life_writer = os.pipe()
        with _noticing() as noticed:
            self._noticed = noticed
            self._places[0].starts_at = time.monotonic()
            while self._kill_at is None or any(place.pid for place in self._places):
                self._start_due()
                self._wait()
        return self._status

    def _wait(self) -> None:
        """Sleep until something happens or is due, and see to it."""
        moments = [place.starts_at for place in self._places if place.pid is None and self._kill_at is None]
        due = min([*moments, self._kill_at or float("inf")])
        timeout = None if due == float("inf") else max(due - time.monotonic(), 0.0)
        readable, _, _ = select.select([self._noticed.fileno(), self._ready_reader], [], [], timeout)
        if self._noticed.fileno() in readable:
            numbers = self._noticed.recv(256)
            if signal.SIGTERM in numbers or signal.SIGINT in numbers:
                self._stop(0)
        if self._ready_reader in readable:
            for number in os.read(self._ready_reader, 256):
                self._is_ready(number)
        self._reap()
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self._signal(signal.SIGKILL)

    def _is_ready(self, number: int) -> None:
        self._board.set(number, is_ready=True)
        if not self._has_been_ready:
            self._has_been_ready = True
            for place in self._places:
                place.starts_at = time.monotonic()
        if self._board.are_all_ready():
            self._on_ready()
            self._on_ready = lambda: None

    def _reap(self) -> None:
        for place in self._places:
            if place.pid is None:
                continue
            pid, ended = os.waitpid(place.pid, os.WNOHANG)
            if pid:
                place.has_ended(time.monotonic())
                self._board.set(place.number, is_ready=False)
                if self._kill_at is None:
                    self._is_missed(place, os.waitstatus_to_exitcode(ended))

    def _is_missed(self, place: Place, status: int) -> None:
        logger.error("process_ended", number=place.number, status=status, next_in_seconds=place.pause_seconds)
        if not self._has_been_ready:
            self._stop(FAILED)

    def _start_due(self) -> None:
        for place in self._places:
            if self._kill_at is None and place.is_due(time.monotonic()):
                place.begins(time.monotonic())
                place.pid = os.fork() or self._live(place)

    def _live(self, place: Place) -> int:
        """The life of a forked process, which never comes back from here."""
        status = FAILED
        try:
            self._leave_the_parent()
            place.work(lambda: _write(self._ready_writer, place.number))
            status = 0
        except SettingsError as error:
            print(f"commerce: {error}", file=sys.stderr)  # noqa: T201
        except BaseException:  # noqa: BLE001 - a process that ends tells why
            traceback.print_exc()
        finally:
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _leave_the_parent(self) -> None:
        """Give back what belongs to the supervisor, and end when that is gone."""
        for number in WATCHED:
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        self._noticed.close()
        os.close(self._ready_reader)
        os.close(self._life_writer)
        end_when_closed(self._life_reader)

    def _stop(self, status: int) -> None:
        if self._kill_at is None:
            self._status = status
            self._kill_at = time.monotonic() + self._stop_seconds
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        for place in self._places:
            if place.pid is not None:
                os.kill(place.pid, number)


def _write(descriptor: int, number: int) -> None:
    with suppress(BrokenPipeError):  # the supervisor is gone, and this process ends
        os.write(descriptor, bytes([number]))


@contextmanager
def _noticing() -> Iterator[socket.socket]:
    """Signals become bytes to read, so that one call waits for all there is to wait for."""
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.setblocking(False)
        before = {number: signal.signal(number, lambda *_: None) for number in WATCHED}
        old = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(old)
            for number, handler in (before | {signal.SIGTERM: signal.SIG_IGN}).items():  # all is stopped already
                signal.signal(number, handler)
