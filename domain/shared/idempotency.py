"""Doing a thing once, however often it is asked for (rules I1 and I2)."""

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

from domain.shared.errors import ErrorCode, refuse
from domain.shared.making import dataclass
from domain.shared.text import is_plain

MAX_KEY_LENGTH = 255

type Outcome = Mapping[str, Any]
"""What a repeated call is answered from: subject ids and, where a side effect was refused outside, errors."""


@dataclass(frozen=True, slots=True)
class Once:
    """One act: `scope` is the actor or cart it belongs to, `input_hash` what was asked."""

    scope: str
    operation: str
    key: str
    input_hash: bytes


def once(command: Any, *, scope: str, key: str) -> Once:
    """The act that `command` (a frozen dataclass of plain values) asks for under the client's `key`."""
    if not 0 < len(key) <= MAX_KEY_LENGTH or not is_plain(key):
        message = f"Give a key of 1 to {MAX_KEY_LENGTH} characters without controls."
        raise refuse(ErrorCode.INVALID, message, "idempotency_key")
    fingerprint = hashlib.sha256(repr(command).encode()).digest()
    return Once(scope, type(command).__name__, key, fingerprint)


class Idempotency(Protocol):
    """Acts that were begun or done, kept at least 24 hours."""

    async def begin(self, act: Once) -> Outcome | None:
        """Claim the act within the present transaction; the stored outcome if it was done before.

        Waits for a rival that is doing the same; refuses with IDEMPOTENCY_IN_PROGRESS when that takes over 5 seconds,
        with IDEMPOTENCY_KEY_REUSED when the key stood for another input.
        """
        ...

    async def claim(self, act: Once, outcome: Outcome) -> Outcome | None:
        """Begin and finish at once, where the outcome is known before the effect of the same transaction."""
        ...

    async def finish(self, act: Once, outcome: Outcome) -> None:
        """Store the outcome, in the same transaction as the effect."""
        ...
