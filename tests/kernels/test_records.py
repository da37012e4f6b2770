"""The walk over a record batch against its twin, on sound, cut and corrupt bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatchBuilder

from kernels import records
from tests.kernels import naive_records

HEADER = 61

maybe_bytes = st.none() | st.binary(max_size=200)
record = st.tuples(
    st.integers(0, 9_000_000_000_000),
    maybe_bytes,
    maybe_bytes,
    st.lists(st.tuples(st.text(max_size=5), maybe_bytes), max_size=3),
)


def body(written: list[tuple]) -> bytes:
    """The records of an uncompressed batch, as kafka-python's producer writes them."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1 << 30)
    for offset, (time, key, value, headers) in enumerate(written):
        builder.append(offset, time, key, value, headers)
    return bytes(builder.build())[HEADER:]


def both(data: bytes, count: int, base: int, first: int, fixed: int, position: int = 0):
    """What the kernel and its twin make of the bytes: (returned, rows read) of each."""
    made = []
    for walk in (records.walk_records, naive_records.walk_records):
        rows = np.full((4, count), -9, np.int64)
        read = walk(np.frombuffer(data, np.uint8), position, base, first, fixed, *rows)
        made.append((read, rows[:, : max(read, 0)].tolist()))
    return made


@given(st.lists(record, min_size=1, max_size=12), st.integers(0, 2**40), st.sampled_from([-1, 0, 10**12]))
@settings(max_examples=100)
def test_sound_records(written, base, fixed):
    data = body(written)
    first = written[0][0]
    kernel, twin = both(data, len(written), base, first, fixed)
    assert kernel == twin
    read, (start, length, offset, timestamp) = kernel
    assert read == len(written)
    assert offset == list(range(base, base + len(written)))
    values = [None if n < 0 else data[s : s + n] for s, n in zip(start, length, strict=True)]
    assert values == [value for _, _, value, _ in written]
    assert timestamp == [(time if fixed < 0 else fixed) * 1_000_000 for time, *_ in written]


@given(st.lists(record, min_size=1, max_size=6), st.data())
@settings(max_examples=200)
def test_damaged_records(written, data):
    damaged = bytearray(body(written))
    for _ in range(data.draw(st.integers(0, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    count = data.draw(st.integers(0, len(written) + 1))
    kernel, twin = both(cut, count, data.draw(st.integers(0, 2**62)), written[0][0], -1)
    assert kernel == twin


@given(st.binary(max_size=60), st.integers(0, 4))
@settings(max_examples=200)
def test_any_bytes(data, count):
    kernel, twin = both(data, count, 0, 0, -1)
    assert kernel == twin


@pytest.mark.parametrize(
    "encoded, value",
    [
        (b"\x00", 0),
        (b"\x01", -1),
        (b"\x02", 1),
        (b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 2**63 - 1),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", -(2**63)),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", None),
        (b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", None),
        (b"\x80", None),
        (b"", None),
    ],
)
def test_varints_at_their_edges(encoded, value):
    read, after = records.read_varint(np.frombuffer(encoded, np.uint8), 0, len(encoded))
    if value is None:
        assert after == records.BROKEN
        with pytest.raises(naive_records.Broken):
            naive_records.read_varint(encoded, 0)
    else:
        assert (read, after) == (value, len(encoded))
        assert naive_records.read_varint(encoded, 0) == (value, len(encoded))


def test_bytes_left_over_are_told_from_missing_ones():
    data = body([(0, None, b"x", [])])
    assert both(data + b"\x00", 1, 0, 0, -1)[0][0] == records.BROKEN
    assert both(data, 2, 0, 0, -1)[0][0] == 1


def test_an_absurd_stamp_is_unknown():
    data = body([(0, None, b"x", [])])
    for first, expected in [(-5, -1), (2**53, -1), (9_223_372_036_854, 9_223_372_036_854_000_000)]:
        for _, rows in both(data, 1, 0, first, -1):
            assert rows[3] == [expected]
