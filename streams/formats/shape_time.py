"""The time of a record of some shape."""

from __future__ import annotations

from config.shape import TimeUnit
from streams.errors import RejectError, RejectReason
from streams.formats.json import epoch_time, time_of

UNITS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
SECONDS, MILLISECONDS, MICROSECONDS = 1e11, 1e14, 1e17
"""What is below counts seconds (to the year 5138), milliseconds, microseconds; beyond are nanoseconds."""


class ShapeTime:
    """Reads times; records beside each other often have the same one."""

    def __init__(self, unit: TimeUnit) -> None:
        self._unit = UNITS.get(unit)
        self._last: tuple[object, int] = (None, 0)

    def of(self, time: object, nanoseconds: object, timestamp: int) -> int:
        """ns UTC of a number or a text, else ``timestamp``. Raises RejectError."""
        last, ns = self._last
        if time is None:
            if timestamp < 0:
                raise RejectError(RejectReason.MISSING_FIELD, "no time")
            return timestamp
        if time != last or type(time) is not type(last):
            ns = self._read(time)
            self._last = (time, ns)
        if type(nanoseconds) is int and 0 <= nanoseconds < UNITS["s"]:
            return ns + nanoseconds
        return ns

    def _read(self, time: object) -> int:
        if isinstance(time, str):
            try:
                time = int(time) if time.isdecimal() else float(time)
            except ValueError:
                return time_of(time)
        if self._unit is not None:
            return epoch_time(time, self._unit)
        if isinstance(time, bool) or not isinstance(time, int | float):
            return epoch_time(time, 1)
        size = abs(time)
        unit = (
            "s" if size < SECONDS else "ms" if size < MILLISECONDS else "us" if size < MICROSECONDS else "ns"
        )
        return epoch_time(time, UNITS[unit])
