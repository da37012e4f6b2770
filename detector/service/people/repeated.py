"""A line that comes again and again is written once a minute, with how often it came."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import structlog
from structlog.typing import EventDict, WrappedLogger

ONCE_IN_S = 60.0
MOST_REMEMBERED = 1000
_NUMBER = re.compile(r"0x[0-9a-fA-F]+|\d+")
_ALWAYS_NEW = ("timestamp", "exc_info", "exception")


class Repeated:
    """A processor of structlog. Lines of libraries count as alike if they differ in numbers alone."""

    def __init__(self, once_in_s: float = ONCE_IN_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._once_in_s = once_in_s
        self._clock = clock
        self._lines: dict[str, tuple[float, int]] = {}  # until when it is held back, how often it was

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        """Pass a line on; raises structlog.DropEvent where it was said not long ago."""
        now = self._clock()
        line = _identity(event)
        until, held_back = self._lines.pop(line, (now, 0))
        if now < until:
            self._lines[line] = until, held_back + 1
            raise structlog.DropEvent
        self._lines[line] = now + self._once_in_s, 0
        while len(self._lines) > MOST_REMEMBERED:
            del self._lines[next(iter(self._lines))]
        if held_back:
            event["held_back"] = held_back
        return event


def _identity(event: EventDict) -> str:
    text = repr([(key, value) for key, value in event.items() if key not in _ALWAYS_NEW])
    return _NUMBER.sub("#", text) if "logger" in event else text
