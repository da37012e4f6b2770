"""Dead letters: all counted, kept up to a ceiling, safe on a file or a topic."""

from __future__ import annotations

import json
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka import KafkaConsumer
from kafka.errors import KafkaTimeoutError

from streams.errors import BrokerAway, RejectError, RejectReason, SinkAway
from streams.messages import Reject
from streams.sinks.dead_letters import DeadLetters
from streams.sinks.letter import decode_letter, encode_letter, key
from streams.sinks.letter_file import LetterFile
from streams.sinks.letter_topic import LetterTopic
from streams.sinks.spool import Spool
from streams.sinks.spooled import SpooledSink
from streams.sinks.spooled_letters import SpooledLetters
from streams.sources.connection import Connection
from streams.sources.producer import Publisher
from streams.sources.topics import make_topic


def reject(offset=0, reason=RejectReason.BROKEN_JSON, payload=b"{oops"):
    return Reject("telemetry", 3, offset, reason, "at byte 1", payload)


class Kept:
    def __init__(self):
        self.letters = []

    def put(self, reject):
        self.letters.append(reject)

    def mark(self):
        return 0

    def acknowledged(self, mark):
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
    """Keeps what is sent, over all that were opened."""

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
        self.sent.append((topic, key, value, dict(headers)))

    def flush(self):
        pass

    def close(self):
        pass

    def abandon(self):
        pass


def no_topic(name):
    raise BrokerAway("not allowed")


def letters_to(producer, folder, make_topic=no_topic):
    sink = SpooledSink(
        LetterTopic("telemetry.rejected", lambda: producer, make_topic),
        Spool(folder, 1 << 20),
        "dead letters",
        first_pause_s=0.01,
        longest_pause_s=0.05,
    )
    return SpooledLetters(sink)


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def delivered(letters):
    return letters.acknowledged(letters.mark()) and letters.counts().waiting == 0


@given(
    st.builds(
        Reject,
        st.text(max_size=5),
        st.integers(0, 9),
        st.integers(-1, 2**62),
        st.sampled_from(list(RejectReason)),
        st.text(max_size=9),
        st.binary(max_size=20),
    )
)
def test_a_letter_is_one_line_and_is_read_back(letter):
    line = encode_letter(letter)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode_letter(line) == letter
    assert key(decode_letter(line)) == key(letter)


def test_a_topic_gets_key_payload_and_headers(tmp_path):
    producer = FakeProducer()
    letters = letters_to(producer, tmp_path)
    letters.put(reject())
    letters.put(reject(1, payload=b"too large"))
    wait_for(lambda: delivered(letters))
    assert letters.counts().rejected == 1
    letters.close()
    (name, own, value, told) = producer.sent[0]
    assert (name, value) == ("telemetry.rejected", b"{oops")
    assert own == key(reject())
    assert told == {
        "topic": b"telemetry",
        "partition": b"3",
        "offset": b"0",
        "reason": b"broken_json",
        "detail": b"at byte 1",
    }


def test_a_broker_that_is_away_holds_nobody_up_and_gets_every_letter_once_it_is_back(tmp_path):
    producer = FakeProducer()
    producer.away = True
    letters = letters_to(producer, tmp_path)
    for offset in range(20):
        letters.put(reject(offset))
    wait_for(lambda: letters.acknowledged(letters.mark()))
    assert letters.counts().away
    producer.away = False
    wait_for(lambda: delivered(letters))
    letters.close()
    assert [int(told["offset"]) for *_, told in producer.sent] == list(range(20))


def test_a_broker_that_is_away_is_not_taken_for_a_missing_topic():
    asked: list[str] = []

    def nowhere():
        raise BrokerAway("nobody answers") from KafkaTimeoutError()

    with pytest.raises(SinkAway, match="nobody answers"):
        LetterTopic("telemetry.rejected", nowhere, asked.append).write(b"")
    assert asked == []


def test_what_was_not_delivered_at_a_stop_is_after_the_next_start(tmp_path):
    producer = FakeProducer()
    producer.away = True
    letters = letters_to(producer, tmp_path)
    letters.put(reject())
    letters.close()
    assert producer.sent == []
    producer.away = False
    letters = letters_to(producer, tmp_path)
    wait_for(lambda: delivered(letters))
    letters.close()
    assert [own for _, own, *_ in producer.sent] == [key(reject())]


@pytest.mark.kafka
def test_on_a_real_topic_that_is_made_with_the_first_letter(kafka, tmp_path):
    name = f"rejected-{uuid.uuid4().hex[:8]}"
    connection = Connection(kafka.bootstrap)
    writer = LetterTopic(
        name, lambda: Publisher(connection, 4.0), lambda topic: make_topic(connection, topic)
    )
    letters = SpooledLetters(SpooledSink(writer, Spool(tmp_path, 1 << 20), "dead letters"))
    letters.put(reject(7, RejectReason.NOT_TEXT, b"\xff\x00"))
    wait_for(lambda: delivered(letters))
    letters.close()
    consumer = KafkaConsumer(name, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    record = next(iter(consumer))
    consumer.close()
    assert record.value == b"\xff\x00"
    assert record.key == key(reject(7, RejectReason.NOT_TEXT, b"\xff\x00"))
    assert dict(record.headers)["reason"] == b"not_text"
    assert dict(record.headers)["offset"] == b"7"
