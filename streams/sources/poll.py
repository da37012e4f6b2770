"""Kafka by the library's ordinary ``poll()``: the fallback, and what the fast path is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import kafka.errors as errors
import numpy as np

from streams.errors import RejectReason
from streams.messages import Records
from streams.sources.connection import Connection
from streams.sources.consumer import ConsumerSource
from streams.sources.source import Gap, Partition

_RECORDS_A_POLL = 10_000
_MAX_MS = (2**63 - 1) // 1_000_000  # later than this does not fit int64 nanoseconds


class PollSource(ConsumerSource):
    """A source that takes kafka-python's own objects, one a record, some thirty times slower."""

    def __init__(
        self, connection: Connection, topics: Sequence[str], group: str | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(connection, topics, group, *args, max_poll_records=_RECORDS_A_POLL, **kwargs)

    def _records(self, partition: Partition, polled: list[Any]) -> Records:
        values = [record.value for record in polled]
        length = np.array([-1 if value is None else len(value) for value in values], np.int64)
        return Records(
            *partition,
            buffer=np.frombuffer(b"".join(value for value in values if value), np.uint8),
            start=np.cumsum(np.maximum(length, 0)) - np.maximum(length, 0),
            length=length,
            offset=np.array([record.offset for record in polled], np.int64),
            timestamp=np.array([_nanoseconds(record.timestamp) for record in polled], np.int64),
            next_offset=polled[-1].offset + 1,
        )

    def _step_over(self, broken: errors.CorruptRecordError) -> None:
        """Move by one offset: how far the batch goes the error does not tell, nor which partition it was."""
        failed = self._consumer._fetcher._next_partition_records
        if failed is None:
            raise broken
        tp = failed.topic_partition
        position = self.positions()[(tp.topic, tp.partition)]
        self.seek(tp, position + 1)
        self._pass_over(
            Gap(tp.topic, tp.partition, position, position + 1, RejectReason.CORRUPT_BATCH, str(broken))
        )


def _nanoseconds(milliseconds: int) -> int:
    return milliseconds * 1_000_000 if 0 <= milliseconds <= _MAX_MS else -1
