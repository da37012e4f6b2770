"""What is published arrives once, whole, and in the order of its key."""

from __future__ import annotations

from contextlib import closing

import pytest
from kafka import KafkaConsumer

import streams.sources.producer as producer_module
from streams.errors import BrokerAway, RejectError
from streams.sources.connection import Connection
from streams.sources.kafka import KafkaSource
from streams.sources.producer import Publisher
from tests.streams.kafka_reading import read_to_end

pytestmark = pytest.mark.kafka


def test_records_of_a_key_keep_their_order_in_one_partition(kafka):
    topic = kafka.topic(partitions=3)
    publisher = Publisher(Connection(kafka.bootstrap))
    for i in range(900):
        publisher.send(topic, b"zone-%d" % (i % 5), b"%d" % i)
    publisher.close()
    with closing(KafkaSource(Connection(kafka.bootstrap), [topic], None, "earliest")) as source:
        reading = read_to_end(source)
    of_key: dict[int, list[int]] = {}
    partitions: dict[int, set[int]] = {}
    for (_, partition), given in reading.rows.items():
        for row in given:
            of_key.setdefault(int(row.value) % 5, []).append(int(row.value))
            partitions.setdefault(int(row.value) % 5, set()).add(partition)
    assert of_key == {key: list(range(key, 900, 5)) for key in range(5)}
    assert all(len(found) == 1 for found in partitions.values())


def test_key_headers_and_time_arrive(kafka):
    topic = kafka.topic()
    publisher = Publisher(Connection(kafka.bootstrap))
    publisher.send(topic, b"hall-1", b"value", [("reason", b"broken_json")], timestamp_ms=1_700_000_000_123)
    publisher.send(topic, b"hall-1", None)
    publisher.close()
    reader = KafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    with closing(reader):
        first, second = next(reader), next(reader)
    assert (first.key, first.value, first.timestamp) == (b"hall-1", b"value", 1_700_000_000_123)
    assert first.headers == [("reason", b"broken_json")]
    assert second.value is None


def test_the_caller_is_held_back(kafka, monkeypatch):
    """With room for 10 kB no more than that is ever on its way."""
    monkeypatch.setattr(producer_module, "_MAX_WAITING_BYTES", 10_000)
    topic = kafka.topic()
    publisher = Publisher(Connection(kafka.bootstrap), linger_ms=5)
    for i in range(200):
        publisher.send(topic, None, b"%4d" % i * 100)
        assert publisher.waiting_bytes <= 10_000
    publisher.close()
    with closing(KafkaSource(Connection(kafka.bootstrap), [topic], None, "earliest")) as source:
        assert read_to_end(source).values() == [b"%4d" % i * 100 for i in range(200)]


def test_a_record_too_large_for_the_broker_is_rejected(kafka):
    publisher = Publisher(Connection(kafka.bootstrap))
    with pytest.raises(RejectError, match="too_large"):
        publisher.send(kafka.topic(), None, b"x" * 2_000_000)
    publisher.close()


def test_a_topic_that_cannot_be_made_is_said(kafka):
    publisher = Publisher(Connection(kafka.bootstrap), timeout_s=1.0)
    with pytest.raises(BrokerAway):
        publisher.send("no-such-topic", None, b"x")
    publisher.close()
