"""The reading of times (`streams.formats.times`), made quick for how they mostly stand."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from streams.formats.times import AUTO, EARLIEST, LATEST, NANOSECONDS, time_of

REMEMBERED = 1000
"""Texts that are remembered: records beside each other often have one time."""
MOST_DIGITS = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)


class TimeReader:
    """Reads times as `time_of` does, with the same unit and zone throughout."""

    def __init__(self, unit: str = AUTO, zone: tzinfo | None = None) -> None:
        self._unit = unit
        self._zone = zone
        units = NANOSECONDS.values() if unit == AUTO else [NANOSECONDS[unit]]
        self._counts = [(-(-EARLIEST // ns), -(-LATEST // ns), ns) for ns in units]
        """(from, to before, ns of one) of the counts that are sane in a unit, and in no other."""
        self._likely = self._counts[0]
        """That of the last count."""
        self._known: dict[str, int] = {}

    def read(self, time: object) -> int:
        """ns UTC. Raises RejectError."""
        ns = self.plain(time)
        if ns:
            return ns
        ns = time_of(time, self._unit, self._zone)
        return self._remembered(time, ns) if type(time) is str else ns

    def plain(self, time: object) -> int:
        """The same of a time that stands as most do; 0 for any other."""
        if type(time) is int:
            return self._of_count(time)
        if type(time) is str:
            ns = self._known.get(time)
            if ns is not None:
                return ns
            if not (time.isdigit() and time.isascii() and len(time) <= MOST_DIGITS):
                return self._remembered(time, _plain_time(time))
            return self._remembered(time, self._of_count(int(time)))
        return 0

    def plain_ones(self, times: list[Any]) -> list[int]:
        """The same of many times."""
        first, end, ns = self._likely
        if set(map(type, times)) == {int} and first <= min(times) and max(times) < end:
            return [time * ns for time in times]
        return list(map(self.plain, times))

    def _of_count(self, count: int) -> int:
        first, end, ns = self._likely
        if first <= count < end:
            return count * ns
        for counts in self._counts:
            first, end, ns = counts
            if first <= count < end:
                self._likely = counts
                return count * ns
        return 0

    def _remembered(self, text: str, ns: int) -> int:
        if ns:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[text] = ns
        return ns


def _plain_time(text: str) -> int:
    """ns of a sane time in UTC as RFC 3339 has it, to the microsecond; 0 for whatever else."""
    if _PLAIN.fullmatch(text) is None:
        return 0
    try:
        since = datetime.fromisoformat(text) - EPOCH
    except ValueError:
        return 0
    ns = (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000
    return ns if EARLIEST <= ns < LATEST else 0
