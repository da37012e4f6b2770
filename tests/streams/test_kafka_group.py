"""The consumer group: who reads what, from where, and what a commit keeps."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import LogTruncationError, TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

from streams.errors import BrokerAway
from streams.sources.connection import Connection
from streams.sources.consumer import ConsumerSource
from streams.sources.kafka import KafkaSource
from streams.sources.poll import PollSource
from streams.sources.producer import Publisher
from tests.services import free_ports
from tests.streams.kafka_reading import (
    PATIENCE_S,
    Running,
    producer,
    read_to_end,
    send,
    take_over,
    wait_until,
)

pytestmark = pytest.mark.kafka

SECOND = 1_000_000_000
SOURCES = [KafkaSource, PollSource]


def member(kafka, topic: str, kind: type = KafkaSource, start="earliest", **options) -> ConsumerSource:
    return kind(Connection(kafka.bootstrap), [topic], f"group-{topic}", start, **options)


def poll_until(done: Callable[[], bool], source: ConsumerSource, each_s: float = 0.05) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline
        source.poll(each_s)


@pytest.mark.parametrize("kind", SOURCES)
def test_nothing_is_read_before_the_owner_takes_over(kafka, kind):
    topic = kafka.topic()
    send(kafka, topic, [b"a", b"b", b"c"])
    with closing(member(kafka, topic, kind)) as source:
        for _ in range(5):
            assert source.poll(0.2) == []
        assert source.assigned() == {(topic, 0)}
        (change,) = source.rebalances()
        assert change.assigned == {(topic, 0)}
        assert source.rebalances() == []
        source.seek((topic, 0), 1)
        source.resume(change.assigned)
        assert read_to_end(source).values() == [b"b", b"c"]


@pytest.mark.parametrize("kind", SOURCES)
def test_the_next_member_goes_on_at_the_commit(kafka, kind):
    topic = kafka.topic()
    send(kafka, topic, [b"%d" % i for i in range(100)], "lz4")
    with closing(member(kafka, topic, kind)) as source:
        read_to_end(source)
        assert source.generation() > 0
        assert source.commit({(topic, 0): 63})
    with closing(member(kafka, topic, kind, start="latest")) as source:
        assert [row.offset for row in read_to_end(source).rows[topic, 0]] == list(range(63, 100))


def test_nothing_is_committed_that_was_not_asked_for(kafka):
    topic = kafka.topic()
    send(kafka, topic, [b"a", b"b"])
    for _ in range(2):
        with closing(member(kafka, topic)) as source:
            assert read_to_end(source).values() == [b"a", b"b"]


@pytest.mark.parametrize(
    "start, expected",
    [("earliest", [b"old", b"new"]), ("latest", []), (3600 * SECOND, [b"new"]), (1 * SECOND, [])],
)
def test_where_a_new_group_begins(kafka, start, expected):
    topic = kafka.topic()
    now = time.time_ns()
    with producer(kafka) as out:
        out.send(topic, b"old", timestamp_ms=now // 1_000_000 - 7_200_000)
        out.send(topic, b"new", timestamp_ms=now // 1_000_000 - 60_000)
    with closing(member(kafka, topic, start=start, clock=lambda: now)) as source:
        assert read_to_end(source).values() == expected


def test_offsets_for_a_time(kafka):
    topic = kafka.topic(partitions=2)
    send(kafka, topic, [b"x"] * 10)  # partition 0, a millisecond apart from 1_700_000_000_000 on
    with closing(member(kafka, topic)) as source:
        both = {(topic, 0), (topic, 1)}
        assert source.offsets_for_time(both, 1_700_000_000_004 * 1_000_000) == {(topic, 0): 4, (topic, 1): 0}
        assert source.offsets_for_time(both, 1_800_000_000_000 * 1_000_000) == {(topic, 0): 10, (topic, 1): 0}


def test_a_second_member_takes_part_of_the_partitions(kafka):
    topic = kafka.topic(partitions=4)
    with Running(member(kafka, topic)) as first:
        wait_until(lambda: len(first.source.assigned()) == 4)
        with Running(member(kafka, topic)) as second:
            wait_until(lambda: len(second.source.assigned()) == 2 and len(first.source.assigned()) == 2)
            wait_until(lambda: len(first.changes) == 2)
            assert first.source.assigned() | second.source.assigned() == {(topic, p) for p in range(4)}
            begun, given_up = first.changes  # what stays with a member is not interrupted
            assert len(begun.assigned) == 4
            assert given_up == (frozenset(), second.source.assigned())
            with producer(kafka) as out:
                for i in range(40):
                    out.send(topic, b"%d" % i, partition=i % 4)
            wait_until(lambda: len(first.values) + len(second.values) == 40)
            assert sorted(first.values + second.values, key=int) == [b"%d" % i for i in range(40)]
        wait_until(lambda: len(first.source.assigned()) == 4)


def test_what_was_revoked_is_left_alone(kafka):
    topic = kafka.topic()
    with closing(member(kafka, topic)) as source:
        poll_until(lambda: len(source.assigned()) == 1, source)
        source.seek((topic, 7), 0)
        source.pause([(topic, 7)])
        source.resume([(topic, 7)])
        assert source.assigned() == {(topic, 0)}


@pytest.mark.parametrize("kind", SOURCES)
def test_records_that_are_no_longer_kept_are_a_gap(kafka, kind):
    topic = kafka.topic()
    send(kafka, topic, [b"%d" % i for i in range(50)])
    with closing(member(kafka, topic, kind)) as source:
        read_to_end(source)
        assert source.commit({(topic, 0): 10})
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.delete_records({TopicPartition(topic, 0): 30})
    with closing(member(kafka, topic, kind)) as source:
        reading = read_to_end(source)
        assert [row.offset for row in reading.rows[topic, 0]] == list(range(30, 50))
        (gap,) = reading.gaps
        assert (gap.reason, gap.offset) == ("no_longer_kept", 10)
        assert "offsets 10 to 29" in gap.detail


@pytest.mark.parametrize("kind", SOURCES)
def test_an_offset_past_the_end_begins_anew(kafka, kind):
    """A topic that was deleted and made again ends before the offset that a snapshot names."""
    topic = kafka.topic()
    send(kafka, topic, [b"a", b"b"])
    with closing(member(kafka, topic, kind)) as source:
        poll_until(lambda: len(source.assigned()) == 1, source)
        take_over(source, p0=1000)
        poll_until(lambda: source.positions() == {(topic, 0): 0}, source)
        assert read_to_end(source).values() == [b"a", b"b"]


@pytest.mark.parametrize("kind", SOURCES)
def test_a_topic_made_anew_under_a_reader_has_another_id(kafka, kind):
    topic = kafka.topic()
    send(kafka, topic, [b"a", b"b"])
    with closing(member(kafka, topic, kind, metadata_max_age_ms=300)) as source:
        assert read_to_end(source).values() == [b"a", b"b"]
        first = source.topic_id(topic)
        assert first
        with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
            admin.delete_topics([topic])
            make_again(admin, topic)
        send(kafka, topic, [b"new %d" % i for i in range(10)])
        deadline = time.monotonic() + PATIENCE_S
        while source.topic_id(topic) in ("", first):
            assert time.monotonic() < deadline
            with suppress(BrokerAway):
                source.poll(0.05)
                take_over(source)
        source.seek((topic, 0), 0)
        assert read_to_end(source).values() == [b"new %d" % i for i in range(10)]


def make_again(admin: KafkaAdminClient, topic: str) -> None:
    """A broker takes a moment over a deletion."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            admin.create_topics([NewTopic(topic, 1, 1)])
            return
        except TopicAlreadyExistsError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize("kind", SOURCES)
