"""The parent's side of the guardian: start it, ask it, let it go."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from server.embedded.account import Account
from server.embedded.errors import EmbeddedError
from server.embedded.spawning import STOP_SECONDS


class GuardianClient:
    """A running guardian. It lives in a session of its own, where no Ctrl-C reaches it."""

    def __init__(self, *, account: Account | None, servers_lock: int, log: Path) -> None:
        self._account = None if account is None else asdict(account)
        self._servers_lock = servers_lock
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-S", "-m", "server.embedded.guardian"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd="/",
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
                pass_fds=(servers_lock,),
                start_new_session=True,
            )

    def run(self, arguments: Sequence[str], *, stdin: str = "", timeout_seconds: float) -> tuple[int, str]:
        """Run a program as the servers' user: its status and what it said."""
        reply = self._ask(
            "run", arguments=[*arguments], account=self._account, stdin=stdin, timeout_seconds=timeout_seconds
        )
        return reply["status"], reply["output"]

    def serve(
        self, name: str, arguments: Sequence[str], *, stop_signals: Sequence[int], log: Path, pid_file: Path
    ) -> None:
        """Start a server. It holds the lock of the folder for as long as any of its processes lives."""
        self._ask(
            "serve",
            name=name,
            arguments=[*arguments],
            account=self._account,
            stop_signals=[int(each) for each in stop_signals],
            log=str(log),
            pid_file=str(pid_file),
            keep_open=[self._servers_lock],
        )

    def exited(self) -> Sequence[str]:
        """The servers that are not running."""
        exited: list[str] = self._ask("report")["exited"]
        return exited

    def watch(self) -> None:
        """From now on, restart a server that ends."""
        self._ask("watch")

    def close(self) -> None:
        """Have the guardian stop the servers, and wait until it has."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS * 2)
        finally:
            self._process.stdout.close()

    def _ask(self, do: str, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **request}).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise EmbeddedError("The guardian of the embedded servers ended unexpectedly.")
        reply: dict[str, Any] = json.loads(line)
        if "errno" in reply:
            raise OSError(reply["errno"], reply["reason"], reply["filename"])
        if "refused" in reply:
            raise EmbeddedError(f"The embedded servers cannot be started: {reply['refused']}.")
        return reply
