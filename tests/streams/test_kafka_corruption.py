"""A damaged batch in the broker's own segment file is recorded as a gap and passed; all else arrives."""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import BrokerAway
from streams.sources import standstill
from streams.sources.connection import Connection
from streams.sources.kafka import KafkaSource
from streams.sources.poll import PollSource
from streams.sources.source import Gap
from tests.streams.kafka_reading import Reading, read_to_end, send, take_over, wait_until

pytestmark = pytest.mark.kafka

LENGTH = 8
"""Where the header of a batch says how many bytes follow."""
MAGIC = 16
LAST_OFFSET_DELTA = 23
"""Where the header of a batch says how many offsets it spans."""
BATCHES = 5
PER_BATCH = 20
VALUES = [b"value %d " % i * 4 for i in range(BATCHES * PER_BATCH)]


def batch_starts(segment: Path) -> list[int]:
    data = segment.read_bytes()
    starts, at = [], 0
    while at + 61 <= len(data) and (size := struct.unpack_from(">i", data, at + 8)[0]):
        starts.append(at)
        at += 12 + size
    return starts


def overwrite(segment: Path, at: int, data: bytes) -> None:
    with segment.open("r+b") as file:
        file.seek(at)
        file.write(data)


def damaged_topic(kafka, compression: str | None, *batches: int) -> str:
    """A topic of five batches, of which some have a byte flipped behind the header."""
    topic = kafka.topic()
    send(kafka, topic, VALUES, compression, PER_BATCH)
    segment = kafka.segment(topic)
    starts = batch_starts(segment)
    assert len(starts) == BATCHES
    for batch in batches:
        at = starts[batch] + 90
        overwrite(segment, at, bytes([segment.read_bytes()[at] ^ 0x55]))
    return topic


