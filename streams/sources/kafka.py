"""Kafka by whole record batches: the fast path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import kafka.errors as errors

from streams.messages import Records
from streams.sources.batches import Batch, hand_over_batches, join
from streams.sources.connection import Connection
from streams.sources.consumer import ConsumerSource
from streams.sources.source import Gap, Partition

_BATCHES_A_POLL = 4096


class KafkaSource(ConsumerSource):
    """A source that walks whole record batches in compiled kernels (see `streams.sources.batches`)."""

    def __init__(
        self, connection: Connection, topics: Sequence[str], group: str | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(connection, topics, group, *args, max_poll_records=_BATCHES_A_POLL, **kwargs)
        hand_over_batches(self._consumer)

    def _records(self, partition: Partition, polled: list[Batch | Gap]) -> Records | None:
        batches = []
        for each in polled:
            if isinstance(each, Gap):
                self._pass_over(each)
            else:
                batches.append(each)
        return join(*partition, batches) if batches else None

    def _step_over(self, broken: errors.CorruptRecordError) -> None:
        # Only the broker itself is left to say so: it cannot read its own segment at this place.
        raise broken
