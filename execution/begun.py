"""Coroutines that are begun as soon as they are made.

One that waits for its first step can be canceled before it: whatever it was to await is then left lying, never begun
and never closed. One that needs not wait at all is done without the event loop.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from inspect import iscoroutine
from types import coroutine
from typing import Any


def begun(awaitable: Awaitable[Any]) -> "asyncio.Future[Any]":
    """A task that has run up to where it has to wait for something."""
    if iscoroutine(awaitable):
        return asyncio.Task(awaitable, loop=asyncio.get_running_loop(), eager_start=True)
    return asyncio.ensure_future(awaitable)


@coroutine
def going_on[Found](begun: Coroutine[Any, Any, Found], waits_for: Any) -> Generator[Any, Any, Found]:
    """Awaits the rest of a coroutine whose first step was made by hand, `begun.send(None)`, and waits for that.

    The first step and the rest belong to one task, as if it had been awaited. Mostly there is no rest: then this costs
    a tenth of what a task does.
    """
    try:
        yield waits_for
    except BaseException as error:  # noqa: BLE001 - such as that it is canceled, which is for it to deal with
        try:
            waits_for = begun.throw(error)
        except StopIteration as done:
            found: Found = done.value
        else:
            found = yield from going_on(begun, waits_for)
    else:
        found = yield from begun
    return found
