"""Durations and instants as people write them, as int64 nanoseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator

from config.errors import Mistake

SECOND = 1_000_000_000
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "min": 60 * SECOND,
    "h": 3_600 * SECOND,
    "d": 86_400 * SECOND,
    "w": 7 * 86_400 * SECOND,
}
_TERM = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
_REMEDY = 'write a number and a unit, as in "10s", "500ms", "24h" or "1h30m"'


def parse_duration(value: object) -> int:
    """Nanoseconds of ``"1h30m"``; an int is nanoseconds already. Raises Mistake.

    An int below a millisecond is most likely a number whose unit was forgotten, so it is refused.
    """
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1) * 1_000
    if isinstance(value, int) and not isinstance(value, bool) and (value == 0 or value >= _UNITS["ms"]):
        return value
    if not isinstance(value, str):
        raise Mistake(f"{value!r} is no duration", _REMEDY)
    text = value.strip().lower()
    total, end = 0, 0
    while term := _TERM.match(text, end):
        number, unit = term.groups()
        if unit not in _UNITS:
            raise Mistake(f"{value!r} has no unit of time that is known", f"one of {', '.join(_UNITS)}")
        total += round(Fraction(number) * _UNITS[unit])
        end = term.end()
    if text != "0" and (end == 0 or end != len(text)):
        raise Mistake(f"{value!r} is no duration", _REMEDY)
    return total


def format_duration(nanoseconds: int) -> str:
    """The shortest way to write a duration: ``90 s`` is ``"90s"``, an hour ``"1h"``."""
    for unit in ("h", "m", "s", "ms", "us"):
        if nanoseconds >= _UNITS[unit] and nanoseconds % _UNITS[unit] == 0:
            return f"{nanoseconds // _UNITS[unit]}{unit}"
    return f"{nanoseconds}ns" if nanoseconds else "0s"


def parse_instant(value: object) -> int:
    """Nanoseconds UTC of an RFC 3339 time (a TOML date-time or a string). Raises Mistake."""
    remedy = "write an RFC 3339 time with its offset, as in 2026-03-01T02:00:00Z"
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise Mistake(f"{value!r} is no time", remedy) from error
    if not isinstance(value, datetime):
        raise Mistake(f"{value!r} is no time", remedy)
    if value.tzinfo is None:
        raise Mistake(f"{value.isoformat()} has no offset", "add Z for UTC, or an offset such as +08:00")
    since = value - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1) * 1_000


def zone_name(name: str) -> str:
    """An IANA name of a time zone. Raises Mistake."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Mistake(
            f"unknown time zone {name!r}", 'an IANA name, as in "Asia/Shanghai" or "UTC"'
        ) from error
    return name


Duration = Annotated[int, BeforeValidator(parse_duration)]
"""Nanoseconds; read from text such as "10s"."""

Instant = Annotated[int, BeforeValidator(parse_instant)]
"""Nanoseconds since 1970 UTC; read from an RFC 3339 time."""
