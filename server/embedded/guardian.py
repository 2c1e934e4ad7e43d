"""The process that runs the embedded servers, and stops them when its own parent is gone.

It reads one JSON request a line from its standard input and answers each with one line. The end of the input, which
the kernel brings about however the parent ends, means: shut everything down. It uses the standard library alone and
starts in a few hundredths of a second.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from domain.shared.making import dataclass
from server.embedded.spawning import STOP_SECONDS, spawn

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 5.0
_STEADY_SECONDS: Final = 10.0


@dataclass(slots=True)
class Server:
    """One server as it is run: what starts it, what stops it, and how often it fell over lately."""

    name: str
    arguments: list[str]
    account: Mapping[str, Any] | None
    stop_signals: list[int]
    log: Path
    pid_file: Path
    keep_open: list[int]
    process: subprocess.Popen[bytes] = field(init=False)
    started_at: float = 0.0
    restart_at: float | None = None
    pause_seconds: float = _FIRST_PAUSE_SECONDS

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = spawn(
                self.arguments,
                account=self.account,
                death_signal=self.stop_signals[0],
                keep_open=self.keep_open,
                output=log,
            )
        self._tell(self.process.pid)
        self.started_at, self.restart_at = time.monotonic(), None

    def _tell(self, pid: int) -> None:
        """Write the process down, where it is read at any time: the one of before, or this one."""
        fresh = self.pid_file.with_name(f"{self.pid_file.name}.new")
        fresh.write_text(f"{pid}\n")
        fresh.replace(self.pid_file)

    def schedule_restart(self, now: float) -> None:
        """Restart soon, and less soon each time it fails again within seconds."""
        steady = now - self.started_at > _STEADY_SECONDS
        self.pause_seconds = _FIRST_PAUSE_SECONDS if steady else min(self.pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
        self.restart_at = now + self.pause_seconds

    def stop(self, deadline: float) -> None:
        """Ask politely, then less so."""
        for stop_signal in self.stop_signals:
            self.process.send_signal(stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(max(deadline - time.monotonic(), 1.0))
                return
        self.process.kill()
        self.process.wait()


class Guardian:
    """Answers the parent's requests and watches over the servers meanwhile."""

    def __init__(self) -> None:
        self.servers: list[Server] = []
        self.keeps_alive = False

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request.pop("do"):
            case "run":
                return run(**request)
            case "serve":
                return self.serve(**request)
            case "watch":
                self.keeps_alive = True
                return {}
            case _:
                return {"exited": [server.name for server in self.servers if server.process.poll() is not None]}

    def serve(self, *, log: str, pid_file: str, **options: Any) -> dict[str, Any]:
        server = Server(log=Path(log), pid_file=Path(pid_file), **options)
        server.start()
        self.servers.append(server)
        return {}

    def revive(self) -> float | None:
        """Restart what fell over; the seconds until there may be more to do."""
        now = time.monotonic()
        for server in self.servers if self.keeps_alive else ():
            if server.restart_at is None and server.process.poll() is not None:
                server.schedule_restart(now)
            elif server.restart_at is not None and server.restart_at <= now:
                server.start()
        waits = [server.restart_at - now for server in self.servers if server.restart_at is not None]
        return max(min(waits), 0.0) if waits else None

    def stop(self) -> None:
        """Tell all at once, so that they shut down side by side; then see each of them end."""
        for server in self.servers:
            server.process.send_signal(server.stop_signals[0])
        deadline = time.monotonic() + STOP_SECONDS
        for server in self.servers:
            server.stop(deadline)
            server.pid_file.unlink(missing_ok=True)


def run(
    *, arguments: list[str], account: Mapping[str, Any] | None, stdin: str, timeout_seconds: float
) -> dict[str, Any]:
    """Run a program to its end: its status and what it said."""
    process = spawn(arguments, account=account, stdin=subprocess.PIPE, output=subprocess.PIPE)
    try:
        output, _ = process.communicate(stdin.encode(), timeout_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
    return {"status": process.returncode, "output": output.decode(errors="replace")}


def wake_on_signals() -> int:
    """A descriptor that becomes readable when a child ends or when we are told to end.

    Ctrl-C at the terminal is for the parent to answer; it stops us in its own time. Signals are noticed and dropped
    rather than ignored, as a server would inherit that, and miss the one that stops it while it starts.
    """
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    for noticed in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(noticed, lambda *_: None)
    return readable


def main() -> None:
    guardian, signals, requests = Guardian(), wake_on_signals(), sys.stdin.fileno()
    unread = b""
    try:
        while True:
            ready, _, _ = select.select([requests, signals], [], [], guardian.revive())
            if signals in ready and signal.SIGTERM in os.read(signals, 4096):
                return
            if requests not in ready:
                continue
            received = os.read(requests, 1 << 16)
            if not received:
                return
            *lines, unread = (unread + received).split(b"\n")
            for line in lines:
                answer(guardian, line)
    finally:
        guardian.stop()


def answer(guardian: Guardian, line: bytes) -> None:
    """Answer one request; a parent that no longer listens is noticed at its next line, which is the last."""
    try:
        reply = guardian.answer(json.loads(line))
    except OSError as error:
        reply = {"errno": error.errno, "reason": error.strerror, "filename": error.filename}
    except subprocess.SubprocessError:
        reply = {"refused": "this process may not change to the user that owns the data folder, nor to `nobody`"}
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), json.dumps(reply).encode() + b"\n")


if __name__ == "__main__":
    main()
