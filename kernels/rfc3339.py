"""RFC 3339 times, from bytes to nanoseconds UTC.

The one parser of such times for every format, compiled or not, so that all of
them read a time alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel

NOT_A_TIME = -(2**63)
"""What stands for a time that could not be read (int64, the smallest)."""

EARLIEST_YEAR = 1700
LATEST_YEAR = 2200
"""Years outside are read as these: absurd either way, and int64 ns would overflow."""


@kernel()
def digits(buffer: NDArray[np.uint8], start: int, count: int) -> int:
    """The number that ``count`` ASCII digits spell, -1 if one of them is no digit."""
    number = 0
    for i in range(start, start + count):
        digit = buffer[i] - 48
        if digit < 0 or digit > 9:
            return -1
        number = number * 10 + digit
    return number


@kernel()
def days_since_epoch(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a Gregorian date, counting years from March so that leap days come last."""
    if month <= 2:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469


@kernel()
def days_in_month(year: int, month: int) -> int:
    """Days of a month (1 to 12) of the Gregorian calendar."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@kernel(lambda: (np.frombuffer(b"2023-11-14T22:13:20Z", np.uint8).copy(), 0, 20))
def rfc3339(buffer: NDArray[np.uint8], start: int, end: int) -> int:
    """Nanoseconds UTC of the RFC 3339 time in ``buffer[start:end]``, else `NOT_A_TIME`.

    ``T`` may be ``t`` or a space, ``Z`` may be ``z``; digits of the fraction
    beyond the ninth are dropped; second 60 (a leap second) is the next second.
    A time without an offset is no RFC 3339 time.
    """
    if end - start < 20:
        return NOT_A_TIME
    year = digits(buffer, start, 4)
    month = digits(buffer, start + 5, 2)
    day = digits(buffer, start + 8, 2)
    hour = digits(buffer, start + 11, 2)
    minute = digits(buffer, start + 14, 2)
    second = digits(buffer, start + 17, 2)
    separator = buffer[start + 10]
    if (
        buffer[start + 4] != 45  # -
        or buffer[start + 7] != 45
        or (separator != 84 and separator != 116 and separator != 32)  # T t space
        or buffer[start + 13] != 58  # :
        or buffer[start + 16] != 58
        or year < 0
        or not 1 <= month <= 12
        or not 1 <= day <= days_in_month(year, month)
        or not 0 <= hour <= 23
        or not 0 <= minute <= 59
        or not 0 <= second <= 60
    ):
        return NOT_A_TIME

    i = start + 19
    fraction = 0
    if buffer[i] == 46:  # .
        i += 1
        first = i
        scale = 100_000_000
        while i < end and 48 <= buffer[i] <= 57:
            fraction += (buffer[i] - 48) * scale
            scale //= 10
            i += 1
        if i == first:
            return NOT_A_TIME

    offset = 0  # minutes east of UTC
    if i + 1 == end and (buffer[i] == 90 or buffer[i] == 122):  # Z z
        offset = 0
    elif i + 6 == end and (buffer[i] == 43 or buffer[i] == 45) and buffer[i + 3] == 58:  # +hh:mm -hh:mm
        hours = digits(buffer, i + 1, 2)
        minutes = digits(buffer, i + 4, 2)
        if not 0 <= hours <= 23 or not 0 <= minutes <= 59:
            return NOT_A_TIME
        offset = hours * 60 + minutes
        if buffer[i] == 45:
            offset = -offset
    else:
        return NOT_A_TIME

    days = days_since_epoch(min(max(year, EARLIEST_YEAR), LATEST_YEAR), month, day)
    seconds = days * 86_400 + hour * 3600 + (minute - offset) * 60 + second
    return seconds * 1_000_000_000 + fraction
