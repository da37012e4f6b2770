"""The pieces of JSON text that the message parser walks: white space, strings, numbers.

Each takes (buffer, position, end) and says where it stopped; -1 means that
the text is not plain enough (or broken) and a full JSON parser must look.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel

EXACT_POWERS = 10.0 ** np.arange(23)
"""The powers of ten that a double holds exactly: 10**0 to 10**22."""

ENDS_RUN = np.zeros(256, np.bool_)
"""Bytes that end a run of plain ASCII in a string: quote, backslash, controls, whatever is not ASCII."""
ENDS_RUN[:32] = ENDS_RUN[128:] = True
ENDS_RUN[34] = ENDS_RUN[92] = True


@kernel()
def space_end(buffer: NDArray[np.uint8], i: int, end: int) -> int:
    """Index of the first byte from ``i`` on that is no white space of JSON, at most ``end``."""
    while i < end and (buffer[i] == 32 or buffer[i] == 10 or buffer[i] == 13 or buffer[i] == 9):
        i += 1
    return i


@kernel()
def skip_space(buffer: NDArray[np.uint8], i: int, end: int) -> int:
    """The same as `space_end`, quick where there is no white space."""
    # Nearly always there is none; without the loop this much is compiled into its callers.
    if i < end and buffer[i] > 32:
        return i
    return space_end(buffer, i, end)


@kernel()
def character_end(buffer: NDArray[np.uint8], i: int, end: int) -> int:
    """End of the well-formed UTF-8 character of two to four bytes at ``i``, else -1.

    Follows table 3-7 of the Unicode standard: no overlong forms, no
    surrogates, nothing above U+10FFFF.
    """
    lead = buffer[i]
    low, high = 0x80, 0xBF
    if 0xC2 <= lead <= 0xDF:
        more = 1
    elif 0xE0 <= lead <= 0xEF:
        more = 2
        if lead == 0xE0:
            low = 0xA0
        elif lead == 0xED:
            high = 0x9F
    elif 0xF0 <= lead <= 0xF4:
        more = 3
        if lead == 0xF0:
            low = 0x90
        elif lead == 0xF4:
            high = 0x8F
    else:
        return -1
    if i + more >= end or buffer[i + 1] < low or buffer[i + 1] > high:
        return -1
    for j in range(i + 2, i + more + 1):
        if buffer[j] & 0xC0 != 0x80:
            return -1
    return i + more + 1


@kernel()
def string_end(buffer: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the closing quote of a string that starts at ``i`` (after its opening quote) stands.

    -1 for a string with an escape, a control character or broken UTF-8.
    """
    while True:
        # Over a range the compiler knows that positions are never negative; this loop is the hottest.
        stop = end
        for j in range(i, end):
            if ENDS_RUN[buffer[j]]:
                stop = j
                break
        if stop == end:
            return -1
        if buffer[stop] == 34:  # "
            return stop
        if buffer[stop] < 128:
            return -1
        i = character_end(buffer, stop, end)
        if i < 0:
            return -1


@kernel()
def number_end(buffer: NDArray[np.uint8], i: int, end: int) -> tuple[int, float, bool]:
    """The JSON number at ``i``: (its end or -1, its value, whether the value is exact).

    A number whose digits fit in 53 bits and whose power of ten is at most 22
    is one exact double times or over another, so the result is correctly
    rounded (Clinger, "How to read floating point numbers accurately", 1990,
    section 3). For any other the value is not given, and the caller has to
    have the span read by a full parser.
    """
    negative = i < end and buffer[i] == 45  # -
    if negative:
        i += 1
    first = i
    mantissa = 0
    while i < end and 48 <= buffer[i] <= 57 and i - first < 18:
        mantissa = mantissa * 10 + (buffer[i] - 48)
        i += 1
    if i == first or (buffer[first] == 48 and i - first > 1):
        return -1, 0.0, False
    short = not (i < end and 48 <= buffer[i] <= 57)
    while i < end and 48 <= buffer[i] <= 57:
        i += 1
    power = 0
    if i < end and buffer[i] == 46:  # .
        i += 1
        point = i
        while i < end and 48 <= buffer[i] <= 57:
            if i - first < 19:
                mantissa = mantissa * 10 + (buffer[i] - 48)
            i += 1
        if i == point:
            return -1, 0.0, False
        power = point - i
        short = short and i - first <= 19
    if i < end and (buffer[i] == 101 or buffer[i] == 69):  # e E
        i += 1
        minus = i < end and buffer[i] == 45
        if i < end and (buffer[i] == 43 or buffer[i] == 45):
            i += 1
        start = i
        exponent = 0
        while i < end and 48 <= buffer[i] <= 57:
            exponent = min(exponent * 10 + (buffer[i] - 48), 10_000)
            i += 1
        if i == start:
            return -1, 0.0, False
        power += -exponent if minus else exponent
    if not short or mantissa > 1 << 53 or power < -22 or power > 22:
        return i, 0.0, False
    value = float(mantissa)
    value = value / EXACT_POWERS[-power] if power < 0 else value * EXACT_POWERS[power]
    return i, -value if negative else value, True
