"""A look at what is on Kafka topics now, without a group and without leaving a trace."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence

from kafka import KafkaAdminClient

from streams.errors import BrokerAway
from streams.messages import Records
from streams.sources.connection import Connection, broker_errors
from streams.sources.kafka import KafkaSource

RECORDS_A_PARTITION = 5_000
POLL_S = 0.3
KNOCK_S = 3.0


def topics_there(connection: Connection) -> dict[str, int]:
    """Topics of the cluster, with their number of partitions. Raises BrokerAway."""
    _knock(connection.bootstrap)
    with broker_errors(), connection.open(KafkaAdminClient, request_timeout_ms=10_000) as admin:
        described = admin.describe_topics()
    return {each["name"]: len(each["partitions"]) for each in described}


def newest_records(
    connection: Connection, topics: Sequence[str], most: int = RECORDS_A_PARTITION, deadline_s: float = 15.0
) -> Iterator[Records]:
    """The last records of every partition, up to about ``most`` of each. Raises BrokerAway."""
    source = KafkaSource(connection, topics, None, "latest")
    try:
        partitions = source.assigned()
        ends = source.offsets_for_time(partitions, time.time_ns() + 10**18)
        for partition, end in ends.items():
            source.seek(partition, max(0, end - most))
        source.resume(partitions)
        deadline = time.monotonic() + deadline_s
        while time.monotonic() < deadline:
            yield from source.poll(POLL_S)
            positions = source.positions()
            if all(positions.get(partition, 0) >= end for partition, end in ends.items()):
                return
    finally:
        source.close()


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
