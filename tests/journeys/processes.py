"""Processes of `commerce`, started, killed and asked to stop as an operator would. They end when the tests do."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

from server.children import HELD_BY_PARENT

START_SECONDS = 60.0
STOP_SECONDS = 30.0
OF_OURS = ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "HOST", "PORT")


class Process:
    """A `commerce` command as a process of its own. What it logs goes to `log`, what it says can be read by line."""

    def __init__(self, *arguments: str, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**clean_environment(), **environment, HELD_BY_PARENT: "1"},
                start_new_session=True,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def line_with(self, words: str) -> str:
        """The next line it says that has these words; fails with its log if it ends, or is silent for too long."""
        deadline = threading.Timer(START_SECONDS, self._process.kill)
        deadline.start()
        try:
            for line in self._said:
                if words in line:
                    return line.strip()
        finally:
            deadline.cancel()
        raise AssertionError(f"It ended without saying {words!r}:\n{self.log.read_text()}")

    def faults_since(self, offset: int = 0) -> list[str]:
        """What it logged as errors behind an offset of its log: its own faults, never its clients'."""
        logged = self.log.read_bytes()[offset:].decode().splitlines()
        return [line for line in logged if '"level":"error"' in line.replace(" ", "") or line.startswith("Traceback")]

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self._process.kill()
        self.wait()

    def wait(self) -> int:
        """Its exit status."""
        status = self._process.wait(STOP_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        return status

    def stop(self) -> int:
        """Ask it to stop, if it runs; its exit status."""
        if self.is_running:
            self.terminate()
        return self.wait()

    @property
    def _said(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout


class Store(Process):
    """`commerce serve`, with what it runs beside itself, in a data folder. It answers when this is made."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        super().__init__(
            "serve",
            environment={"DATA_DIR": str(data_dir), "PORT": "0", "COMMERCE_LOG_FORMAT": "json", **environment},
            log=data_dir.parent / f"{data_dir.name}.log",
        )
        self.data_dir = data_dir
        self.origin = self.line_with("is at").split()[-1].removesuffix("/graphql")


def clean_environment() -> dict[str, str]:
    """This environment, without settings of ours that a developer may have set."""
    return {
        name: value for name, value in os.environ.items() if name not in OF_OURS and not name.startswith("COMMERCE_")
    }
