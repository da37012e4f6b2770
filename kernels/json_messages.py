"""The parser of canonical JSON messages: spans of records to columns of readings.

A canonical message is ``{"point": "...", "time": ..., "value": ...}``, or an
array of such, with its keys in any order, an optional ``"unit": "..."``, time
in epoch milliseconds or as an RFC 3339 string, value a number or true/false.
Whatever is not that plain (another key, an escape, a null, a broken
character) leaves its record *not taken*: it goes, whole, to a full JSON
parser, which has the last word on what is wrong with it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel
from kernels.json_text import number_end, skip_space, string_end
from kernels.rfc3339 import NOT_A_TIME, rfc3339

SHORTEST_MESSAGE = len('{"point":"","time":0,"value":0}')
MILLISECOND = 1_000_000


class Columns(NamedTuple):
    """Readings as they stood in the buffer, one row a reading, in its order."""

    record: NDArray[np.int64]
    """Which record the reading is from, counted from 0 in the batch."""
    name_start: NDArray[np.int64]
    name_length: NDArray[np.int64]
    unit_start: NDArray[np.int64]
    unit_length: NDArray[np.int64]
    """0 where the message names no unit."""
    time: NDArray[np.int64]
    """ns UTC; `kernels.rfc3339.NOT_A_TIME` where it could not be read."""
    value: NDArray[np.float64]


class Message(NamedTuple):
    """One message; ``end`` is where its closing brace has passed, -1 if it is not plain."""

    end: int
    name_start: int
    name_length: int
    unit_start: int
    unit_length: int
    time: int
    value: float
    number_start: int
    """Start of a number still to be read by a full parser, else -1."""
    number_length: int


@kernel()
def not_plain() -> Message:
    """What is said of a message that a full parser has to read."""
    return Message(-1, 0, 0, 0, 0, 0, 0.0, -1, 0)


@kernel()
def key_at(buffer: NDArray[np.uint8], i: int, end: int) -> int:
    """Which key starts at ``i``: 1 point, 2 time, 4 value, 8 unit, with its closing quote; else 0."""
    if i + 7 > end:
        return 0
    a, b, c, d, e = buffer[i + 1], buffer[i + 2], buffer[i + 3], buffer[i + 4], buffer[i + 5]
    if buffer[i] == 112:  # point
        return 1 if a == 111 and b == 105 and c == 110 and d == 116 and e == 34 else 0
    if buffer[i] == 116:  # time
        return 2 if a == 105 and b == 109 and c == 101 and d == 34 else 0
    if buffer[i] == 118:  # value
        return 4 if a == 97 and b == 108 and c == 117 and d == 101 and e == 34 else 0
    if buffer[i] == 117:  # unit
        return 8 if a == 110 and b == 105 and c == 116 and d == 34 else 0
    return 0


@kernel()
def time_at(buffer: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """The time at ``i``: (its end or -1, ns). A date that is none is left to the full parser."""
    if buffer[i] == 34:
        close = string_end(buffer, i + 1, end)
        if close < 0:
            return -1, 0
        time = rfc3339(buffer, i + 1, close)
        return (-1, 0) if time == NOT_A_TIME else (close + 1, time)
    first = i
    number = 0
    while i < end and 48 <= buffer[i] <= 57:
        number = number * 10 + (buffer[i] - 48)
        i += 1
        if i - first > 12 and number > 9_000_000_000_000:  # years past 2255 would overflow int64 ns
            return -1, 0
    if i == first or (buffer[first] == 48 and i - first > 1):
        return -1, 0
    if i < end and (buffer[i] == 46 or buffer[i] == 101 or buffer[i] == 69):  # . e E
        return -1, 0
    return i, number * MILLISECOND


@kernel()
def value_at(buffer: NDArray[np.uint8], i: int, end: int) -> tuple[int, float, bool]:
    """The value at ``i``: (its end or -1, value, whether it is exact)."""
    if buffer[i] == 116:  # true
        plain = i + 4 <= end and buffer[i + 1] == 114 and buffer[i + 2] == 117 and buffer[i + 3] == 101
        return (i + 4 if plain else -1), 1.0, True
    if buffer[i] == 102:  # false
        plain = (
            i + 5 <= end
            and buffer[i + 1] == 97
            and buffer[i + 2] == 108
            and buffer[i + 3] == 115
            and buffer[i + 4] == 101
        )
        return (i + 5 if plain else -1), 0.0, True
    return number_end(buffer, i, end)


@kernel()
def message_at(buffer: NDArray[np.uint8], i: int, end: int) -> Message:
    """The message whose opening brace stands at ``i``."""
    name_start = name_length = unit_start = unit_length = time = number_length = 0
    number_start = -1
    value = 0.0
    seen = 0
    i += 1
    while True:
        i = skip_space(buffer, i, end)
        if i >= end or buffer[i] != 34:
            return not_plain()
        key = key_at(buffer, i + 1, end)
        if key == 0 or seen & key != 0:
            return not_plain()
        seen |= key
        i += 6 if key & 10 != 0 else 7  # the two quotes and "time" or "unit", else "point" or "value"
        i = skip_space(buffer, i, end)
        if i >= end or buffer[i] != 58:  # :
            return not_plain()
        i = skip_space(buffer, i + 1, end)
        if i >= end:
            return not_plain()
        if key == 4:
            first = i
            i, value, exact = value_at(buffer, i, end)
            if not exact:
                number_start, number_length = first, i - first
        elif key == 2:
            i, time = time_at(buffer, i, end)
        else:
            if buffer[i] != 34:
                return not_plain()
            first = i + 1
            close = string_end(buffer, first, end)
            i = close + 1 if close >= 0 else -1
            if key == 1:
                name_start, name_length = first, close - first
            else:
                unit_start, unit_length = first, close - first
        if i < 0:
            return not_plain()
        i = skip_space(buffer, i, end)
        if i >= end:
            return not_plain()
        if buffer[i] == 125:  # }
            break
        if buffer[i] != 44:  # ,
            return not_plain()
        i += 1
    if seen & 7 != 7 or name_length == 0:
        return not_plain()
    return Message(
        i + 1, name_start, name_length, unit_start, unit_length, time, value, number_start, number_length
    )


def _example() -> tuple[Any, ...]:
    text = b'[{"point": "h/r/t", "time": 1700000000000, "value": 1.5, "unit": "degF"}]'
    return np.frombuffer(text, np.uint8).copy(), np.array([0], np.int64), np.array([len(text)], np.int64)


@kernel(_example)
def parse_messages(
    buffer: NDArray[np.uint8], start: NDArray[np.int64], length: NDArray[np.int64]
) -> tuple[Columns, NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Parse the records ``buffer[start[i] : start[i] + length[i]]``.

    Returns the columns of all records that were taken, ``taken`` (a row a
    record), and three arrays for the numbers whose exact value a full parser
    has to find: the row of the reading, where the number starts and its length.
    """
    records = len(start)
    room = 0
    for r in range(records):
        if length[r] > 0:
            room += length[r] // SHORTEST_MESSAGE
    record = np.empty(room, np.int64)
    name_start = np.empty(room, np.int64)
    name_length = np.empty(room, np.int64)
    unit_start = np.empty(room, np.int64)
    unit_length = np.empty(room, np.int64)
    time = np.empty(room, np.int64)
    value = np.empty(room, np.float64)
    hard_row = np.empty(room, np.int64)
    hard_start = np.empty(room, np.int64)
    hard_length = np.empty(room, np.int64)
    taken = np.zeros(records, np.bool_)

    row = 0
    hard = 0
    for r in range(records):
        if length[r] < SHORTEST_MESSAGE:
            continue
        i = start[r]
        end = start[r] + length[r]
        row_before, hard_before = row, hard
        i = skip_space(buffer, i, end)
        many = i < end and buffer[i] == 91  # [
        if many:
            i = skip_space(buffer, i + 1, end)
        plain = False
        while i < end and buffer[i] == 123:  # {
            message = message_at(buffer, i, end)
            if message.end < 0:
                break
            record[row] = r
            name_start[row] = message.name_start
            name_length[row] = message.name_length
            unit_start[row] = message.unit_start
            unit_length[row] = message.unit_length
            time[row] = message.time
            value[row] = message.value
            if message.number_start >= 0:
                hard_row[hard] = row
                hard_start[hard] = message.number_start
                hard_length[hard] = message.number_length
                hard += 1
            row += 1
            i = skip_space(buffer, message.end, end)
            if many and i < end and buffer[i] == 44:  # ,
                i = skip_space(buffer, i + 1, end)
                continue
            if many and i < end and buffer[i] == 93:  # ]
                plain = skip_space(buffer, i + 1, end) == end
            elif not many:
                plain = i == end
            break
        if plain:
            taken[r] = True
        else:
            row, hard = row_before, hard_before
    columns = Columns(
        record[:row],
        name_start[:row],
        name_length[:row],
        unit_start[:row],
        unit_length[:row],
        time[:row],
        value[:row],
    )
    return columns, taken, hard_row[:hard], hard_start[:hard], hard_length[:hard]
