"""The time of a record of some shape."""

from __future__ import annotations

from datetime import tzinfo

from config.shape import TimeUnit
from streams.errors import RejectError, RejectReason
from streams.formats.times import NANOSECONDS, time_of


class ShapeTime:
    """Reads times; records beside each other often have the same one."""

    def __init__(self, unit: TimeUnit, zone: tzinfo | None) -> None:
        self._unit = unit
        self._zone = zone
        self._last: tuple[object, int] = (None, 0)

    def of(self, time: object, nanoseconds: object, timestamp: int) -> int:
        """ns UTC of a number or a text, else ``timestamp``. Raises RejectError."""
        last, ns = self._last
        if time is None:
            if timestamp < 0:
                raise RejectError(RejectReason.MISSING_FIELD, "no time")
            return timestamp
        if time != last or type(time) is not type(last):
            ns = time_of(time, self._unit, self._zone)
            self._last = (time, ns)
        if type(nanoseconds) is int and 0 <= nanoseconds < NANOSECONDS["s"]:
            return ns + nanoseconds
        return ns
