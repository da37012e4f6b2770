"""What the compiled parser takes of a batch, and what it leaves to a full one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.json_messages import Columns, parse_messages
from streams.formats.times import EARLIEST
from streams.messages import I64, U8
from streams.records import Records

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
        data = buffer.tobytes()
        columns.value[hard_row] = [
            float(data[first:end])
            for first, end in zip(hard_start.tolist(), (hard_start + hard_length).tolist(), strict=True)
        ]
    return columns, taken


def merged_columns(one: Columns, other: Columns) -> Columns:
    """Both in the order of their records."""
    order = np.argsort(np.concatenate([one.record, other.record]), kind="stable")
    return Columns(*(np.concatenate(pair)[order] for pair in zip(one, other, strict=True)))
