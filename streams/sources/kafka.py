"""Kafka by whole record batches: the fast path."""

from __future__ import annotations

from streams.sources.batch import read_batch
from streams.sources.consumer import ConsumerSource


class KafkaSource(ConsumerSource):
    """A source that walks whole record batches in compiled kernels (see `streams.sources.batches`)."""

    _read = staticmethod(read_batch)
