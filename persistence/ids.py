"""Fresh ids: where chance and time come in."""

import secrets
import time

from domain.shared.ids import type_id

_VERSION = 7 << 76
_VARIANT = 0b10 << 62


def new_id(prefix: str) -> str:
    """A TypeID with a UUIDv7 (RFC 9562): 48 bits of time in milliseconds, 74 unguessable random bits."""
    chance = secrets.randbits(74)
    milliseconds = time.time_ns() // 1_000_000
    return type_id(prefix, milliseconds << 80 | _VERSION | (chance >> 62) << 64 | _VARIANT | chance & (1 << 62) - 1)
