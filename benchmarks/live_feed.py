"""Is the live feed exact? ``python -m benchmarks.live_feed [SECONDS]``.

It is produced and read at the same time, and every record compared.
A producer for each compression writes numbered values to a topic of two
partitions, while both sources read it. At the end every value must have come
once, in the order of its producer.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import defaultdict
from typing import NamedTuple

from kafka import KafkaProducer

from streams.sources.connection import Connection
from streams.sources.consumer import ConsumerSource
from streams.sources.kafka import KafkaSource
from streams.sources.poll import PollSource
from tests.services.kafka import Broker, running_kafka

COMPRESSIONS = (None, "gzip", "lz4", "zstd", "snappy")
PARTITIONS = 2
PATIENCE_S = 60.0


class Feed(NamedTuple):
    """What one source made of it."""

    path: str
    sent: int
    read: int
    gaps: int
    exact: bool
    """Every value once, and in its producer's order."""


def produce(bootstrap: str, topic: str, compression: str | None, seconds: float) -> None:
    """As many numbered values as go out in the time, in small batches."""
    out = KafkaProducer(bootstrap_servers=bootstrap, compression_type=compression, linger_ms=2)
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        for _ in range(20):
            head = f"{compression} {number} "
            out.send(topic, head.encode() + b"x" * 60, partition=number % PARTITIONS)
            number += 1
        time.sleep(0.005)
    for partition in range(PARTITIONS):
        out.send(topic, f"{compression} end {number}".encode(), partition=partition)
    out.close()


def live_feed(broker: Broker, seconds: float) -> list[Feed]:
    """Produce for so long while both sources read; what each of them got."""
    topic = broker.topic(PARTITIONS)
    kinds: tuple[type[ConsumerSource], ...] = (KafkaSource, PollSource)
    sources = [kind(Connection(broker.bootstrap), [topic], None, "earliest") for kind in kinds]
    context = multiprocessing.get_context("spawn")
    producers = [
        context.Process(target=produce, args=(broker.bootstrap, topic, compression, seconds))
        for compression in COMPRESSIONS
    ]
    try:
        for each in producers:
            each.start()
        readers = [_Reader(source) for source in sources]
        deadline = time.monotonic() + seconds + PATIENCE_S
        while not all(reader.done for reader in readers) and time.monotonic() < deadline:
            for reader in readers:
                reader.turn()
        return [reader.feed() for reader in readers]
    finally:
        for each in producers:
            each.join()
        for source in sources:
            source.close()


class _Reader:
    def __init__(self, source: ConsumerSource) -> None:
        self._source = source
        self._numbers: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._ends: dict[tuple[str, int], int] = {}
        self._gaps = 0

    def turn(self) -> None:
        for records in self._source.poll(0.02):
            for i in range(len(records)):
                who, number, rest = (records.value(i) or b"").decode().split(" ")
                if number == "end":
                    self._ends[who, records.partition] = int(rest)
                else:
                    self._numbers[who, records.partition].append(int(number))
        self._gaps += len(self._source.gaps)
        for change in self._source.rebalances():
            self._source.resume(change.assigned)

    @property
    def done(self) -> bool:
        return len(self._ends) == len(COMPRESSIONS) * PARTITIONS

    def feed(self) -> Feed:
        sent = {key: list(range(key[1], count, PARTITIONS)) for key, count in self._ends.items()}
        return Feed(
            path=type(self._source).__name__,
            sent=sum(map(len, sent.values())),
            read=sum(map(len, self._numbers.values())),
            gaps=self._gaps,
            exact=self.done and sent == dict(self._numbers),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seconds", type=float, nargs="?", default=180.0, help="how long it is produced (180)")
    arguments = parser.parse_args()
    with running_kafka() as broker:
        feeds = live_feed(broker, arguments.seconds)
    for feed in feeds:
        print(f"{feed.path:12} sent {feed.sent}, read {feed.read}, gaps {feed.gaps}, exact {feed.exact}")
    sys.exit(not all(feed.exact for feed in feeds))


if __name__ == "__main__":
    main()
