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
        self._known: dict[str, int] = {}

    def read(self, time: object) -> int:
        """ns UTC. Raises RejectError."""
        if type(time) is str:
            if not (time.isdigit() and time.isascii() and len(time) <= MOST_DIGITS):
                return self._read_text(time)
            count = int(time)
        elif type(time) is int:
            count = time
        else:
            return time_of(time, self._unit, self._zone)
        for first, end, ns in self._counts:
            if first <= count < end:
                return count * ns
        return time_of(time, self._unit, self._zone)

    def read_many(self, times: list[Any]) -> list[int]:
        """The same of many times; 0 where one is to be read by itself, since it is not plain."""
        kinds = set(map(type, times))
        if kinds == {str}:
            if times[0].isdigit():
                times = [
                    int(t) if t.isdigit() and t.isascii() and len(t) <= MOST_DIGITS else 0 for t in times
                ]
            else:
                known = self._known.get
                return [known(text) or self._remembered(text, _plain_time(text)) for text in times]
        elif kinds != {int}:
            return [0] * len(times)
        for first, end, ns in self._counts:
            if first <= times[0] < end:
                return [time * ns if first <= time < end else 0 for time in times]
        return [0] * len(times)

    def _read_text(self, text: str) -> int:
        ns = self._known.get(text)
        if ns is None:
            ns = _plain_time(text) or time_of(text, self._unit, self._zone)
            self._remembered(text, ns)
        return ns

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