def test_a_missing_topic_is_waited_for(kafka, kind):
    topic = f"late-{kind.__name__}-{time.time_ns()}"
    with closing(member(kafka, topic, kind, metadata_max_age_ms=300)) as source:
        poll_until(lambda: source.missing() == {topic}, source)
        assert source.lag() == {}
        with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
            admin.create_topics([NewTopic(topic, 1, 1)])
        send(kafka, topic, [b"a"])
        poll_until(lambda: len(source.assigned()) == 1, source)
        assert source.missing() == set()
        assert read_to_end(source).values() == [b"a"]


def test_a_deleted_topic_does_not_hold_up_who_asks_for_the_lag(kafka):
    """The lag is asked for every few seconds, by the loop that judges."""
    gone, other = kafka.topic(), kafka.topic()
    source = KafkaSource(Connection(kafka.bootstrap), [gone, other], None, "earliest")
    with closing(source):
        read_to_end(source)
        with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
            admin.delete_topics([gone])
        for _ in range(3):
            began = time.monotonic()
            with suppress(BrokerAway):  # in the moment in which its leader goes
                assert source.lag().keys() <= {(gone, 0), (other, 0)}
            assert time.monotonic() - began < 5.0  # asked until it is there, it would be 10
            time.sleep(0.2)
        wait_until(lambda: source.lag() == {(other, 0): 0})


