"""Exceptions as logs tell them: what kind and where, never with the values that people sent.

An exception's own words often quote what was being worked on (`DETAIL: Key (email)=(...) already exists`). They are
told only of kinds that speak about code. No local variables, ever.
"""

import errno
import os
from collections.abc import Iterator
from traceback import StackSummary, extract_tb

import asyncpg

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 - as in co_filename
MAX_CHAIN = 8
MAX_FRAMES = 24
MAX_WORDS = 300

ABOUT_CODE = (ArithmeticError, AttributeError, ImportError, NameError, NotImplementedError, RecursionError, TypeError)


def told(error: BaseException) -> str:
    """The exception and what caused it, first the last one, with the places in the code that they passed."""
    return "\nafter ".join("\n".join(_lines(each)) for each in _chain(error))


def named(error: BaseException) -> str:
    """`ZeroDivisionError: division by zero`, `UniqueViolationError: 23505 uq_customer_email`, `KeyError`."""
    kind = type(error).__name__
    words = _words(error)
    return f"{kind}: {words[:MAX_WORDS]}" if words else kind


def _words(error: BaseException) -> str:
    if isinstance(error, asyncpg.PostgresError):
        facts = (error.sqlstate, error.table_name, error.column_name, error.constraint_name)
        return " ".join(fact for fact in facts if fact)
    if isinstance(error, OSError) and error.errno:
        return errno.errorcode.get(error.errno, str(error.errno))
    return str(error) if isinstance(error, ABOUT_CODE) else ""


def _chain(error: BaseException) -> list[BaseException]:
    """The exception, those it holds if it is a group, and those it came after."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < MAX_CHAIN:
        each = waiting.pop(0)
        if any(each is known for known in found):
            continue
        found.append(each)
        waiting.extend(_behind(each))
    return found


def _behind(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        yield from error.exceptions
    if error.__cause__ is not None:
        yield error.__cause__
    elif error.__context__ is not None and not error.__suppress_context__:
        yield error.__context__


def _lines(error: BaseException) -> Iterator[str]:
    yield named(error)
    frames: StackSummary = extract_tb(error.__traceback__)
    for frame in frames[-MAX_FRAMES:]:
        yield f"  {frame.filename.removeprefix(ROOT)}:{frame.lineno} {frame.name}"
