"""One reading of a time, for every format: a count since 1970, or text."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from fractions import Fraction

import numpy as np

from kernels.rfc3339 import NOT_A_TIME, rfc3339
from streams.errors import RejectError, RejectReason

EARLIEST = 946_684_800_000_000_000
"""2000-01-01; a reading from before is absurd."""
LATEST = 4_102_444_800_000_000_000
"""2100-01-01; a reading from then on is absurd."""
FAR_TIME = 9_000_000_000_000_000_000
"""A time beyond all sense that int64 ns still holds (the year 2255)."""

NANOSECONDS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
"""Units in which times are counted; no count is sane in two of them."""
AUTO = "auto"
NAME_A_ZONE = 'set [messages] time_zone, as in "UTC" or "Europe/Berlin"'
"""The remedy where a text names no time zone."""
_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}

_COUNT = re.compile(r"-?\d{1,25}(\.\d{1,25})?")
_DATED = re.compile(
    r"(?P<date>\d{4}([-/.]?)\d\d\2\d\d)(?:[Tt_]|\s+|,\s*)"
    r"(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<zone>[Zz]|UTC|GMT|[+\-\u2212]\d\d(?::?\d\d)?)?(?:\[[\w/+\-]+\])?"
)


def time_of(time: object, unit: str = AUTO, zone: tzinfo | None = None) -> int:
    """ns UTC of a number, of its digits as text, or of a date and time that begins with the year.

    ``unit`` is what numbers count in (s, ms, us, ns); "auto" tells it by their
    size. ``zone`` is that of texts that name none. An absurd time is returned
    as it is. Raises RejectError for what is no time.
    """
    if not isinstance(time, str):
        return epoch_time(time, unit)
    text = time.strip()
    if not text:
        raise RejectError(RejectReason.EMPTY, "no time")
    bytes_ = np.array(bytearray(text.encode("utf-8", "replace")), np.uint8)
    ns = int(rfc3339(bytes_, 0, len(bytes_)))
    if ns != NOT_A_TIME:
        return ns
    if _COUNT.fullmatch(text):
        return epoch_time(Fraction(text) if "." in text else int(text), unit)
    return _dated(text, zone)


def epoch_time(time: object, unit: str = AUTO) -> int:
    """ns from a count of ``unit`` since 1970; "auto" tells the unit by its size. Raises RejectError.

    The whole part is exact at any size. A count that is absurd in any unit is
    taken for milliseconds, held within int64.
    """
    if time is None:
        raise RejectError(RejectReason.EMPTY, "no time")
    if isinstance(time, bool) or not isinstance(time, int | float | Fraction):
        raise RejectError(RejectReason.WRONG_TYPE, f"time is {type(time).__name__}")
    if isinstance(time, float) and not math.isfinite(time):
        raise RejectError(RejectReason.ABSURD_TIME, f"time is {time}")
    if unit != AUTO and EARLIEST <= time * NANOSECONDS[unit] < LATEST:
        return _ns(time, NANOSECONDS[unit])
    sane = next((name for name in NANOSECONDS if EARLIEST <= time * NANOSECONDS[name] < LATEST), "")
    if unit == AUTO or not sane:
        return _ns(time, NANOSECONDS[sane or ("ms" if unit == AUTO else unit)])
    raise RejectError(
        RejectReason.ABSURD_TIME,
        f"time {time} looks like {_NAMES[sane]}, not {_NAMES[unit]}",
        f'set [messages] time_unit = "{sane}"',
    )


def _ns(time: int | float | Fraction, unit: int) -> int:
    whole = math.floor(time)
    ns = whole * unit + round((time - whole) * unit)
    return min(max(ns, -FAR_TIME), FAR_TIME)


def _dated(text: str, zone: tzinfo | None) -> int:
    found = _DATED.fullmatch(text)
    shown = repr(text[:40])
    if found is None:
        raise RejectError(
            RejectReason.WRONG_TYPE,
            f"time {shown} is not RFC 3339, nor a count of s, ms, us or ns since 1970",
        )
    if found["zone"] is None and zone is None:
        raise RejectError(
            RejectReason.WRONG_TYPE,
            f"time {shown} names no time zone",
            NAME_A_ZONE,
        )
    digits = re.sub(r"\D", "", found["date"])
    try:
        moment = datetime(
            int(digits[:4]),
            int(digits[4:6]),
            int(digits[6:]),
            int(found["hour"]),
            int(found["minute"]),
            int(found["second"] or 0),
            tzinfo=_zone(found["zone"]) if found["zone"] else zone,
        )
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise RejectError(RejectReason.WRONG_TYPE, f"time {shown}: {error}") from None
    seconds = since // timedelta(seconds=1)
    ns = seconds * NANOSECONDS["s"] + int((found["fraction"] or "")[:9].ljust(9, "0"))
    return min(max(ns, -FAR_TIME), FAR_TIME)


def _zone(text: str) -> tzinfo:
    if text[0] not in "+-\u2212":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(offset if text[0] == "+" else -offset)
