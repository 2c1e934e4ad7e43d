"""Who goes on when many want to: big answers are made in parts, and what has begun goes before what has not."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

PART_VALUES = 800
"""Fields and items of one part: about five milliseconds. Most answers have fewer, and are made in one go."""

PAUSE_SECONDS = 0.001
"""Between two parts. What others ask takes many steps, each of which would wait for a part if there were no pause."""

BEGINNING_SECONDS = 0.001
"""What requests that begin at one step of the event loop may take together before others wait for the next step."""


class Turns:
    """The parts of all big answers, one after another; `number` counts the turns, of which each is a part long."""

    def __init__(self) -> None:
        self.number = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def come(self, values: int) -> None:
        """Wait for the turn of so many values, at least until others have had time for a few steps."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop or not self._waiting:
            self._loop = loop
            self._waiting.clear()
            loop.call_later(PAUSE_SECONDS, self._next)
        waiting = loop.create_future()
        self._waiting.append((values, waiting))
        await waiting

    def _next(self) -> None:
        self.number += 1
        left = PART_VALUES
        while self._waiting and left > 0:
            values, waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                left -= values
        if self._waiting:
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._next)


class Entrance:
    """Lets few requests begin at each step of the event loop: one, and others as long as that takes next to no time.

    A request takes many steps, in most of which it waits. If at each of them all that have just arrived began first,
    it would wait for everybody's beginning time and again. Of those that wait one more is let in at each step as long
    as they begin in time, and one alone after they did not.
    """

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, told: Callable[[float], None] = lambda _: None
    ) -> None:
        """`told` is told how many seconds a request waited for its turn."""
        self._clock = clock
        self._told = told
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closes_at = 0.0
        self._let_in = 1
        self._waiting: deque[asyncio.Future[None]] = deque()

    def turn(self) -> Awaitable[None] | None:
        """What to await before beginning; None for who may begin at once."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._waiting.clear()
            self._open(loop)
            return None
        if not self._waiting and self._clock() < self._closes_at:
            return None
        turn = loop.create_future()
        self._waiting.append(turn)
        return self._wait(turn)

    async def _wait(self, turn: asyncio.Future[None]) -> None:
        came = self._clock()
        await turn
        self._told(self._clock() - came)

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._closes_at = self._clock() + BEGINNING_SECONDS
        loop.call_soon(self._next)

    def _next(self) -> None:
        """Called at the step after one at which some began."""
        assert self._loop is not None
        self._let_in = self._let_in + 1 if self._clock() < self._closes_at else 1
        left = self._let_in
        while self._waiting and left:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                left -= 1
        if left == self._let_in:
            self._loop = None
        else:
            self._open(self._loop)
