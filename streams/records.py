"""What a source hands over: runs of records, as spans of bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from streams.messages import I64, U8


@dataclass(frozen=True, slots=True)
class Records:
    """A run of records of one partition (or of one log), as spans of a buffer.

    ``buffer[start[i] : start[i] + length[i]]`` is the value of record ``i``;
    a length of -1 is a record without a value (a tombstone).
    """

    topic: str
    partition: int
    buffer: U8
    start: I64
    length: I64
    offset: I64
    timestamp: I64
    """When the broker or producer stamped the record, ns; -1 where unknown."""
    next_offset: int
    """Where to go on after the last of these records."""

    @classmethod
    def of(
        cls,
        values: Sequence[bytes | None],
        topic: str,
        partition: int = 0,
        *,
        offset: I64 | int = 0,
        timestamp: I64 | int = -1,
    ) -> Records:
        """Records with these values; None is a tombstone.

        ``offset`` is that of each, or of the first where the others follow it;
        ``timestamp`` that of each, or of all of them.
        """
        length = np.array([-1 if value is None else len(value) for value in values], np.int64)
        taken = np.maximum(length, 0)
        if isinstance(offset, int):
            offset = np.arange(offset, offset + len(values), dtype=np.int64)
        if isinstance(timestamp, int):
            timestamp = np.full(len(values), timestamp, np.int64)
        buffer = np.frombuffer(bytearray(b"".join(value for value in values if value)), np.uint8)
        next_offset = int(offset[-1]) + 1 if len(offset) else 0
        return cls(topic, partition, buffer, np.cumsum(taken) - taken, length, offset, timestamp, next_offset)

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: slice) -> Records:
        """Some of them; where to go on stays what it is."""
        start, length = self.start[rows], self.length[rows]
        offset, timestamp = self.offset[rows], self.timestamp[rows]
        return Records(
            self.topic, self.partition, self.buffer, start, length, offset, timestamp, self.next_offset
        )

    def pieces(self, size: int) -> Iterator[Records]:
        """The same records, in order, in runs of some ``size`` bytes of values."""
        length = np.maximum(self.length, 0)
        if length.sum() <= size:
            yield self
            return
        piece = np.cumsum(length) // size
        cuts = [0, *(np.flatnonzero(np.diff(piece)) + 1).tolist(), len(self)]
        for first, end in pairwise(cuts):
            rows = slice(first, end)
            begin = int(self.start[rows].min())
            yield Records(
                self.topic,
                self.partition,
                self.buffer[begin : (self.start[rows] + length[rows]).max()],
                self.start[rows] - begin,
                self.length[rows],
                self.offset[rows],
                self.timestamp[rows],
                self.next_offset if end == len(self) else int(self.offset[end]),
            )

    def value(self, i: int) -> bytes | None:
        """The bytes of record ``i``, None for a tombstone."""
        if self.length[i] < 0:
            return None
        return self.buffer[self.start[i] : self.start[i] + self.length[i]].tobytes()
