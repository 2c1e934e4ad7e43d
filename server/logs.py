"""Logs: events with fields, one a line, with no personal data in them."""

import logging
import sys
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

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

MAX_MESSAGE = 200
WORD = 40


def set_up_logs(settings: Settings, process: str) -> None:
    """Send our events, and what libraries log, to standard error in one format; `process` stands in each."""
    is_json = settings.commerce_log_format == "json" or (
        settings.commerce_log_format == "auto" and not sys.stderr.isatty()
    )
    processors: list[Processor] = [Line(process)] if is_json else [*_steps(process), _console()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.commerce_log_level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer)
        if is_json
        else structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Passing()], force=True)
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # `server.jobs.queue` tells of failures itself


class Line:
    """A line of JSON, made in one step: there is one for each request."""

    def __init__(self, process: str) -> None:
        self._stamp = _stamped_by(process)

    def __call__(self, logger: Any, method: str, event: EventDict) -> bytes:
        self._stamp(logger, method, event)
        event["level"] = method
        event["timestamp"] = datetime.now(UTC)
        if "exc_info" in event:
            with_exception(logger, method, event)
        without_personal_data(logger, method, event)
        return orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z)


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
            event[name] = _masked_word(value) if len(value) <= WORD else masked(value)
    return event


_masked_word = lru_cache(maxsize=1_000)(masked)
"""Short ones are mostly the same: names of operations, kinds of clients."""


class _Passing(logging.Handler):
    """What libraries log, as events of ours: their words, without the values they put into them."""

    def emit(self, record: logging.LogRecord) -> None:
        message = str(record.msg).partition("\n")[0][:MAX_MESSAGE]
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, "library_message", source=record.name, message=message, exc_info=record.exc_info)
