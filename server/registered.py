"""Registered documents as one web process knows them: read from the database when first asked for, and kept a while."""

import time
from collections import OrderedDict
from collections.abc import Callable

from persistence.registered_documents import registered_text
from persistence.statement import Pool

MAX_KNOWN = 5_000
KNOWN_SECONDS = 60.0
UNKNOWN_SECONDS = 5.0
"""After how long an id that nobody had is looked up again: how soon a client that was just published is served."""


class RegisteredDocuments:
    """Implements `execution.TrustedTexts`. Ids that nobody has are remembered too, within the same bound."""

    def __init__(self, pool: Pool, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._known: OrderedDict[str, tuple[str | None, float]] = OrderedDict()

    async def text_of(self, id: str) -> str | None:
        known = self._known.get(id)
        if known is not None and self._clock() < known[1]:
            return known[0]
        text = await registered_text(self._pool, id) if "\0" not in id else None
        self._known[id] = (text, self._clock() + (KNOWN_SECONDS if text else UNKNOWN_SECONDS))
        self._known.move_to_end(id)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return text
