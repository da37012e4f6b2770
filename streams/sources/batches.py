"""Whole record batches in place of kafka-python's objects, one a record.

kafka-python builds its records in one generator,
``Fetcher.PartitionRecords._unpack_records``. `BatchRecords` overrides just
that one: it yields a `Batch` (the decompressed bytes and where its values lie)
or a `Gap` (a batch that cannot be used), and the library goes on keeping
positions, pauses and fetches as ever. The names used here are private to
kafka-python 3.0, which is why pyproject.toml pins it; the tests compare every
case with the ordinary ``poll()``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import Fetcher
from kafka.errors import CorruptRecordError, KafkaError
from kafka.protocol.consumer import IsolationLevel
from kafka.record.default_records import DefaultRecordBatch

from kernels.records import MIN_RECORD, walk_records
from streams.errors import RejectReason
from streams.messages import I64, U8, Records
from streams.sources.source import Gap

_FORMAT_2 = 2
_CORRUPT = RejectReason.CORRUPT_BATCH


@dataclass(frozen=True, slots=True)
class Batch:
    """One decompressed batch: the values are the spans of ``buffer`` (see `streams.messages.Records`)."""

    buffer: U8
    start: I64
    length: I64
    offsets: I64
    timestamp: I64
    next_offset: int

    @property
    def offset(self) -> int:
        """The first record's, which the library holds against the fetch position."""
        return int(self.offsets[0])

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


def read_batch(batch: DefaultRecordBatch) -> Batch:
    """Decompress a batch and find its values.

    Raises:
        UnsoundBatch: The records do not fill the batch exactly.
        Exception: Whatever the decompressor raises on bytes that it does not take.
    """
    batch._maybe_uncompress()
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


class BatchRecords(Fetcher.PartitionRecords):
    """What one fetch brought for one partition, unpacked a batch at a time."""

    next_fetch_offset: int

    def __init__(self, *args: Any, log_end: Callable[[TopicPartition], int | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._log_end = log_end

    def _unpack_records(self, tp: TopicPartition, records: Any, *_: Any) -> Iterator[Batch | Gap]:
        try:
            batch = records.next_batch()
        except (KafkaError, struct.error) as broken:
            self.drain()  # else the library would ask this ended generator for ever
            raise CorruptRecordError(
                f"no batch begins at offset {self.next_fetch_offset} of {tp}"
            ) from broken
        while batch is not None:
            following = _batch_after(records)
            unpacked = self._unpack_or_pass_over(tp, batch, following)
            if unpacked is not None:
                yield unpacked
            batch = following
        self.drain()

    def _unpack_or_pass_over(self, tp: TopicPartition, batch: Any, following: Any) -> Batch | Gap | None:
        position, end = self.next_fetch_offset, self._log_end(tp)
        try:
            unpacked = self._unpack(batch, position, end)
        except Exception as unsound:
            # Whatever is wrong with one batch, the stream goes on behind it.
            self.next_fetch_offset = _behind(batch, following, position, end)
            detail = f"batch at offset {batch.base_offset}: {unsound}"
            return Gap(tp.topic, tp.partition, position, self.next_fetch_offset, _CORRUPT, detail)
        self.next_fetch_offset = batch.next_offset
        if unpacked is None or not len(unpacked.offsets):
            return None
        self.records_read += len(unpacked.offsets)
        self.bytes_read += batch.size_in_bytes
        return unpacked

    def _unpack(self, batch: Any, position: int, end: int | None) -> Batch | None:
        """The values from ``position`` on; None for a control batch and for an aborted transaction."""
        if batch.magic != _FORMAT_2:
            raise UnsoundBatch(
                f"message format {batch.magic}; kafka.fast = false reads those before Kafka 0.11"
            )
        if self.check_crcs and not batch.validate_crc():
            raise UnsoundBatch("its checksum does not fit")
        if batch.next_offset <= position or (end is not None and batch.next_offset > end):
            raise UnsoundBatch(f"it ends at {batch.next_offset}, read from {position} in a log up to {end}")
        self.leader_epoch = batch.leader_epoch
        if self.isolation_level == IsolationLevel.READ_COMMITTED and batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last_offset)
            if self._contains_abort_marker(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return None
        if batch.is_control_batch:
            return None
        return read_batch(batch).since(position)


def _batch_after(records: Any) -> Any:
    """The next batch; None at the end, and where the framing is broken: the next fetch begins there."""
    try:
        return records.next_batch()
    except (KafkaError, struct.error):
        return None


def _behind(batch: Any, following: Any, position: int, end: int | None) -> int:
    """Where to go on behind a batch whose own header may be wrong too.

    What the next batch in the fetch says goes before what this one says of
    itself, and neither may lead past the end of the log, from where the
    consumer would be thrown back. Where nothing can be trusted the position
    moves by one, and the next fetch brings more evidence.
    """
    claims = [] if following is None else [following.base_offset]
    if isinstance(batch, DefaultRecordBatch):
        claims.append(batch.next_offset)
    return next((o for o in claims if o > position and (end is None or o <= end)), position + 1)


def hand_over_batches(consumer: KafkaConsumer) -> None:
    """Make ``consumer.poll()`` return `Batch` and `Gap` objects in place of records."""
    consumer._fetcher.PartitionRecords = partial(BatchRecords, log_end=consumer.highwater)


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