def test_a_broker_that_was_away_for_long_is_tried_again_within_seconds(kafka):
    with closing(member(kafka, kafka.topic())) as source:
        manager = source._consumer._client._manager
        for _ in range(20):
            manager.update_backoff(1)
        assert 0.0 < manager.connection_delay(1) < 3.0


def test_a_broker_that_hangs_holds_up_neither_a_commit_nor_the_end_for_long(kafka):
    """A stop commits and leaves; whoever stops a service waits some seconds, not a minute."""
    topic = kafka.topic()
    send(kafka, topic, [b"a"])
    source = member(kafka, topic)
    read_to_end(source)
    kafka.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(BrokerAway):
            source.lag()
        with pytest.raises(BrokerAway):
            source.commit({(topic, 0): 1})
        source.close()
        assert time.monotonic() - began < 15.0  # with ten seconds for each it would be 30
    finally:
        kafka.process.send_signal(signal.SIGCONT)


def test_a_log_cut_back_by_a_new_leader_is_read_from_where_it_parts(kafka, monkeypatch):
    topic = kafka.topic()
    send(kafka, topic, [b"%d" % i for i in range(10)])
    with closing(member(kafka, topic)) as source:
        read_to_end(source)

        def cut(**_):
            raise LogTruncationError({TopicPartition(topic, 0): OffsetAndMetadata(6, "", 0)})

        with monkeypatch.context() as patched:
            patched.setattr(source._consumer, "poll", cut)
            assert source.poll(0.0) == []
        assert [row.offset for row in read_to_end(source).rows[topic, 0]] == [6, 7, 8, 9]


@pytest.mark.parametrize("each_s", [0.0, 0.001, 0.01, 0.5])
def test_new_partitions_are_noticed_however_short_the_polls(kafka, each_s):
    """A poll shorter than the rebalance leaves the join half done; the next ones must bring it to its end."""
    topic = kafka.topic()
    with closing(member(kafka, topic, metadata_max_age_ms=300)) as source:
        poll_until(lambda: len(source.assigned()) == 1, source)
        with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
            admin.create_partitions({topic: 3})
        poll_until(lambda: len(source.assigned()) == 3, source, each_s=each_s)


def test_no_broker_is_said_as_such():
    nowhere = Connection(f"127.0.0.1:{free_ports(1)[0]}")
    with pytest.raises(BrokerAway):
        KafkaSource(nowhere, ["telemetry"], "group", bootstrap_timeout_ms=300)
    with pytest.raises(BrokerAway):
        Publisher(nowhere, bootstrap_timeout_ms=300)


def test_a_password_is_not_shown():
    assert "secret" not in repr(Connection(password="secret"))
