"""What has changed lately, as far as one process has seen it."""

from collections import OrderedDict
from collections.abc import Iterable

EVERYTHING = "store"
"""A source of every answer: when it changes, nothing that was kept is right any more."""

MAX_SOURCES = 50_000


class History:
    """When each source changed last, by moments: numbers that grow with every change, the same for all processes.

    Of the sources that changed longest ago only the latest moment is known: answers from before it pass for wrong.
    """

    def __init__(self, max_sources: int = MAX_SOURCES) -> None:
        self._changed: OrderedDict[str, int] = OrderedDict()
        self._max_sources = max_sources
        self._known_from = 0

    def begin(self, moment: int) -> None:
        """Know nothing of what was before this moment."""
        self._known_from = max(self._known_from, moment)

    def note(self, sources: Iterable[str], moment: int) -> None:
        """These have changed by this moment."""
        for source in sources:
            self._changed[source] = moment
            self._changed.move_to_end(source)
        while len(self._changed) > self._max_sources:
            _, forgotten = self._changed.popitem(last=False)
            self._known_from = max(self._known_from, forgotten)

    def is_right(self, sources: Iterable[str], moment: int) -> bool:
        """Whether nothing of what an answer was made of has changed since this moment."""
        if moment < self._known_from:
            return False
        changed = self._changed
        return all(changed.get(source, 0) <= moment for source in sources)
