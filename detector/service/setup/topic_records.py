"""A look at what is on Kafka topics now, without a group and without leaving a trace."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence

from kafka import KafkaAdminClient

from streams.errors import BrokerAway
from streams.records import Records
from streams.sources.connection import Connection, broker_errors
from streams.sources.kafka import KafkaSource
from streams.sources.source import Partition

RECORDS_A_PARTITION = 5_000
RUNS = 10
"""Runs of records that a sample from all over a partition consists of."""
POLL_S = 0.3
KNOCK_S = 3.0
STUCK_S = 15.0
"""With nothing new for this long the rest of a sample is given up."""
LOST_S = 60.0
"""With nothing new for this long what was to be read whole cannot be."""


def topics_there(connection: Connection) -> dict[str, int]:
    """Topics of the cluster, with their number of partitions. Raises BrokerAway."""
    _knock(connection.bootstrap)
    with broker_errors(), connection.open(KafkaAdminClient, request_timeout_ms=10_000) as admin:
        described = admin.describe_topics()
    return {each["name"]: len(each["partitions"]) for each in described}


def newest_records(
    connection: Connection, topics: Sequence[str], most: int = RECORDS_A_PARTITION
) -> Iterator[Records]:
    """The last records of every partition, up to about ``most`` of each. Raises BrokerAway."""

    def starts(source: KafkaSource, ends: dict[Partition, int]) -> dict[Partition, int]:
        return {partition: max(0, end - most) for partition, end in ends.items()}

    return _up_to_now(connection, topics, starts, set(), give_up=True)


def spread_records(
    connection: Connection, topics: Sequence[str], most: int = RECORDS_A_PARTITION
) -> Iterator[Records]:
    """Records from all over what the partitions keep, the newest among them: about ``most`` of each.

    They come in runs, so that the time between two readings shows. Raises BrokerAway.
    """
    source = KafkaSource(connection, topics, None, "latest")
    try:
        ends = _ends(source)
        reached = source.offsets_for_time(ends, 0)
        spans = {partition: (reached[partition], end) for partition, end in ends.items()}
        size = max(1, most // RUNS)
        for run in range(RUNS):
            begins, stops = {}, {}
            for partition, (first, end) in spans.items():
                begin = first + max(0, end - size - first) * run // (RUNS - 1)
                stops[partition] = min(begin + size, end)
                begins[partition] = max(reached[partition], begin)
            yield from _between(source, begins, stops, set(), give_up=True)
            reached |= {partition: at for partition, at in source.positions().items() if partition in reached}
    finally:
        source.close()


def records_since(
    connection: Connection, topics: Sequence[str], time_ns: int, left: set[Partition]
) -> Iterator[Records]:
    """Everything stamped at or after a time, up to the log ends of now.

    ``left`` holds the partitions that are not yet read to their ends. Raises
    BrokerAway, also where nothing comes any more before those ends.
    """

    def starts(source: KafkaSource, ends: dict[Partition, int]) -> dict[Partition, int]:
        return source.offsets_for_time(ends, time_ns)

    return _up_to_now(connection, topics, starts, left, give_up=False)


def _up_to_now(
    connection: Connection,
    topics: Sequence[str],
    starts: Callable[[KafkaSource, dict[Partition, int]], dict[Partition, int]],
    left: set[Partition],
    *,
    give_up: bool,
) -> Iterator[Records]:
    source = KafkaSource(connection, topics, None, "latest")
    try:
        ends = _ends(source)
        yield from _between(source, starts(source, ends), ends, left, give_up=give_up)
    finally:
        source.close()


def _ends(source: KafkaSource) -> dict[Partition, int]:
    return source.offsets_for_time(source.assigned(), time.time_ns() + 10**18)


def _between(
    source: KafkaSource,
    begins: dict[Partition, int],
    ends: dict[Partition, int],
    left: set[Partition],
    *,
    give_up: bool,
) -> Iterator[Records]:
    """What stands between two offsets of each partition, and a little beyond."""
    left |= {partition for partition, end in ends.items() if begins.get(partition, 0) < end}
    for partition, offset in begins.items():
        source.seek(partition, offset)
    source.resume(begins)
    progress = time.monotonic()
    while left:
        for records in source.poll(POLL_S):
            yield records
            progress = time.monotonic()
        positions = source.positions()
        left -= {partition for partition in left if positions.get(partition, 0) >= ends[partition]}
        waited = time.monotonic() - progress
        if give_up and waited >= STUCK_S:
            return
        if left and waited >= LOST_S:
            where = ", ".join(f"{topic} {number}" for topic, number in sorted(left))
            raise BrokerAway(f"nothing more comes of {where}, which is not read to its end")


def _knock(bootstrap: str) -> None:
    """See that anything listens at one of the addresses: the library takes half a minute to give up."""
    problem = ""
    for server in bootstrap.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), KNOCK_S).close()
            return
        except OSError as error:
            problem = f"{server.strip()}: {error.strerror or error}"
    raise BrokerAway(f"nothing answers at {problem}")
