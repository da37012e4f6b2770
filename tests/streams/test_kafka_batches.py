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

from streams.errors import RejectReason
from streams.sources.batch import Batch, join, read_batch
from streams.sources.batches import BatchRecords, Doubtful
from streams.sources.doubts import Doubts
from streams.sources.poll import read_records
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


def by_batches(
    fetch: Fetched, position: int, log_end: int | None = None, read=read_batch
) -> tuple[list[Row], list[Gap], int]:
    """What is read from a position on, fetching again where a fetch leaves doubts.

    Where no fetch tells how to go on, it goes on at the next batch that was written, as a search would find.

    ``log_end`` is where the client believes the log to end; asked, the broker says where it does.
    """
    doubts = Doubts()
    known_end = fetch.ends[-1] if log_end is None else log_end
    given: list[Row] = []
    gaps: list[Gap] = []
    for _ in range(200):
        runs, after = unpacked(
            BatchRecords,
            since(fetch, position),
            position,
            read=read,
            doubts=doubts,
            log_end=lambda _: known_end,
        )
        parts = [part for run in runs for part in run.parts]
        batches = [part for part in parts if isinstance(part, Batch)]
        joined = rows(join(*PARTITION, batches)) if batches else []
        assert joined == [row for each in batches for row in rows(join(*PARTITION, [each]))]
        given += joined
        gaps += [part for part in parts if isinstance(part, Gap)]
        if not any(isinstance(part, Doubtful) for part in parts):
            return given, gaps, after
        for tp in doubts.unasked():
            doubts.tell_end(tp, fetch.ends[-1])
        position = after
        for lost, detail in doubts.take_lost().values():
            position = min((end for end in fetch.ends if end > lost), default=lost + 1)
            gaps.append(Gap(*PARTITION, lost, position, RejectReason.CORRUPT_BATCH, detail))
    raise AssertionError("fetched again and again")


def since(fetch: Fetched, position: int) -> Fetched:
    """The fetch as a broker answers it from a later position on: from the batch that holds it."""
    begun = [0, *byte_ends(fetch)]
    whole = sum(end <= position for end in fetch.ends)
    return fetch._replace(data=fetch.data[begun[whole] :])


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


@given(log, st.integers(-2000, 0), st.sampled_from([read_batch, read_records]))
@settings(max_examples=150)
def test_what_the_client_last_heard_of_the_logs_end_costs_nothing(steps, behind, read):
    """A broker answers with batches past the high watermark that it names beside them."""
    fetch = fetched(steps)
    given, gaps, after = by_batches(fetch, FIRST_OFFSET, fetch.ends[-1] + behind, read)
    assert (given, after) == by_library(fetch, FIRST_OFFSET)
    assert gaps == []


@given(st.lists(plain, min_size=2, max_size=8), st.data())
@settings(max_examples=200)
def test_a_wrong_base_offset_costs_no_more_than_is_counted(steps, data):
    """The checksum does not cover it; far too high, too low, or among the neighbours."""
    fetch = fetched(steps)
    sound, _, _ = by_batches(fetch, FIRST_OFFSET)
    which = data.draw(st.integers(0, len(steps) - 1))
    begin = [0, *byte_ends(fetch)][which]
    wrong = data.draw(st.integers(0, 2**63 - 1) | st.integers(FIRST_OFFSET, fetch.ends[-1]))
    damaged = bytearray(fetch.data)
    damaged[begin : begin + 8] = wrong.to_bytes(8, "big")
    given, gaps, after = by_batches(fetch._replace(data=bytes(damaged)), FIRST_OFFSET)
    offsets = [row.offset for row in given]
    assert offsets == sorted(set(offsets))
    assert FIRST_OFFSET < after <= fetch.ends[-1]
    assert len(given) + sum(gap.records for gap in gaps) == after - FIRST_OFFSET
    first, end = [FIRST_OFFSET, *fetch.ends][which], fetch.ends[which]
    if not FIRST_OFFSET <= wrong < fetch.ends[-1]:
        assert given == [row for row in sound if not first <= row.offset < end and row.offset < after]


@given(st.lists(plain, min_size=2, max_size=8), st.data())
@settings(max_examples=100)
def test_damage_on_the_way_costs_nothing(steps, data):
    """The same place fetched once more is sound."""
    fetch = fetched(steps)
    damaged = bytearray(fetch.data)
    damaged[data.draw(st.integers(MAGIC, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    doubts = Doubts()
    options = {"read": read_batch, "doubts": doubts, "log_end": lambda _: fetch.ends[-1]}
    runs, position = unpacked(BatchRecords, fetch._replace(data=bytes(damaged)), FIRST_OFFSET, **options)
    more, after = unpacked(BatchRecords, since(fetch, position), position, **options)
    parts = [part for run in [*runs, *more] for part in run.parts]
    assert not any(isinstance(part, Gap) for part in parts)
    read = rows(join(*PARTITION, [part for part in parts if isinstance(part, Batch)]))
    assert (read, after) == by_library(fetch, FIRST_OFFSET)


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
