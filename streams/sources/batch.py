"""One batch of records, unpacked and walked: its bytes, and where the values lie.

Names of kafka-python that are private to it are used here, as in `streams.sources.batches`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.legacy_records import LegacyRecordBatch

from kernels.records import MIN_RECORD, walk_records
from streams.messages import I64, U8
from streams.records import Records
from streams.sources.probe import FORMAT_2
from streams.sources.unpack import MAX_UNPACKED, TooLarge, unpack


@dataclass(frozen=True, slots=True)
class Batch:
    """One decompressed batch: the values are the spans of ``buffer`` (see `streams.records.Records`)."""

    buffer: U8
    start: I64
    length: I64
    offsets: I64
    timestamp: I64
    next_offset: int

    def since(self, offset: int) -> Batch:
        """Without the records before ``offset``: a fetch begins at the batch, not at the record."""
        if not len(self.offsets) or self.offsets[0] >= offset:
            return self
        keep = self.offsets >= offset
        return Batch(
            self.buffer,
            self.start[keep],
            self.length[keep],
            self.offsets[keep],
            self.timestamp[keep],
            self.next_offset,
        )


class UnsoundBatch(ValueError):
    """A batch whose bytes are not what its header promises."""


def open_batch(batch: DefaultRecordBatch | LegacyRecordBatch) -> None:
    """Unpack a batch of any format in place, within bounds.

    Raises:
        TooLarge: It is, or would be, larger than `streams.sources.unpack.MAX_UNPACKED`.
        Exception: Whatever the decompressor raises on bytes that it does not take.
    """
    if isinstance(batch, LegacyRecordBatch):
        if batch.compression_type:
            batch._buffer = memoryview(unpack(batch.compression_type, _packed_value(batch)))
    elif batch.compression_type:
        batch._buffer = bytearray(unpack(batch.compression_type, memoryview(batch._buffer)[batch._pos :]))
        batch._pos = 0
    elif len(batch._buffer) - batch._pos > MAX_UNPACKED:
        raise TooLarge(f"it is larger than {MAX_UNPACKED} bytes")
    batch._decompressed = True


def _packed_value(batch: LegacyRecordBatch) -> memoryview:
    """Before Kafka 0.11 a batch is the packed value of one record: key and value, each behind its length."""
    at = batch.KEY_OFFSET_V1 if batch.magic else batch.KEY_OFFSET_V0
    for _ in ("key", "value"):
        (size,) = struct.unpack_from(">i", batch._buffer, at)
        begin, at = at + 4, at + 4 + max(size, 0)
    return memoryview(batch._buffer)[begin:at]


def read_batch(batch: DefaultRecordBatch) -> Batch:
    """Unpack a batch and find its values.

    Raises:
        UnsoundBatch: The records do not fill the batch exactly, or it is of a format before Kafka 0.11.
        Exception: As `open_batch`.
    """
    if batch.magic != FORMAT_2:
        raise UnsoundBatch(f"message format {batch.magic}; kafka.fast = false reads those before Kafka 0.11")
    open_batch(batch)
    buffer = np.frombuffer(batch._buffer, np.uint8)
    count = batch.records_count
    if not 0 <= count * MIN_RECORD <= len(buffer) - batch._pos:
        raise UnsoundBatch(f"{count} records in {len(buffer) - batch._pos} bytes")
    start, length, offsets, timestamp = np.empty((4, count), np.int64)
    read = walk_records(
        buffer,
        batch._pos,
        batch.base_offset,
        batch.first_timestamp,
        batch.max_timestamp if batch.timestamp_type else -1,
        start,
        length,
        offsets,
        timestamp,
    )
    if read != count:
        raise UnsoundBatch(
            f"record {read} of {count} is broken" if read >= 0 else "bytes left over after the last record"
        )
    return Batch(buffer, start, length, offsets, timestamp, batch.next_offset)


def join(topic: str, partition: int, batches: list[Batch]) -> Records:
    """The batches of one partition, in order, as one run of records."""
    if len(batches) == 1:
        one = batches[0]
        return Records(
            topic, partition, one.buffer, one.start, one.length, one.offsets, one.timestamp, one.next_offset
        )
    begin = np.cumsum([0] + [len(each.buffer) for each in batches[:-1]])
    return Records(
        topic,
        partition,
        np.concatenate([each.buffer for each in batches]),
        np.concatenate([each.start + at for each, at in zip(batches, begin, strict=True)]),
        np.concatenate([each.length for each in batches]),
        np.concatenate([each.offsets for each in batches]),
        np.concatenate([each.timestamp for each in batches]),
        batches[-1].next_offset,
    )
