"""The service's own log, and the libraries': for eyes at a terminal, a JSON object a line elsewhere.

Whoever speaks (we, a library's logger, Python's warnings, an exception nobody
caught), it is one line of one format, without secrets, and not a flood.
"""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import WrappedLogger

from config.secrets import redacted
from detector.service.people.repeated import Repeated


def log_to_stderr() -> None:
    """Send all of it to standard error."""
    at_terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if at_terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            Repeated(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
            _without_secrets,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_FromLibraries()], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda caught: _uncaught(
        caught.exc_type, caught.exc_value, caught.exc_traceback, thread=caught.thread and caught.thread.name
    )
    sys.unraisablehook = lambda caught: _uncaught(
        caught.exc_type, caught.exc_value, caught.exc_traceback, where=repr(caught.object)
    )


class _Lines:
    """Writes lines; a log that cannot be written (its disk may be full) never stops who speaks."""

    _turn = threading.Lock()

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError), self._turn:
            self._file.write(message + "\n")
            self._file.flush()

    debug = info = warning = warn = error = critical = fatal = failure = exception = log = msg


class _FromLibraries(logging.Handler):
    """Takes what libraries say into our log."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage().rstrip()
        except Exception:  # a library's own mistake in its arguments
            text = str(record.msg)
        exc_info = record.exc_info if record.exc_info and record.exc_info[0] else None
        extra: dict[str, Any] = {"exc_info": exc_info} if exc_info else {}
        level = min(record.levelno // 10 * 10, logging.CRITICAL)
        structlog.get_logger().log(level, text, logger=record.name, **extra)


def _without_secrets(_logger: WrappedLogger, _name: str, line: Any) -> str:
    return redacted(line)


def _uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, **where: Any
) -> None:
    """What nobody caught."""
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("uncaught exception", exc_info=(kind, error, trace), **where)
