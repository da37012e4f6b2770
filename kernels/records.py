"""Walk the records of a decompressed Kafka record batch (message format 2).

The layout is that of Kafka's protocol guide, "Record Batch" and "Record": a
record is a zig-zag varint length, then attributes (1 byte), timestamp delta,
offset delta, key, value and headers, each length a zig-zag varint of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel

MIN_RECORD = 7
"""Bytes of the smallest record: seven varints of one byte each."""
BROKEN = -1
"""In place of a position: the bytes are no record."""
_MAX_MS = (2**63 - 1) // 1_000_000  # later than this does not fit int64 nanoseconds


@kernel()
def read_varint(buffer: NDArray[np.uint8], position: int, end: int) -> tuple[int, int]:
    """Read a zig-zag varint of at most 64 bits: (value, position after it, or BROKEN)."""
    # One way out of the loop keeps this small enough to be inlined, which makes the walk eight times faster.
    bits = np.int64(0)
    shift = 0
    while position < end and shift < 64:
        byte = np.int64(buffer[position])
        position += 1
        bits |= (byte & 0x7F) << shift
        if byte < 0x80:
            value = ((bits >> 1) & 0x7FFF_FFFF_FFFF_FFFF) ^ -(bits & 1)
            return int(value), (position if shift < 63 or byte < 2 else BROKEN)
        shift += 7
    return 0, BROKEN


@kernel()
def skip_headers(buffer: NDArray[np.uint8], position: int, end: int) -> int:
    """The position after a record's headers, or BROKEN."""
    count, position = read_varint(buffer, position, end)
    if position == BROKEN or count < 0:
        return BROKEN
    for _ in range(count):
        length, position = read_varint(buffer, position, end)
        if position == BROKEN or length < 0 or length > end - position:
            return BROKEN
        length, position = read_varint(buffer, position + length, end)
        if position == BROKEN or length > end - position:
            return BROKEN
        position += max(length, 0)
    return position


def _example() -> tuple[Any, ...]:
    record = np.frombuffer(b"\x10\x00\x02\x00\x01\x04hi\x00", np.uint8)
    row = [np.zeros(1, np.int64) for _ in range(4)]
    return (record, 0, 0, 1_700_000_000_000, -1, *row)


@kernel(_example)
def walk_records(
    buffer: NDArray[np.uint8],
    position: int,
    base_offset: int,
    base_timestamp: int,
    fixed_timestamp: int,
    start: NDArray[np.int64],
    length: NDArray[np.int64],
    offset: NDArray[np.int64],
    timestamp: NDArray[np.int64],
) -> int:
    """Fill the four arrays, one row a record, with where each value is and where its record stood.

    ``buffer`` is read from ``position`` to its end and must hold exactly
    ``len(start)`` records. ``base_timestamp`` is in milliseconds; a
    ``fixed_timestamp`` of 0 or more (the broker's own stamp) stands for every
    record. ``timestamp`` comes out in nanoseconds, -1 where it is negative or
    beyond int64; ``length`` is -1 for a record without a value.

    Returns how many records were read: fewer than ``len(start)``, or
    ``BROKEN`` where bytes are left over, mean that the batch is not sound.
    """
    end = len(buffer)
    for i in range(len(start)):
        size, body = read_varint(buffer, position, end)
        if body == BROKEN or size < 1 or size > end - body:
            return i
        after = body + size
        time_delta, at = read_varint(buffer, body + 1, after)
        if at == BROKEN:
            return i
        offset_delta, at = read_varint(buffer, at, after)
        if at == BROKEN:
            return i
        key_length, at = read_varint(buffer, at, after)
        if at == BROKEN or key_length > after - at:
            return i
        value_length, at = read_varint(buffer, at + max(key_length, 0), after)
        if at == BROKEN or value_length > after - at:
            return i
        start[i] = at
        length[i] = max(value_length, -1)
        if skip_headers(buffer, at + max(value_length, 0), after) != after:
            return i
        milliseconds = base_timestamp + time_delta if fixed_timestamp < 0 else fixed_timestamp
        timestamp[i] = milliseconds * 1_000_000 if 0 <= milliseconds <= _MAX_MS else -1
        offset[i] = base_offset + offset_delta
        position = after
    return len(start) if position == end else BROKEN
