"""Coroutines that are begun as soon as they are made.

One that waits for its first step can be canceled before it: whatever it was to await is then left lying, never begun
and never closed. One that needs not wait at all is done without the event loop.
"""

import asyncio
from collections.abc import Awaitable
from inspect import iscoroutine
from typing import Any


def begun(awaitable: Awaitable[Any]) -> "asyncio.Future[Any]":
    """A task that has run up to where it has to wait for something."""
    if iscoroutine(awaitable):
        return asyncio.Task(awaitable, loop=asyncio.get_running_loop(), eager_start=True)
    return asyncio.ensure_future(awaitable)
