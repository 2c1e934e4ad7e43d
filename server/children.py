"""Processes of our own beside this one, which end when it ends, however it does."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

from server.listening import INHERITED

HELD_BY_PARENT = "COMMERCE_HELD_BY_PARENT"
STOP_SECONDS = 10.0


class Child:
    """A `commerce` command in a process of its own. It holds the end of a pipe and stops once this process is gone.

    A `listener` is handed down to it: who connects before it is up waits, and is not refused.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str], listener: socket.socket | None = None) -> None:
        handed = {} if listener is None else {INHERITED: str(listener.fileno())}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own command
            [sys.executable, "-m", "server", *arguments],
            stdin=subprocess.PIPE,
            pass_fds=() if listener is None else (listener.fileno(),),
            env={**os.environ, **environment, **handed, HELD_BY_PARENT: "1"},
            start_new_session=True,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Ask it to stop and wait; kill it when that takes too long."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def end_with_parent() -> None:
    """In a `Child`: stop as by SIGTERM once the parent is gone or lets go. In any other process nothing happens."""
    if os.environ.pop(HELD_BY_PARENT, None) is None:
        return

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent-watch").start()
