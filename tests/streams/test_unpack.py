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

from streams.errors import RejectReason
from streams.sources.batches import Batch, BatchRecords, read_batch
from streams.sources.doubts import Doubts
from streams.sources.poll import read_records
from streams.sources.source import Gap
from streams.sources.unpack import MAX_UNPACKED, TooLarge, unpack
from tests.streams.test_kafka_batches import FIRST_OFFSET, Fetched, unpacked, written

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
