"""Topics of a Kafka cluster, to be made."""

from __future__ import annotations

from contextlib import suppress

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from streams.sources.connection import Connection, broker_errors

BROKERS_DEFAULT = -1


def make_topic(connection: Connection, name: str, timeout_s: float = 10.0) -> None:
    """Make a topic with the broker's own number of partitions and replicas; one that is there stays.

    Raises:
        BrokerAway: No broker answers, or it does not allow it.
    """
    milliseconds = round(timeout_s * 1000)
    options = {"request_timeout_ms": milliseconds, "bootstrap_timeout_ms": milliseconds}
    with (
        broker_errors(),
        connection.open(KafkaAdminClient, **options) as admin,
        suppress(TopicAlreadyExistsError),
    ):
        admin.create_topics([NewTopic(name, BROKERS_DEFAULT, BROKERS_DEFAULT)])
