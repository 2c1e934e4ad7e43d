"""Logs: events with fields, one a line, with no personal data in them."""

import logging
import sys
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


def set_up_logs(settings: Settings, process: str) -> None:
    """Send our events, and what libraries log, to standard error in one format; `process` stands in each."""
    is_json = settings.commerce_log_format == "json" or (
        settings.commerce_log_format == "auto" and not sys.stderr.isatty()
    )
    renderer: Processor = structlog.processors.JSONRenderer(serializer=_json) if is_json else _console()
    structlog.configure(
        processors=[
            _stamped_by(process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            with_exception,
            without_personal_data,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.commerce_log_level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer)
        if is_json
        else structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Passing()], force=True)
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # `server.jobs.queue` tells of failures itself


def _json(event: EventDict, **_options: Any) -> bytes:
    return orjson.dumps(event, default=str)


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
            event[name] = masked(value)
    return event


class _Passing(logging.Handler):
    """What libraries log, as events of ours: their words, without the values they put into them."""

    def emit(self, record: logging.LogRecord) -> None:
        message = str(record.msg).partition("\n")[0][:MAX_MESSAGE]
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, "library_message", source=record.name, message=message, exc_info=record.exc_info)
