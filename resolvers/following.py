"""What subscriptions share: following one thing as it changes, and following the event log."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, cast

from domain.shared.errors import RequestFault
from domain.shared.events import RecordedEvent
from resolvers.context import Info

BATCH_SIZE = 100
"""How many events are read from the log at once."""

type ReadLog = Callable[[int, int], Awaitable[tuple[Sequence[RecordedEvent], int]]]
"""Reads at most so many events behind a position; says up to where it has seen all of them."""


async def changes[Found](
    info: Info, topic: str, load: Callable[[], Awaitable[Found | None]], version: Callable[[Found], object]
) -> AsyncIterator[Found]:
    """What `load` finds now, and anew each time that its `version` is another; ends when it is not found any more.

    Each item has a moment and loaders of its own, and is for an actor who may still do what they could. A request fault
    if there is nothing to follow.
    """
    seen: object = None
    async with aclosing(_news(info, topic)) as wakes:
        async for _ in wakes:
            await info.context.check_actor()
            info.context.refresh()
            found = await load()
            if found is None:
                if seen is None:
                    raise RequestFault("There is nothing to follow.", "NOT_FOUND")
                return
            if version(found) != seen:
                seen = version(found)
                yield found


async def follow(info: Info, topic: str, position: int, read: ReadLog) -> AsyncIterator[RecordedEvent]:
    """Every event behind `position`, once and in order, for as long as somebody listens.

    Reads in bounded batches, each on a connection that is given back before the first of them is shown.
    """
    async with aclosing(_news(info, topic)) as wakes:
        async for _ in wakes:
            await info.context.check_actor()
            is_behind = True
            while is_behind:
                found, position = await read(position, BATCH_SIZE)
                for event in found:
                    info.context.refresh()
                    yield event
                is_behind = len(found) == BATCH_SIZE


def _news(info: Info, topic: str) -> Any:
    """The wakes of a topic: an async generator, to be closed as soon as nobody listens."""
    return cast("Any", info.context.services.news.of(topic))
