"""Whole record batches in place of kafka-python's objects, one a record.

kafka-python builds its records in one generator,
``Fetcher.PartitionRecords._unpack_records``. `BatchRecords` overrides just
that one: it yields a `Run` of batches (the decompressed bytes and where the
values lie) and of gaps (what cannot be used), and the library goes on keeping
positions, pauses and fetches as ever. The names used here are private to
kafka-python 3.0, which is why pyproject.toml pins it; the tests compare every
case with the library's own records.

A batch whose checksum fits is sound, whatever the client last heard of the
log's end: a broker answers with records beyond the high watermark that it
names beside them. Its base offset is not under the checksum, so a batch that
does not begin where the one before it ended is looked at once more.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import Fetcher
from kafka.protocol.consumer import IsolationLevel
from kafka.record.default_records import DefaultRecordBatch

from streams.errors import RejectReason
from streams.sources.batch import Batch
from streams.sources.doubts import Doubts
from streams.sources.probe import FORMAT_2, UNFRAMED
from streams.sources.source import Gap
from streams.sources.unpack import TooLarge

_RUN_BYTES = 1 << 20  # unpacked; how often the library is asked costs nothing then
RUNS_A_POLL = 4
"""With the bound on a batch, this bounds what one poll unpacks: 68 MiB, as a rule 4."""


class Doubtful(NamedTuple):
    """Nothing is passed over here yet: the same place is fetched once more."""

    detail: str


class Run(NamedTuple):
    """What a part of a fetch came to, in order."""

    offset: int
    """Where it begins, which the library holds against the fetch position."""
    parts: list[Batch | Gap | Doubtful]


class BatchRecords(Fetcher.PartitionRecords):
    """What one fetch brought for one partition, unpacked a run of batches at a time."""

    next_fetch_offset: int

    def __init__(
        self,
        *args: Any,
        read: Callable[[Any], Batch],
        doubts: Doubts,
        log_end: Callable[[TopicPartition], int | None],
        **kwargs: Any,
    ) -> None:
        """``read`` makes a `Batch` of a sound one; ``log_end`` is where the log ended at the latest fetch."""
        super().__init__(*args, **kwargs)
        self._read = read
        self._doubts = doubts
        self._log_end = log_end

    def _unpack_records(self, tp: TopicPartition, records: Any, *_: Any) -> Iterator[Run]:
        begin, size = self.next_fetch_offset, 0
        parts: list[Batch | Gap | Doubtful] = []
        for part in self._parts(tp, records):
            parts.append(part)
            size += len(part.buffer) if isinstance(part, Batch) else 0
            if size >= _RUN_BYTES:
                yield Run(begin, parts)
                begin, size, parts = self.next_fetch_offset, 0, []
        self.drain()  # else the library would ask this ended generator for ever
        if parts:
            yield Run(begin, parts)

    def _parts(self, tp: TopicPartition, records: Any) -> Iterator[Batch | Gap | Doubtful]:
        try:
            batch = records.next_batch()
        except UNFRAMED as broken:
            yield self._look_again_or_pass_over(tp, None, None, f"no batch begins here: {broken}")
            return
        while batch is not None:
            following = _batch_after(records)
            end = self._doubts.settled(tp, self.next_fetch_offset, _identity(batch))
            doubt = self._doubt(tp, batch, following, end)
            if doubt is None:
                yield from self._take(tp, batch)
            else:
                part = self._look_again_or_pass_over(tp, batch, following, doubt)
                yield part
                if isinstance(part, Doubtful):
                    return
            batch = following

    def _doubt(self, tp: TopicPartition, batch: Any, following: Any, end: int | None) -> str | None:
        """What speaks against a batch; ``end`` is the log's, as asked for since the place is in doubt."""
        if batch.magic > FORMAT_2:
            return f"message format {batch.magic}"
        if not _whole(batch):
            return "its checksum does not fit"
        position = self.next_fetch_offset
        if batch.magic < FORMAT_2 or batch.base_offset <= position < batch.next_offset:
            return None
        reach = f"it reaches from {batch.base_offset} to {batch.next_offset}, read from {position}"
        if batch.next_offset <= position:
            return reach
        # Something is missing before it: Kafka removed it, or the base offset is wrong.
        known_end = end if end is not None else self._log_end(tp)
        if known_end is None or batch.next_offset > known_end:
            return f"{reach} in a log up to {known_end}"
        if following is None:
            return reach if end is None else None
        return f"{reach}, past the next one" if batch.next_offset > following.base_offset else None

    def _take(self, tp: TopicPartition, batch: Any) -> Iterator[Batch | Gap]:
        """The values of a sound batch, from the position on; nothing for what a transaction left behind."""
        self._doubts.forget(tp)
        position = self.next_fetch_offset
        base, after = batch.base_offset, _after(batch)
        if batch.magic == FORMAT_2 and base > position:
            yield Gap(
                tp.topic,
                tp.partition,
                position,
                base,
                RejectReason.NO_LONGER_KEPT,
                "removed from within the log",
            )
        self.next_fetch_offset = max(position, after)
        try:
            if self._is_left_behind(batch):
                return
            unpacked = self._read(batch).since(position)
        except Exception as broken:  # whatever is wrong with one batch, the stream goes on behind it
            reason = RejectReason.TOO_LARGE if isinstance(broken, TooLarge) else RejectReason.CORRUPT_BATCH
            begin = max(base, position) if batch.magic == FORMAT_2 else position
            yield Gap(tp.topic, tp.partition, begin, after, reason, f"batch at offset {base}: {broken}")
            return
        if len(unpacked.offsets):
            self.records_read += len(unpacked.offsets)
            self.bytes_read += batch.size_in_bytes
            yield unpacked

    def _is_left_behind(self, batch: Any) -> bool:
        """Whether it is a control batch or of an aborted transaction."""
        if batch.magic < FORMAT_2:
            return False
        self.leader_epoch = batch.leader_epoch
        if self.isolation_level == IsolationLevel.READ_COMMITTED and batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last_offset)
            if self._contains_abort_marker(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return True
        return bool(batch.is_control_batch)

    def _look_again_or_pass_over(
        self, tp: TopicPartition, batch: Any, following: Any, doubt: str
    ) -> Gap | Doubtful:
        position, what = self.next_fetch_offset, _identity(batch)
        end = self._doubts.settled(tp, position, what)
        if end is None:
            self._doubts.add(tp, position, what)
            return Doubtful(doubt)
        detail = doubt if batch is None else f"batch at offset {batch.base_offset}: {doubt}"
        behind = _behind(batch, following, position, end)
        if behind is None:
            self._doubts.lose(tp, position, detail)
            return Doubtful(detail)
        self.next_fetch_offset = behind
        return Gap(tp.topic, tp.partition, position, behind, RejectReason.CORRUPT_BATCH, detail)


def _identity(batch: Any) -> tuple[int, int] | None:
    """By what the same batch is known again; None for what is not even framed as one."""
    return None if batch is None else (batch.base_offset, batch.size_in_bytes)


def _whole(batch: Any) -> bool:
    try:
        return bool(batch.validate_crc())
    except struct.error:
        return False


def _after(batch: Any) -> int:
    """The offset after the last of a sound batch; those before format 2 are named by their last record."""
    return int(batch.next_offset if batch.magic == FORMAT_2 else batch.base_offset + 1)


def _batch_after(records: Any) -> Any:
    """The next batch; None at the end, and where the framing is broken: the next fetch begins there."""
    try:
        return records.next_batch()
    except UNFRAMED:
        return None


def _behind(batch: Any, following: Any, position: int, end: int) -> int | None:
    """Where to go on behind what is damaged; None if nothing there can be trusted.

    To the batch that follows, if that is whole; else to where the damaged one
    itself ends, if the two places where its header says so agree and it begins
    at the position. Neither may lead past the end of the log, from where the
    consumer would be thrown back.
    """
    claims = []
    if following is not None and _whole(following):
        claims.append(following.base_offset)
    claimed = isinstance(batch, DefaultRecordBatch) and batch.records_count == batch.last_offset_delta + 1
    if claimed and batch.base_offset <= position:
        claims.append(batch.next_offset)
    return next((claim for claim in claims if position < claim <= end), None)


def hand_over_batches(consumer: KafkaConsumer, read: Callable[[Any], Batch], doubts: Doubts) -> None:
    """Make ``consumer.poll()`` return a `Run` at a time in place of records."""
    consumer._fetcher.PartitionRecords = partial(
        BatchRecords, read=read, doubts=doubts, log_end=consumer.highwater
    )
