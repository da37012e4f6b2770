"""Dead letters: all counted, kept up to a ceiling, safe on a file or a topic."""

from __future__ import annotations

import json

import pytest
from kafka import KafkaConsumer

from streams.errors import BrokerAway, RejectError, RejectReason
from streams.messages import Reject
from streams.sinks.dead_letters import DeadLetters
from streams.sinks.letter_file import LetterFile
from streams.sinks.letter_topic import LetterTopic
from streams.sources.connection import Connection
from streams.sources.producer import Publisher


def reject(offset=0, reason=RejectReason.BROKEN_JSON, payload=b"{oops"):
    return Reject("telemetry", 3, offset, reason, "at byte 1", payload)


class Kept:
    def __init__(self):
        self.letters = []

    def put(self, reject):
        self.letters.append(reject)

    def flush(self, deadline_s):
        return True

    def close(self):
        pass


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_counted_by_reason_and_kept():
    kept = Kept()
    letters = DeadLetters(kept)
    for offset, reason in enumerate((RejectReason.EMPTY, RejectReason.EMPTY, RejectReason.NOT_FINITE)):
        letters.put(reject(offset, reason))
    assert letters.by_reason == {"empty": 2, "not_finite": 1}
    assert len(kept.letters) == 3
    assert letters.last == "not_finite at telemetry[3]@2: at byte 1"
    assert not letters.over_ceiling


def test_beyond_the_ceiling_only_samples_are_kept_and_all_are_counted():
    kept, clock = Kept(), Clock()
    letters = DeadLetters(kept, per_minute=10, sample_every=5, clock=clock)
    for offset in range(40):
        letters.put(reject(offset))
    assert [letter.offset for letter in kept.letters] == [*range(10), 14, 19, 24, 29, 34, 39]
    assert letters.by_reason["broken_json"] == 40
    assert letters.withheld == 24
    assert letters.over_ceiling
    clock.now = 61.0
    assert letters.over_ceiling, "the minute before counts"
    letters.put(reject(40))
    assert kept.letters[-1].offset == 40
    clock.now = 121.0
    assert not letters.over_ceiling


def test_a_file_of_json_lines(tmp_path):
    path = tmp_path / "out" / "rejected.jsonl"
    file = LetterFile(path)
    assert not path.exists()
    file.put(reject())
    file.put(reject(1, RejectReason.NOT_TEXT, b"\xff\x00"))
    file.put(reject(2, RejectReason.EMPTY, b""))
    file.close()
    first, second, third = map(json.loads, path.read_text().splitlines())
    assert first == {
        "topic": "telemetry",
        "partition": 3,
        "offset": 0,
        "reason": "broken_json",
        "detail": "at byte 1",
        "payload": "{oops",
    }
    assert second["payload_base64"] == "/wA="
    assert third["payload"] == ""


def test_a_file_that_cannot_be_written_is_counted(tmp_path):
    (tmp_path / "taken").write_text("")
    file = LetterFile(tmp_path / "taken" / "rejected.jsonl")
    file.put(reject())
    assert file.unwritten == 1
    file.close()


class FakeProducer:
    def __init__(self):
        self.sent = []
        self.away = False
        self.failures = 0

    def send(self, topic, key, value, headers):
        if self.away:
            self.failures += 1
            raise BrokerAway("no broker")
        if value == b"too large":
            raise RejectError(RejectReason.WRONG_TYPE)
        self.sent.append((topic, value, dict(headers)))

    def flush(self):
        pass

    def close(self):
        pass


def test_a_topic_gets_payload_and_headers():
    producer = FakeProducer()
    topic = LetterTopic(producer, "telemetry.rejected")
    topic.put(reject())
    topic.put(reject(1, payload=b"too large"))
    assert topic.flush(30)
    topic.close()
    ((name, value, told),) = producer.sent
    assert (name, value) == ("telemetry.rejected", b"{oops")
    assert told == {
        "topic": b"telemetry",
        "partition": b"3",
        "offset": b"0",
        "reason": b"broken_json",
        "detail": b"at byte 1",
    }


def test_a_broker_that_is_away_holds_nobody_up():
    producer = FakeProducer()
    producer.away = True
    topic = LetterTopic(producer, "t", most_waiting=5, pause_s=0.01)
    for offset in range(20):
        topic.put(reject(offset))
    assert not topic.flush(0.05)
    producer.away = False
    assert topic.flush(30)
    topic.close()
    offsets = [int(told["offset"]) for _, _, told in producer.sent]
    assert offsets == list(range(15, 20))
    assert topic.lost == 15


def test_closing_with_the_broker_away_ends():
    producer = FakeProducer()
    producer.away = True
    topic = LetterTopic(producer, "t", pause_s=60.0)
    topic.put(reject())
    topic.close()
    assert producer.failures >= 1


@pytest.mark.kafka
def test_on_a_real_topic(kafka):
    name = kafka.topic()
    topic = LetterTopic(Publisher(Connection(kafka.bootstrap)), name)
    topic.put(reject(7, RejectReason.NOT_TEXT, b"\xff\x00"))
    assert topic.flush(60)
    topic.close()
    consumer = KafkaConsumer(name, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    record = next(iter(consumer))
    consumer.close()
    assert record.value == b"\xff\x00"
    assert dict(record.headers)["reason"] == b"not_text"
    assert dict(record.headers)["offset"] == b"7"
