"""Logs: events with fields, one a line, with no personal data in them."""

import asyncio
import atexit
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate, takewhile
from threading import Lock
from typing import Any, BinaryIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from server.personal import masked
from server.request_ids import present_ids
from server.settings import Settings
from server.told_errors import told

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
OURS = frozenset({"event", "level", "timestamp", "process", "request_id", "trace_id", "type", "status"})
"""Fields that are made here and hold nothing that was sent."""

OPERATION_ANSWERED = "operation_answered"
MAX_MESSAGE = 200
WORD = 40
LATER_SECONDS = 0.005
"""How long lines about operations wait for others. What a process says last before it is killed may be lost with it."""

PIPE_BYTES = 4096
"""As much as a pipe takes in one piece, however many processes write into it (POSIX, `PIPE_BUF` on Linux)."""


def set_up_logs(settings: Settings, process: str) -> None:
    """Send our events, and what libraries log, to standard error in one format; `process` stands in each."""
    is_json = settings.commerce_log_format == "json" or (
        settings.commerce_log_format == "auto" and not sys.stderr.isatty()
    )
    processors: list[Processor] = [Line(process)] if is_json else [*_steps(process), _console()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.commerce_log_level]),
        logger_factory=Lines(sys.stderr.buffer) if is_json else structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Passing()], force=True)
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # `server.jobs.queue` tells of failures itself


class Line:
    """An event as a line of JSON, made in one step."""

    def __init__(self, process: str) -> None:
        self.process = process
        self._stamp = _stamped_by(process)

    def __call__(self, logger: Any, method: str, event: EventDict) -> bytes:
        self._stamp(logger, method, event)
        event["level"] = method
        event["timestamp"] = datetime.now(UTC)
        if "exc_info" in event:
            with_exception(logger, method, event)
        without_personal_data(logger, method, event)
        return _written(event)


class Lines:
    """Where lines go: at once, or with others a moment later. The factory of structlog's loggers, and each of them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: list[bytes | EventDict] = []
        self._lock = Lock()
        atexit.register(self._write_waiting)

    def __call__(self, *_: object) -> "Lines":
        return self

    def msg(self, line: bytes) -> None:
        """Write the line at once, after what waits."""
        with self._lock:
            self._waiting.append(line)
            self._write()

    debug = info = warning = error = critical = exception = log = msg

    def later(self, event: EventDict) -> None:
        """Write the event with others: a write of its own takes a tenth of what a small answer does."""
        with self._lock:
            self._waiting.append(event)
            if len(self._waiting) == 1:
                self._write_soon()

    def _write_soon(self) -> None:
        try:
            asyncio.get_running_loop().call_later(LATER_SECONDS, self._write_waiting)
        except RuntimeError:  # there is no loop to do it
            self._write()

    def _write_waiting(self) -> None:
        with self._lock:
            self._write()

    def _write(self) -> None:
        lines = [each if isinstance(each, bytes) else _written(each) for each in self._waiting]
        self._waiting.clear()
        while lines:
            piece = _fitting(lines)
            self._stream.write(b"".join(lines[:piece]))
            self._stream.flush()
            del lines[:piece]


def _fitting(lines: Sequence[bytes]) -> int:
    """How many of the lines a pipe takes in one piece; one at least."""
    sizes = accumulate(map(len, lines))
    return max(sum(1 for _ in takewhile(lambda size: size <= PIPE_BYTES, sizes)), 1)


def operation_log() -> Callable[[EventDict], None]:
    """Takes the event of each operation that is answered, as structlog's loggers would, in a third of the time."""
    logger = structlog.get_logger(__name__).bind()
    config = structlog.get_config()
    line, lines = config["processors"][0], config["logger_factory"]
    if not isinstance(lines, Lines) or not logger.is_enabled_for(logging.INFO):
        return lambda event: logger.info(OPERATION_ANSWERED, **event)
    same = {"event": OPERATION_ANSWERED, "level": "info", "process": line.process}

    def tell(event: EventDict) -> None:
        if name := event["operation"]:
            event["operation"] = _without_personal_data(name)
        event.update(same)
        event["timestamp"] = datetime.now(UTC)
        if ids := present_ids():
            event["request_id"], event["trace_id"] = ids.request_id, ids.trace_id
        lines.later(event)

    return tell


def _steps(process: str) -> list[Processor]:
    return [
        _stamped_by(process),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        with_exception,
        without_personal_data,
    ]


def _console() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _stamped_by(process: str) -> Processor:
    def stamp(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        if ids := present_ids():
            event["request_id"] = ids.request_id
            event["trace_id"] = ids.trace_id
        return event

    return stamp


def with_exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """`exc_info` as the text of `server.told_errors`: kinds and places, without values."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()[1]
    elif isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        event["exception"] = told(given)
    return event


def without_personal_data(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The last guard: nothing that looks like a card number or an email address passes."""
    for name, value in event.items():
        if name not in OURS and isinstance(value, str):
            event[name] = _without_personal_data(value)
    return event


def _without_personal_data(text: str) -> str:
    return _masked_word(text) if len(text) <= WORD else masked(text)


def _written(event: EventDict) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


_masked_word = lru_cache(maxsize=1_000)(masked)
"""Short ones are mostly the same: names of operations, kinds of clients."""


class _Passing(logging.Handler):
    """What libraries log, as events of ours: their words, without the values they put into them."""

    def emit(self, record: logging.LogRecord) -> None:
        message = str(record.msg).partition("\n")[0][:MAX_MESSAGE]
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, "library_message", source=record.name, message=message, exc_info=record.exc_info)
