"""Helpers of the Kafka tests: write raw batches, read a source to its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from kafka import KafkaProducer

from streams.messages import Reject
from streams.records import Records
from streams.sources.consumer import ConsumerSource
from streams.sources.source import Partition, Rebalance
from tests.services.kafka import Broker

PATIENCE_S = 30.0


class Row(NamedTuple):
    offset: int
    timestamp: int
    value: bytes | None


def rows(records: Records) -> list[Row]:
    return [
        Row(int(records.offset[i]), int(records.timestamp[i]), records.value(i)) for i in range(len(records))
    ]


class Reading(NamedTuple):
    """All that a source gave until it stood at the end of every partition."""

    rows: dict[Partition, list[Row]]
    gaps: list[Reject]

    def values(self, partition: int = 0) -> list[bytes | None]:
        return [row.value for (_, p), given in self.rows.items() if p == partition for row in given]


def read_to_end(source: ConsumerSource, **seeks: int) -> Reading:
    """Take what is assigned, and read until nothing is left; ``p0=5`` begins partition 0 at offset 5."""
    reading = Reading({}, [])
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for given in source.poll(0.2):
            reading.rows.setdefault((given.topic, given.partition), []).extend(rows(given))
        reading.gaps.extend(gap.reject() for gap in source.gaps if not gap.goes_on)
        take_over(source, **seeks)
        left = source.lag()
        if left and left.keys() == source.assigned() and not any(left.values()):
            return reading
    raise AssertionError(f"still {source.lag()} to read of {source.assigned()}")


def take_over(source: ConsumerSource, **seeks: int) -> list[Rebalance]:
    """Begin what was assigned, as the owner of a source does."""
    changes = source.rebalances()
    for change in changes:
        for partition in change.assigned:
            if (offset := seeks.get(f"p{partition[1]}")) is not None:
                source.seek(partition, offset)
        source.resume(change.assigned)
    return changes


class Running(threading.Thread):
    """A source and its owner's loop in a thread, as two members of a group need it; ``with`` ends it."""

    def __init__(self, source: ConsumerSource) -> None:
        super().__init__()
        self.source = source
        self.values: list[bytes | None] = []
        self.changes: list[Rebalance] = []
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            for given in self.source.poll(0.05):
                self.values.extend(row.value for row in rows(given))
            self.changes.extend(take_over(self.source))
        self.source.close()

    def __enter__(self) -> Running:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def producer(broker: Broker, **options) -> KafkaProducer:
    return KafkaProducer(bootstrap_servers=broker.bootstrap, **({"linger_ms": 1000} | options))


def send(broker: Broker, topic: str, values, compression: str | None = None, per_batch: int = 50) -> None:
    """Publish to partition 0 in batches of ``per_batch``: each a value, or (value, key, headers)."""
    with producer(broker, compression_type=compression) as out:
        for i, value in enumerate(values):
            body, key, headers = value if isinstance(value, tuple) else (value, b"zone", [])
            out.send(topic, body, key=key, headers=headers, partition=0, timestamp_ms=1_700_000_000_000 + i)
            if i % per_batch == per_batch - 1:
                out.flush()
