"""What reading one record from a real broker costs: by ``poll()`` and by whole batches.

python -m benchmarks.kafka_path [records]
"""

from __future__ import annotations

import sys
import time
from typing import Any

from streams.sources.connection import Connection
from streams.sources.consumer import ConsumerSource
from streams.sources.kafka import KafkaSource
from streams.sources.poll import PollSource
from streams.sources.producer import Publisher
from tests.services.kafka import running_kafka


def message(i: int) -> bytes:
    """A JSON message of 80 bytes, one of 2,000 points."""
    point = f"hall-{i % 4}/rack-{i % 2000:04d}/inlet_air_temperature"
    head = f'{{"point":"{point}","time":{1_700_000_000_000 + i // 2000 * 1000},"value":'
    return f"{head}{20 + i % 997 / 100:.5f}"[:79].encode() + b"}"


def cost(source: ConsumerSource, records: int) -> tuple[float, float]:
    """Microseconds a record: (CPU of this process, wall clock), from the first records on."""
    read = 0
    cpu = wall = 0.0
    begun = 0
    while read < records:
        for change in source.rebalances():
            source.resume(change.assigned)
        got = sum(len(each) for each in source.poll(1.0))
        if got and not begun:
            cpu, wall, begun = time.process_time(), time.perf_counter(), read + got
        read += got
    counted = max(1, read - begun)
    return (time.process_time() - cpu) * 1e6 / counted, (time.perf_counter() - wall) * 1e6 / counted


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with running_kafka() as broker:
        connection = Connection(broker.bootstrap)
        topic = broker.topic()
        publisher = Publisher(connection)
        for i in range(records):
            publisher.send(topic, b"zone", message(i))
        publisher.close()
        made: Any
        for made in (PollSource, KafkaSource, KafkaSource):  # the first of the fast ones loads its kernel
            source = made(connection, [topic], None, "earliest")
            cpu, wall = cost(source, records)
            source.close()
            print(f"{made.__name__:12} {cpu:7.3f} us CPU a record, {wall:7.3f} us wall clock")


if __name__ == "__main__":
    main()
