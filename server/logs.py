"""Logs: events with fields, one a line, with no personal data in them."""

import logging
import sys

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from server.settings import Settings

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def set_up_logs(settings: Settings, process: str) -> None:
    """Send our events, and what libraries log, to standard error in one format; `process` stands in each."""
    is_json = settings.commerce_log_format == "json" or (
        settings.commerce_log_format == "auto" and not sys.stderr.isatty()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if is_json:
        # Without local variables, which hold what people told us.
        tracebacks = ExceptionDictTransformer(show_locals=False)
        shared += [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]
    else:
        shared += [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.commerce_log_level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, handlers=[_Passing()], force=True)


class _Passing(logging.Handler):
    """What libraries log, as events of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, "library_message", source=record.name, message=record.getMessage())
