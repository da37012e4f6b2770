"""Logs of messages, one a line in arrival order, as `Records`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from streams.errors import RejectError
from streams.formats.collector import Collector
from streams.formats.compiled import parse_compiled
from streams.formats.decoder import LONGEST_RECORD
from streams.formats.readers import Reader
from streams.formats.times import EARLIEST, LATEST
from streams.messages import I64, Reject
from streams.records import Records
from streams.sources.arrival import UNKNOWN, with_arrival
from streams.sources.log_file import LogFile

_NEWLINE, _RETURN = 10, 13


def line_records(log: LogFile, damaged: list[Reject]) -> Iterator[Records]:
    """The lines of a log; blank ones are passed over. The offset is the line's number, from 1."""
    first_line = 1
    for block in log.blocks(damaged):
        buffer = np.array(bytearray(block), np.uint8)
        ends = np.flatnonzero(buffer == _NEWLINE)
        if not len(ends) or ends[-1] != len(buffer) - 1:
            ends = np.append(ends, len(buffer))
        start = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)
        length = ends.astype(np.int64) - start
        filled = (length > 1) | ((length == 1) & (buffer[np.minimum(start, len(buffer) - 1)] != _RETURN))
        offset = np.arange(first_line, first_line + len(ends), dtype=np.int64)
        first_line += len(ends)
        if filled.any():
            yield Records(
                topic=log.name,
                partition=0,
                buffer=buffer,
                start=start[filled],
                length=length[filled],
                offset=offset[filled],
                timestamp=np.full(int(filled.sum()), UNKNOWN, np.int64),
                next_offset=first_line,
            )


def stamped_records(runs: Iterator[Records], reader: Reader) -> Iterator[Records]:
    """The same records, each stamped with its arrival as far as the times in it tell."""
    for records, arrival in with_arrival((run, newest_times(run, reader)) for run in runs):
        records.timestamp[:] = arrival
        yield records


def newest_times(records: Records, reader: Reader) -> I64:
    """The newest time in each record that is not absurd, else `UNKNOWN`."""
    newest = np.full(len(records), UNKNOWN, np.int64)
    short = records.length <= LONGEST_RECORD
    _, columns, taken = parse_compiled(records, np.where(short, records.length, 0))
    sane = (columns.time >= EARLIEST) & (columns.time < LATEST)
    np.maximum.at(newest, columns.record[sane], columns.time[sane])
    for i in np.flatnonzero(~taken & short):
        found = Collector(unwanted=lambda name: False)
        try:
            reader(records.value(int(i)) or b"", UNKNOWN, found)
        except RejectError:
            continue
        times = found.readings()[1].time
        times = times[(times >= EARLIEST) & (times < LATEST)]
        newest[i] = times.max(initial=UNKNOWN)
    return newest


def joined_records(parts: Sequence[Records], order: I64) -> Records:
    """One run of the records ``order`` of several, as if these were one after the other."""
    shift = np.cumsum([0, *(len(part.buffer) for part in parts)])
    return Records(
        topic="+".join(dict.fromkeys(part.topic for part in parts)),
        partition=0,
        buffer=np.concatenate([part.buffer for part in parts]),
        start=np.concatenate([part.start + by for part, by in zip(parts, shift[:-1], strict=True)])[order],
        length=np.concatenate([part.length for part in parts])[order],
        offset=np.concatenate([part.offset for part in parts])[order],
        timestamp=np.concatenate([part.timestamp for part in parts])[order],
        next_offset=max(part.next_offset for part in parts),
    )
