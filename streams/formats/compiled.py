"""What the compiled parser takes of a batch, and what it leaves to a full one."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernels.json_messages import Columns, parse_messages
from streams.formats.times import EARLIEST
from streams.messages import I64, U8
from streams.records import Records

_floats = msgspec.json.Decoder(list[float]).decode

FRAME = 5
"""Bytes of Confluent's frame: a zero, and the id of a schema in four."""


def parse_compiled(records: Records, length: I64) -> tuple[U8, Columns, NDArray[np.bool_]]:
    """(the bytes that names are spans of, the readings, bool[records] which records were taken).

    ``length`` is that of each record, 0 for one to be left alone. The kernel
    takes every number for milliseconds; a record with a time from before
    `EARLIEST` is left to the full parser, which looks at the number's size.
    Behind the frame of a schema registry it is taken too.
    """
    # One array type for the kernel, whoever made the buffer.
    buffer = records.buffer if records.buffer.flags.writeable else records.buffer.copy()
    columns, taken = _parsed(buffer, records.start, length)
    if not taken.all():
        framed = ~taken & (length > FRAME)
        framed[framed] = buffer[records.start[framed]] == 0
        if framed.any():
            inner, more = _parsed(buffer, records.start + FRAME, np.where(framed, length - FRAME, 0))
            columns, taken = merged_columns(columns, inner), taken | more
    if columns.time.min(initial=EARLIEST) < EARLIEST:
        taken[columns.record[columns.time < EARLIEST]] = False
        kept = taken[columns.record]
        columns = Columns._make(column[kept] for column in columns)
    return buffer, columns, taken


def _parsed(buffer: U8, start: I64, length: I64) -> tuple[Columns, NDArray[np.bool_]]:
    columns, taken, hard_row, hard_start, hard_length = parse_messages(buffer, start, length)
    if len(hard_row):
        columns.value[hard_row] = _exact(buffer.tobytes(), hard_start, hard_start + hard_length)
    return columns, taken


def _exact(data: bytes, start: I64, end: I64) -> list[float]:
    """The doubles nearest to the numbers that stand in these spans."""
    numbers = [data[first:stop] for first, stop in zip(start.tolist(), end.tolist(), strict=True)]
    try:
        return _floats(b"[%b]" % b",".join(numbers))  # half the time of a `float` for each
    except msgspec.MsgspecError:  # one is beyond all doubles
        return list(map(float, numbers))


def merged_columns(one: Columns, other: Columns) -> Columns:
    """Both in the order of their records."""
    order = np.argsort(np.concatenate([one.record, other.record]), kind="stable")
    return Columns(*(np.concatenate(pair)[order] for pair in zip(one, other, strict=True)))
