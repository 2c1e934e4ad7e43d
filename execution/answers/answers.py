"""Keeping answers: one computation at a time for each, and none that is known to be out of date.

A moment is a number that every change of the data makes greater, and that all processes count alike. An answer is kept
with the moment up to which its process had seen the changes before it read anything; it is right as long as none of its
sources changed later. So one that was begun before a change never survives it, whenever it is done, and an answer of
another process is judged by what this process has seen: nothing needs to be deleted where they share answers.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from execution.answers.answer import KeptAnswer
from execution.answers.figures import Figures
from execution.answers.history import History
from execution.answers.shelf import Shelf
from execution.begun import begun
from execution.responses import Result

type Make = Callable[[int], Awaitable[KeptAnswer | Result]]
"""Makes an answer, of this moment; a plain result is for whoever asked, and is not kept. Raises only when canceled."""

MAX_WANTED = 10_000
MAX_ATTEMPTS = 2
"""How often one waits for another's answer that is out of date by then, before one makes one's own."""


class SharedAnswers(Protocol):
    """Where processes share answers. May forget, and is never waited for long; never raises."""

    async def get(self, name: str) -> KeptAnswer | None: ...

    def put(self, name: str, answer: KeptAnswer) -> None:
        """Without waiting for it to be done."""


@dataclass(frozen=True, slots=True)
class AnswersSettings:
    """`stale_seconds`: for how long an answer that is out of date is still given while it is made anew.

    `blind_seconds`: for how long changes may go unseen before nothing is answered from here.
    """

    max_bytes: int = 32 << 20
    max_answer_bytes: int = 1 << 20
    stale_seconds: float = 0.0
    blind_seconds: float = 2.0


class Answers:
    """The answers of one process. Whoever follows the data must call `saw` all the time."""

    def __init__(
        self,
        settings: AnswersSettings | None = None,
        *,
        shared: SharedAnswers | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings or AnswersSettings()
        self.figures = Figures()
        self._shared = shared
        self._clock = clock
        self._shelf = Shelf(self.settings.max_bytes)
        self._history = History()
        self._moment = 0
        self._seen_at = -float("inf")
        self._flights: dict[str, asyncio.Future[KeptAnswer | Result]] = {}
        self._wanted: OrderedDict[str, None] = OrderedDict()
        """Names that were asked for again after they were kept: others than this process may want them too."""

    @property
    def size_bytes(self) -> int:
        return self._shelf.size_bytes

    @property
    def count(self) -> int:
        return len(self._shelf)

    @property
    def is_seeing(self) -> bool:
        """Whether changes are seen; answers are neither given from here nor kept while they are not."""
        return time.monotonic() - self._seen_at < self.settings.blind_seconds

    def begin(self, moment: int) -> None:
        """Follow the changes from this moment on: what was kept before is not known to be right."""
        self._history.begin(moment)
        self.saw(moment)

    def saw(self, moment: int, changed: Iterable[str] = ()) -> None:
        """All changes up to this moment have been seen: those of these sources, and of nothing else."""
        sources = frozenset(changed)
        self._moment = max(self._moment, moment)
        self._history.note(sources, self._moment)
        for source in sources:
            for name, answer in self._shelf.made_of(source):
                self._outdate(name, answer)
        self._seen_at = time.monotonic()

    def stop_seeing(self) -> None:
        """Changes are seen no longer. What is kept is forgotten."""
        self._seen_at = -float("inf")
        self._shelf.clear()

    async def answer(self, name: str, make: Make) -> KeptAnswer | Result:
        """The answer of this name, made if need be; `make` may be called after this has returned."""
        moment = self._moment
        if not self.is_seeing:
            self.figures.bypasses["blind"] += 1
            return await make(moment)
        found = self._found(name)
        if found is not None and not self._is_fresh(found):
            self.figures.hits["stale"] += 1
            self._flight(name, make, moment)
            return found
        if found is not None:
            self.figures.hits["process"] += 1
            self._want(name, found)
            return found
        return await self._made(name, make, moment)

    def is_given(self, answer: KeptAnswer) -> bool:
        """Whether an answer that was given from here may be given again, to whoever asks the same."""
        return answer.is_current and self._clock() < answer.expires_at and self.is_seeing

    def now(self) -> float:
        return self._clock()

    def _found(self, name: str) -> KeptAnswer | None:
        """What is kept, if it is fresh, or may still be given while it is made anew."""
        found = self._shelf.get(name)
        if found is None or self._is_fresh(found):
            return found
        outdated_at = found.expires_at if found.outdated_at is None else min(found.expires_at, found.outdated_at)
        if self._clock() < outdated_at + self.settings.stale_seconds:
            return found
        self._shelf.drop(name)
        return None

    def _is_fresh(self, answer: KeptAnswer) -> bool:
        return answer.is_current and self._clock() < answer.expires_at

    async def _made(self, name: str, make: Make, moment: int) -> KeptAnswer | Result:
        """Made by the first who asks; all who ask meanwhile wait, and make their own if it is not for them."""
        for _ in range(MAX_ATTEMPTS):
            is_mine = name not in self._flights
            try:
                found = await asyncio.shield(self._flight(name, make, moment))
            except Exception:
                if is_mine:
                    raise
                break
            if is_mine:
                return found
            if isinstance(found, Result):
                break
            if self._history.is_right(found.sources, found.moment):
                self.figures.hits["waited"] += 1
                return found
        self.figures.misses += 1
        return await make(moment)

    def _flight(self, name: str, make: Make, moment: int) -> "asyncio.Future[KeptAnswer | Result]":
        """The computation that is under way, or one that begins now. It goes on even if who began it gives up."""
        flight = self._flights.get(name)
        if flight is None:
            flight = begun(self._compute(name, make, moment))
            if not flight.done():
                self._flights[name] = flight
                flight.add_done_callback(lambda _: self._flights.pop(name, None))
        return flight

    async def _compute(self, name: str, make: Make, moment: int) -> KeptAnswer | Result:
        found = await self._shared.get(name) if self._shared is not None else None
        if found is not None and self._clock() < found.expires_at and self._keep(name, found):
            self.figures.hits["shared"] += 1
            found.is_asked_again = True
            return found
        self.figures.misses += 1
        made = await make(moment)
        if isinstance(made, KeptAnswer) and self._keep(name, made) and name in self._wanted:
            self._share(name, made)
        return made

    def _keep(self, name: str, answer: KeptAnswer) -> bool:
        """Put it on the shelf; whether it may be there."""
        if len(answer.body) > self.settings.max_answer_bytes:
            self.figures.bypasses["too big"] += 1
            return False
        if not self._history.is_right(answer.sources, answer.moment):
            self.figures.overtaken += 1
            return False
        self._shelf.put(name, answer)
        return True

    def _want(self, name: str, answer: KeptAnswer) -> None:
        """Others may ask for it too: share it. What is asked for once alone would only fill their store."""
        if not answer.is_asked_again:
            self._wanted[name] = None
            if len(self._wanted) > MAX_WANTED:
                self._wanted.popitem(last=False)
            self._share(name, answer)

    def _share(self, name: str, answer: KeptAnswer) -> None:
        answer.is_asked_again = True
        if self._shared is not None:
            self._shared.put(name, answer)

    def _outdate(self, name: str, answer: KeptAnswer) -> None:
        if not answer.is_current:
            return
        self.figures.purged += 1
        if self.settings.stale_seconds:
            answer.is_current = False
            answer.outdated_at = self._clock()
        else:
            self._shelf.drop(name)