def without(*batches: int) -> list[bytes]:
    return [value for i, value in enumerate(VALUES) if i // PER_BATCH not in batches]


def read(kind: type, kafka, topic: str, **seeks: int) -> Reading:
    source = kind(Connection(kafka.bootstrap), [topic], None, "earliest")
    try:
        return read_to_end(source, **seeks)
    finally:
        source.close()


@pytest.mark.parametrize("compression", [None, "gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("batch", [0, 2, BATCHES - 1])
def test_a_corrupt_batch_is_one_gap(kafka, compression, batch):
    topic = damaged_topic(kafka, compression, batch)
    reading = read(KafkaSource, kafka, topic)
    assert reading.values() == without(batch)
    (gap,) = reading.gaps
    assert (gap.topic, gap.partition, gap.offset) == (topic, 0, batch * PER_BATCH)
    assert gap.reason == "corrupt_batch"
    assert f"offsets {batch * PER_BATCH} to {batch * PER_BATCH + PER_BATCH - 1} " in gap.detail


def test_two_corrupt_batches_in_a_row_are_two_gaps(kafka):
    reading = read(KafkaSource, kafka, damaged_topic(kafka, "lz4", 1, 2))
    assert reading.values() == without(1, 2)
    assert [gap.offset for gap in reading.gaps] == [PER_BATCH, 2 * PER_BATCH]


def test_seek_into_a_corrupt_batch(kafka):
    reading = read(KafkaSource, kafka, damaged_topic(kafka, "lz4", 2), p0=2 * PER_BATCH + 7)
    assert reading.values() == VALUES[3 * PER_BATCH :]
    assert [gap.offset for gap in reading.gaps] == [2 * PER_BATCH + 7]


@pytest.mark.parametrize("batch", [0, 2, BATCHES - 1])
def test_poll_passes_a_corrupt_batch_too(kafka, batch):
    topic = damaged_topic(kafka, "lz4", batch)
    reading = read(PollSource, kafka, topic)
    assert reading.values() == without(batch)
    assert [gap.offset for gap in reading.gaps] == [batch * PER_BATCH]
    assert {gap.reason for gap in reading.gaps} == {"corrupt_batch"}


@pytest.mark.parametrize("delta", [-7, 0, 3, 2_000_000_000])
@pytest.mark.parametrize("batch", [0, 2])
def test_a_header_that_lies_about_its_end_leads_nowhere(kafka, batch, delta):
    """The batches behind it arrive, however far or near it claims to reach."""
    topic = kafka.topic()
    send(kafka, topic, VALUES, "lz4", PER_BATCH)
    segment = kafka.segment(topic)
    overwrite(segment, batch_starts(segment)[batch] + LAST_OFFSET_DELTA, struct.pack(">i", delta))
    reading = read(KafkaSource, kafka, topic)
    assert reading.values() == without(batch)
    assert reading.gaps[0].offset == batch * PER_BATCH
    assert {gap.reason for gap in reading.gaps} == {"corrupt_batch"}


def test_a_last_batch_that_claims_too_much_does_not_lead_past_the_end(kafka):
    topic = kafka.topic()
    send(kafka, topic, VALUES, "lz4", PER_BATCH)
    segment = kafka.segment(topic)
    overwrite(segment, batch_starts(segment)[-1] + LAST_OFFSET_DELTA, struct.pack(">i", 1_000_000))
    source = KafkaSource(Connection(kafka.bootstrap), [topic], None, "earliest")
    try:
        first = read_to_end(source)
        assert first.values() == without(BATCHES - 1)
        assert len(first.gaps) == 1
        send(kafka, topic, [b"later"], "lz4", 1)
        assert read_to_end(source).values() == [b"later"]
    finally:
        source.close()


INDEXED = 8
"""Batches after which the broker has an entry of its index: from there it finds its way again."""


@pytest.fixture
def impatient(monkeypatch):
    for name, seconds in (("STILL_AFTER_S", 0.5), ("LOOK_EVERY_S", 0.1), ("NOTHING_FOR_S", 1.0)):
        monkeypatch.setattr(standstill, name, seconds)


@pytest.mark.parametrize("length", [5_000_000, 30_000, 3000, 10, -5])
def test_a_length_that_lies_is_passed_over_to_where_the_broker_finds_its_way_again(kafka, impatient, length):
    """It leads the broker past the log's end, into the middle of a batch, or into an error, each for ever."""
    topic = kafka.topic()
    values = [b"value %d " % i * 8 for i in range(2 * INDEXED * PER_BATCH)]
    send(kafka, topic, values, None, PER_BATCH)
    segment = kafka.segment(topic)
    overwrite(segment, batch_starts(segment)[2] + LENGTH, struct.pack(">i", length))
    reading = read(KafkaSource, kafka, topic)
    got = reading.values()
    lost = reading.gaps[0].offset
    assert lost == 2 * PER_BATCH
    assert got[:lost] == values[:lost]
    assert len(got) >= len(values) // 2
    assert got[lost:] == values[len(values) - len(got) + lost :]
    assert {gap.reason for gap in reading.gaps} == {"corrupt_batch"}


@pytest.mark.parametrize(
    ("harm", "read_before"),
    [
        (lambda segment, third: overwrite(segment, third + MAGIC, b"\1"), 2 * PER_BATCH),  # an unknown error
        (lambda segment, third: overwrite(segment, third, bytes(500)), 2 * PER_BATCH),  # a corrupt message
        (lambda segment, third: os.truncate(segment, third + 30), 2 * PER_BATCH),  # it hangs up in the answer
        (lambda segment, third: os.truncate(segment, 0), 0),
    ],
)
def test_a_log_that_cannot_be_read_to_its_end_is_one_gap_and_its_neighbours_are_read(
    kafka, impatient, harm, read_before
):
    topic, other = kafka.topic(), kafka.topic()
    send(kafka, topic, VALUES, None, PER_BATCH)
    segment = kafka.segment(topic)
    harm(segment, batch_starts(segment)[2])
    source = KafkaSource(Connection(kafka.bootstrap), [topic, other], None, "earliest")
    came: dict[str, list[bytes | None]] = {topic: [], other: []}
    gaps: list[Gap] = []

    def took(name: str, count: int) -> bool:
        with suppress(BrokerAway):  # the broker hangs up on whoever asks
            for records in source.poll(0.1):
                came[records.topic] += [records.value(i) for i in range(len(records))]
            gaps.extend(source.gaps)
            take_over(source)
        return (
            len(came[name]) + sum(gap.next_offset - gap.offset for gap in gaps if gap.topic == name) == count
        )

    try:
        send(kafka, other, [b"meanwhile"])
        wait_until(lambda: took(other, 1))
        wait_until(lambda: took(topic, len(VALUES)))
        send(kafka, other, [b"afterwards"])
        wait_until(lambda: took(other, 2))
    finally:
        source.close()
    (gap,) = gaps
    assert (gap.topic, gap.offset, gap.reason) == (topic, read_before, "corrupt_batch")
    # What the broker sent on in one answer, before it looked at the harm, is read behind the harm too.
    assert came[topic] == VALUES[:read_before] + VALUES[gap.next_offset :]


@given(st.integers(0, 1000), st.integers(1, 10**6), st.integers(0, 10**6))
def test_the_search_ends_at_the_first_sound_offset(position, length, sound_from):
    end = position + length
    first = position + 1 + sound_from
    search = standstill.Search(position, end)
    looks = 0
    while not search.done:
        search.tell(search.at >= first)
        looks += 1
    assert search.sound == min(first, end)
    assert looks <= 2 * length.bit_length() + 2
