"""Keeping from asking who does not answer."""

import time
from collections.abc import Callable

FAILURES = 3
"""In a row, after which nobody asks for a while."""
PAUSE_SECONDS = 10.0


class Circuit:
    """Open while what it guards is taken to be away. After each pause one caller may find out whether it is back."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause_seconds: float = PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_failures = failures
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._failures = 0
        self._paused_until = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= self._most_failures

    def may_ask(self) -> bool:
        """Whether to ask. While open, the one who is let through keeps the others out for another pause."""
        if not self.is_open:
            return True
        if self._clock() < self._paused_until:
            return False
        self._pause()
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._pause()

    def _pause(self) -> None:
        self._paused_until = self._clock() + self._pause_seconds
