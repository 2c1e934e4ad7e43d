"""What subscriptions share: following one thing as it changes, and following the event log."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any, cast

from domain.shared.errors import RequestFault
from domain.shared.events import RecordedEvent
from resolvers.context import Info

BATCH_SIZE = 100
"""How many events are read from the log at once."""

UNCHECKED = timedelta(seconds=2)
"""How long a listener who takes what was read only slowly is believed to be still allowed to."""

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

    Reads in bounded batches, each on a connection that is given back before the first of them is shown. The listener
    is an actor who may still do what they could, however slowly they take a batch.
    """
    async with aclosing(_news(info, topic)) as wakes:
        async for _ in wakes:
            is_behind = True
            while is_behind:
                await info.context.check_actor()
                found, position = await read(position, BATCH_SIZE)
                for event in found:
                    await _show(info)
                    yield event
                is_behind = len(found) == BATCH_SIZE


async def _show(info: Info) -> None:
    """Bring the context to the present, for an event to be shown in it."""
    info.context.refresh()
    if info.context.is_unchecked_since(UNCHECKED):
        await info.context.check_actor()


def _news(info: Info, topic: str) -> Any:
    """The wakes of a topic: an async generator, to be closed as soon as nobody listens."""
    return cast("Any", info.context.services.news.of(topic))
