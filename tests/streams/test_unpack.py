"""What unpacks to more than the bound is refused before that; all else is what the library makes of it."""

from __future__ import annotations

import gzip
import tracemalloc

import kafka.codec as library
import lz4.frame
import pytest
import snappy
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.legacy_records import LegacyRecordBatchBuilder

from streams.errors import RejectReason
from streams.sources.batch import Batch, join, read_batch
from streams.sources.batches import BatchRecords
from streams.sources.doubts import Doubts
from streams.sources.poll import read_records
from streams.sources.source import Gap
from streams.sources.unpack import MAX_UNPACKED, TooLarge, unpack
from tests.streams.kafka_reading import rows
from tests.streams.test_kafka_batches import FIRST_OFFSET, PARTITION, Fetched, unpacked, written

GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
PACK = {
    GZIP: gzip.compress,
    SNAPPY: library.snappy_encode,
    LZ4: lz4.frame.compress,
    ZSTD: zstandard.ZstdCompressor().compress,
}
BOMB = bytes(64 << 20)


@pytest.mark.parametrize("codec", PACK)
@given(data=st.binary(max_size=2000), times=st.integers(0, 50))
def test_what_is_packed_comes_back_up_to_the_bound(codec, data, times):
    whole = data * times
    packed = memoryview(PACK[codec](whole))
    assert unpack(codec, packed, len(whole)) == whole
    if whole:
        with pytest.raises(TooLarge):
            unpack(codec, packed, len(whole) - 1)


def test_several_gzip_members_and_a_bare_snappy_block_are_taken():
    assert unpack(GZIP, memoryview(gzip.compress(b"a") + gzip.compress(b"b"))) == b"ab"
    assert unpack(SNAPPY, memoryview(snappy.compress(b"abc" * 9))) == b"abc" * 9


@pytest.mark.parametrize("codec", PACK)
def test_what_is_cut_off_is_never_taken_for_whole(codec):
    whole = bytes(range(256)) * 40
    packed = PACK[codec](whole)
    try:
        assert unpack(codec, memoryview(packed[:-5])) != whole
    except Exception as broken:
        assert not isinstance(broken, TooLarge)


@pytest.mark.parametrize("read", [read_batch, read_records])
@pytest.mark.parametrize("codec", PACK)
def test_a_batch_beyond_the_bound_is_a_gap_and_takes_no_memory(codec, read):
    """A few KiB that unpack to 64 MiB, between two batches that are as they should be."""
    data = bytearray()
    for i, value in enumerate([b"before", BOMB, b"after"]):
        data += written([value], FIRST_OFFSET + i, codec)
    fetch = Fetched(bytes(data), [FIRST_OFFSET + 3], [])
    read(DefaultRecordBatch(written([b"the kernel's code is no memory of a batch"], 0, codec)))
    tracemalloc.start()
    try:
        runs, after = unpacked(
            BatchRecords, fetch, FIRST_OFFSET, read=read, doubts=Doubts(), log_end=lambda _: None
        )
        assert tracemalloc.get_traced_memory()[1] < len(data) * 3 + 3 * MAX_UNPACKED
    finally:
        tracemalloc.stop()
    before, gap, behind = [part for run in runs for part in run.parts]
    assert isinstance(gap, Gap)
    assert (gap.offset, gap.next_offset, gap.reason) == (
        FIRST_OFFSET + 1,
        FIRST_OFFSET + 2,
        RejectReason.TOO_LARGE,
    )
    assert isinstance(before, Batch)
    assert isinstance(behind, Batch)
    assert after == FIRST_OFFSET + 3


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("codec", [GZIP, SNAPPY])
def test_a_batch_from_before_kafka_0_11_has_the_same_bound(magic, codec):
    bomb = old_batch(magic, codec, [bytes(8 << 20)] * 8)
    tracemalloc.start()
    try:
        runs, after = unpacked(
            BatchRecords,
            Fetched(bytes(bomb), [FIRST_OFFSET + 8], []),
            FIRST_OFFSET,
            read=read_records,
            doubts=Doubts(),
            log_end=lambda _: FIRST_OFFSET + 8,
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (gap,) = [part for run in runs for part in run.parts]
    assert isinstance(gap, Gap)
    assert gap.reason == RejectReason.TOO_LARGE
    assert after == FIRST_OFFSET + 8
    assert peak < 3 * MAX_UNPACKED


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("codec", [0, GZIP, SNAPPY])
def test_a_batch_from_before_kafka_0_11_is_read_by_poll(magic, codec):
    values = [b"value %d" % i for i in range(5 if codec else 1)]
    runs, _ = unpacked(
        BatchRecords,
        Fetched(bytes(old_batch(magic, codec, values)), [FIRST_OFFSET + len(values)], []),
        FIRST_OFFSET,
        read=read_records,
        doubts=Doubts(),
        log_end=lambda _: FIRST_OFFSET + len(values),
    )
    (batch,) = [part for run in runs for part in run.parts]
    assert isinstance(batch, Batch)
    assert [row.value for row in rows(join(*PARTITION, [batch]))] == values
    assert batch.offsets.tolist() == list(range(FIRST_OFFSET, FIRST_OFFSET + len(values)))


def old_batch(magic, codec, values):
    """As a broker stored it: a compressed one is named by its last record."""
    builder = LegacyRecordBatchBuilder(magic, codec, 1 << 30)
    for i, each in enumerate(values):
        builder.append(i if magic or not codec else FIRST_OFFSET + i, 1_700_000_000_000, b"zone", each)
    data = bytearray(builder.build())
    data[0:8] = (FIRST_OFFSET + len(values) - 1).to_bytes(8, "big")
    return data
