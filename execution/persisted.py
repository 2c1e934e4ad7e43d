"""Documents that are known by an id: persisted by clients as they go (Apollo's protocol), or registered beforehand.

Apollo's protocol: a client sends the SHA-256 of its document alone, is told PERSISTED_QUERY_NOT_FOUND if nobody knows
it, and sends both. What is kept is checked against its hash, and valid. Registered documents are trusted: they are
found by `documentId` too, and where only they may run, nothing else is read, parsed or kept. A federation router makes
documents as it goes, which nobody can register: it may be let run any.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from execution.asked import Parameters
from execution.errors import RequestErrorCode, refusal

SHA256 = re.compile(r"[0-9a-f]{64}")
SHA256_PREFIX = "sha256:"
MAX_TEXTS = 1_000
MAX_TEXT_BYTES = 32 * 1024
"""Longer documents are answered and not kept: clients then send them each time."""


class SharedTexts(Protocol):
    """Where processes share what clients persisted. Bounded; may forget; never raises."""

    async def get(self, sha256: str) -> str | None: ...

    async def put(self, sha256: str, text: str) -> None: ...


class TrustedTexts(Protocol):
    """Registered documents, by their id or the SHA-256 of their text."""

    async def text_of(self, id: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """The document of a request. `sha256` is there when the client wants it to be kept."""

    text: str
    is_trusted: bool = False
    sha256: str | None = None


class PersistedDocuments:
    """Finds the document that a request names, and keeps those that clients persist."""

    def __init__(
        self,
        *,
        shared: SharedTexts | None = None,
        trusted: TrustedTexts | None = None,
        trusted_only: bool = False,
        max_texts: int = MAX_TEXTS,
    ) -> None:
        self._shared = shared
        self._trusted = trusted
        self.trusted_only = trusted_only
        self._max_texts = max_texts
        self._texts: OrderedDict[str, str] = OrderedDict()

    async def found(self, asked: Parameters, *, may_run_any: bool = False) -> Found:
        """The document to run; raises RequestRefused if nobody knows it, or it may not run.

        `may_run_any`: whoever asks is not bound to registered documents where others are.
        """
        trusted_only = self.trusted_only and not may_run_any
        if asked.document_id is not None:
            return await self._by_id(asked.document_id, trusted_only=trusted_only)
        persisted = asked.extensions.get("persistedQuery") if asked.extensions else None
        if persisted is not None:
            return await self._persisted(asked.query, _hash_in(persisted), trusted_only=trusted_only)
        assert asked.query is not None, "a request without a document is refused as it is read"
        if not trusted_only:
            return Found(asked.query)
        return await self._registered(asked.query, _hash_of(asked.query))

    async def keep(self, found: Found) -> None:
        """Keep a valid document, if its client wants it kept."""
        if found.sha256 is None or len(found.text.encode()) > MAX_TEXT_BYTES:
            return
        if self._remember(found.sha256, found.text) and self._shared is not None:
            await self._shared.put(found.sha256, found.text)

    async def _by_id(self, id: str, *, trusted_only: bool) -> Found:
        id = id.removeprefix(SHA256_PREFIX)
        if text := await self._trusted_text(id):
            return Found(text, is_trusted=True)
        if SHA256.fullmatch(id) and not trusted_only and (text := await self._kept(id)):
            return Found(text)
        raise refusal("No document has this id.", RequestErrorCode.PERSISTED_DOCUMENT_NOT_FOUND)

    async def _persisted(self, query: str | None, hash: str, *, trusted_only: bool) -> Found:
        if query is not None:
            if _hash_of(query) != hash:
                raise refusal("provided sha does not match query", RequestErrorCode.PERSISTED_QUERY_HASH_MISMATCH)
            return await self._registered(query, hash) if trusted_only else Found(query, sha256=hash)
        if not trusted_only and (text := await self._kept(hash)):
            return Found(text)
        if text := await self._trusted_text(hash):
            return Found(text, is_trusted=True)
        # Clients of Apollo know the refusal by these very words.
        raise refusal("PersistedQueryNotFound", RequestErrorCode.PERSISTED_QUERY_NOT_FOUND)

    async def _registered(self, query: str, hash: str) -> Found:
        if await self._trusted_text(hash) != query:
            raise refusal("Only registered documents are answered here.", RequestErrorCode.DOCUMENT_NOT_TRUSTED)
        return Found(query, is_trusted=True)

    async def _trusted_text(self, id: str) -> str | None:
        return await self._trusted.text_of(id) if self._trusted is not None else None

    async def _kept(self, hash: str) -> str | None:
        if (text := self._texts.get(hash)) is not None:
            self._texts.move_to_end(hash)
            return text
        text = await self._shared.get(hash) if self._shared is not None else None
        if text is None or _hash_of(text) != hash:
            return None
        self._remember(hash, text)
        return text

    def _remember(self, hash: str, text: str) -> bool:
        """Whether it is new here. The text used longest ago makes room."""
        is_new = hash not in self._texts
        self._texts[hash] = text
        self._texts.move_to_end(hash)
        if len(self._texts) > self._max_texts:
            self._texts.popitem(last=False)
        return is_new


def _hash_in(persisted: Any) -> str:
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise refusal("`persistedQuery` must be an object of version 1.", RequestErrorCode.BAD_REQUEST)
    hash = persisted.get("sha256Hash")
    if not isinstance(hash, str) or not SHA256.fullmatch(hash):
        raise refusal("`sha256Hash` must be 64 hexadecimal digits in lower case.", RequestErrorCode.BAD_REQUEST)
    return hash


def _hash_of(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
