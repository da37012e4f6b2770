"""The fast path gives what the library's ordinary poll() gives, on a real broker."""

from __future__ import annotations

import pytest

from streams.records import Records
from streams.sources.connection import Connection
from streams.sources.kafka import KafkaSource
from streams.sources.poll import PollSource
from tests.streams.kafka_reading import Reading, producer, read_to_end, send

pytestmark = pytest.mark.kafka

COMPRESSIONS = [None, "gzip", "snappy", "lz4", "zstd"]
SOURCES = [KafkaSource, PollSource]


def messages(count: int) -> list:
    """All that a record may be: long, short, empty, without value, without key, with headers."""
    made: list = [b'{"point":"hall-1/rack-%02d/power","time":%d,"value":4.2}' % (i, i) for i in range(count)]
    made[3] = (None, b"tombstone", [])
    made[4] = (b"", b"empty", [])
    made[5] = (b"no key", None, [])
    made[6] = (bytes(range(256)) * 40, b"z" * 300, [("source", b"crah"), ("ä" * 70, b"x" * 200)])
    return made


def read(kind: type, kafka, topic: str, **seeks: int) -> Reading:
    source = kind(Connection(kafka.bootstrap), [topic], None, "earliest")
    try:
        return read_to_end(source, **seeks)
    finally:
        source.close()


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_the_same_records_as_poll(kafka, compression):
    topic = kafka.topic()
    sent = messages(230)
    send(kafka, topic, sent, compression)
    fast, slow = (read(kind, kafka, topic) for kind in SOURCES)
    assert fast == slow
    assert fast.values() == [each[0] if isinstance(each, tuple) else each for each in sent]
    assert [row.timestamp for row in fast.rows[topic, 0]] == [
        (1_700_000_000_000 + i) * 1_000_000 for i in range(230)
    ]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("offset", [1, 49, 50, 51, 77, 119])
def test_seek_into_the_middle_of_a_batch(kafka, compression, offset):
    topic = kafka.topic()
    send(kafka, topic, messages(120), compression, per_batch=50)
    fast, slow = (read(kind, kafka, topic, p0=offset) for kind in SOURCES)
    assert fast == slow
    assert [row.offset for row in fast.rows[topic, 0]] == list(range(offset, 120))


@pytest.mark.parametrize("kind", SOURCES)
def test_seek_back_and_forth_while_records_wait(kafka, kind):
    topic = kafka.topic()
    send(kafka, topic, messages(300), "lz4", per_batch=40)
    source = kind(Connection(kafka.bootstrap), [topic], None, "earliest")
    try:
        read_to_end(source)
        for offset in (57, 299, 0, 130):
            source.seek((topic, 0), offset)
            assert [row.offset for row in read_to_end(source).rows[topic, 0]] == list(range(offset, 300))
    finally:
        source.close()


@pytest.mark.parametrize("kind", SOURCES)
def test_pause_and_resume_lose_nothing(kafka, kind):
    topic = kafka.topic(partitions=2)
    source = kind(Connection(kafka.bootstrap), [topic], None, "earliest")
    try:
        read_to_end(source)
        source.pause([(topic, 0)])
        with producer(kafka) as out:
            for i in range(100):
                out.send(topic, b"%d" % i, partition=i % 2)
        got: list[Records] = []
        while sum(map(len, got)) < 50:
            got += source.poll(0.2)
        assert {records.partition for records in got} == {1}
        source.resume([(topic, 0)])
        assert read_to_end(source).values(0) == [b"%d" % i for i in range(0, 100, 2)]
    finally:
        source.close()


def test_stamps_of_the_broker_stand_for_those_of_the_producer(kafka):
    topic = kafka.topic(**{"message.timestamp.type": "LogAppendTime"})
    send(kafka, topic, messages(20), "lz4")
    fast, slow = (read(kind, kafka, topic) for kind in SOURCES)
    assert fast == slow
    assert fast.rows[topic, 0][0].timestamp > 1_700_000_001_000 * 1_000_000


@pytest.mark.parametrize("compression", [None, "lz4"])
def test_aborted_transactions_and_markers_are_passed_over(kafka, compression):
    topic = kafka.topic()
    with (
        producer(kafka, transactional_id=f"{topic}-a", compression_type=compression) as a,
        producer(kafka, transactional_id=f"{topic}-b", compression_type=compression) as b,
        producer(kafka, compression_type=compression) as plain,
    ):
        a.init_transactions()
        b.init_transactions()
        expected = []
        for step, (a_commits, b_commits) in enumerate(
            [(True, False), (False, True), (False, False), (True, True)]
        ):
            a.begin_transaction()
            b.begin_transaction()
            for i in range(5):
                for name, out in (("a", a), ("b", b), ("plain", plain)):
                    out.send(topic, f"{name} {step} {i}".encode() * 9, partition=0)
                    out.flush()
                    if name == "plain" or (a_commits if name == "a" else b_commits):
                        expected.append(f"{name} {step} {i}".encode() * 9)
            (a.commit_transaction if a_commits else a.abort_transaction)()
            (b.commit_transaction if b_commits else b.abort_transaction)()
    fast, slow = (read(kind, kafka, topic) for kind in SOURCES)
    assert fast == slow
    assert fast.values() == expected
    assert fast.gaps == []


@pytest.mark.parametrize("kind", SOURCES)
def test_an_open_transaction_holds_back_what_follows(kafka, kind):
    topic = kafka.topic()
    source = kind(Connection(kafka.bootstrap), [topic], None, "earliest")
    try:
        with producer(kafka, transactional_id=topic) as out, producer(kafka) as plain:
            out.init_transactions()
            out.begin_transaction()
            out.send(topic, b"waits", partition=0)
            out.flush()
            plain.send(topic, b"behind", partition=0)
            plain.flush()
            assert read_to_end(source).values() == []
            out.commit_transaction()
        assert read_to_end(source).values() == [b"waits", b"behind"]
        assert source.positions() == {(topic, 0): 3}  # the commit's marker has an offset too
    finally:
        source.close()


@pytest.mark.parametrize("kind", SOURCES)
def test_a_topic_of_nothing_but_an_aborted_transaction(kafka, kind):
    """It is read to its end, though nothing comes of it."""
    topic = kafka.topic()
    with producer(kafka, transactional_id=topic) as out:
        out.init_transactions()
        out.begin_transaction()
        for _ in range(10):
            out.send(topic, b"never", partition=0)
        out.flush()
        out.abort_transaction()
    source = kind(Connection(kafka.bootstrap), [topic], None, "earliest")
    try:
        assert read_to_end(source).values() == []
        assert source.positions() == {(topic, 0): 11}
    finally:
        source.close()
