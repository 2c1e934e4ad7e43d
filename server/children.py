"""Processes of our own beside this one: started again if they fall over, ended when this one ends, however it does."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

import structlog

from server.listening import INHERITED

logger = structlog.get_logger(__name__)

HELD_BY_PARENT = "COMMERCE_HELD_BY_PARENT"
STOP_SECONDS = 10.0
RESTART_SECONDS = 1.0


class Child:
    """A `commerce` command in a process of its own. It holds the end of a pipe and stops once this process is gone.

    If it ends unasked it is started again, a second later. A `listener` is handed down to it and has to stay open
    here: who connects before it is up, or while it is started again, waits and is not refused.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str], listener: socket.socket | None = None) -> None:
        handed = {} if listener is None else {INHERITED: str(listener.fileno())}
        self._arguments = arguments
        self._environment = {**os.environ, **environment, **handed, HELD_BY_PARENT: "1"}
        self._descriptors = () if listener is None else (listener.fileno(),)
        self._starting = threading.Lock()
        self._is_stopping = threading.Event()
        self._process = self._start()
        threading.Thread(target=self._keep, daemon=True, name=f"keep-{arguments[0]}").start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Ask it to stop and wait; kill it when that takes too long."""
        self._is_stopping.set()
        with self._starting:
            process = self._process
        _let_go(process)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own interpreter and our own command
            [sys.executable, "-m", "server", *self._arguments],
            stdin=subprocess.PIPE,
            pass_fds=self._descriptors,
            env=self._environment,
            start_new_session=True,
        )

    def _keep(self) -> None:
        while True:
            status = self._process.wait()
            if self._is_stopping.is_set():
                return
            logger.error("child_ended", command=self._arguments[0], status=status)
            _let_go(self._process)
            if self._is_stopping.wait(RESTART_SECONDS):
                return
            with self._starting:
                if self._is_stopping.is_set():
                    return
                self._process = self._start()


def _let_go(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.close()


def end_with_parent() -> None:
    """In a `Child`: stop as by SIGTERM once the parent is gone or lets go. In any other process nothing happens."""
    if os.environ.pop(HELD_BY_PARENT, None) is not None:
        end_when_closed(0)


def end_when_closed(descriptor: int) -> None:
    """Stop as by SIGTERM once nobody holds the other end of this pipe any more."""

    def wait() -> None:
        while os.read(descriptor, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent-watch").start()
