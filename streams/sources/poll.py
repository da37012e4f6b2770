"""Kafka by the library's own records: the fallback, and what the fast path is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
from kafka.record.default_records import DefaultRecordBatch

from streams.sources.batch import Batch, open_batch
from streams.sources.consumer import ConsumerSource

_MAX_MS = (2**63 - 1) // 1_000_000  # later than this does not fit int64 nanoseconds


def read_records(batch: Any) -> Batch:
    """Unpack a batch of any format by the library's own parser, one object a record.

    Raises:
        Exception: As `streams.sources.batch.open_batch`, and what the library raises on broken records.
    """
    open_batch(batch)
    records = list(batch)
    values = [record.value for record in records]
    length = np.array([-1 if value is None else len(value) for value in values], np.int64)
    return Batch(
        buffer=np.frombuffer(b"".join(value for value in values if value), np.uint8),
        start=np.cumsum(np.maximum(length, 0)) - np.maximum(length, 0),
        length=length,
        offsets=np.array([record.offset for record in records], np.int64),
        timestamp=np.array([_nanoseconds(record.timestamp) for record in records], np.int64),
        next_offset=batch.next_offset if isinstance(batch, DefaultRecordBatch) else batch.base_offset + 1,
    )


class PollSource(ConsumerSource):
    """A source that takes kafka-python's own objects, one a record, some thirty times slower."""

    _read = staticmethod(read_records)


def _nanoseconds(milliseconds: int | None) -> int:
    return milliseconds * 1_000_000 if milliseconds is not None and 0 <= milliseconds <= _MAX_MS else -1
