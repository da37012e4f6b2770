"""The overridden seam against the library's own, fed with the bytes of a fetch; no broker needed."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import TopicPartition
from kafka.consumer.fetcher import Fetcher
from kafka.errors import CorruptRecordError
from kafka.protocol.consumer import IsolationLevel
from kafka.record import MemoryRecords
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.util import calc_crc32c

from streams.sources.batches import Batch, BatchRecords, join
from streams.sources.source import Gap
from tests.streams.kafka_reading import Row, rows

PARTITION = TopicPartition("telemetry", 3)
FIRST_OFFSET = 1000
COMMITTED, ABORTED = b"\0\0\0\1", b"\0\0\0\0"
MAGIC, ATTRIBUTES = 16, 21  # where they stand in a batch's header

value = st.none() | st.binary(max_size=60)
plain = st.tuples(st.just("plain"), st.lists(value, min_size=1, max_size=6), st.integers(0, 4))
transactional = st.tuples(st.sampled_from([7, 8]), st.lists(value, min_size=1, max_size=4), st.integers(0, 4))
ended = st.tuples(st.sampled_from([7, 8]), st.sampled_from([COMMITTED, ABORTED]), st.just(0))
log = st.lists(plain | transactional | ended, min_size=1, max_size=10)


class Fetched(NamedTuple):
    """What a broker would answer: bytes, where each batch ends, and the aborted transactions among them."""

    data: bytes
    ends: list[int]
    aborted: list[SimpleNamespace]


def written(values: list, base: int, codec: int, producer: int = -1, control: bool = False) -> bytearray:
    """One batch as a broker stores it."""
    builder = DefaultRecordBatchBuilder(2, codec, producer >= 0, producer, 0, 0, 1 << 30)
    for i, each in enumerate(values):
        key = each if control else b"zone"
        builder.append(i, 1_700_000_000_000 + 7 * i, key, each, [])
    data = bytearray(builder.build())
    data[0:8] = base.to_bytes(8, "big")
    if control:
        data[ATTRIBUTES + 1] |= DefaultRecordBatch.CONTROL_MASK
        data[ATTRIBUTES - 4 : ATTRIBUTES] = calc_crc32c(memoryview(data)[ATTRIBUTES:]).to_bytes(4, "big")
    return data


def fetched(steps: list[tuple]) -> Fetched:
    data, ends, aborted = bytearray(), [], []
    open_since: dict[int, int] = {}
    offset = FIRST_OFFSET
    for who, what, codec in steps:
        if isinstance(what, bytes):
            begun = open_since.pop(who, None)
            if begun is not None and what == ABORTED:
                aborted.append(SimpleNamespace(producer_id=who, first_offset=begun))
            data += written([what], offset, 0, who, control=True)
            offset += 1
        else:
            if who != "plain":
                open_since.setdefault(who, offset)
            data += written(what, offset, codec, -1 if who == "plain" else who)
            offset += len(what)
        ends.append(offset)
    return Fetched(bytes(data), ends, aborted)


def unpacked(kind: type, fetch: Fetched, position: int, **more):
    """What a fetch gives from a position on: (whatever it yields, where the next fetch begins)."""
    part = kind(
        position,
        PARTITION,
        MemoryRecords(fetch.data),
        isolation_level=IsolationLevel.READ_COMMITTED,
        aborted_transactions=fetch.aborted,
        **more,
    )
    items = part.take()
    assert not part
    return items, part.next_fetch_offset


def by_batches(fetch: Fetched, position: int) -> tuple[list[Row], list[Gap], int]:
    items, after = unpacked(BatchRecords, fetch, position, log_end=lambda _: fetch.ends[-1])
    batches = [item for item in items if isinstance(item, Batch)]
    joined = rows(join(*PARTITION, batches)) if batches else []
    assert joined == [row for each in batches for row in rows(join(*PARTITION, [each]))]
    return joined, [item for item in items if isinstance(item, Gap)], after


def by_library(fetch: Fetched, position: int) -> tuple[list[Row], int]:
    items, after = unpacked(Fetcher.PartitionRecords, fetch, position)
    return [Row(item.offset, item.timestamp * 1_000_000, item.value) for item in items], after


@given(log, st.data())
@settings(max_examples=150)
def test_any_log_from_any_position(steps, data):
    fetch = fetched(steps)
    position = data.draw(st.integers(FIRST_OFFSET, fetch.ends[0] - 1))
    fast, gaps, after = by_batches(fetch, position)
    assert (fast, after) == by_library(fetch, position)
    assert gaps == []


@given(log, st.data())
@settings(max_examples=150)
def test_a_fetch_that_is_cut_short(steps, data):
    """The broker cuts an answer at its size limit, in the middle of a batch."""
    fetch = fetched(steps)
    cut = fetch._replace(data=fetch.data[: data.draw(st.integers(0, len(fetch.data)))])
    fast, gaps, after = by_batches(cut, FIRST_OFFSET)
    assert (fast, after) == by_library(cut, FIRST_OFFSET)
    assert gaps == []


@given(st.lists(plain, min_size=2, max_size=8), st.data())
@settings(max_examples=200)
def test_one_damaged_byte_costs_its_batch_and_no_other(steps, data):
    fetch = fetched(steps)
    sound, _, _ = by_batches(fetch, FIRST_OFFSET)
    which = data.draw(st.integers(0, len(steps) - 1))
    begin, stop = [0, *byte_ends(fetch)][which : which + 2]
    behind_framing = data.draw(st.integers(begin + MAGIC, stop - 1))
    damaged = bytearray(fetch.data)
    damaged[behind_framing] ^= data.draw(st.integers(1, 255))
    fast, gaps, after = by_batches(fetch._replace(data=bytes(damaged)), FIRST_OFFSET)
    first, end = [FIRST_OFFSET, *fetch.ends][which], fetch.ends[which]
    assert fast == [row for row in sound if not first <= row.offset < end]
    assert [gap.offset for gap in gaps] == [first]
    assert first < after <= fetch.ends[-1]


@given(st.binary(max_size=400))
@settings(max_examples=150)
def test_rubbish_neither_hangs_nor_gives_records(rubbish):
    fetch = Fetched(rubbish, [FIRST_OFFSET + 50], [])
    with suppress(CorruptRecordError):
        fast, _, after = by_batches(fetch, FIRST_OFFSET)
        assert fast == []
        assert FIRST_OFFSET <= after <= FIRST_OFFSET + 50


def byte_ends(fetch: Fetched) -> list[int]:
    """Where each batch ends in the bytes."""
    ends, at = [], 0
    while at < len(fetch.data):
        at += 12 + int.from_bytes(fetch.data[at + 8 : at + 12], "big")
        ends.append(at)
    return ends
