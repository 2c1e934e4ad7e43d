"""One answer that is kept, as bytes."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self

import orjson

GZIP_LEVEL = 4
MIN_GZIP_BYTES = 1_000
OVERHEAD_BYTES = 1_000
SOURCE_BYTES = 120
"""What the process holds of a source: its name, and its places in two indexes."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class KeptAnswer:
    """The JSON of an answer, what it was made of, and how long it is right if none of that changes.

    `moment` counts the changes that had been seen before anything of it was read. `expires_at` is in seconds since
    1970. It is current until it has been found to be out of date.
    """

    body: bytes
    sources: frozenset[str]
    moment: int
    expires_at: float
    tag: bytes = field(init=False)
    """An entity tag in quotes, the same for the same bytes."""
    is_current: bool = True
    is_asked_again: bool = False
    outdated_at: float | None = None
    gzipped: bytes | None = None

    def __post_init__(self) -> None:
        self.tag = b'"%s"' % blake2b(self.body, digest_size=16).hexdigest().encode()

    @property
    def size_bytes(self) -> int:
        """About what it takes of the process's memory, compressed bytes included, which come later."""
        return OVERHEAD_BYTES + len(self.body) * 3 // 2 + len(self.sources) * SOURCE_BYTES

    def compressed(self) -> bytes | None:
        """The body by gzip, made when first asked for; None where that would save nothing."""
        if len(self.body) < MIN_GZIP_BYTES:
            return None
        if self.gzipped is None:
            self.gzipped = gzip.compress(self.body, GZIP_LEVEL, mtime=0)
        return self.gzipped

    def seconds_left(self, now: float) -> int:
        """For how many seconds it may be kept by those who are given it now: none, if it is known to be out of date."""
        return max(0, -int(now - self.expires_at)) if self.is_current else 0

    def surrogate_key(self, max_bytes: int, coarse: str) -> bytes:
        """Its sources as CDNs read them, by blanks; if they are too long, `coarse` stands for those with an id."""
        key = b" ".join(sorted(source.encode() for source in self.sources))
        if len(key) <= max_bytes:
            return key
        return b" ".join(sorted({source.encode() for source in self.sources if "_" not in source} | {coarse.encode()}))

    def to_bytes(self) -> bytes:
        """The answer for another process: a line of facts, then the body."""
        facts = {"moment": self.moment, "expires_at": self.expires_at, "sources": sorted(self.sources)}
        return orjson.dumps(facts) + b"\n" + self.body

    @classmethod
    def from_bytes(cls, kept: bytes) -> Self | None:
        """What `to_bytes` wrote; None for anything else."""
        line, _, body = kept.partition(b"\n")
        try:
            facts = orjson.loads(line)
            return cls(body, frozenset(facts["sources"]), int(facts["moment"]), float(facts["expires_at"]))
        except (ValueError, KeyError, TypeError):
            return None


def collapsed(sources: Iterable[str], *, max_sources: int, coarse: str) -> frozenset[str]:
    """The sources, or where they are too many to be followed one by one, those without an id and `coarse`."""
    found = frozenset(sources)
    if len(found) <= max_sources:
        return found
    return frozenset(source for source in found if "_" not in source) | {coarse}
